//! From the arguments to a list of files.

use super::error::ImportError;
use super::options::Format;
use graticule_dataset::not_text;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Bytes of standard input between two questions whether to go on.
const STEP: u64 = 1 << 20;

/// Bytes that tell what a file is.
const HEAD: u64 = 512;

/// A file to read.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// How messages and the reject file name it.
    pub(crate) name: String,
    pub(crate) bytes: u64,
}

/// What the arguments name, in the order of the arguments, and in a folder by path.
pub(crate) struct Sources {
    pub(crate) files: Vec<Source>,
    pub(crate) format: Format,
    /// Files in the folders that are of no known format, or of another than the one asked for, and pipes.
    pub(crate) left_out: u64,
}

/// Finds the files. Standard input is first copied to `spool`, as it can be read only once and
/// types may need a second look; `is_stopped` is asked meanwhile.
pub(crate) fn find(
    sources: &[PathBuf],
    asked: Option<Format>,
    spool: &Path,
    is_stopped: &mut dyn FnMut() -> bool,
) -> Result<Sources, ImportError> {
    let mut files: Vec<(Source, Format)> = Vec::new();
    let mut left_out = 0;
    let mut is_spooled = false;
    for source in sources {
        if source.as_os_str() == "-" {
            let format = asked.ok_or_else(|| ImportError::UnknownFormat {
                name: "standard input".to_owned(),
            })?;
            if std::mem::replace(&mut is_spooled, true) {
                return Err(ImportError::Argument {
                    argument: "the source",
                    value: "-".to_owned(),
                    reason: "standard input can be read only once".to_owned(),
                });
            }
            keep(spool, is_stopped)?;
            files.push((file(spool, "standard input".to_owned())?, format));
        } else if source.is_dir() {
            let before = files.len();
            for entry in WalkDir::new(source).follow_links(true).sort_by_file_name() {
                let entry = entry.map_err(|e| {
                    let path = e.path().unwrap_or(source).to_owned();
                    ImportError::io("read", &path)(e.into())
                })?;
                if entry.file_type().is_dir() || is_hidden(source, entry.path()) {
                    continue;
                }
                let format = of_name(entry.path()).filter(|f| asked.is_none_or(|a| a == *f));
                match format.filter(|_| entry.file_type().is_file()) {
                    None => left_out += 1,
                    Some(format) => {
                        let name = entry.path().display().to_string();
                        files.push((file(entry.path(), name)?, format));
                    }
                }
            }
            if files.len() == before {
                return Err(ImportError::NoFiles {
                    path: source.clone(),
                    wanted: asked
                        .map_or("csv, gpx, geojson or arrow", Format::name)
                        .to_owned(),
                });
            }
        } else {
            let name = source.display().to_string();
            let found = file(source, name.clone())?;
            let format = asked.or_else(|| of_name(source));
            files.push((found, format.ok_or_else(|| unknown(source, name))?));
        }
    }
    let Some((first, format)) = files.first().map(|(s, f)| (s.name.clone(), *f)) else {
        return Err(ImportError::Argument {
            argument: "the source",
            value: String::new(),
            reason: "name a file or a folder, or - for standard input".to_owned(),
        });
    };
    if let Some((other, here)) = files.iter().find(|(_, f)| *f != format) {
        return Err(ImportError::MixedFormats {
            first,
            there: format.name(),
            second: other.name.clone(),
            here: here.name(),
        });
    }
    Ok(Sources {
        files: files.into_iter().map(|(s, _)| s).collect(),
        format,
        left_out,
    })
}

/// The error of a file whose name tells no format: what it is, where its first bytes tell.
fn unknown(path: &Path, name: String) -> ImportError {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    match read.ok().and_then(|_| not_text(&head)) {
        Some(reason) => ImportError::File {
            file: name,
            reason: reason.to_owned(),
        },
        None => ImportError::UnknownFormat { name },
    }
}

fn keep(spool: &Path, is_stopped: &mut dyn FnMut() -> bool) -> Result<(), ImportError> {
    let mut to = File::create(spool).map_err(ImportError::io("create", spool))?;
    let mut input = io::stdin().lock();
    while !is_stopped() {
        let mut some = (&mut input).take(STEP);
        let copied = io::copy(&mut some, &mut to);
        if copied.map_err(ImportError::io("copy standard input to", spool))? == 0 {
            return Ok(());
        }
    }
    Err(ImportError::Stopped)
}

fn file(path: &Path, name: String) -> Result<Source, ImportError> {
    let found = std::fs::metadata(path).map_err(ImportError::io("read", path))?;
    if !found.is_file() {
        return Err(ImportError::Argument {
            argument: "the source",
            value: name,
            reason: "it is a pipe, a socket or a device, which can be read only once; send it to standard input, and give - for it"
                .to_owned(),
        });
    }
    Ok(Source {
        path: path.to_owned(),
        name,
        bytes: found.len(),
    })
}

/// Names that begin with `.` or `_` below a folder are other programs'.
fn is_hidden(root: &Path, path: &Path) -> bool {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        name.starts_with(['.', '_'])
    })
}

/// Whether a file in a folder is read, by its name.
pub(crate) fn is_read(path: &Path, asked: Option<Format>) -> bool {
    let is_plain = path
        .file_name()
        .is_some_and(|name| !name.to_string_lossy().starts_with(['.', '_']));
    is_plain && of_name(path).is_some_and(|found| asked.is_none_or(|asked| asked == found))
}

/// The format that a name tells, compressed or not.
fn of_name(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let plain = name
        .strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".zst"));
    let (_, extension) = plain.unwrap_or(&name).rsplit_once('.')?;
    Some(match extension {
        "csv" | "tsv" | "plt" => Format::Csv,
        "gpx" => Format::Gpx,
        "geojson" | "json" | "geojsonl" | "geojsons" | "geojsonseq" | "ndjson" | "jsonl" => {
            Format::GeoJson
        }
        "arrow" | "arrows" | "feather" | "ipc" => Format::Arrow,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_formats() {
        let of = |name: &str| of_name(Path::new(name));
        assert_eq!(of("a/20081023025304.plt"), Some(Format::Csv));
        assert_eq!(of("a.CSV.GZ"), Some(Format::Csv));
        assert_eq!(of("a.gpx.zst"), Some(Format::Gpx));
        assert_eq!(of("a.geojson"), Some(Format::GeoJson));
        assert_eq!(of("a.feather"), Some(Format::Arrow));
        for other in ["a", "a.gz", "csv", "labels.txt", "a.parquet", ".."] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
