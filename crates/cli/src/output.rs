//! Where an answer goes, and what must not be there.

use crate::args;
use crate::closed;
use crate::commands::Usage;
use crate::flags::as_flags;
use graticule::{Dataset, Error, FileId, Format, Overlap, place_of, printable};
use std::io::{ErrorKind, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What kept words from standard output.
static UNSAID: Mutex<Option<std::io::Error>> = Mutex::new(None);

/// Prints to stdout; nobody may be reading any more. What else is wrong [`said`] tells at the end.
pub(crate) fn say(text: &str) {
    let mut out = stdout().lock();
    let text = lines(text);
    let written = match closed::is_closed() {
        true => Err(closed()),
        false => out.write_all(text.as_bytes()).and_then(|()| out.flush()),
    };
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        UNSAID
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
    }
}

/// Whether all came out that was to be printed.
pub(crate) fn said() -> anyhow::Result<()> {
    let unsaid = UNSAID.lock().unwrap_or_else(PoisonError::into_inner).take();
    match unsaid {
        None => Ok(()),
        Some(source) => Err(unwritten(source).into()),
    }
}

/// Fails where an answer that goes to standard output would go nowhere.
pub(crate) fn check_open() -> Result<(), Error> {
    match closed::is_closed() {
        true => Err(unwritten(closed())),
        false => Ok(()),
    }
}

fn closed() -> std::io::Error {
    std::io::Error::other(
        "it is closed; send it somewhere, or name a file with -o where there is one",
    )
}

/// How messages name standard output.
pub(crate) const STDOUT: &str = "standard output";

/// The error of standard output.
pub(crate) fn unwritten(source: std::io::Error) -> Error {
    Error::Write {
        path: STDOUT.to_owned(),
        source,
    }
}

/// Prints what was asked for instead of a command: help, or the version.
pub(crate) fn print(help: &clap::Error) -> anyhow::Result<()> {
    check_open()?;
    match help.print() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(unwritten(error).into()),
        _ => Ok(()),
    }
}

/// Prints what there is to say to stderr, its settings as flags.
pub(crate) fn note(text: &str) {
    line(&as_flags(text));
}

/// Prints a line to stderr; nobody may be reading any more.
pub(crate) fn line(text: &str) {
    let _ = writeln!(stderr(), "{}", lines(text));
}

/// Lines without what a terminal would obey.
fn lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

/// Writes a text to a file, which appears when it is whole.
pub(crate) fn keep(path: &Path, text: &str) -> Result<(), Error> {
    graticule::save(path, |out| {
        out.write_all(text.as_bytes())
            .map_err(|source| Error::Write {
                path: path.display().to_string(),
                source,
            })
    })
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

/// Refuses places where nothing can be written, those of the files beside the dataset that are read, and one for the
/// answer and its receipt. All that is known before the dataset is opened.
pub(crate) fn check(options: &args::Query) -> anyhow::Result<()> {
    let zones = options.by.iter().flat_map(|keys| &keys.0);
    let zones = zones.filter_map(|key| key.file().map(Path::new));
    let read = options.polygon.iter().chain(&options.money.prices);
    let read: Vec<&Path> = read.map(PathBuf::as_path).chain(zones).collect();
    for out in options.output.iter().chain(&options.receipt) {
        has_folder(out)?;
        spares(out, &read)?;
    }
    match (&options.output, &options.receipt) {
        (Some(answer), Some(receipt)) if is_same(answer, receipt) => {
            Err(Usage("the answer and its receipt need a file each".to_owned()).into())
        }
        _ => Ok(()),
    }
}

/// Known before the work, not after it.
pub(crate) fn has_folder(out: &Path) -> Result<(), Error> {
    let place = place_of(out);
    // Links are followed to where they lead.
    let is_link = place
        .symlink_metadata()
        .is_ok_and(|found| found.is_symlink());
    let wrong = if is_link {
        "it is a link that leads back to itself; remove it"
    } else if place.parent().is_some_and(|folder| !folder.is_dir()) {
        "there is no such folder; make it first"
    } else if out.is_dir() {
        "it is a folder; name a file in it"
    } else {
        return Ok(());
    };
    Err(Error::Write {
        path: out.display().to_string(),
        source: std::io::Error::new(ErrorKind::NotFound, wrong),
    })
}

/// Refuses to write over a file that is read.
pub(crate) fn spares(out: &Path, read: &[&Path]) -> Result<(), Usage> {
    match read.iter().any(|read| is_same(out, read)) {
        true => Err(is_read(out)),
        false => Ok(()),
    }
}

/// Refuses to write over a dataset's files, and beside them what would be taken for one of them.
pub(crate) fn spares_dataset(out: &Path, dataset: &Dataset) -> Result<(), Usage> {
    match dataset.overlap(out) {
        Some(Overlap::File) => Err(is_read(out)),
        Some(Overlap::Tree) => Err(Usage(format!(
            "'{}' would be a part of the dataset from then on; write it outside of '{}'",
            out.display(),
            dataset.metadata().url
        ))),
        None => Ok(()),
    }
}

fn is_read(out: &Path) -> Usage {
    Usage(format!(
        "'{}' is what the question reads; write to another file",
        out.display()
    ))
}

/// Whether two paths are of one file, which need not be there.
fn is_same(one: &Path, other: &Path) -> bool {
    let id = FileId::of(one);
    (id.is_some() && id == FileId::of(other)) || place_of(one) == place_of(other)
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
