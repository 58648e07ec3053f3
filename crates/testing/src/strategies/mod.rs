//! Random tables and questions for property tests.
//!
//! An adversarial [`case`] draws the question first and then places points, times and values on its edges and one ulp
//! beside them. A tame one is uniform and clustered data with round questions: large, fast to make, and hardly ever on
//! an edge, as real data is. A [`case`] asks for boxes, times and comparisons; a [`rich_case`] for all that the oracle
//! knows.

mod conditions;
mod places;
mod points;
mod questions;
mod rich;
mod shapes;
mod tame;
mod times;
mod values;

use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::question::Question;
use crate::table::{Table, Values};

pub use questions::{adversarial_question, tame_question};
pub use rich::{RICH_COLUMNS, rich_case, rich_question, rich_table};
pub use tame::tame_table;
use times::time;
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
    let point = points::point(&question.bbox);
    let time = time(question, shape.extreme_times);
    rows_about(question, point, time, shape)
}

/// Rows of such points and times; the other values lie about the literals of the question.
fn rows_about(
    question: &Question,
    point: BoxedStrategy<(Option<f64>, Option<f64>)>,
    time: BoxedStrategy<Option<i64>>,
    shape: Shape,
) -> BoxedStrategy<Table> {
    let question = question.clone();
    let row_of = move |temper| {
        let literals = |column| values::literals(&question, column);
        (
            point.clone(),
            time.clone(),
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
