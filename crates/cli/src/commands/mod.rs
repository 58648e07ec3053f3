//! One file for each command.

mod compare;
mod devices;
mod generate;
mod import;
mod info;
mod optimize;
mod query;

pub(crate) use compare::compare;
pub(crate) use devices::devices;
pub(crate) use generate::generate;
pub(crate) use import::import;
pub(crate) use info::info;
pub(crate) use optimize::optimize;
pub(crate) use query::query;

use crate::args;
use crate::output::note;
use graticule::{Error, OpenOptions};
use graticule_compare::CompareError;
use graticule_layout::import::ImportError;
use graticule_layout::optimize::OptimizeError;
use std::process::ExitCode;

/// Used wrongly, as clap's own errors are.
const USAGE: u8 = 2;
/// Ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// What is wrong with the flags.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

pub(crate) fn complain(text: &str) {
    note(text);
}

/// Says what went wrong; the exit code tells a wrong use (2) from a failure (1).
pub(crate) fn fail(error: &anyhow::Error) -> ExitCode {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Many errors tell their cause themselves.
        if !said.contains(&cause) {
            let between = if said.is_empty() { "error: " } else { ": " };
            said = said + between + &cause;
        }
    }
    note(&said);
    if let Some(OptimizeError::Stopped) = error.downcast_ref() {
        return ExitCode::from(INTERRUPTED);
    }
    match error.downcast_ref::<CompareError>() {
        Some(CompareError::Stopped) => return ExitCode::from(INTERRUPTED),
        Some(compare) if compare.is_usage() => return ExitCode::from(USAGE),
        _ => {}
    }
    match error.downcast_ref::<ImportError>() {
        Some(ImportError::Stopped) => return ExitCode::from(INTERRUPTED),
        Some(import) if import.is_usage() => return ExitCode::from(USAGE),
        _ => {}
    }
    let code = match error.downcast_ref::<Error>() {
        Some(Error::Plan(_) | Error::Geo(_) | Error::NoGeometry) => USAGE,
        Some(Error::Stopped) => INTERRUPTED,
        _ if error.is::<Usage>() || error.is::<graticule::PlanError>() => USAGE,
        _ => 1,
    };
    ExitCode::from(code)
}

fn open(dataset: &args::Dataset) -> Result<graticule::Dataset, Error> {
    let options = columns(&dataset.columns);
    graticule::Dataset::open_with_blocking(dataset.dataset.as_str(), options)
}

/// How the columns are to be found.
fn columns(columns: &args::Columns) -> OpenOptions {
    OpenOptions {
        lon: columns.lon.clone(),
        lat: columns.lat.clone(),
        time: columns.time_column.clone(),
        time_unit: columns.time_unit,
    }
}
