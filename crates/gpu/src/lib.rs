//! Runs the kernels with wgpu: the same chunks go in and the same partials come out as with the CPU's
//! session, bit for bit.

mod adapter;
mod compose;
mod constants;
mod device;
mod epoch;
mod error;
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

pub use adapter::{AdapterReport, adapters};
pub use compose::{Method, Rewrite, SHADERS, compose, compose_checksum, needs_publish};
pub use device::{DeviceDescription, Gpu, GpuOptions};
pub use error::GpuError;
pub use fault::Fault;
pub use params::{Header, constants};
pub use recheck::Recheck;
pub use session::{GpuCost, GpuOutcome, GpuSession, SessionOptions};
pub use shape::{ColumnShape, Encoding, Shape, used_slots};
pub use slab::ColumnKey;
