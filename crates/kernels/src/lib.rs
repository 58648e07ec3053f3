//! What each step of a question computes, and how partial answers merge.
//!
//! ```
//! use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, RowOrigin};
//! use graticule_kernels::{Accumulator, Code, CpuSession, Digit, Filter, DigitPart, Program, Session, Slot};
//!
//! // Points with x in columns 0, 0 and 1 of a two-column grid, counted by column.
//! let program = Program {
//!     slots: vec![Slot { kind: Kind::U32 }, Slot { kind: Kind::U32 }],
//!     layers: vec![],
//!     filters: vec![],
//!     live: None,
//!     digits: vec![Digit { code: Code::Cell { slot: 0, shift: 31, first: 0 }, part: DigitPart::Whole, extent: 2 }],
//!     accumulators: vec![Accumulator::Count],
//! };
//! let word = |words: [u32; 3]| Column::new(Kind::U32, Data::Plain32(words.to_vec().into()), None);
//! let chunk = Chunk {
//!     origin: RowOrigin { store: "".into(), object: "a".into(), etag: "".into(), row_group: 0, first_row: 0, rows: 3 },
//!     columns: vec![word([1, 2, u32::MAX]), word([0, 0, 0])],
//!     valid: None,
//!     exact: ExactRows::none(),
//!     texts: vec![],
//! };
//! let mut session = CpuSession::new(std::slice::from_ref(&program), usize::MAX)?;
//! session.push(&chunk)?;
//! let outcome = session.finish();
//! assert_eq!(outcome.partials[0].digits, [[0, 1]]);
//! assert_eq!(outcome.partials[0].words, [2, 1]);
//! # Ok::<(), graticule_kernels::KernelError>(())
//! ```
//!
//! Third in the arrows: chunks come in, partials go out. A [`Program`] is what a plan becomes: lists
//! of filters, digits (the keys, cut into integers) and accumulators. [`CpuSession`] runs it here,
//! the `gpu` crate runs it there; both hand out a [`Partial`], and partials obey one law of merging.
//!
//! One word names a kernel everywhere: `steps/bbox.rs` is the twin of `shaders/bbox.wgsl` and serves
//! [`Filter::Bbox`]. No wgpu here.

mod cpu;
mod derive;
mod error;
pub mod exact;
mod exponents;
mod group;
mod layout;
pub mod limbs;
pub mod log;
mod marks;
mod partial;
mod places;
mod program;
mod regions;
mod session;
mod sparse;
mod statistics;
mod steps;
mod table;
mod typed;

pub use cpu::{CpuSession, VECTOR};
pub use derive::{Derive, bin};
pub use error::KernelError;
pub use layout::{Field, RecordLayout};
pub use partial::{PARTIAL_VERSION, Partial};
pub use program::{Accumulator, Code, Digit, DigitPart, Filter, Program, Slot};
pub use regions::Regions;
pub use session::{Counters, Outcome, Session};
pub use statistics::{Known, Statistics, Verdict};
pub use table::{Grouping, Table};
