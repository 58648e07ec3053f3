//! Groups that outgrow memory: parted by their keys into files, so that each part fits again.

use crate::{Error, partials};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use graticule_kernels::{Partial, Program};
use graticule_plan::KeyDigits;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

/// Files in which groups are kept apart: what is spilled may be so many times what memory holds.
const FILES: usize = 64;

/// Groups on disk, in a folder that goes when this does.
#[derive(Debug)]
pub(crate) struct Spill {
    folder: TempDir,
    keys: Vec<KeyDigits>,
    files: Vec<Mutex<BufWriter<File>>>,
    bytes: AtomicU64,
}

impl Spill {
    /// An empty spill in the system's folder for temporary files.
    pub(crate) fn new(keys: &[KeyDigits]) -> Result<Self, Error> {
        let begin = || {
            let folder = tempfile::Builder::new().prefix("graticule-").tempdir()?;
            let file = |i: usize| File::create(folder.path().join(i.to_string()));
            let files = (0..FILES).map(|i| Ok(Mutex::new(BufWriter::new(file(i)?))));
            let files = files.collect::<std::io::Result<_>>()?;
            Ok((folder, files))
        };
        let (folder, files) = begin().map_err(|e| wrong(&std::env::temp_dir(), e))?;
        Ok(Self {
            folder,
            keys: keys.to_vec(),
            files,
            bytes: AtomicU64::new(0),
        })
    }

    /// Bytes of groups that were written.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The folder of the files, where there is room for others.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Takes groups of a program in.
    pub(crate) fn take(&self, program: usize, partial: &Partial) -> Result<(), Error> {
        let mut parts: Vec<Vec<u32>> = vec![Vec::new(); FILES];
        for (group, number) in (0..partial.groups()).zip(0u32..) {
            parts[self.file_of(partial, group)].push(number);
        }
        for (groups, file) in parts.iter().zip(&self.files) {
            if groups.is_empty() {
                continue;
            }
            let part = partial.take(groups);
            self.bytes.fetch_add(part.bytes() as u64, Ordering::Relaxed);
            let batch = part.to_batch(program)?;
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            let mut writer = StreamWriter::try_new(&mut *file, &batch.schema())?;
            let written = writer.write(&batch).and_then(|()| writer.finish());
            written.map_err(|e| wrong(self.folder(), std::io::Error::other(e)))?;
        }
        Ok(())
    }

    /// The file of a group: the same for all records of a group of the answer.
    fn file_of(&self, partial: &Partial, group: usize) -> usize {
        let mut hash = 0u64;
        let mut add = |digit: u32| {
            // The finaliser of SplitMix64 (Steele et al. 2014).
            hash = (hash ^ u64::from(digit)).wrapping_add(0x9e37_79b9_7f4a_7c15);
            hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            hash ^= hash >> 31;
        };
        for key in &self.keys {
            let mut digits = partial.digits[key.digits.clone()].iter();
            if key.nullable {
                let is_null = digits.next().map_or(0, |digit| digit[group]);
                add(is_null);
                if is_null == 1 {
                    continue;
                }
            }
            digits.for_each(|digit| add(digit[group]));
        }
        (hash >> 58) as usize
    }

    /// The merged groups of each file, a partial for each program, within so many bytes; files without
    /// groups are left out.
    pub(crate) fn merged(
        &self,
        programs: &[Program],
        allowed: usize,
    ) -> impl Iterator<Item = Result<Vec<Partial>, Error>> {
        let share = allowed / programs.len().max(1);
        (0..FILES).filter_map(move |file| {
            let found = self.read(file, programs.len());
            found
                .and_then(|found| {
                    if found[0].is_empty() {
                        return Ok(None);
                    }
                    let merged = programs.iter().zip(found);
                    let merged = merged.map(|(p, all)| partials::merge(p, all, share));
                    merged.collect::<Result<_, _>>().map(Some)
                })
                .transpose()
        })
    }

    /// What was written to a file, by program.
    fn read(&self, file: usize, programs: usize) -> Result<Vec<Vec<Partial>>, Error> {
        let path = self.folder().join(file.to_string());
        let mut writer = self.files[file]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        writer.flush().map_err(|e| wrong(self.folder(), e))?;
        let open = || -> Result<_, std::io::Error> { Ok(BufReader::new(File::open(&path)?)) };
        let mut reader = open().map_err(|e| wrong(self.folder(), e))?;
        let mut found = vec![Vec::new(); programs];
        let is_more =
            |reader: &mut BufReader<File>| reader.fill_buf().map(|bytes| !bytes.is_empty());
        while is_more(&mut reader).map_err(|e| wrong(self.folder(), e))? {
            for batch in StreamReader::try_new(&mut reader, None)? {
                let (program, partial) = Partial::from_batch(&batch?)?;
                found[program].push(partial);
            }
        }
        Ok(found)
    }
}

pub(crate) fn wrong(folder: &Path, source: std::io::Error) -> Error {
    Error::Spill {
        folder: folder.display().to_string(),
        source,
    }
}
