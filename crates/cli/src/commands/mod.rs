//! One file for each command.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

mod devices;
mod generate;
mod import;
mod info;
mod query;

pub(crate) use devices::devices;
pub(crate) use generate::generate;
pub(crate) use import::import;
pub(crate) use info::info;
pub(crate) use query::query;

use crate::args;
use graticule::{Error, OpenOptions};
use graticule_layout::import::ImportError;
use std::process::ExitCode;

/// Used wrongly, as clap's own errors are.
const USAGE: u8 = 2;

pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
}

/// Says what went wrong; the exit code tells a wrong use (2) from a failure (1).
pub(crate) fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    let code = match (error.downcast_ref(), error.downcast_ref()) {
        (Some(Error::Plan(_) | Error::Geo(_)), _) => USAGE,
        (Some(Error::Stopped), _) | (_, Some(ImportError::Stopped)) => 130,
        (_, Some(import)) if import.is_usage() => USAGE,
        _ => 1,
    };
    ExitCode::from(code)
}

fn open(dataset: &args::Dataset) -> Result<graticule::Dataset, Error> {
    let options = OpenOptions {
        lon: dataset.lon.clone(),
        lat: dataset.lat.clone(),
        time: dataset.time_column.clone(),
        time_unit: dataset.time_unit,
    };
    graticule::Dataset::open_with_blocking(dataset.dataset.as_str(), options)
}
