//! The oracle's questions as ours, and the ways in which one dataset can lie on disk.
#![allow(dead_code, reason = "each test uses a part")]

use graticule::{
    Aggregate, Answer, Bbox, Comparison, Dataset, Engine, Error, Filter, Format, Function, Key,
    Literal, Operator, Query, Run, TimeRange, Top,
};
use graticule_testing as oracle;
use std::path::Path;

/// Our form of the oracle's question; its time keys must be whole seconds.
pub(crate) fn query_of(question: &oracle::Question) -> Query {
    let mut query = Query::new();
    for [w, s, e, n] in &question.bbox {
        query = query.within(Bbox::new(*w, *s, *e, *n).expect("a box"));
    }
    if let Some((from, to)) = question.time {
        let at = |ms: Option<i64>| {
            ms.map(|ms| {
                let text = graticule::format_time(ms, graticule::TimeUnit::Millisecond);
                text.parse().expect("a time")
            })
        };
        query = query.during(TimeRange::new(at(from), at(to)).expect("a range"));
    }
    for comparison in &question.comparisons {
        query = query.filter(Filter::Where(comparison_of(comparison)));
    }
    query = query.by(question.keys.iter().map(|key| match key {
        oracle::Key::Geohash(precision) => Key::geohash(u32::from(*precision)),
        oracle::Key::Time(width) => Key::time(width / 1000),
        oracle::Key::Column(name) | oracle::Key::Partition(name) => Key::column(name),
    }));
    if !question.aggregates.is_empty() {
        query = query.aggregate(question.aggregates.iter().map(aggregate_of));
    }
    query.top = question.top.map(|(rows, place)| Top {
        rows,
        by: Some(query.aggregates[place].clone()),
    });
    query
}

fn comparison_of(comparison: &oracle::Comparison) -> Comparison {
    Comparison {
        column: comparison.column.clone(),
        operator: match comparison.op {
            oracle::Op::Less => Operator::Less,
            oracle::Op::LessOrEqual => Operator::LessOrEqual,
            oracle::Op::Greater => Operator::Greater,
            oracle::Op::GreaterOrEqual => Operator::GreaterOrEqual,
            oracle::Op::Equal => Operator::Equal,
            oracle::Op::NotEqual => Operator::NotEqual,
        },
        literal: match comparison.literal {
            oracle::Literal::Int(v) => Literal::Integer(v),
            oracle::Literal::Float(v) => Literal::Float(v),
        },
    }
}

fn aggregate_of(aggregate: &oracle::Aggregate) -> Aggregate {
    let of = |function, column: &String| Aggregate::Of {
        function,
        column: column.clone(),
    };
    match aggregate {
        oracle::Aggregate::Count => Aggregate::Count,
        oracle::Aggregate::Sum(c) => of(Function::Sum, c),
        oracle::Aggregate::Mean(c) => of(Function::Mean, c),
        oracle::Aggregate::Min(c) => of(Function::Min, c),
        oracle::Aggregate::Max(c) => of(Function::Max, c),
    }
}

/// Time keys in whole seconds, for our durations know no less.
pub(crate) fn whole_seconds(mut question: oracle::Question) -> oracle::Question {
    for key in &mut question.keys {
        if let oracle::Key::Time(width) = key {
            *width = (*width + 999) / 1000 * 1000;
        }
    }
    question
}

/// What one run gave: the cells, and the bytes of the answer as CSV and as Parquet.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Rows {
        cells: Vec<Vec<oracle::Cell>>,
        csv: Vec<u8>,
        parquet: Vec<u8>,
    },
    Overflow,
}

/// Asks, and keeps what must not depend on how.
pub(crate) fn ask(path: &Path, query: &Query, engine: &Engine) -> (Outcome, Option<Answer>) {
    let dataset =
        Dataset::open_blocking(path.to_str().expect("a path of text")).expect("a dataset");
    match query.run_blocking(engine, &dataset) {
        Ok(answer) => (rows(&answer), Some(answer)),
        Err(Error::Overflow { .. }) => (Outcome::Overflow, None),
        Err(error) => panic!("{query:?} failed: {error}"),
    }
}

/// The cells and the bytes of an answer.
pub(crate) fn rows(answer: &Answer) -> Outcome {
    let bytes = |format| {
        let mut bytes = Vec::new();
        answer
            .write(format, &mut bytes)
            .expect("memory can be written");
        bytes
    };
    Outcome::Rows {
        cells: oracle::rows_of(answer.batches()),
        csv: bytes(Format::Csv),
        parquet: bytes(Format::Parquet),
    }
}
