//! One file for each command.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

mod devices;
mod generate;
mod info;
mod optimize;
mod query;

pub(crate) use devices::devices;
pub(crate) use generate::generate;
pub(crate) use info::info;
pub(crate) use optimize::optimize;
pub(crate) use query::query;

use crate::args;
use graticule::{Error, OpenOptions};
use graticule_layout::optimize::OptimizeError;
use std::process::ExitCode;

/// Used wrongly, as clap's own errors are.
const USAGE: u8 = 2;
/// Ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
}

/// Says what went wrong; the exit code tells a wrong use (2) from a failure (1).
pub(crate) fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    if let Some(OptimizeError::Stopped) = error.downcast_ref() {
        return ExitCode::from(INTERRUPTED);
    }
    let code = match error.downcast_ref::<Error>() {
        Some(Error::Plan(_) | Error::Geo(_)) => USAGE,
        Some(Error::Stopped) => INTERRUPTED,
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
