//! An import from its arguments to its report.

use super::error::ImportError;
use super::open::Meter;
use super::options::{Format, Import};
use super::rejects::Rejects;
use super::report::Report;
use super::source::{Source, Sources};
use super::staging::Staging;
use super::{ipc, source, text};
use graticule_columns::Note;
use graticule_dataset::{FileId, folder_of_both, guarded, place_of};
use std::collections::HashSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Hidden from readers of the dataset, as all names that begin so.
const REJECTS: &str = "_rejects.csv";

pub(crate) fn run(
    import: &Import,
    dir: &Path,
    on_progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Report, ImportError> {
    guarded(|| write(import, dir, on_progress))
        .unwrap_or_else(|panicked| Err(ImportError::ThreadDied(panicked.to_string())))
}

fn write(
    import: &Import,
    dir: &Path,
    on_progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Report, ImportError> {
    let checked = import.check()?;
    let staging = Staging::new(dir)?;
    let sources = {
        let mut is_stopped = || on_progress(0, 0).is_break();
        source::find(
            &import.sources,
            import.format,
            &staging.spool(),
            &mut is_stopped,
        )?
    };
    spares(import, dir, &sources)?;
    if let (Some(name), false) = (&import.geometry, sources.format == Format::Csv) {
        return Err(ImportError::Argument {
            argument: "`geometry`",
            value: name.clone(),
            reason: "it is for CSV".to_owned(),
        });
    }
    let total = sources.files.iter().map(|s| s.bytes).sum();
    let meter = Meter::new(total, on_progress);
    let elsewhere = import.rejects.as_deref().map(Beside::new);
    let growing = elsewhere
        .as_ref()
        .map_or(staging.folder().join(REJECTS), |b| b.hidden.clone());
    let mut rejects = Rejects::new(&growing, import.max_rejects);
    let done = match sources.format {
        Format::Arrow => ipc::import(import, &checked, &sources, &staging, &mut rejects, &meter),
        _ => text::import(import, &checked, &sources, &staging, &mut rejects, &meter),
    };
    let mut report = match done {
        // Whatever failed because of it.
        Err(_) if meter.is_stopped() => return Err(ImportError::Stopped),
        done => done?,
    };
    if let [first, ..] = &rejects.first[..]
        && report.rows == 0
        && report.records == rejects.count
    {
        return Err(ImportError::AllRejected {
            lines: rejects.count,
            first: first.to_string(),
        });
    }
    report.rejects = rejects.count;
    report.first_rejects = std::mem::take(&mut rejects.first);
    if rejects.finish()? {
        report.rejects_file = Some(match elsewhere {
            Some(beside) => beside.publish()?,
            None => staging.published(REJECTS),
        });
    }
    staging.publish()?;
    report.notes.extend(note_of_both(&sources, dir));
    Ok(report)
}

/// What there is to say of a destination beside a file of Arrow, which is data as well.
fn note_of_both(sources: &Sources, dir: &Path) -> Option<Note> {
    let mut files = sources.files.iter();
    let folder = files.find_map(|file| folder_of_both(&file.path, dir))?;
    let text = format!(
        "'{}' holds these points twice now, as they were and as Parquet: ask '{}', not the folder",
        folder.display(),
        dir.display()
    );
    Some(Note {
        text,
        is_warning: true,
    })
}

/// Refuses to write over what is imported, and in a folder of it what would be taken for a part of it.
fn spares(import: &Import, dir: &Path, sources: &Sources) -> Result<(), ImportError> {
    let wrong = |argument, path: &Path, reason: &str| {
        Err(ImportError::Argument {
            argument,
            value: path.display().to_string(),
            reason: reason.to_owned(),
        })
    };
    let folders = import.sources.iter().filter(|source| source.is_dir());
    let folders: HashSet<FileId> = folders.filter_map(|folder| FileId::of(folder)).collect();
    let is_within = |path: &Path| {
        let place = place_of(path);
        let mut above = place.ancestors().skip(1).filter_map(FileId::of);
        above.any(|folder| folders.contains(&folder))
    };
    // Beside points of other formats Parquet is no source of them.
    if sources.format == Format::Arrow && is_within(dir) {
        let reason = "the folder that is imported would hold the points twice; name a directory outside of it";
        return wrong("the destination", dir, reason);
    }
    let Some(path) = &import.rejects else {
        return Ok(());
    };
    let place = place_of(path).symlink_metadata();
    if place.is_ok_and(|found| found.is_symlink()) {
        let reason = "it is a link that leads back to itself; remove it";
        return wrong("`rejects`", path, reason);
    }
    let id = FileId::of(path);
    let is_same = |source: &Source| FileId::of(&source.path) == id;
    if id.is_some() && sources.files.iter().any(is_same) {
        let reason = "it is what is imported; name another file";
        return wrong("`rejects`", path, reason);
    }
    let is_read = source::is_read(path, import.format);
    if is_read && is_within(path) {
        let reason =
            "it would be a part of what is imported from then on; name a file in another folder";
        return wrong("`rejects`", path, reason);
    }
    Ok(())
}

/// A file that grows beside its place; gone when dropped.
struct Beside {
    path: PathBuf,
    hidden: PathBuf,
}

impl Beside {
    fn new(path: &Path) -> Self {
        // A link is followed, so that the rename does not replace it.
        let path = place_of(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hidden = path.with_file_name(format!(".{name}.graticule-import"));
        Self { path, hidden }
    }

    fn publish(self) -> Result<PathBuf, ImportError> {
        fs::rename(&self.hidden, &self.path).map_err(ImportError::io("create", &self.path))?;
        Ok(self.path.clone())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // There is none where nothing was rejected, or it was published.
        let _ = fs::remove_file(&self.hidden);
    }
}
