//! Runs the kernels with wgpu: the chunks that the CPU's session takes go in, and the same groups come
//! out, bit for bit, from any adapter with six storage buffers and 16 KiB of workgroup memory.
//!
//! ```
//! use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, RowOrigin};
//! use graticule_gpu::{Gpu, GpuError, GpuOptions, GpuSession, SessionOptions};
//! use graticule_kernels::{Accumulator, Code, Digit, DigitPart, Program, Session, Slot};
//! use std::sync::Arc;
//!
//! let gpu = match Gpu::open(&GpuOptions::default()) {
//!     Err(GpuError::NoAdapter) => return Ok(()),
//!     opened => opened?,
//! };
//! // Points with x in columns 0, 0 and 1 of a two-column grid, counted by column.
//! let program = Program {
//!     slots: vec![Slot { kind: Kind::U32 }, Slot { kind: Kind::U32 }],
//!     layers: vec![],
//!     live: None,
//!     filters: vec![],
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
//! let keys = vec!["fixed:lon".into(), "fixed:lat".into()];
//! let mut session = GpuSession::new(&gpu, Arc::new(program), keys, SessionOptions::default())?;
//! session.push(&chunk)?;
//! let found = session.finish(&mut |_, _| Err("nothing was resident".into()))?;
//! assert_eq!(found.outcome.partials[0].digits, [[0, 1]]);
//! assert_eq!(found.outcome.partials[0].words, [2, 1]);
//! assert!(gpu.has_resident(&chunk.origin, &["fixed:lon".into()]));
//! # Ok::<(), GpuError>(())
//! ```
//!
//! Beside `kernels` in the arrows, and the only crate that names wgpu. From a chunk to a partial:
//!
//! - `session/place.rs`: columns find a place in a slab (`slab.rs`) and are copied there through a ring
//!   of staging buffers (`stream.rs`), unless they stayed from an earlier query.
//! - `compose.rs`, `glue.rs`: one WGSL module for each structure of program and shape of chunk, made of
//!   the texts in `shaders/`. `params.rs` states what Rust and WGSL share.
//! - `session/dispatch.rs`: chunks of one shape in one slab go out in one fused pass into a table
//!   (`table.rs`), which is read back once, or whenever it is full.
//! - `session/selection.rs`: or rows are only selected: the pass sets a bit for each row that matches.
//! - `recheck.rs`: rows that integers cannot decide come back as a list and are decided in f64.
//!
//! Every wait has a bound, a device that failed once is given up, every table comes with a checksum, and
//! all buffers together stay within [`GpuOptions::device_memory`].

const _: () = assert!(
    cfg!(target_endian = "little"),
    "columns are copied to the device as they lie"
);

mod adapter;
mod compose;
mod constants;
mod device;
mod epoch;
mod error;
#[cfg_attr(not(feature = "testing"), path = "no_fault.rs")]
mod fault;
mod glue;
mod memory;
mod params;
mod readback;
mod recheck;
mod record;
mod session;
mod shape;
mod slab;
mod stream;
mod table;
mod upload;

pub use adapter::{AdapterReport, adapters, has_hardware, may_have_hardware};
pub use compose::{Method, Rewrite, SHADERS, compose, compose_checksum, needs_publish};
pub use device::{DeviceDescription, Gpu, GpuOptions};
pub use error::GpuError;
#[cfg(feature = "testing")]
pub use fault::Fault;
pub use params::{Header, constants};
pub use recheck::Recheck;
pub use session::{GpuCost, GpuOutcome, GpuSelection, GpuSession, SessionOptions};
pub use shape::{ColumnShape, Encoding, Shape};
pub use slab::ColumnKey;
