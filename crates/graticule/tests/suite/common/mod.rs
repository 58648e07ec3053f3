//! The oracle's questions as ours, and the ways in which one dataset can lie on disk.

use graticule::{
    Aggregate, Answer, Bbox, CalendarUnit, Circle, Dataset, Engine, Error, Expression, Filter,
    Format, Function, Key, Literal, MinDistinct, NamedZone, Operand, Operator, Quantile, Query,
    Run, TimeRange, Top, ZoneKey,
};
use graticule_testing as oracle;
use proptest::test_runner::{Config as ProptestConfig, RngSeed};
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
        query = query.filter(Filter::Where(expression_of(expression)));
    }
    query = query.by(question.keys.iter().map(key_of));
    if !question.aggregates.is_empty() {
        query = query.aggregate(question.aggregates.iter().map(aggregate_of));
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
    if let Some((rows, place)) = question.top {
        query.top = Some(Top {
            rows: Some(rows),
            by: vec![query.aggregates[place].clone().into()],
            bottom: false,
        });
    }
    if let Some(place) = question.order_by {
        query.top = Some(Top {
            rows: None,
            by: vec![query.aggregates[place].clone().into()],
            bottom: false,
        });
    }
    if let Some((columns, limit)) = &question.select {
        query = query.select(columns.iter().cloned());
        query = limit.iter().fold(query, |q, limit| q.limit(*limit as u64));
    }
    query
}

fn key_of(key: &oracle::Key) -> Key {
    match key {
        oracle::Key::Geohash(precision) => Key::geohash(u32::from(*precision)),
        oracle::Key::Time(width) => Key::time(width / 1000),
        oracle::Key::Column(name) | oracle::Key::Partition(name) => Key::column(name),
        oracle::Key::H3(resolution) => Key::h3(*resolution),
        oracle::Key::Tile(zoom) => Key::tile(*zoom),
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

fn expression_of(expression: &oracle::Expression) -> Expression {
    use oracle::Expression as E;
    let both = |a: &E, b: &E| vec![expression_of(a), expression_of(b)];
    match expression {
        E::And(a, b) => Expression::And(both(a, b)),
        E::Or(a, b) => Expression::Or(both(a, b)),
        E::Not(inner) => Expression::Not(Box::new(expression_of(inner))),
        E::Compare(operand, op, literal) => Expression::Compare {
            left: operand_of(operand),
            operator: operator_of(*op),
            literal: literal_of(literal),
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

fn operand_of(operand: &oracle::Operand) -> Operand {
    match operand {
        oracle::Operand::Column(name) => Operand::Column(name.clone()),
        oracle::Operand::HourOfDay => Operand::HourOfDay,
        oracle::Operand::DayOfWeek => Operand::DayOfWeek,
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
