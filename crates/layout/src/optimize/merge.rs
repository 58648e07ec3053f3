//! Many sorted runs as one, by a heap of their first keys.

use super::destination::Destination;
use super::error::{OptimizeError, Result, data};
use super::journal::{Done, Entry, Journal, Run};
use super::keys::{self, Key};
use super::options::{Optimize, Progress, Stage};
use super::run::{self, BATCH_ROWS, Reader};
use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Most files that are open at once.
const MOST_RUNS: u64 = 256;

/// The rows of some runs in the order of their keys.
pub(crate) struct Merge {
    cursors: Vec<Cursor>,
    heap: BinaryHeap<Reverse<(Key, usize)>>,
    /// Batches that rows are taken from.
    held: Vec<RecordBatch>,
}

/// Where a run is.
struct Cursor {
    reader: Reader,
    /// Place of its batch among those that are held.
    batch: usize,
    keys: Vec<Key>,
    at: usize,
}

impl Merge {
    pub(crate) fn new(folder: &Path, runs: &[Run]) -> Result<Self> {
        let mut merge = Self {
            cursors: Vec::new(),
            heap: BinaryHeap::new(),
            held: Vec::new(),
        };
        for run in runs {
            let reader = Reader::open(&folder.join(&run.name))?;
            merge.cursors.push(Cursor {
                reader,
                batch: 0,
                keys: Vec::new(),
                at: 0,
            });
            merge.load(merge.cursors.len() - 1)?;
        }
        Ok(merge)
    }

    /// Takes the next batch of a run in, if there is one.
    fn load(&mut self, place: usize) -> Result<()> {
        let cursor = &mut self.cursors[place];
        (cursor.at, cursor.keys) = (0, Vec::new());
        while let Some(batch) = cursor.reader.next()? {
            let wrong = || data("read", cursor.reader.path())("it has no keys");
            cursor.keys = keys::split(&batch).ok_or_else(wrong)?;
            if let Some(first) = cursor.keys.first() {
                cursor.batch = self.held.len();
                self.held.push(batch);
                self.heap.push(Reverse((*first, place)));
                break;
            }
        }
        Ok(())
    }

    /// Calls `take` with the place of each next row, until it answers that this was the last.
    fn walk(
        &mut self,
        mut take: impl FnMut(Key, (usize, usize)) -> bool,
        is_next: impl Fn(Key) -> bool,
    ) -> Result<()> {
        while let Some(Reverse((key, place))) = self.heap.peek().copied() {
            if !is_next(key) {
                return Ok(());
            }
            self.heap.pop();
            let other = self.heap.peek().map(|Reverse((key, _))| *key);
            let cursor = &mut self.cursors[place];
            let mut goes_on = true;
            // Rows of one run often follow one another.
            while goes_on && cursor.at < cursor.keys.len() {
                let key = cursor.keys[cursor.at];
                if other.is_some_and(|other| other < key) || !is_next(key) {
                    break;
                }
                goes_on = take(key, (cursor.batch, cursor.at));
                cursor.at += 1;
            }
            match cursor.keys.get(cursor.at) {
                Some(key) => self.heap.push(Reverse((*key, place))),
                None => self.load(place)?,
            }
            if !goes_on {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Lets batches go whose rows are all taken.
    fn forget(&mut self) {
        let held = std::mem::take(&mut self.held);
        for cursor in self.cursors.iter_mut().filter(|c| c.at < c.keys.len()) {
            self.held.push(held[cursor.batch].clone());
            cursor.batch = self.held.len() - 1;
        }
    }

    /// Passes rows over.
    pub(crate) fn skip(&mut self, mut rows: u64) -> Result<()> {
        while rows > 0 && !self.heap.is_empty() {
            let most = rows.min(BATCH_ROWS as u64);
            let mut left = most;
            self.walk(
                |_, _| {
                    left -= 1;
                    left > 0
                },
                |_| true,
            )?;
            rows -= most - left;
            self.forget();
        }
        Ok(())
    }

    /// The next rows with their keys, at most [`BATCH_ROWS`], and where `is_cut` of one partition.
    pub(crate) fn next(&mut self, is_cut: bool) -> Result<Option<(Key, RecordBatch)>> {
        let Some(Reverse((first, _))) = self.heap.peek().copied() else {
            return Ok(None);
        };
        let mut places = Vec::with_capacity(BATCH_ROWS);
        self.walk(
            |_, place| {
                places.push(place);
                places.len() < BATCH_ROWS
            },
            |key| !is_cut || key.partition() == first.partition(),
        )?;
        let batches: Vec<&RecordBatch> = self.held.iter().collect();
        let batch = interleave_record_batch(&batches, &places);
        let batch = batch.map_err(data("merge", Path::new("runs")))?;
        self.forget();
        Ok(Some((first, batch)))
    }
}

/// Merges runs until the rest can be merged at once within memory.
pub(crate) fn reduce(
    options: &Optimize,
    destination: &Destination,
    journal: &mut Journal,
    done: &mut Done,
    progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
) -> Result<()> {
    // Files that are done were merged from the runs that there are.
    if !done.parts.is_empty() {
        return Ok(());
    }
    let most = usize::try_from(most_runs(options, done)).unwrap_or(2);
    let folder = destination.runs();
    while done.runs.len() > most {
        // The smallest first, so that no row is merged more often than it must be.
        let mut runs = done.runs.clone();
        runs.sort_by(|a, b| (a.rows, &a.name).cmp(&(b.rows, &b.name)));
        runs.truncate(most.min(done.runs.len() - most + 1));
        let mut merge = Merge::new(&folder, &runs)?;
        let schema = merge.held.first().map(RecordBatch::schema);
        let Some(schema) = schema else { return Ok(()) };
        let name = format!("merged-{:06}.arrow", done.next_run);
        let rows = done.rows();
        let batches = std::iter::from_fn(|| match merge.next(false) {
            Ok(next) => {
                let at = Progress {
                    stage: Stage::Sort,
                    rows,
                    rows_total: rows,
                };
                if progress(at).is_break() {
                    return Some(Err(OptimizeError::Stopped));
                }
                next.map(|(_, batch)| Ok(batch))
            }
            Err(e) => Some(Err(e)),
        });
        let bytes = run::write(&folder.join(&name), &schema, batches)?;
        let entry = Entry::Merged {
            run: Run {
                name,
                rows: runs.iter().map(|r| r.rows).sum(),
                bytes,
            },
            inputs: runs.iter().map(|r| r.name.clone()).collect(),
        };
        journal.write(&entry)?;
        done.note(entry);
        for run in &runs {
            let path: PathBuf = folder.join(&run.name);
            std::fs::remove_file(&path).map_err(super::error::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Runs whose batches fit in a quarter of the memory: one that is read and one that is still used.
fn most_runs(options: &Optimize, done: &Done) -> u64 {
    let bytes: u64 = done.runs.iter().map(|r| r.bytes).sum();
    let batch = BATCH_ROWS as u64 * (bytes / done.rows().max(1)).max(1);
    (options.memory / 4 / (2 * batch)).clamp(2, MOST_RUNS)
}
