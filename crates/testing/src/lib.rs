//! graticule-testing: the oracle that every other crate is checked against, and the faults they must survive. For
//! tests only; it depends on no other crate of the workspace, so that a shared mistake cannot agree with itself.
//!
//! The oracle is slow, in f64 and big integers, and written from DESIGN.md sections 1 to 3 alone. It answers bounding
//! boxes, polygons, circles, geohash prefixes, a time range and conditions with SQL's three-valued logic; every key that
//! DESIGN.md names, and bins; every aggregate, of some rows or joined by arithmetic; a test of the groups, an order, the
//! first of them and a privacy floor; or the matching rows themselves. An engine's approximations are held to exact values by [`Answer::difference`].
//!
//! ```
//! use graticule_testing::{Aggregate, Cell, Key, Question, Table, answer};
//!
//! let table = Table::new(vec![Some(-5.6), None], vec![Some(42.6), Some(0.0)], vec![Some(0), Some(1)], vec![]);
//! let question = Question { keys: vec![Key::Geohash(5)], aggregates: vec![Aggregate::Count], ..Question::default() };
//! let answer = answer(&table, &question).expect("the question fits the table");
//! assert_eq!(answer.rows, [[Cell::Text("ezs42".into()), Cell::Int(1)]]);
//! assert_eq!(answer.rows_invalid, 1);
//! ```
//!
//! - [`Table`] is the data, as rows in memory; it writes itself as a record batch, a Parquet file or Hive folders.
//! - [`Question`] is what is asked, [`answer`] what is true, [`rows_of`] turns an engine's record batches into cells.
//! - [`strategies`] makes random tables and questions, with points on the edges of the question.
//! - [`distance`], [`tile_boundary`] and [`geohash`] are the definitions on which questions about places rest.
//! - [`faults`] is an object store that hangs, fails, truncates or replaces a file.

mod adapter;
mod aggregates;
mod answer;
mod arithmetic;
mod bins;
mod calendar;
mod cell;
mod exact;
pub mod faults;
mod files;
mod filter;
mod geohash;
mod great_circle;
mod keys;
mod logic;
mod polygon;
mod question;
mod random;
mod real;
mod seed;
pub mod strategies;
mod table;
mod tile;
mod tolerance;

pub use adapter::has_adapter;
pub use answer::{Answer, answer};
pub use cell::{Cell, rows_of};
pub use exact::{round_ratio, round_root, sum_exactly};
pub use geohash::geohash;
pub use great_circle::distance;
pub use question::{
    Aggregate, Arithmetic, Comparison, Expression, Feature, Key, Literal, Op, Operand, OracleError,
    Order, Question, Ring,
};
pub use real::tile_boundary;
pub use seed::seed;
pub use table::{Number, Table, Values};
pub use tolerance::Tolerance;
