//! The first half: rows of the source, with keys, sorted as many at a time as memory allows.

use super::coordinates::{HALVES, Way, way_back};
use super::destination::Destination;
use super::error::{OptimizeError, Result, data};
use super::journal::{Done, Entry, Journal, Run, Spilled};
use super::keys::{self, Key};
use super::options::{Optimize, Progress, Stage};
use super::run::{self, BATCH_ROWS};
use super::source::Rows;
use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use arrow::datatypes::SchemaRef;
use graticule_dataset::{Panicked, guarded};
use std::cell::Cell;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the threads share.
struct Sorting<'a> {
    options: &'a Optimize,
    rows: &'a Rows,
    destination: &'a Destination,
    schema: SchemaRef,
    /// What is not in runs yet.
    jobs: Vec<(usize, Range<usize>)>,
    next: AtomicUsize,
    /// Bytes of rows that a thread holds before it spills.
    allowed: usize,
    /// Held by the one thread that reads a row group of which not every thread may have the like.
    large: Mutex<()>,
    log: Mutex<(&'a mut Journal, &'a mut Done)>,
    read: AtomicU64,
    stopped: AtomicBool,
    progress: &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync),
}

/// Sorts what is not sorted yet and spills it as runs.
pub(crate) fn spill(
    options: &Optimize,
    rows: &Rows,
    destination: &Destination,
    journal: &mut Journal,
    done: &mut Done,
    progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
) -> Result<()> {
    let mut jobs = Vec::new();
    for (group, range) in missing(rows, &done.ranges) {
        let pieces = pieces(options, rows, group, range)?;
        jobs.extend(pieces.into_iter().map(|piece| (group, piece)));
    }
    let threads = threads(options, rows);
    let work = Sorting {
        options,
        rows,
        destination,
        schema: keys::schema(&rows.sorted),
        jobs,
        next: AtomicUsize::new(0),
        allowed: usize::try_from(options.memory).unwrap_or(usize::MAX) / 2 / threads,
        read: AtomicU64::new(done.ranges.iter().map(|(_, r)| r.len() as u64).sum()),
        large: Mutex::new(()),
        log: Mutex::new((journal, done)),
        stopped: AtomicBool::new(false),
        progress,
    };
    let results: Vec<Result<()>> = std::thread::scope(|scope| {
        let spawn = |_| {
            scope.spawn(|| {
                let at = Cell::new(None);
                let result = guarded(|| work.thread(&at));
                let result = result.unwrap_or_else(|panicked| Err(work.bug(&at, &panicked)));
                if result.is_err() {
                    work.stopped.store(true, Ordering::Relaxed);
                }
                result
            })
        };
        let threads: Vec<_> = (0..threads).map(spawn).collect();
        let joined = threads.into_iter().map(|t| t.join());
        joined
            .map(|t| t.unwrap_or_else(|_| Err(OptimizeError::Worker("a thread died".to_owned()))))
            .collect()
    });
    // The others end as stopped because of the one that failed.
    let failed = |r: &Result<()>| matches!(r, Err(e) if !matches!(e, OptimizeError::Stopped));
    let place = results.iter().position(failed);
    let mut results = results;
    match place {
        Some(place) => results.swap_remove(place),
        None => results.into_iter().collect(),
    }
}

/// The rows of the row groups that no run holds.
fn missing(rows: &Rows, ranges: &[(usize, Range<usize>)]) -> Vec<(usize, Range<usize>)> {
    let mut held: Vec<Vec<Range<usize>>> = vec![Vec::new(); rows.scan.groups.len()];
    for (group, range) in ranges {
        if let Some(held) = held.get_mut(*group) {
            held.push(range.clone());
        }
    }
    let mut jobs = Vec::new();
    for (place, (group, mut held)) in rows.scan.groups.iter().zip(held).enumerate() {
        held.sort_by_key(|r| r.start);
        let mut at = 0;
        let all = usize::try_from(group.rows).unwrap_or(usize::MAX);
        for range in held.into_iter().chain(std::iter::once(all..all)) {
            if at < range.start {
                jobs.push((place, at..range.start));
            }
            at = at.max(range.end);
        }
    }
    jobs
}

/// Rows that are read at once: all those of a row group, or those of some of its pages where it has half of the memory
/// or more.
fn pieces(
    options: &Optimize,
    rows: &Rows,
    group: usize,
    range: Range<usize>,
) -> Result<Vec<Range<usize>>> {
    let (place, group) = (group, &rows.scan.groups[group]);
    if group.bytes <= options.memory / 2 {
        return Ok(vec![range]);
    }
    let cut = rows.cut(place, range, piece_bytes(options))?;
    cut.ok_or_else(|| OptimizeError::Memory {
        what: format!(
            "reading a row group of '{}' in one piece, for no page index tells of smaller ones,",
            rows.scan.files[group.file].path
        ),
        needed: 2 * group.bytes,
        allowed: options.memory,
    })
}

/// Bytes of pages that a thread holds of a row group that does not fit.
fn piece_bytes(options: &Optimize) -> u64 {
    options.memory / 4
}

/// As many threads as were asked for and as row groups, or pieces of them, fit in half of the memory.
fn threads(options: &Optimize, rows: &Rows) -> usize {
    // A column chunk is held as it lies in the file, and a page of it as it is decoded.
    let half = options.memory / 2;
    let held = rows
        .scan
        .groups
        .iter()
        .map(|group| match group.bytes > half {
            true => piece_bytes(options),
            false => group.bytes,
        });
    let fit = half / held.max().unwrap_or(1).max(1);
    let fit = usize::try_from(fit).unwrap_or(usize::MAX);
    options.threads.clamp(1, fit.max(1))
}

/// Rows that a thread holds.
#[derive(Default)]
struct Buffer {
    batches: Vec<RecordBatch>,
    keys: Vec<(Key, u32, u32)>,
    bytes: usize,
    ranges: Vec<(usize, Range<usize>)>,
    residuals: [bool; 2],
    is_inexact: bool,
}

impl Sorting<'_> {
    /// Waits for its turn where a row group takes much once it is decompressed.
    fn room_to_decode(&self, group: usize, decoded: u64) -> Result<Option<MutexGuard<'_, ()>>> {
        if decoded > self.options.memory / 2 {
            let group = &self.rows.scan.groups[group];
            let path = &self.rows.scan.files[group.file].path;
            return Err(OptimizeError::Memory {
                what: format!("decompressing row group {} of '{path}'", group.row_group),
                needed: 2 * decoded,
                allowed: self.options.memory,
            });
        }
        let is_large = decoded > self.allowed as u64;
        Ok(is_large.then(|| self.large.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// A panic of a thread that was at a row group.
    fn bug(&self, at: &Cell<Option<usize>>, panicked: &Panicked) -> OptimizeError {
        let scan = &self.rows.scan;
        let group = at.get().and_then(|group| scan.groups.get(group));
        OptimizeError::Worker(match group {
            Some(group) => {
                let (path, row_group) = (&scan.files[group.file].path, group.row_group);
                format!("'{path}', row group {row_group}: {panicked}")
            }
            None => panicked.to_string(),
        })
    }

    fn thread(&self, at: &Cell<Option<usize>>) -> Result<()> {
        let mut buffer = Buffer::default();
        while let Some((group, range)) = self.jobs.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            at.set(Some(*group));
            if self.stopped.load(Ordering::Relaxed) {
                return Err(OptimizeError::Stopped);
            }
            let fetched = self.rows.fetch(*group, range)?;
            let _alone = self.room_to_decode(*group, fetched.decoded_bytes())?;
            self.rows.read(
                &fetched,
                *group,
                range.clone(),
                &mut |chunk, batch, place| {
                    let rows = batch.num_rows();
                    self.report(rows)?;
                    let unit = self.rows.scan.schema.time.as_ref().map(|t| t.unit);
                    let how = (self.options.scale(), self.options.sort);
                    // Later chunks begin after all of these, so that numbers ascend as rows do.
                    let number = self.rows.number(*group, place.start);
                    let keys = keys::of_chunk(chunk, unit, how, number);
                    buffer.take(self.rows, (*group, place), batch, keys)?;
                    if buffer.bytes >= self.allowed {
                        self.spill(std::mem::take(&mut buffer))?;
                    }
                    Ok(())
                },
            )?;
        }
        if buffer.ranges.is_empty() {
            return Ok(());
        }
        self.spill(buffer)
    }

    fn report(&self, rows: usize) -> Result<()> {
        let before = self.read.fetch_add(rows as u64, Ordering::Relaxed);
        let progress = Progress {
            stage: Stage::Sort,
            rows: before + rows as u64,
            rows_total: self.rows.rows(),
        };
        if self.stopped.load(Ordering::Relaxed) || (self.progress)(progress).is_break() {
            return Err(OptimizeError::Stopped);
        }
        Ok(())
    }

    fn spill(&self, mut buffer: Buffer) -> Result<()> {
        buffer.keys.sort_unstable();
        // The first and the last row name it, for numbers are only given when it is whole.
        let first = buffer
            .keys
            .iter()
            .map(|(key, ..)| key.number)
            .min()
            .unwrap_or(0);
        let name = format!("spilled-{first:016}.arrow");
        let path = self.destination.runs().join(&name);
        let batches: Vec<&RecordBatch> = buffer.batches.iter().collect();
        let sorted = buffer
            .keys
            .chunks(BATCH_ROWS)
            .map(|keys| -> Result<RecordBatch> {
                let places: Vec<_> = keys
                    .iter()
                    .map(|(_, b, r)| (*b as usize, *r as usize))
                    .collect();
                let wrong = |e| data("sort", Path::new(&name))(e);
                let rows = interleave_record_batch(&batches, &places).map_err(wrong)?;
                let keys: Vec<Key> = keys.iter().map(|(key, ..)| *key).collect();
                keys::join(&self.schema, &rows, &keys).map_err(wrong)
            });
        let bytes = run::write(&path, &self.schema, sorted)?;
        let entry = Entry::Spilled(Spilled {
            run: Run {
                name: name.clone(),
                rows: buffer.keys.len() as u64,
                bytes,
            },
            ranges: joined(std::mem::take(&mut buffer.ranges)),
            residuals: buffer.residuals,
            is_inexact: buffer.is_inexact,
        });
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let (journal, done) = &mut *log;
        journal.write(&entry)?;
        done.note(entry);
        Ok(())
    }
}

/// Ranges that follow one another as one.
fn joined(ranges: Vec<(usize, Range<usize>)>) -> Vec<(usize, Range<usize>)> {
    let mut joined: Vec<(usize, Range<usize>)> = Vec::new();
    for (group, range) in ranges {
        match joined.last_mut() {
            Some((last, before)) if *last == group && before.end == range.start => {
                before.end = range.end;
            }
            _ => joined.push((group, range)),
        }
    }
    joined
}

impl Buffer {
    fn take(
        &mut self,
        rows: &Rows,
        range: (usize, Range<usize>),
        batch: RecordBatch,
        keys: Vec<Key>,
    ) -> Result<()> {
        let roles = &rows.scan.schema;
        for (axis, name) in [&roles.lon.name, &roles.lat.name].into_iter().enumerate() {
            let is_known = self.residuals[axis] && self.is_inexact;
            if let (false, Some(column)) = (is_known, batch.column_by_name(name)) {
                let way = way_back(column, HALVES[axis]);
                let way = way.map_err(data("sort", Path::new(name)))?;
                self.residuals[axis] |= way != Way::Decimals;
                self.is_inexact |= way == Way::Inexact;
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "memory holds fewer than 2^32 batches and rows"
        )]
        let place = self.batches.len() as u32;
        self.keys.extend(
            keys.into_iter()
                .zip(0..)
                .map(|(key, row)| (key, place, row)),
        );
        self.bytes +=
            batch.get_array_memory_size() + batch.num_rows() * size_of::<(Key, u32, u32)>();
        self.batches.push(batch);
        self.ranges.push(range);
        Ok(())
    }
}
