//! One file for each command.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

mod devices;
mod generate;
mod index;
mod info;
mod query;

pub(crate) use devices::devices;
pub(crate) use generate::generate;
pub(crate) use index::index;
pub(crate) use info::info;
pub(crate) use query::query;

use crate::args;
use crate::progress::spinner;
use graticule::{Error, OpenOptions, StoreOptions};
use std::process::ExitCode;
use std::time::Duration;

/// Used wrongly, as clap's own errors are.
const USAGE: u8 = 2;

pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
}

/// Says what went wrong; the exit code tells a wrong use (2) from a failure (1).
pub(crate) fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    let code = match error.downcast_ref::<Error>() {
        Some(Error::Plan(_) | Error::Geo(_)) => USAGE,
        Some(Error::Stopped) => 130,
        _ => 1,
    };
    ExitCode::from(code)
}

fn open(dataset: &args::Dataset) -> Result<graticule::Dataset, Error> {
    open_with(dataset, false)
}

fn open_with(dataset: &args::Dataset, index: bool) -> Result<graticule::Dataset, Error> {
    let options = OpenOptions {
        lon: dataset.lon.clone(),
        lat: dataset.lat.clone(),
        time: dataset.time_column.clone(),
        time_unit: dataset.time_unit,
        store: StoreOptions {
            endpoint: dataset.endpoint.clone(),
            region: dataset.region.clone(),
            profile: dataset.profile.clone(),
            anonymous: dataset.anonymous,
        },
        index,
        partition_time: dataset.partition_time.clone(),
        cache: None,
        patience: Some(Duration::from_secs(dataset.patience)),
    };
    let shown = spinner("opening");
    let opened = graticule::Dataset::open_with_blocking(dataset.dataset.as_str(), options);
    shown.finish_and_clear();
    opened
}
