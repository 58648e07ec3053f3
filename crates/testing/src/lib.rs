//! graticule-testing: the oracle that every other crate is checked against, and the faults they must survive. For
//! tests only; it depends on no other crate of the workspace, so that a shared mistake cannot agree with itself.
//!
//! The oracle is slow, in f64 and big integers, and written from DESIGN.md sections 1 to 3 alone. It answers a subset
//! of the query language: bounding boxes, a time range, comparisons joined by *and*; keys geohash, time bucket, column
//! and partition; `count`, `sum`, `mean`, `min`, `max`; order by keys or top N.
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
//! - [`faults`] is an object store that hangs, fails, truncates or replaces a file.

mod answer;
mod cell;
mod exact;
pub mod faults;
mod files;
mod filter;
mod geohash;
mod question;
mod random;
pub mod strategies;
mod table;

pub use answer::{Answer, answer};
pub use cell::{Cell, rows_of};
pub use exact::{round_ratio, sum_exactly};
pub use geohash::geohash;
pub use question::{Aggregate, Comparison, Key, Literal, Op, OracleError, Question};
pub use table::{Number, Table, Values};
