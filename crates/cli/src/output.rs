//! Where an answer goes, and what must not be there.

use crate::args;
use crate::commands::Usage;
use graticule::{Error, Format};
use std::io::{ErrorKind, Write, stderr, stdout};
use std::path::{Path, PathBuf};

/// Prints to stdout; nobody may be reading any more.
pub(crate) fn say(text: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints a line to stderr; nobody may be reading any more.
pub(crate) fn note(text: &str) {
    let _ = writeln!(stderr(), "{text}");
}

/// The format that was asked for, or that the file's name says.
pub(crate) fn format_of(options: &args::Query) -> Result<Format, Usage> {
    if let Some(format) = options.format {
        return Ok(format);
    }
    let Some(path) = &options.output else {
        return Ok(Format::Table);
    };
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    match &*extension.to_lowercase() {
        "txt" | "" => Ok(Format::Table),
        "feather" | "ipc" => Ok(Format::Arrow),
        extension => extension.parse().map_err(|_| {
            Usage(format!(
                "the name of '{}' tells no format; add --format csv or another",
                path.display()
            ))
        }),
    }
}

/// Refuses to write over what is read, and over the answer itself.
pub(crate) fn check(options: &args::Query) -> anyhow::Result<()> {
    let zones = options.by.iter().flat_map(|keys| &keys.0);
    let zones = zones.filter_map(|key| match key {
        graticule::Key::Zone(zone) => Some(PathBuf::from(&zone.file)),
        _ => None,
    });
    let read: Vec<PathBuf> = options.polygon.iter().cloned().chain(zones).collect();
    let dataset = place_of(Path::new(&options.dataset.dataset));
    for out in options.output.iter().chain(&options.receipt) {
        let folder = out.parent().filter(|p| !p.as_os_str().is_empty());
        // Known before the work, not after it.
        let wrong = if folder.is_some_and(|folder| !folder.is_dir()) {
            "there is no such folder; make it first"
        } else if out.is_dir() {
            "it is a folder; name a file in it"
        } else {
            ""
        };
        if !wrong.is_empty() {
            let error = Error::Write {
                path: out.display().to_string(),
                source: std::io::Error::new(ErrorKind::NotFound, wrong),
            };
            return Err(error.into());
        }
        let place = place_of(out);
        if place == dataset || read.iter().any(|read| place_of(read) == place) {
            return Err(Usage(format!(
                "'{}' is what the question reads; write to another file",
                out.display()
            ))
            .into());
        }
        let extension = out.extension().and_then(|extension| extension.to_str());
        let is_data = extension.is_some_and(graticule::is_data_file);
        if is_data && dataset.is_dir() && place.starts_with(&dataset) {
            return Err(Usage(format!(
                "'{}' would be a part of the dataset from then on; write it outside of '{}'",
                out.display(),
                options.dataset.dataset
            ))
            .into());
        }
    }
    match (&options.output, &options.receipt) {
        (Some(answer), Some(receipt)) if place_of(answer) == place_of(receipt) => {
            Err(Usage("the answer and its receipt need a file each".to_owned()).into())
        }
        _ => Ok(()),
    }
}

/// The path without links, where it or its folder exists.
fn place_of(path: &Path) -> PathBuf {
    if let Ok(place) = path.canonicalize() {
        return place;
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// Whether a reader of a pipe has seen enough, as head has.
pub(crate) fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
            || error.to_string().contains("Broken pipe")
        {
            return true;
        }
        next = error.source();
    }
    false
}
