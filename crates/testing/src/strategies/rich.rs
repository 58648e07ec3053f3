//! Questions with all that the oracle knows, and tables about their edges.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::conditions::{expression, having};
use super::places;
use super::questions::{NUMBERS, bbox, comparison, keys, time_range};
use super::shapes::{Focus, focus};
use super::times::{ZONES, calendar_time};
use super::{Shape, rows_about, tame_table};
use crate::question::{Aggregate, Arithmetic, Key, Literal, Order, Question};
use crate::random::Random;
use crate::table::{Table, Values};

/// What a rich table has beside the columns of every table: `kind`, a text of few values, and `lane`, an I32 of few.
pub const RICH_COLUMNS: [&str; 2] = ["kind", "lane"];

/// The values of `kind`: their order by bytes is none of a dictionary's.
pub(super) const KINDS: [&str; 6] = ["", "B", "Bus", "bus", "b", "é"];

/// A question with everything, and a table whose rows lie on its edges. The question orders by no quantile, and its calendar
/// has the times of the table, so that the answer is an error only where integers overflow. With [`Shape::tame`] the rows
/// are tame ones and the question's places lie about their clusters.
pub fn rich_case(shape: Shape) -> BoxedStrategy<(Table, Question)> {
    focus(shape.tame)
        .prop_flat_map(move |focus| {
            let shape = shape.clone();
            question(shape.clone(), focus).prop_flat_map(move |question| {
                (table(shape.clone(), &question, focus), Just(question))
            })
        })
        .boxed()
}

/// The question of a [`rich_case`].
pub fn rich_question(shape: Shape) -> BoxedStrategy<Question> {
    focus(shape.tame)
        .prop_flat_map(move |focus| question(shape.clone(), focus))
        .boxed()
}

/// A table with the columns that rich questions ask for: the tame one of that seed, with [`RICH_COLUMNS`].
pub fn rich_table(rows: usize, seed: u64, partition: bool) -> Table {
    with_few(tame_table(rows, seed, partition), seed, false)
}

fn table(shape: Shape, question: &Question, focus: Focus) -> BoxedStrategy<Table> {
    if shape.tame {
        return (any::<u64>(), shape.rows)
            .prop_map(move |(seed, rows)| rich_table(rows, seed, shape.partition))
            .boxed();
    }
    let point = places::point(question, focus);
    let time = calendar_time(question, shape.extreme_times);
    (rows_about(question, point, time, shape), any::<u64>())
        .prop_map(|(table, seed)| with_few(table, seed, true))
        .boxed()
}

/// The table with the columns of few values, some of them null.
fn with_few(mut table: Table, seed: u64, nulls: bool) -> Table {
    let mut random = Random::new(seed);
    let mut draw = |values: usize| {
        let bound = values as u64 + u64::from(nulls);
        usize::try_from(random.below(bound)).expect("few values")
    };
    let rows = table.rows();
    let kind = |n: usize| KINDS.get(n).map(|&kind| kind.to_owned());
    let kinds = (0..rows).map(|_| kind(draw(KINDS.len()))).collect();
    let lane = |n: usize| [-1, 0, 1, 7].get(n).copied();
    let lanes = (0..rows).map(|_| lane(draw(4))).collect();
    let [kind, lane] = RICH_COLUMNS.map(str::to_owned);
    table.columns.push((kind, Values::Text(kinds)));
    table.columns.push((lane, Values::I32(lanes)));
    table
}

fn question(shape: Shape, focus: Focus) -> BoxedStrategy<Question> {
    let of_times = !shape.extreme_times;
    let zone = prop::option::of(select(&ZONES[..]).prop_map(str::to_owned));
    let conditions = (
        prop_oneof![3 => vec(comparison(), 0), 1 => vec(comparison(), 1..3)],
        prop::option::weighted(0.3, expression(of_times)),
        prop_oneof![1 => Just(None), 1 => time_range()],
        zone,
    );
    (filtered(&shape, focus), conditions, asked(shape, focus))
        .prop_map(
            |(places, (comparisons, expression, time, zone), asked)| Question {
                bbox: places.bbox,
                polygons: places.polygons,
                near: places.near,
                geohashes: places.geohashes,
                comparisons,
                expression,
                time,
                timezone: zone,
                ..asked
            },
        )
        .boxed()
}

/// A question of places alone: mostly one filter, of any kind.
fn filtered(shape: &Shape, focus: Focus) -> BoxedStrategy<Question> {
    let bbox = if shape.tame {
        focus.bbox()
    } else {
        prop_oneof![3 => focus.bbox(), 1 => bbox()].boxed()
    };
    let some =
        |percent: u32| prop_oneof![100 - percent => Just(0), percent => Just(1), 2 => Just(2)];
    (some(20), some(40), some(30), some(15))
        .prop_flat_map(move |(boxes, polygons, circles, prefixes)| {
            (
                vec(bbox.clone(), boxes),
                vec(focus.features(), polygons),
                vec(focus.near(), circles),
                vec(focus.prefixes(), prefixes),
            )
        })
        .prop_map(|(bbox, polygons, near, geohashes)| Question {
            bbox,
            polygons,
            near,
            geohashes,
            ..Question::default()
        })
        .boxed()
}

/// What a question asks of its rows: groups, or the rows themselves.
fn asked(shape: Shape, focus: Focus) -> BoxedStrategy<Question> {
    let few = select(vec![
        "satellites",
        "device",
        "token",
        "moving",
        "kind",
        "lane",
    ]);
    let floor = prop::option::weighted(0.2, (few.prop_map(str::to_owned), 0..5u64));
    let of_times = !shape.extreme_times;
    let aggregates = vec(aggregate(of_times), 0..5);
    let groups = (rich_keys(&shape, focus), aggregates, floor)
        .prop_flat_map(|(keys, aggregates, min_distinct)| {
            let having = having(keys.len(), &aggregates);
            let order = order(&keys, &aggregates);
            (Just((keys, aggregates, min_distinct)), having, order)
        })
        .prop_map(
            |((keys, aggregates, min_distinct), having, order)| Question {
                keys,
                aggregates,
                min_distinct,
                having,
                ..order
            },
        );
    let mut names: Vec<&str> = NUMBERS.to_vec();
    names.extend(["moving", "kind", "lane", "lon", "lat", "time"]);
    let select = (
        subsequence(names, 1..6).prop_shuffle(),
        prop::option::of(0..20usize),
    )
        .prop_map(|(names, limit)| Question {
            select: Some((names.into_iter().map(str::to_owned).collect(), limit)),
            ..Question::default()
        });
    prop_oneof![6 => groups, 1 => select].boxed()
}

/// A question of an order alone, by keys and aggregates that are exact and have one, and perhaps of the first rows.
fn order(keys: &[Key], aggregates: &[Aggregate]) -> BoxedStrategy<Question> {
    let first = keys.len();
    let is_ordered = |place: usize| match aggregates.get(place) {
        Some(Aggregate::Where(of, _)) => !has_no_order(of),
        Some(aggregate) => !has_no_order(aggregate),
        None => true,
    };
    let columns = first + aggregates.len().max(1);
    let places = (0..columns).filter(|place| *place < first || is_ordered(place - first));
    let places: Vec<usize> = places.collect();
    if places.is_empty() {
        return Just(Question::default()).boxed();
    }
    let most = places.len().min(3);
    let by_first = is_ordered(0);
    let order = (
        subsequence(places, usize::from(!by_first)..=most).prop_shuffle(),
        vec(any::<Option<bool>>(), most),
        prop::option::weighted(0.7, 1..12usize),
        any::<bool>(),
    );
    let order = order.prop_map(|(columns, descending, top, bottom)| Question {
        order: (columns.into_iter().zip(descending))
            .map(|(column, descending)| Order { column, descending })
            .collect(),
        top,
        bottom: bottom && top.is_some(),
        ..Question::default()
    });
    prop_oneof![3 => Just(Question::default()), 2 => order].boxed()
}

/// What an engine approximates, it may order otherwise.
fn has_no_order(aggregate: &Aggregate) -> bool {
    matches!(
        aggregate,
        Aggregate::Quantile(..) | Aggregate::Histogram(..)
    )
}

fn rich_keys(shape: &Shape, focus: Focus) -> BoxedStrategy<Vec<Key>> {
    let calendar = if shape.extreme_times {
        vec![]
    } else {
        vec![
            Key::TimeHour,
            Key::TimeDay,
            Key::TimeWeek,
            Key::TimeMonth,
            Key::TimeQuarter,
            Key::TimeYear,
            Key::HourOfDay,
            Key::DayOfWeek,
        ]
    };
    let most = calendar.len().min(2);
    let calendar = subsequence(calendar, 0..=most);
    let few = subsequence(RICH_COLUMNS.to_vec(), 0..=1);
    let name = select(vec!["a", "B", "b", "Zürich"]);
    let zones = vec((name.prop_map(str::to_owned), focus.feature()), 1..5);
    let zone = (zones, any::<bool>()).prop_map(|(zones, other)| Key::Zone { zones, other });
    (
        prop_oneof![3 => Just(vec![]), 1 => keys(shape)],
        prop::option::weighted(0.25, cell()),
        prop::option::weighted(0.25, (0..=22u8).prop_map(Key::Tile)),
        prop::option::weighted(0.2, zone),
        calendar,
        (few, prop::option::weighted(0.3, bins())),
        any::<Index>(),
    )
        .prop_map(
            |(mut keys, cell, tile, zone, calendar, (few, bins), turn)| {
                keys.extend(cell.into_iter().chain(tile).chain(zone).chain(calendar));
                keys.extend(bins);
                keys.extend(few.into_iter().map(|column| Key::Column(column.into())));
                if !keys.is_empty() {
                    let turn = turn.index(keys.len());
                    keys.rotate_left(turn);
                }
                keys
            },
        )
        .boxed()
}

fn cell() -> BoxedStrategy<Key> {
    let parent = (0..=15u8, 0..=15u8).prop_map(|(a, b)| Key::H3Parent(a.max(b), a.min(b)));
    prop_oneof![3 => (0..=15u8).prop_map(Key::H3), 1 => parent].boxed()
}

/// Bins of floats and integers, some of them a tenth wide.
fn bins() -> BoxedStrategy<Key> {
    let column = |columns: &'static [&'static str]| select(columns).prop_map(str::to_owned);
    let bin = |(column, (width, places))| Key::Bin {
        column,
        width,
        places,
    };
    let floats = select(vec![(1, 1), (25, 2), (1, 0), (5, 0), (3, 1), (1, -2)]);
    let whole = select(vec![(1, 0), (2, 0), (7, 0), (1, -2), (1_000_000_007, 0)]);
    prop_oneof![
        2 => (column(&["speed", "altitude"]), floats).prop_map(bin),
        2 => (column(&NUMBERS[2..]), whole).prop_map(bin),
        2 => (column(&NUMBERS), -3..3i32)
            .prop_map(|(column, places)| Key::Round { column, places }),
    ]
    .boxed()
}

/// An aggregate, of some rows perhaps, or several of numbers joined.
fn aggregate(of_times: bool) -> BoxedStrategy<Aggregate> {
    let limited = (one(), expression(of_times))
        .prop_map(|(of, condition)| Aggregate::Where(Box::new(of), condition));
    let column = || select(&["lane", "satellites", "device", "speed", "altitude"][..]);
    let part = move || {
        prop_oneof![
            2 => Just(Aggregate::Count),
            2 => (column(), expression(of_times)).prop_map(|(column, condition)| {
                Aggregate::Where(Box::new(Aggregate::Sum(column.to_owned())), condition)
            }),
            1 => column().prop_map(|c| Aggregate::Values(c.to_owned())),
            1 => column().prop_map(|c| Aggregate::Mean(c.to_owned())),
            1 => column().prop_map(|c| Aggregate::Min(c.to_owned())),
            1 => column().prop_map(|c| Aggregate::Last(c.to_owned())),
            1 => (-3..4i64).prop_map(|n| Aggregate::Number(Literal::Int(n))),
            1 => (-8..9i32).prop_map(|n| Aggregate::Number(Literal::Float(f64::from(n) / 4.0))),
        ]
    };
    let operator = || {
        use Arithmetic::{Add, Divide, Multiply, Subtract};
        select(vec![Add, Subtract, Multiply, Divide, Divide])
    };
    let pair = (operator(), part(), part())
        .prop_map(|(operator, a, b)| Aggregate::Arithmetic(operator, Box::new(a), Box::new(b)));
    let joined = (operator(), pair.clone(), part(), any::<bool>()).prop_map(
        |(operator, pair, part, turned)| {
            let (a, b) = if turned { (part, pair) } else { (pair, part) };
            Aggregate::Arithmetic(operator, Box::new(a), Box::new(b))
        },
    );
    // A number alone is no aggregate.
    let of_rows = |aggregate: &Aggregate| match aggregate {
        Aggregate::Arithmetic(_, a, b) => !matches!(
            (a.as_ref(), b.as_ref()),
            (Aggregate::Number(_), Aggregate::Number(_))
        ),
        _ => true,
    };
    prop_oneof![6 => one(), 3 => limited, 1 => pair, 1 => joined]
        .prop_filter("numbers alone", of_rows)
        .boxed()
}

/// An aggregate of all rows.
fn one() -> BoxedStrategy<Aggregate> {
    let number = || select([&NUMBERS[..], &["lane"]].concat()).prop_map(str::to_owned);
    let any_column =
        || select([&NUMBERS[..], &["moving", "kind", "lane"]].concat()).prop_map(str::to_owned);
    let quantile = || select(vec![0.0, 0.25, 0.5, 0.9, 0.99, 1.0]);
    let key = prop_oneof![
        cell(),
        bins(),
        (1..=12u8).prop_map(Key::Geohash),
        (0..=22u8).prop_map(Key::Tile),
    ];
    let counts = prop_oneof![
        2 => Just(Aggregate::Count),
        1 => any_column().prop_map(Aggregate::Values),
        2 => any_column().prop_map(Aggregate::Distinct),
        2 => key.prop_map(Aggregate::DistinctKey),
    ];
    let moments = prop_oneof![
        number().prop_map(Aggregate::Sum),
        number().prop_map(Aggregate::Mean),
        number().prop_map(Aggregate::Var),
        number().prop_map(Aggregate::Stddev),
        number().prop_map(Aggregate::VarPop),
        number().prop_map(Aggregate::StddevPop),
    ];
    let extremes = prop_oneof![
        any_column().prop_map(Aggregate::Min),
        any_column().prop_map(Aggregate::Max),
        any_column().prop_map(Aggregate::First),
        any_column().prop_map(Aggregate::Last),
        any_column().prop_map(Aggregate::Any),
        number().prop_map(Aggregate::Span),
    ];
    let distributions = prop_oneof![
        2 => any_column().prop_map(Aggregate::Mode),
        1 => (number(), quantile()).prop_map(|(column, q)| Aggregate::Quantile(column, q)),
        2 => (number(), quantile()).prop_map(|(column, q)| Aggregate::ExactQuantile(column, q)),
        2 => (number(), 1..9u16).prop_map(|(column, bins)| Aggregate::Histogram(column, bins)),
    ];
    prop_oneof![counts, moments, extremes, distributions].boxed()
}
