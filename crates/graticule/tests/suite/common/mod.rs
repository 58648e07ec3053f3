//! The oracle's questions as ours, and the ways in which one dataset can lie on disk.

use arrow::array::RecordBatch;
use graticule::{
    Aggregate, Answer, Arithmetic, Bbox, CalendarUnit, Circle, Dataset, Engine, Error, Expression,
    Filter, Format, Function, Key, Literal, MinDistinct, NamedZone, Operand, Operator, Order,
    Quantile, Query, Run, TimeRange, Top, ZoneKey,
};
use graticule_testing as oracle;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use std::fs::File;
use std::path::Path;

/// Our form of the oracle's question; its time keys must be whole seconds.
pub(crate) fn query_of(question: &oracle::Question) -> Query {
    let mut query = Query::new();
    for [w, s, e, n] in &question.bbox {
        query = query.within(Bbox::new(*w, *s, *e, *n).expect("a box"));
    }
    for features in &question.polygons {
        let zones = features.iter().enumerate().map(|(i, rings)| NamedZone {
            name: Some(i.to_string()),
            rings: rings.clone(),
        });
        query = query.filter(Filter::Polygon(zones.collect()));
    }
    for [lon, lat, metres] in &question.near {
        let circle = Circle::new(*lon, *lat, *metres).expect("a circle");
        query = query.filter(Filter::Near(circle));
    }
    for prefixes in &question.geohashes {
        query = query.filter(Filter::Geohash(prefixes.clone()));
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
        query = query.filter(Filter::Where(Expression::Compare {
            left: Operand::Column(comparison.column.clone()),
            operator: operator_of(comparison.op),
            literal: literal_of(&comparison.literal),
            negate: false,
        }));
    }
    if let Some(expression) = &question.expression {
        query = query.filter(Filter::Where(expression_of(expression, &[])));
    }
    query = query.by(question.keys.iter().map(key_of));
    if !question.aggregates.is_empty() {
        let aggregates = question.aggregates.iter().map(aggregate_of).enumerate();
        query = query.aggregate(aggregates.map(|(place, aggregate)| match place % 2 {
            0 => aggregate,
            _ => aggregate.named(format!("a{place}")),
        }));
    }
    query.other = question
        .keys
        .iter()
        .any(|key| matches!(key, oracle::Key::Zone { other: true, .. }));
    query.timezone.clone_from(&question.timezone);
    if let Some((column, least)) = &question.min_distinct {
        query = query.min_distinct(MinDistinct {
            column: column.clone(),
            least: *least,
        });
    }
    let names = names_of(&query);
    if question.top.is_some() || !question.order.is_empty() {
        let order = |order: &oracle::Order| Order {
            by: names[order.column].clone(),
            descending: order.descending,
        };
        query.top = Some(Top {
            rows: question.top,
            by: question.order.iter().map(order).collect(),
            bottom: question.bottom,
        });
    }
    if let Some(having) = &question.having {
        let text = expression_of(having, &names).to_string();
        query = query.having(text.parse().expect("a test of groups"));
    }
    if let Some((columns, limit)) = &question.select {
        query = query.select(columns.iter().cloned());
        query = limit.iter().fold(query, |q, limit| q.limit(*limit as u64));
    }
    query
}

/// What the columns of the answer are called.
fn names_of(query: &Query) -> Vec<String> {
    let mut names: Vec<String> = query.keys.iter().map(Key::to_string).collect();
    for aggregate in &query.aggregates {
        let name = aggregate.name();
        let is_free = |wanted: &String| !names.contains(wanted);
        let others = (2..).map(|n| format!("{name}_{n}"));
        let name = std::iter::once(name.clone()).chain(others).find(is_free);
        names.extend(name);
    }
    names
}

fn key_of(key: &oracle::Key) -> Key {
    match key {
        oracle::Key::Geohash(precision) => Key::geohash(u32::from(*precision)),
        oracle::Key::Time(width) => Key::time(width / 1000),
        oracle::Key::Column(name) | oracle::Key::Partition(name) => Key::column(name),
        oracle::Key::H3(resolution) => Key::h3(*resolution),
        oracle::Key::Tile(zoom) => Key::tile(*zoom),
        oracle::Key::H3Parent(of, resolution) => Key::H3Parent {
            of: *of,
            resolution: *resolution,
        },
        oracle::Key::Bin {
            column,
            width,
            places,
        } => {
            let width = match *places {
                places @ ..0 => width * 10i64.pow(places.unsigned_abs()),
                _ => *width,
            };
            let digits = usize::try_from(*places.max(&0)).expect("digits");
            let text = format!("{width:0>0$}", digits + 1);
            let (whole, fraction) = text.split_at(text.len() - digits);
            let bin = format!("bin({column}, {whole}.{fraction})");
            bin.parse().expect("a bin")
        }
        oracle::Key::Round { column, places } => {
            format!("round({column}, {places})").parse().expect("a key")
        }
        oracle::Key::TimeHour => Key::calendar(CalendarUnit::Hour),
        oracle::Key::TimeDay => "time:day".parse().expect("a key"),
        oracle::Key::TimeQuarter => Key::calendar(CalendarUnit::Quarter),
        oracle::Key::TimeWeek => Key::calendar(CalendarUnit::Week),
        oracle::Key::TimeMonth => Key::calendar(CalendarUnit::Month),
        oracle::Key::TimeYear => Key::calendar(CalendarUnit::Year),
        oracle::Key::HourOfDay => Key::calendar(CalendarUnit::HourOfDay),
        oracle::Key::DayOfWeek => Key::calendar(CalendarUnit::DayOfWeek),
        oracle::Key::Zone { zones, .. } => {
            let named = zones.iter().map(|(name, rings)| NamedZone {
                name: Some(name.clone()),
                rings: rings.clone(),
            });
            Key::Zone(ZoneKey {
                file: "zones.geojson".to_owned(),
                property: "name".to_owned(),
                zones: named.collect(),
            })
        }
    }
}

/// The names are those of the answer's columns.
fn expression_of(expression: &oracle::Expression, names: &[String]) -> Expression {
    use oracle::Expression as E;
    let both = |a: &E, b: &E| vec![expression_of(a, names), expression_of(b, names)];
    let operand_of = |operand: &oracle::Operand| match operand {
        oracle::Operand::Answer(place) => Operand::Column(names[*place].clone()),
        oracle::Operand::Column(name) => Operand::Column(name.clone()),
        oracle::Operand::HourOfDay => Operand::HourOfDay,
        oracle::Operand::DayOfWeek => Operand::DayOfWeek,
    };
    match expression {
        E::And(a, b) => Expression::And(both(a, b)),
        E::Or(a, b) => Expression::Or(both(a, b)),
        E::Not(inner) => Expression::Not(Box::new(expression_of(inner, names))),
        E::Compare(operand, op, literal) => Expression::Compare {
            left: operand_of(operand),
            operator: operator_of(*op),
            literal: literal_of(literal),
            negate: false,
        },
        E::Columns(left, op, right) => Expression::CompareColumns {
            left: Operand::Column(left.clone()),
            operator: operator_of(*op),
            right: Operand::Column(right.clone()),
            negate: false,
        },
        E::Between(operand, low, high) => Expression::Between {
            operand: operand_of(operand),
            low: literal_of(low),
            high: literal_of(high),
            negate: false,
        },
        E::In(operand, list) => Expression::In {
            operand: operand_of(operand),
            list: list.iter().map(literal_of).collect(),
            negate: false,
        },
        E::Like(operand, pattern, ignore_case) => Expression::Like {
            operand: operand_of(operand),
            pattern: (*pattern).to_owned(),
            escape: None,
            ignore_case: *ignore_case,
            negate: false,
        },
        E::IsNull(operand) => Expression::IsNull {
            operand: operand_of(operand),
            negate: false,
        },
    }
}

fn operator_of(op: oracle::Op) -> Operator {
    match op {
        oracle::Op::Less => Operator::Less,
        oracle::Op::LessOrEqual => Operator::LessOrEqual,
        oracle::Op::Greater => Operator::Greater,
        oracle::Op::GreaterOrEqual => Operator::GreaterOrEqual,
        oracle::Op::Equal => Operator::Equal,
        oracle::Op::NotEqual => Operator::NotEqual,
    }
}

fn literal_of(literal: &oracle::Literal) -> Literal {
    match literal {
        oracle::Literal::Int(v) => Literal::Integer((*v).into()),
        oracle::Literal::Float(v) => Literal::Float(*v),
        oracle::Literal::Text(v) => Literal::Text((*v).to_owned()),
        oracle::Literal::Bool(v) => Literal::Boolean(*v),
    }
}

fn aggregate_of(aggregate: &oracle::Aggregate) -> Aggregate {
    let of = |function, column: &String| Aggregate::Of {
        function,
        column: column.clone(),
    };
    match aggregate {
        oracle::Aggregate::Count => Aggregate::Count,
        oracle::Aggregate::Number(number) => Aggregate::Number(literal_of(number)),
        oracle::Aggregate::Where(aggregate, condition) => {
            aggregate_of(aggregate).only(expression_of(condition, &[]))
        }
        oracle::Aggregate::Arithmetic(operator, left, right) => Aggregate::Arithmetic {
            operator: match operator {
                oracle::Arithmetic::Add => Arithmetic::Add,
                oracle::Arithmetic::Subtract => Arithmetic::Subtract,
                oracle::Arithmetic::Multiply => Arithmetic::Multiply,
                oracle::Arithmetic::Divide => Arithmetic::Divide,
            },
            left: Box::new(aggregate_of(left)),
            right: Box::new(aggregate_of(right)),
        },
        oracle::Aggregate::DistinctKey(key) => Aggregate::Distinct(key_of(key)),
        oracle::Aggregate::Values(c) => of(Function::Count, c),
        oracle::Aggregate::VarPop(c) => of(Function::VarPop, c),
        oracle::Aggregate::StddevPop(c) => of(Function::StddevPop, c),
        oracle::Aggregate::Span(c) => of(Function::Span, c),
        oracle::Aggregate::Mode(c) => of(Function::Mode, c),
        oracle::Aggregate::Any(c) => of(Function::Any, c),
        oracle::Aggregate::Histogram(c, bins) => of(Function::Histogram(*bins), c),
        oracle::Aggregate::ExactQuantile(c, q) => {
            let quantile = Quantile::new(*q).expect("a share");
            of(Function::ExactQuantile(quantile), c)
        }
        oracle::Aggregate::Sum(c) => of(Function::Sum, c),
        oracle::Aggregate::Mean(c) => of(Function::Mean, c),
        oracle::Aggregate::Min(c) => of(Function::Min, c),
        oracle::Aggregate::Max(c) => of(Function::Max, c),
        oracle::Aggregate::Var(c) => of(Function::Var, c),
        oracle::Aggregate::Stddev(c) => of(Function::Stddev, c),
        oracle::Aggregate::Distinct(c) => of(Function::Distinct, c),
        oracle::Aggregate::First(c) => of(Function::First, c),
        oracle::Aggregate::Last(c) => of(Function::Last, c),
        oracle::Aggregate::Quantile(c, q) => {
            of(Function::Quantile(Quantile::new(*q).expect("a share")), c)
        }
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

/// Other cases every time, unless `PROPTEST_RNG_SEED` says which; as many as `GRATICULE_CASES` says.
pub(crate) fn cases(default: u32) -> ProptestConfig {
    let more = std::env::var("GRATICULE_CASES").ok();
    let more = more.and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: more.unwrap_or(default),
        rng_seed: RngSeed::Fixed(oracle::seed()),
        max_shrink_iters: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Writes rows into a Parquet file, so many to a row group.
pub(crate) fn write(path: &Path, batch: &RecordBatch, group_rows: usize) {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group_rows));
    let file = File::create(path).expect("a file");
    let writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build()));
    let mut writer = writer.expect("a writer");
    writer.write(batch).expect("rows");
    writer.close().expect("a footer");
}

/// An answer as CSV.
pub(crate) fn csv(answer: &Answer) -> String {
    let mut bytes = Vec::new();
    answer.write(Format::Csv, &mut bytes).expect("written");
    String::from_utf8(bytes).expect("text")
}
