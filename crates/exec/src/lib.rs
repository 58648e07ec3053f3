//! The engine room: a question's plan is fitted to this machine, one loop streams chunks through a backend, partial
//! answers merge, and the merged one is finished. The public library is a thin face on it.

mod aggregate;
mod also_in;
mod answers;
mod ask;
mod attempt;
mod cost;
mod cpu;
mod dataset;
mod engine;
mod error;
mod explain;
mod finish;
#[cfg(feature = "gpu")]
mod gpu;
pub mod left_over;
mod memory;
mod morsels;
mod partials;
mod pool;
mod ran;
mod receipt;
mod role;
mod run;
mod runtime;
mod schedule;
mod select;
mod spill;
mod stages;
mod stream;
mod text;

pub use ask::{HANDED, run_part};
pub use cost::{Choice, Rates, Work};
pub use dataset::Dataset;
pub use engine::{Device, Engine};
pub use error::{Error, ErrorKind};
pub use explain::{explain, measured};
pub use finish::finish;
pub use receipt::{
    Cache, DatasetUsed, DeviceUsed, Opening, RECEIPT_VERSION, Receipt, Seconds, bytes, counted,
    thousands,
};
pub use role::{ROLE, Role};
pub use run::Progress;
pub use stream::{Rows, bytes_of};
pub use text::{cell, format_time, is_number, json, string, told};

#[cfg(feature = "gpu")]
pub use graticule_gpu::{AdapterReport, GpuOptions, adapters};

#[cfg(all(feature = "gpu", feature = "testing"))]
pub use graticule_gpu::Fault;
