//! Groups that outgrow memory: parted by their keys into files, so that each part fits again.

use crate::{Error, left_over};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use graticule_kernels::{KernelError, Partial, Program, Table};
use graticule_plan::KeyDigits;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;

/// What the folder's name begins with.
const PREFIX: &str = "graticule-";
/// Bits of a hash by which groups are kept apart.
const BITS: u32 = 6;
/// Files in which groups are kept apart: what is spilled may be so many times what memory holds, and each
/// of them is parted again where it does not fit.
const FILES: usize = 1 << BITS;
/// As often as there are bits.
const LEVELS: u32 = u64::BITS / BITS;

/// Groups on disk, in a folder that goes when this does.
#[derive(Debug)]
pub(crate) struct Spill {
    folder: TempDir,
    _unfinished: left_over::Unfinished,
    keys: Vec<KeyDigits>,
    /// Which bits of the hash tell the files: the first ones, or those of the file that this one parts.
    level: u32,
    files: Vec<Mutex<Growing>>,
    bytes: AtomicU64,
}

/// A file that groups are written to.
#[derive(Debug)]
struct Growing {
    writer: BufWriter<File>,
    is_begun: bool,
}

impl Spill {
    /// An empty spill in the system's folder for temporary files.
    pub(crate) fn new(keys: &[KeyDigits]) -> Result<Self, Error> {
        Self::at(keys, 0)
    }

    fn at(keys: &[KeyDigits], level: u32) -> Result<Self, Error> {
        let begin = || {
            left_over::sweep(&std::env::temp_dir(), PREFIX, Some("0"));
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
            let file = |i: usize| {
                let file = File::create(folder.path().join(i.to_string()))?;
                left_over::hold(&file);
                Ok::<_, std::io::Error>(file)
            };
            let files = (0..FILES).map(|i| {
                Ok(Mutex::new(Growing {
                    writer: BufWriter::new(file(i)?),
                    is_begun: false,
                }))
            });
            let files = files.collect::<std::io::Result<_>>()?;
            Ok((folder, files))
        };
        let (folder, files) = begin().map_err(|e| wrong(&std::env::temp_dir(), e))?;
        Ok(Self {
            _unfinished: left_over::Unfinished::new(folder.path()),
            folder,
            keys: keys.to_vec(),
            level,
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
            file.is_begun = true;
            let mut writer = StreamWriter::try_new(&mut file.writer, &batch.schema())?;
            let written = writer.write(&batch).and_then(|()| writer.finish());
            written.map_err(|e| wrong(self.folder(), std::io::Error::other(e)))?;
        }
        Ok(())
    }

    /// The file of a group: the same for all records of a group of the answer.
    #[expect(clippy::cast_possible_truncation, reason = "there are few files")]
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
        ((hash >> (u64::BITS - BITS * (self.level + 1))) % FILES as u64) as usize
    }

    /// The merged groups of each file, a partial for each program, within so many bytes; files without
    /// groups are left out. A file whose groups do not fit is parted again, by further bits of their hash.
    pub(crate) fn merged<'a>(
        self: &Arc<Self>,
        programs: &'a [Program],
        allowed: usize,
    ) -> impl Iterator<Item = Result<Vec<Partial>, Error>> + use<'a> {
        Merged {
            programs,
            share: allowed / programs.len().max(1),
            open: vec![(self.clone(), 0)],
        }
    }

    /// The groups of a file, or nothing if it has none.
    fn absorbed(
        &self,
        file: usize,
        programs: &[Program],
        share: usize,
    ) -> Result<Option<Vec<Partial>>, Error> {
        let tables = programs.iter().map(|program| Table::new(program, share));
        let mut tables = tables.collect::<Result<Vec<_>, _>>()?;
        let mut is_empty = true;
        self.read(file, &mut |program, partial| {
            is_empty = false;
            let table = tables.get_mut(program);
            let foreign = || KernelError::Foreign("it is of another question".to_owned());
            Ok(table.ok_or_else(foreign)?.absorb(&partial)?)
        })?;
        let found = || tables.into_iter().map(Table::into_partial).collect();
        Ok((!is_empty).then(found))
    }

    /// Parts the groups of a file once more; `None` where that tells none apart.
    fn parted(&self, file: usize) -> Result<Option<Self>, Error> {
        if self.level + 1 == LEVELS {
            return Ok(None);
        }
        let finer = Self::at(&self.keys, self.level + 1)?;
        self.read(file, &mut |program, partial| finer.take(program, &partial))?;
        let begun = |file: &Mutex<Growing>| {
            let file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.is_begun
        };
        let parts = finer.files.iter().filter(|file| begun(file)).count();
        if parts < 2 {
            return Ok(None);
        }
        let path = self.folder().join(file.to_string());
        std::fs::remove_file(&path).map_err(|e| wrong(self.folder(), e))?;
        Ok(Some(finer))
    }

    /// Hands on what was written to a file, partial by partial, with their programs.
    fn read(
        &self,
        file: usize,
        take: &mut dyn FnMut(usize, Partial) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let path = self.folder().join(file.to_string());
        let mut growing = self.files[file]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !growing.is_begun {
            return Ok(());
        }
        let flushed = growing.writer.flush();
        flushed.map_err(|e| wrong(self.folder(), e))?;
        let open = || -> Result<_, std::io::Error> { Ok(BufReader::new(File::open(&path)?)) };
        let mut reader = open().map_err(|e| wrong(self.folder(), e))?;
        let is_more =
            |reader: &mut BufReader<File>| reader.fill_buf().map(|bytes| !bytes.is_empty());
        while is_more(&mut reader).map_err(|e| wrong(self.folder(), e))? {
            for batch in StreamReader::try_new(&mut reader, None)? {
                let (program, partial) = Partial::from_batch(&batch?)?;
                take(program, partial)?;
            }
        }
        Ok(())
    }
}

/// The files of a spill, one after the other, and of those that are parted again.
struct Merged<'a> {
    programs: &'a [Program],
    share: usize,
    /// Spills, each a file of the one before, and the file of each that comes next.
    open: Vec<(Arc<Spill>, usize)>,
}

impl Iterator for Merged<'_> {
    type Item = Result<Vec<Partial>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (spill, next) = self.open.last_mut()?;
            let file = *next;
            if file == FILES {
                self.open.pop();
                continue;
            }
            *next += 1;
            let failure = match spill.absorbed(file, self.programs, self.share) {
                Ok(None) => continue,
                Ok(Some(partials)) => return Some(Ok(partials)),
                Err(error) => error,
            };
            let is_much = matches!(failure, Error::Kernel(KernelError::Memory { .. }));
            let parted = is_much.then(|| spill.parted(file));
            match parted {
                Some(Ok(Some(finer))) => self.open.push((Arc::new(finer), 0)),
                Some(Err(error)) => return self.end(error),
                Some(Ok(None)) | None => return self.end(failure),
            }
        }
    }
}

impl Merged<'_> {
    fn end(&mut self, error: Error) -> Option<Result<Vec<Partial>, Error>> {
        self.open.clear();
        Some(Err(error))
    }
}

pub(crate) fn wrong(folder: &Path, source: std::io::Error) -> Error {
    Error::Spill {
        folder: folder.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests;
