//! Files that appear when they are whole.

use crate::Error;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes a file beside `path`, then renames it: the path holds the old file or the whole new one.
///
/// # Errors
/// [`Error::Write`] when the file cannot be written, or what `write` says.
pub fn save(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), Error>,
) -> Result<(), Error> {
    let wrong = |source| Error::Write {
        path: path.display().to_string(),
        source,
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let beside = tempfile::Builder::new()
        .prefix(".graticule-")
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(wrong)?;
    let mut out = BufWriter::new(beside);
    write(&mut out).map_err(|error| match error {
        Error::Write { source, .. } => wrong(source),
        Error::Parquet(error) => wrong(std::io::Error::other(error)),
        Error::Arrow(error) => wrong(std::io::Error::other(error)),
        error => error,
    })?;
    let beside = out.into_inner().map_err(|e| wrong(e.into_error()))?;
    // A temporary file is the owner's alone; an answer is as readable as any other file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let readable = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(beside.path(), readable).map_err(wrong)?;
    }
    beside.as_file().sync_all().map_err(wrong)?;
    beside.persist(path).map_err(|e| wrong(e.error))?;
    Ok(())
}
