//! What a question costs on each device, in seconds and in money: the same bytes first, then interleaved runs, then a
//! report that anyone can check.

mod answers;
mod bound;
mod comparison;
mod energy;
mod engine_runner;
mod error;
mod machine;
mod measure;
mod model;
mod money;
mod prices;
mod records;
mod region;
mod report;
mod run;
mod state;
mod suite;
mod summary;

pub use answers::Answered;
pub use bound::{Bound, bound};
pub use comparison::Comparison;
pub use energy::Joules;
pub use engine_runner::{EngineRunner, Layout, Stop, never};
pub use error::CompareError;
pub use measure::{Asked, Measurement, Progress};
pub use model::{Extrapolated, Model, extrapolate, sizes};
pub use money::BreakEven;
pub use prices::{Class, Machine, Prices, Store};
pub use records::{Outcome, Place, Record, Setting};
pub use region::{Form, Region};
pub use report::{DeviceAsked, LayoutUsed, Money, Pays, Rent, Report, ReportRow, Tariff};
pub use run::{Cell, Cost, Measured, RunError, Runner};
pub use state::State;
pub use suite::{NamedQuery, ReadFlags, Suite};
pub use summary::{Row, Spread, Status, summarise};

use graticule::DatasetMetadata;
use std::hash::Hasher;

/// A hash of the paths, versions and sizes of a dataset's files.
fn fingerprint(metadata: &DatasetMetadata) -> String {
    let mut hasher = twox_hash::XxHash64::with_seed(0);
    for file in &metadata.files {
        for part in [
            file.path.as_bytes(),
            file.etag.as_bytes(),
            &file.size.to_le_bytes(),
        ] {
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part);
        }
    }
    format!("{:016x}", hasher.finish())
}
