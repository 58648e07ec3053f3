//! Groups that outgrow tables or memory: parted by their keys, so that each part is near, or fits, again.

use crate::run::lock;
use crate::{Error, left_over};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use graticule_kernels::{KernelError, Partial, Program, Table};
use graticule_plan::KeyDigits;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

/// The file of a folder that is locked as long as somebody works there.
const HELD: &str = "0";
/// What the folder's name begins with.
const PREFIX: &str = "graticule-";
/// Bits of a hash by which groups are kept apart.
const BITS: u32 = 6;
/// Parts in which groups are kept apart: what is on disk may be so many times what memory holds, and each
/// of them is parted again where it does not fit.
const PARTS: usize = 1 << BITS;
/// As often as there are bits.
const LEVELS: u32 = u64::BITS / BITS;

/// Groups parted by their keys: in memory as far as there is room, the others on disk, in a folder that goes when this
/// does.
#[derive(Debug)]
pub(crate) struct Spill {
    disk: Mutex<Option<Disk>>,
    by: By,
    /// Which bits of the hash tell the parts: the first ones, or those of the part that this one parts.
    level: u32,
    parts: Vec<Mutex<Growing>>,
    /// Bytes that groups in memory may take, and take.
    room: u64,
    held: AtomicU64,
    written: AtomicU64,
}

/// What tells the part of a group.
#[derive(Debug, Clone)]
enum By {
    /// The answer's keys: all records of a group of the answer are in one part.
    Keys(Vec<KeyDigits>),
    /// The digits from this one on, which say what is counted of a group: all pairs of one value are in one part.
    Values(usize),
}

/// A part that groups are added to, with their programs.
#[derive(Debug, Default)]
struct Growing {
    held: Vec<(usize, Partial)>,
    /// Bytes of those, and as many as there were when they were merged last.
    bytes: u64,
    merged: u64,
    writer: Option<BufWriter<File>>,
}

impl Growing {
    fn push(&mut self, program: usize, partial: Partial) {
        self.bytes += partial.bytes() as u64;
        self.held.push((program, partial));
    }

    /// Merges what is held, for the same groups may be in it again and again, unless hardly any came since.
    fn merge(&mut self, programs: &[Program]) -> Result<(), Error> {
        if self.bytes < 2 * self.merged || self.held.len() < 2 {
            return Ok(());
        }
        self.bytes = 0;
        let held = std::mem::take(&mut self.held);
        for (place, program) in programs.iter().enumerate() {
            let mut table = Table::new(program, usize::MAX)?;
            for (_, partial) in held.iter().filter(|(of, _)| *of == place) {
                table.absorb(partial)?;
            }
            let merged = table.into_partial();
            if merged.groups() > 0 {
                self.push(place, merged);
            }
        }
        self.merged = self.bytes;
        Ok(())
    }
}

/// The folder of what is on disk.
#[derive(Debug)]
struct Disk {
    folder: TempDir,
    /// Whose lock says that somebody works here.
    _held: File,
    _unfinished: left_over::Unfinished,
}

impl Disk {
    /// A folder in the system's folder for temporary files.
    fn new() -> std::io::Result<Self> {
        left_over::sweep(&std::env::temp_dir(), PREFIX, Some(HELD));
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        let held = File::create(folder.path().join(HELD))?;
        left_over::hold(&held);
        Ok(Self {
            _held: held,
            _unfinished: left_over::Unfinished::new(folder.path()),
            folder,
        })
    }
}

impl Spill {
    /// Nothing yet; so many bytes of groups may stay in memory.
    pub(crate) fn new(keys: &[KeyDigits], room: u64) -> Self {
        Self::at(By::Keys(keys.to_vec()), 0, room)
    }

    fn at(by: By, level: u32, room: u64) -> Self {
        Self {
            disk: Mutex::default(),
            by,
            level,
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            room,
            held: AtomicU64::new(0),
            written: AtomicU64::new(0),
        }
    }

    /// Bytes of groups that are on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// The folder of what is on disk, where there is room for other files.
    pub(crate) fn folder(&self) -> Result<PathBuf, Error> {
        let mut disk = lock(&self.disk);
        let disk = match &mut *disk {
            Some(disk) => disk,
            none => none.insert(Disk::new().map_err(|e| wrong(&std::env::temp_dir(), e))?),
        };
        Ok(disk.folder.path().to_owned())
    }

    /// Takes groups of one of the programs in.
    pub(crate) fn take(
        &self,
        programs: &[Program],
        program: usize,
        partial: &Partial,
    ) -> Result<(), Error> {
        let mut parts: Vec<Vec<u32>> = vec![Vec::new(); PARTS];
        for (group, number) in (0..partial.groups()).zip(0u32..) {
            parts[self.part_of(partial, group)].push(number);
        }
        for (place, groups) in parts.iter().enumerate().filter(|(_, g)| !g.is_empty()) {
            let part = partial.take(groups);
            let bytes = part.bytes() as u64;
            let mut growing = lock(&self.parts[place]);
            if self.held.load(Ordering::Relaxed) + bytes > self.room {
                self.make_room(&mut growing, programs)?;
            }
            if self.held.fetch_add(bytes, Ordering::Relaxed) + bytes <= self.room {
                growing.push(program, part);
                continue;
            }
            self.held.fetch_sub(bytes, Ordering::Relaxed);
            self.written.fetch_add(bytes, Ordering::Relaxed);
            let folder = self.folder()?;
            let io = |e| wrong(&folder, e);
            if growing.writer.is_none() {
                let path = folder.join(format!("part-{place}"));
                growing.writer = Some(BufWriter::new(File::create(path).map_err(io)?));
            }
            if let Some(writer) = &mut growing.writer {
                let batch = part.to_batch(program)?;
                let mut stream = StreamWriter::try_new(writer, &batch.schema())?;
                let written = stream.write(&batch).and_then(|()| stream.finish());
                written.map_err(|e| io(std::io::Error::other(e)))?;
            }
        }
        Ok(())
    }

    /// Merges what parts hold: one that is locked, and the others that nobody works with.
    fn make_room(&self, locked: &mut Growing, programs: &[Program]) -> Result<(), Error> {
        let merge = |part: &mut Growing| {
            let before = part.bytes;
            part.merge(programs)?;
            // Records may have become wider.
            self.held.fetch_add(part.bytes, Ordering::Relaxed);
            self.held.fetch_sub(before, Ordering::Relaxed);
            Ok::<_, Error>(())
        };
        merge(locked)?;
        for part in &self.parts {
            if let Ok(mut part) = part.try_lock() {
                merge(&mut part)?;
            }
        }
        Ok(())
    }

    /// The part of a group.
    #[expect(clippy::cast_possible_truncation, reason = "there are few parts")]
    fn part_of(&self, partial: &Partial, group: usize) -> usize {
        // Not as a table hashes its keys, which would find all groups of a part near the same slot.
        let mut hash = 0x6a09_e667_f3bc_c908_u64;
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
        ((hash >> (u64::BITS - BITS * (self.level + 1))) % PARTS as u64) as usize
    }

    /// The merged groups of all parts, which must be in memory, a partial for each program: on all threads of the pool that
    /// this runs on. Each has so many bytes for its tables; `check` fails when the asker has gone.
    pub(crate) fn gathered(
        &self,
        programs: &[Program],
        share: usize,
        check: &(dyn Fn() -> Result<(), Error> + Sync),
    ) -> Result<Vec<Partial>, Error> {
        let merged = self.each(programs, share, check, Ok)?;
        let mut all: Vec<Vec<Partial>> = vec![Vec::new(); programs.len()];
        for part in merged {
            for (all, partial) in all.iter_mut().zip(part) {
                all.push(partial);
            }
        }
        let of = |(program, parts): (&Program, _)| {
            Partial::side_by_side(program.digits.len(), program.layout(), parts)
        };
        Ok(programs.iter().zip(all).map(of).collect())
    }

    /// What is made of the merged groups of each part that has any, as [`Self::gathered`] merges them.
    pub(crate) fn each<T: Send>(
        &self,
        programs: &[Program],
        share: usize,
        check: &(dyn Fn() -> Result<(), Error> + Sync),
        make: impl Fn(Vec<Partial>) -> Result<T, Error> + Sync,
    ) -> Result<Vec<T>, Error> {
        let parts = (0..PARTS).into_par_iter();
        let made = parts.map(|place| {
            check()?;
            let merged = self.absorbed(place, programs, share)?;
            merged.map(&make).transpose()
        });
        let made: Vec<Option<T>> = made.collect::<Result<_, _>>()?;
        Ok(made.into_iter().flatten().collect())
    }

    /// The groups of a part, or nothing if it has none.
    fn absorbed(
        &self,
        place: usize,
        programs: &[Program],
        share: usize,
    ) -> Result<Option<Vec<Partial>>, Error> {
        let tables = programs.iter().map(|program| Table::new(program, share));
        let mut tables = tables.collect::<Result<Vec<_>, _>>()?;
        let mut is_empty = true;
        for (program, table) in tables.iter_mut().enumerate() {
            let part = lock(&self.parts[place]);
            let held = part.held.iter().filter(|(of, _)| *of == program);
            let groups: usize = held.map(|(_, partial)| partial.groups()).sum();
            // Many may be the same; a table that is four times too large is slow, too.
            table.expect(groups / 4);
        }
        self.read(place, &mut |program, partial| {
            is_empty = false;
            Ok(table_of(&mut tables, program)?.absorb(partial)?)
        })?;
        let found = || tables.into_iter().map(Table::into_partial).collect();
        Ok((!is_empty).then(found))
    }

    /// Parts the groups of a part once more; `None` where that tells none apart. They are gathered in tables
    /// before, or the parts of what many small writes left would be smaller still.
    fn parted(
        &self,
        place: usize,
        programs: &[Program],
        share: usize,
    ) -> Result<Option<Self>, Error> {
        let are_alike =
            matches!(&self.by, By::Keys(keys) if keys.iter().all(|k| k.digits.is_empty()));
        if are_alike || self.level + 1 == LEVELS {
            return Ok(None);
        }
        let finer = Self::at(self.by.clone(), self.level + 1, 0);
        let tables = programs.iter().map(|program| Table::new(program, share));
        let mut tables = tables.collect::<Result<Vec<_>, _>>()?;
        self.read(place, &mut |program, partial| {
            let table = table_of(&mut tables, program)?;
            if partial.bytes() > share / 16 {
                return finer.take(programs, program, partial);
            }
            if table.is_full() || table.outgrows(&partial.layout) {
                finer.take(programs, program, &table.drain())?;
            }
            Ok(table.absorb(partial)?)
        })?;
        for (program, table) in tables.into_iter().enumerate() {
            finer.take(programs, program, &table.into_partial())?;
        }
        let is_begun = |part: &&Mutex<Growing>| lock(part).writer.is_some();
        if finer.parts.iter().filter(is_begun).count() < 2 {
            return Ok(None);
        }
        self.remove(place)?;
        Ok(Some(finer))
    }

    /// Parts the pairs of a part by their values: the groups, and the pairs apart. `None` where there are no
    /// pairs, or they are parted so already.
    fn parted_by_value(
        &self,
        place: usize,
        programs: &[Program],
        share: usize,
    ) -> Result<Option<(Partial, Self)>, Error> {
        let [main, _, ..] = programs else {
            return Ok(None);
        };
        if matches!(self.by, By::Values(_)) {
            return Ok(None);
        }
        let finer = Self::at(By::Values(main.digits.len()), 0, 0);
        let mut groups = Table::new(main, share)?;
        self.read(place, &mut |program, partial| match program {
            0 => Ok(groups.absorb(partial)?),
            _ => finer.take(programs, program, partial),
        })?;
        self.remove(place)?;
        Ok(Some((groups.into_partial(), finer)))
    }

    fn remove(&self, place: usize) -> Result<(), Error> {
        let mut growing = lock(&self.parts[place]);
        let held = std::mem::take(&mut growing.held);
        let bytes = std::mem::take(&mut growing.bytes);
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        drop(held);
        if growing.writer.take().is_some() {
            let folder = self.folder()?;
            let removed = std::fs::remove_file(folder.join(format!("part-{place}")));
            removed.map_err(|e| wrong(&folder, e))?;
        }
        Ok(())
    }

    /// Shows what a part has, partial by partial, with their programs.
    fn read(
        &self,
        place: usize,
        see: &mut dyn FnMut(usize, &Partial) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut growing = lock(&self.parts[place]);
        for (program, partial) in &growing.held {
            see(*program, partial)?;
        }
        let Some(writer) = &mut growing.writer else {
            return Ok(());
        };
        let folder = self.folder()?;
        let io = |e| wrong(&folder, e);
        writer.flush().map_err(io)?;
        let mut reader =
            BufReader::new(File::open(folder.join(format!("part-{place}"))).map_err(io)?);
        let is_more =
            |reader: &mut BufReader<File>| reader.fill_buf().map(|bytes| !bytes.is_empty());
        while is_more(&mut reader).map_err(io)? {
            for batch in StreamReader::try_new(&mut reader, None)? {
                let (program, partial) = Partial::from_batch(&batch?)?;
                see(program, &partial)?;
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
