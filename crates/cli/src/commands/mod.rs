//! One file for each command.

mod advise;
mod compare;
mod devices;
mod generate;
mod import;
mod index;
mod info;
mod optimize;
mod prices;
mod query;
mod question;

pub(crate) use advise::advise;
pub(crate) use compare::compare;
pub(crate) use devices::devices;
pub(crate) use generate::generate;
pub(crate) use import::import;
pub(crate) use index::index;
pub(crate) use info::info;
pub(crate) use optimize::optimize;
pub(crate) use query::query;

use crate::args;
use crate::flags::{as_flags, in_where};
use crate::output::{line, note};
use crate::progress::spinner;
use graticule::{Error, Note, OpenOptions, PlanError, StoreOptions, printable, thousands};
use graticule_compare::CompareError;
use graticule_generate::GenerateError;
use graticule_layout::import::ImportError;
use graticule_layout::optimize::OptimizeError;
use std::process::ExitCode;
use std::time::Duration;

/// Used wrongly, as clap's own errors are.
const USAGE: u8 = 2;
/// Ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// What is wrong with the flags.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// How many of rows are no points, where some are.
fn of_them_invalid(rows: u64) -> String {
    match rows {
        0 => String::new(),
        rows => format!(", {} of them invalid,", thousands(rows)),
    }
}

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
    match error.downcast_ref() {
        // It shows the place in a line of its own.
        Some(Error::Plan(PlanError::Expression { .. })) => line(&in_where(&said)),
        _ => note(&printable(&said)),
    }
    match error.downcast_ref::<OptimizeError>() {
        Some(OptimizeError::Stopped) => return ExitCode::from(INTERRUPTED),
        Some(optimize) if optimize.is_usage() => return ExitCode::from(USAGE),
        _ => {}
    }
    if let Some(GenerateError::Stopped { .. }) = error.downcast_ref() {
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
        _ if error.is::<Usage>() || error.is::<PlanError>() => USAGE,
        _ => 1,
    };
    ExitCode::from(code)
}

fn open(dataset: &args::Dataset) -> Result<graticule::Dataset, Error> {
    open_with(dataset, found(&dataset.found))
}

/// Where little memory is allowed, pages are small: of the large ones that the allocator asks for, which are faster, most of a
/// part may never be used.
#[cfg(target_os = "linux")]
fn small_pages(memory: Option<u64>) {
    const LITTLE: u64 = 512 << 20;
    if memory.is_some_and(|memory| memory < LITTLE) {
        // Without it only more is used.
        let _ = rustix::thread::disable_transparent_huge_pages(true);
    }
}

#[cfg(not(target_os = "linux"))]
fn small_pages(_memory: Option<u64>) {}

/// Bytes of footers that stay at hand where so much memory is allowed.
fn footers(memory: Option<u64>) -> Option<u64> {
    memory.map(|memory| OpenOptions::FOOTERS.min(memory / 4))
}

fn open_with(dataset: &args::Dataset, options: OpenOptions) -> Result<graticule::Dataset, Error> {
    let shown = spinner("opening");
    let opened = graticule::Dataset::open_with_blocking(dataset.dataset.as_str(), options);
    shown.finish_and_clear();
    let opened = opened?;
    warn(opened.notes());
    Ok(opened)
}

/// Tells those notes that who asks should not miss.
fn warn<'a>(notes: impl Iterator<Item = &'a Note>) {
    for warning in notes.filter(|note| note.is_warning) {
        note(&format!("note: {}", printable(&warning.text)));
    }
}

/// Tells those notes that are of columns whose values are asked for, and are not told anyway.
fn warn_of<'a>(notes: impl Iterator<Item = &'a Note>, columns: &[&str]) {
    for noted in notes.filter(|note| !note.is_warning) {
        let is_of = |name: &&str| noted.text.starts_with(&format!("column '{name}' "));
        if columns.iter().any(is_of) {
            note(&format!("note: {}", printable(&noted.text)));
        }
    }
}

/// A line of `info` and `--explain` of what was guessed or left out.
fn noted(note: &Note) -> String {
    format!("{:<10} {}\n", "note", printable(&as_flags(&note.text)))
}

/// How a dataset and its columns are to be found.
fn found(found: &args::Found) -> OpenOptions {
    OpenOptions {
        lon: found.lon.clone(),
        lat: found.lat.clone(),
        geometry: found.geometry.clone(),
        coordinate_unit: found.coordinate_unit,
        ignore_statistics: found.ignore_statistics,
        time: found.time_column.clone(),
        time_unit: found.time_unit,
        store: StoreOptions {
            endpoint: found.endpoint.clone(),
            region: found.region.clone(),
            profile: found.profile.clone(),
            anonymous: found.anonymous,
        },
        partition_time: found.partition_time.clone(),
        as_files: found.as_files,
        as_of: found.as_of,
        all_files: found.all_files,
        patience: Some(Duration::from_secs(found.patience)),
        ..OpenOptions::default()
    }
}
