//! Random tables and questions for property tests.
//!
//! An adversarial [`case`] draws the question first and then places points, times and values on its edges and one ulp
//! beside them. A tame one is uniform and clustered data with round questions: large, fast to make, and hardly ever on
//! an edge, as real data is.

mod points;
mod questions;
mod tame;
mod values;

use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::question::{Key, Question};
use crate::table::{Table, Values};

pub use questions::{adversarial_question, tame_question};
pub use tame::tame_table;
pub use values::Temper;

/// The partition column of a table with [`Shape::partition`].
pub const PARTITION: &str = "day";

/// 2026-03-01T00:00:00Z in milliseconds: where the times of the tables lie about.
pub const ORIGIN: i64 = 1_772_323_200_000;

/// One hour in milliseconds.
const HOUR: i64 = 3_600_000;

/// What kind of tables and questions to draw.
///
/// Every table has the columns `speed` (F64), `altitude` (F32), `satellites` (I32), `odometer` (I64), `device` (U32),
/// `token` (U64) and `moving` (Bool).
#[derive(Clone, Debug)]
pub struct Shape {
    /// How many rows.
    pub rows: RangeInclusive<usize>,
    /// Neither adversarial points and values nor nulls.
    pub tame: bool,
    /// A text column [`PARTITION`] without nulls beside the others, for [`Table::write_hive`], and keys by it.
    pub partition: bool,
    /// Times out to `i64::MIN` and `i64::MAX`; questions then have no time keys, whose bucket might start before that.
    pub extreme_times: bool,
}

impl Shape {
    /// Up to so many adversarial rows.
    pub fn adversarial(rows: usize) -> Self {
        Self {
            rows: 0..=rows,
            tame: false,
            partition: false,
            extreme_times: false,
        }
    }

    /// Exactly so many tame rows.
    pub fn tame(rows: usize) -> Self {
        Self {
            rows: rows..=rows,
            tame: true,
            partition: false,
            extreme_times: false,
        }
    }
}

/// A question and a table whose rows lie on its edges.
pub fn case(shape: Shape) -> BoxedStrategy<(Table, Question)> {
    question(shape.clone())
        .prop_flat_map(move |question| (table(shape.clone(), &question), Just(question)))
        .boxed()
}

/// A question over the columns that every table has.
pub fn question(shape: Shape) -> BoxedStrategy<Question> {
    if shape.tame {
        tame_question(shape)
    } else {
        adversarial_question(shape)
    }
}

/// A table for a question; tame ones do not look at it.
pub fn table(shape: Shape, question: &Question) -> BoxedStrategy<Table> {
    if shape.tame {
        return (any::<u64>(), shape.rows)
            .prop_map(move |(seed, rows)| tame_table(rows, seed, shape.partition))
            .boxed();
    }
    let question = question.clone();
    let row_of = move |temper| {
        let literals = |column| values::literals(&question, column);
        (
            points::point(&question.bbox),
            time(&question, shape.extreme_times),
            (
                values::f64s(temper, literals("speed")),
                values::f32s(temper, literals("altitude")),
            ),
            (
                values::i32s(literals("satellites")),
                values::i64s(temper, literals("odometer")),
            ),
            (
                values::u32s(literals("device")),
                values::u64s(temper, literals("token")),
            ),
            (any::<Option<bool>>(), 1..4u8),
        )
    };
    values::temper()
        .prop_flat_map(move |temper| vec(row_of(temper), shape.rows.clone()))
        .prop_map(move |rows| assemble(rows, shape.partition))
        .boxed()
}

type Row = (
    (Option<f64>, Option<f64>),
    Option<i64>,
    (Option<f64>, Option<f32>),
    (Option<i32>, Option<i64>),
    (Option<u32>, Option<u64>),
    (Option<bool>, u8),
);

fn assemble(rows: Vec<Row>, partition: bool) -> Table {
    /// One field of all rows.
    macro_rules! column {
        ($($field:tt).+) => {
            rows.iter().map(|row| row.$($field).+).collect()
        };
    }
    let mut columns = vec![
        ("speed".to_owned(), Values::F64(column!(2.0))),
        ("altitude".to_owned(), Values::F32(column!(2.1))),
        ("satellites".to_owned(), Values::I32(column!(3.0))),
        ("odometer".to_owned(), Values::I64(column!(3.1))),
        ("device".to_owned(), Values::U32(column!(4.0))),
        ("token".to_owned(), Values::U64(column!(4.1))),
        ("moving".to_owned(), Values::Bool(column!(5.0))),
    ];
    if partition {
        let days = rows
            .iter()
            .map(|row| Some(partition_value(row.5.1)))
            .collect();
        columns.push((PARTITION.to_owned(), Values::Text(days)));
    }
    Table::new(column!(0.0), column!(0.1), column!(1), columns)
}

fn partition_value(day: u8) -> String {
    format!("2026-03-{day:02}")
}

/// A time near [`ORIGIN`] or the epoch, on an edge of the question's range or buckets, or null.
fn time(question: &Question, extremes: bool) -> BoxedStrategy<Option<i64>> {
    let mut edges = vec![0, ORIGIN];
    if let Some((from, to)) = question.time {
        edges.extend(from.into_iter().chain(to));
    }
    let widths: Vec<i64> = question
        .keys
        .iter()
        .filter_map(|key| {
            if let Key::Time(w) = key {
                Some(*w)
            } else {
                None
            }
        })
        .collect();
    let widths = if widths.is_empty() {
        vec![HOUR]
    } else {
        widths
    };
    let bucket =
        (prop::sample::select(widths), -3..4i64, any::<bool>()).prop_map(|(width, n, late)| {
            (if late {
                ORIGIN.div_euclid(width) + n
            } else {
                n
            }) * width
        });
    let edge = prop_oneof![prop::sample::select(edges), bucket];
    let near = (edge, -1..2i64).prop_map(|(edge, beside)| edge.saturating_add(beside));
    let extreme = prop::sample::select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]);
    prop_oneof![
        4 => near.prop_map(Some),
        4 => (ORIGIN - 24 * 90 * HOUR..ORIGIN + 24 * 90 * HOUR).prop_map(Some),
        1 => (-1_000_000_000_000..0i64).prop_map(Some),
        1 => Just(None),
        u32::from(extremes) => extreme.prop_map(Some),
    ]
    .boxed()
}
