//! Questions with all that the oracle knows, and tables about their edges.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::conditions::expression;
use super::places;
use super::questions::{NUMBERS, bbox, comparison, keys, time_range};
use super::shapes::{Focus, focus};
use super::times::{ZONES, calendar_time};
use super::{Shape, rows_about, tame_table};
use crate::question::{Aggregate, Key, Question};
use crate::random::Random;
use crate::table::{Table, Values};

/// What a rich table has beside the columns of every table: `kind`, a text of few values, and `lane`, an I32 of few.
pub const RICH_COLUMNS: [&str; 2] = ["kind", "lane"];

/// The values of `kind`: their order by bytes is none of a dictionary's.
pub(super) const KINDS: [&str; 6] = ["", "B", "Bus", "bus", "b", "é"];

/// A question with everything, and a table whose rows lie on its edges. The question orders by no quantile, and its calendar
/// has the times of the table, so that the answer is an error only where a sum overflows. With [`Shape::tame`] the rows
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
    let aggregates = vec(aggregate(), 0..5);
    let order = prop::option::weighted(0.4, (0..12usize, any::<Index>()));
    let groups = (rich_keys(&shape, focus), aggregates, floor, order).prop_map(
        |(keys, aggregates, min_distinct, order)| {
            let mut question = Question {
                keys,
                aggregates,
                min_distinct,
                ..Question::default()
            };
            if let Some((n, index)) = order {
                let index = index.index(question.aggregates.len().max(1));
                match (question.aggregates.get(index), n) {
                    // What an engine approximates, it may order otherwise.
                    (Some(Aggregate::Quantile(..)), _) => {}
                    (_, 0) => question.order_by = Some(index),
                    _ => question.top = Some((n, index)),
                }
            }
            question
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

fn rich_keys(shape: &Shape, focus: Focus) -> BoxedStrategy<Vec<Key>> {
    let calendar = if shape.extreme_times {
        vec![]
    } else {
        vec![
            Key::TimeWeek,
            Key::TimeMonth,
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
        prop::option::weighted(0.25, (0..=15u8).prop_map(Key::H3)),
        prop::option::weighted(0.25, (0..=22u8).prop_map(Key::Tile)),
        prop::option::weighted(0.2, zone),
        calendar,
        few,
        any::<Index>(),
    )
        .prop_map(|(mut keys, cell, tile, zone, calendar, few, turn)| {
            keys.extend(cell.into_iter().chain(tile).chain(zone).chain(calendar));
            keys.extend(few.into_iter().map(|column| Key::Column(column.into())));
            if !keys.is_empty() {
                let turn = turn.index(keys.len());
                keys.rotate_left(turn);
            }
            keys
        })
        .boxed()
}

fn aggregate() -> BoxedStrategy<Aggregate> {
    let number = || select([&NUMBERS[..], &["lane"]].concat()).prop_map(str::to_owned);
    let any_column = select([&NUMBERS[..], &["moving", "kind", "lane"]].concat());
    let quantile = select(vec![0.0, 0.25, 0.5, 0.9, 0.99, 1.0]);
    prop_oneof![
        2 => Just(Aggregate::Count),
        1 => number().prop_map(Aggregate::Sum),
        1 => number().prop_map(Aggregate::Mean),
        1 => number().prop_map(Aggregate::Min),
        1 => number().prop_map(Aggregate::Max),
        2 => number().prop_map(Aggregate::Var),
        2 => number().prop_map(Aggregate::Stddev),
        2 => any_column.prop_map(|column| Aggregate::Distinct(column.to_owned())),
        2 => (number(), quantile).prop_map(|(column, q)| Aggregate::Quantile(column, q)),
        2 => number().prop_map(Aggregate::First),
        2 => number().prop_map(Aggregate::Last),
    ]
    .boxed()
}
