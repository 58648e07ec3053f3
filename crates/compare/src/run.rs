//! One run: a question, asked once, of one layout on one device in one state.

use crate::{Asked, CompareError, Joules, Residency};
use graticule::{Device, Query, Receipt};
use serde::{Deserialize, Serialize};

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    /// The place of the layout.
    pub layout: usize,
    /// The question, with its region.
    pub query: &'a Query,
    /// Of which share of the dataset's row groups it is asked, from the first on; `None` for all, which
    /// is then measured as `graticule query` does it.
    pub share: Option<f64>,
    /// The device.
    pub device: &'a Device,
    /// What is in memory.
    pub state: Residency,
}

/// What a run gave.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The answer's rows.
    pub answer: arrow::array::RecordBatch,
    /// What it cost.
    pub cost: Cost,
}

/// What a run cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds from the question to the answer in memory; the receipt's, where there is one.
    pub wall: f64,
    /// Rows of the row groups that were not pruned.
    pub rows: u64,
    /// Seconds to open a device that was not open, before the question; not in `wall`.
    pub startup: Option<f64>,
    /// Seconds to open the dataset anew, before the question; not in `wall`.
    pub opening: Option<f64>,
    /// Bytes that came from storage during the question rather than from the system's cache, where it tells.
    pub storage_bytes: Option<u64>,
    /// Energy, where the machine tells.
    pub joules: Option<Joules>,
    /// What must be known of the state, such as that the cache could not be dropped.
    pub note: Option<String>,
    /// Why another device answered than was asked.
    pub fallback: Option<String>,
    /// The answer's receipt; `None` of a share.
    pub receipt: Option<Receipt>,
}

/// Why a run gave nothing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RunError {
    /// The question failed there; others go on.
    Failed(String),
    /// Everything is to stop.
    Stopped,
}

/// Runs questions. The product's is [`EngineRunner`](crate::EngineRunner); tests have others.
pub trait Runner {
    /// Looks for what could not work at all, before the long work begins.
    ///
    /// # Errors
    /// [`CompareError`] when a question does not fit a layout or a device that was named is not there.
    fn check(&mut self, queries: &[Asked], devices: &[Device]) -> Result<(), CompareError> {
        let _ = (queries, devices);
        Ok(())
    }

    /// Brings about the state, and asks.
    ///
    /// # Errors
    /// [`RunError`].
    fn run(&mut self, cell: &Cell<'_>) -> Result<Measured, RunError>;
}
