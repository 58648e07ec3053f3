//! What a question costs on each device, in seconds and in money: the same bytes first, then interleaved runs, then a
//! report that anyone can check. The method is a page of its own, `crates/compare/README.md`.
//!
//! ```
//! use graticule::{Device, Engine, OpenOptions};
//! use graticule_compare::{Comparison, EngineRunner, LayoutAt, Prices, Residency, Suite, never};
//! use std::path::Path;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
//! # let out = tempfile::tempdir()?;
//! let suite = "version = 1
//!     [[query]]
//!     name = 'cells'
//!     ask = { by = ['geohash:4'] }";
//! let no_flags = |_: &str, _: &Path| Err("this suite speaks JSON".to_owned());
//! let comparison = Comparison {
//!     suite: Suite::parse(suite, Path::new("suite.toml"), &no_flags)?,
//!     devices: vec![Device::Cpu],
//!     states: vec![Residency::Warm],
//!     repeat: 3,
//!     resume: false,
//!     out: out.path().to_owned(),
//!     prices: Prices::standard()?,
//!     machines: [("cpu".to_owned(), "c7g.4xlarge".to_owned())].into(),
//!     store: None,
//!     rate: 1000.0,
//!     extrapolate: None,
//!     device_memory: 1 << 30,
//!     engines: "as they come".to_owned(),
//!     command: "an example".to_owned(),
//! };
//! let layout = LayoutAt { name: "sample".to_owned(), url: sample.to_owned(), open: OpenOptions::default() };
//! let mut runner = EngineRunner::new(vec![layout], |device| Engine::on(device.clone()), never())?;
//! let report = comparison.run(&mut runner, &|at| assert_eq!(at.total, 3))?;
//! assert!(report.rows[0].row.is_sound());
//! assert!(out.path().join("report.html").is_file());
//! # Ok(())
//! # }
//! ```
//!
//! Beside `cli` in the arrows: it speaks to [`graticule`] alone, and only through what is public there. [`Suite`] and [`Prices`]
//! are read, a [`Runner`] turns a [`Cell`] into an answer and its [`Cost`], [`Measurement`] is the loop, [`summarise`] makes [`Row`]s
//! of [`Record`]s, and a [`Report`] says what follows.

mod advise;
mod answers;
mod bound;
mod comparison;
mod days;
mod energy;
mod engine_runner;
mod error;
mod estimate;
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
mod words;

pub use advise::{Advice, Advise, Question, Sampled, Spend, Watch};
pub use answers::Answered;
pub use bound::{Bound, Ceiling, bound};
pub use comparison::Comparison;
pub use energy::Joules;
pub use engine_runner::{EngineRunner, LayoutAt, Stop, WRITTEN, never};
pub use error::CompareError;
pub use estimate::spent;
pub use measure::{Asked, Measurement, Step};
pub use model::{Extrapolated, Model, extrapolate, sizes};
pub use money::BreakEven;
pub use prices::{Class, Machine, Prices, Store};
pub use records::{Outcome, Record, Setting, Trial};
pub use region::{Form, Region};
pub use report::{
    DeviceAsked, LayoutUsed, Money, Pays, QuestionAsked, Rent, Report, ReportRow, Tariff,
};
pub use run::{Cell, Cost, Measured, RunError, Runner};
pub use state::Residency;
pub use suite::{NamedQuery, ReadFlags, Suite};
pub use summary::{Row, Spread, Status, summarise};
