//! An import from its arguments to its report.

use super::error::ImportError;
use super::open::Meter;
use super::options::{Format, Import};
use super::rejects::Rejects;
use super::report::Report;
use super::staging::Staging;
use super::{ipc, source, text};
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
    if let Some(path) = &import.rejects
        && let Ok(path) = path.canonicalize()
        && sources
            .files
            .iter()
            .any(|s| s.path.canonicalize().is_ok_and(|s| s == path))
    {
        return Err(ImportError::Argument {
            argument: "--rejects",
            value: path.display().to_string(),
            reason: "it is what is imported; name another file".to_owned(),
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
        Format::Arrow => ipc::import(import, &checked, &sources, &staging, &meter),
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
    Ok(report)
}

/// A file that grows beside its place; gone when dropped.
struct Beside {
    path: PathBuf,
    hidden: PathBuf,
}

impl Beside {
    fn new(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self {
            path: path.to_owned(),
            hidden: path.with_file_name(format!(".{name}.graticule-import")),
        }
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
