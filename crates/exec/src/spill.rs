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
use std::sync::{Mutex, PoisonError};
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
    by: By,
    /// Which bits of the hash tell the files: the first ones, or those of the file that this one parts.
    level: u32,
    files: Vec<Mutex<Growing>>,
    bytes: AtomicU64,
}

/// What tells the file of a group.
#[derive(Debug, Clone)]
enum By {
    /// The answer's keys: all records of a group of the answer are in one file.
    Keys(Vec<KeyDigits>),
    /// The digits from this one on, which say what is counted of a group: all pairs of one value are in one file.
    Values(usize),
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
        Self::at(By::Keys(keys.to_vec()), 0)
    }

    fn at(by: By, level: u32) -> Result<Self, Error> {
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
            by,
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

    /// The file of a group.
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
        let keys = match &self.by {
            By::Keys(keys) => keys.as_slice(),
            By::Values(first) => {
                let values = partial.digits.iter().skip(*first);
                values.for_each(|digit| add(digit[group]));
                &[]
            }
        };
        for key in keys {
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
            Ok(table_of(&mut tables, program)?.absorb(&partial)?)
        })?;
        let found = || tables.into_iter().map(Table::into_partial).collect();
        Ok((!is_empty).then(found))
    }

    /// Parts the groups of a file once more; `None` where that tells none apart. They are gathered in tables
    /// before, or the parts of what many small writes left would be smaller still.
    fn parted(
        &self,
        file: usize,
        programs: &[Program],
        share: usize,
    ) -> Result<Option<Self>, Error> {
        let are_alike =
            matches!(&self.by, By::Keys(keys) if keys.iter().all(|k| k.digits.is_empty()));
        if are_alike || self.level + 1 == LEVELS {
            return Ok(None);
        }
        let finer = Self::at(self.by.clone(), self.level + 1)?;
        let tables = programs.iter().map(|program| Table::new(program, share));
        let mut tables = tables.collect::<Result<Vec<_>, _>>()?;
        self.read(file, &mut |program, partial| {
            let table = table_of(&mut tables, program)?;
            if partial.bytes() > share / 16 {
                return finer.take(program, &partial);
            }
            if table.is_full() || table.outgrows(&partial.layout) {
                finer.take(program, &table.drain())?;
            }
            Ok(table.absorb(&partial)?)
        })?;
        for (program, table) in tables.into_iter().enumerate() {
            finer.take(program, &table.into_partial())?;
        }
        let begun = |file: &Mutex<Growing>| {
            let file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.is_begun
        };
        let parts = finer.files.iter().filter(|file| begun(file)).count();
        if parts < 2 {
            return Ok(None);
        }
        self.remove(file)?;
        Ok(Some(finer))
    }

    /// Parts the pairs of a file by their values: the groups, and the pairs apart. `None` where there are no
    /// pairs, or they are parted so already.
    fn parted_by_value(
        &self,
        file: usize,
        programs: &[Program],
        share: usize,
    ) -> Result<Option<(Partial, Self)>, Error> {
        let [main, _, ..] = programs else {
            return Ok(None);
        };
        if matches!(self.by, By::Values(_)) {
            return Ok(None);
        }
        let finer = Self::at(By::Values(main.digits.len()), 0)?;
        let mut groups = Table::new(main, share)?;
        self.read(file, &mut |program, partial| match program {
            0 => Ok(groups.absorb(&partial)?),
            _ => finer.take(program, &partial),
        })?;
        self.remove(file)?;
        Ok(Some((groups.into_partial(), finer)))
    }

    fn remove(&self, file: usize) -> Result<(), Error> {
        let path = self.folder().join(file.to_string());
        std::fs::remove_file(&path).map_err(|e| wrong(self.folder(), e))
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

/// The table of a program that was read.
fn table_of(tables: &mut [Table], program: usize) -> Result<&mut Table, KernelError> {
    let foreign = || KernelError::Foreign("it is of another question".to_owned());
    tables.get_mut(program).ok_or_else(foreign)
}

pub(crate) fn wrong(folder: &Path, source: std::io::Error) -> Error {
    Error::Spill {
        folder: folder.display().to_string(),
        source,
    }
}

mod merged;

pub(crate) use merged::Merged;

#[cfg(test)]
mod tests;
