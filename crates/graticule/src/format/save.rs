//! Files that appear when they are whole.

use crate::Error;
use graticule_exec::left_over;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;

/// What names of files begin with that are not whole.
const GROWING: &str = ".graticule-";

/// Writes a file beside `path`, then renames it: the path holds the old file or the whole new one. A link
/// is followed, to a file that is not there yet too, a file that was there keeps its permissions, and what
/// is no file, such as a pipe, is written to as it is. What killed runs left beside it is removed.
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
    let io = |error: Error| error.writing_to(&path.display().to_string());
    let there = std::fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        let mut out = BufWriter::new(File::create(path).map_err(wrong)?);
        write(&mut out).map_err(io)?;
        return out.flush().map_err(wrong);
    }
    let target = graticule_dataset::place_of(path);
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let missing = std::io::Error::new(ErrorKind::NotFound, "there is no such folder");
        return Err(wrong(missing));
    }
    left_over::sweep(folder, GROWING, None);
    let beside = tempfile::Builder::new()
        .prefix(GROWING)
        .tempfile_in(folder)
        .map_err(|e| wrong(e.kind().into()))?;
    left_over::hold(beside.as_file());
    let _unfinished = left_over::Unfinished::new(beside.path());
    let mut out = BufWriter::new(beside);
    write(&mut out).map_err(io)?;
    let beside = out.into_inner().map_err(|e| wrong(e.into_error()))?;
    // A temporary file is the owner's alone; a new answer is as readable as any other file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let readable = std::fs::Permissions::from_mode(0o644);
        let permissions = there.map_or(readable, |there| there.permissions());
        std::fs::set_permissions(beside.path(), permissions).map_err(wrong)?;
    }
    beside.as_file().sync_all().map_err(wrong)?;
    beside.persist(&target).map_err(|e| wrong(e.error))?;
    Ok(())
}
