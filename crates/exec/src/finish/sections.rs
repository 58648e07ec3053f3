//! An answer whose groups lie in parts: finished section by section, and the sorted sections merged.

use super::overflow::Overflows;
use super::{Finished, Section, Shared, Texts, Unfinished, order};
use crate::spill::{Merged, Spill, wrong};
use crate::{Error, HANDED};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{Field, Schema};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use graticule_kernels::Partial;
use graticule_plan::Plan;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;
use std::sync::Arc;

/// Rows of a sorted section that are in memory while sections are merged.
const HELD: usize = 2048;
/// So many sections of one size become one.
const TOGETHER: usize = 32;

/// The rows of an answer that has few of its groups, which lie in parts: each part is finished for itself, on all threads,
/// with so many bytes for the tables of a program on each; `check` fails when the asker has gone.
pub(crate) fn finish_parted(
    plan: &Plan,
    spill: &Spill,
    texts: &Texts,
    share: usize,
    check: &(dyn Fn() -> Result<(), Error> + Sync),
) -> Result<Finished, Error> {
    let shared = Shared::of(
        plan,
        texts,
        share.saturating_mul(plan.part().programs().len()),
    );
    let runs = spill.each(plan.part().programs(), share, check, |partials| {
        Run::held(Section::of(plan, partials, &shared)?)
    })?;
    Ok(Finished {
        schema: none(plan, &shared)?.schema(),
        batches: Box::new(Merge::of(plan, runs.into_iter().flatten().collect(), None)),
    })
}

/// An answer without rows.
pub(super) fn none<'a>(plan: &'a Plan, shared: &'a Shared<'a>) -> Result<RecordBatch, Error> {
    let programs = plan.part().programs().iter();
    let none = programs.map(|program| Partial::empty(program.digits.len(), program.layout()));
    Ok(Section::of(plan, none.collect(), shared)?.batch)
}

/// The rows of a spilled answer, in their order. So many bytes are for the groups of one section, and so many for their pairs;
/// `check` fails when the asker has gone.
pub(crate) fn finish_spilled(
    plan: &Plan,
    spill: &Arc<Spill>,
    texts: &Texts,
    (groups, pairs): (usize, usize),
    check: &dyn Fn() -> Result<(), Error>,
) -> Result<Finished, Error> {
    let shared = Shared::of(plan, texts, pairs);
    let programs = plan.part().programs();
    let mut runs = Runs::new(plan, spill);
    let mut unfinished: Option<Unfinished<'_>> = None;
    for merged in spill.merged(programs, groups) {
        check()?;
        let Merged { partials, is_whole } = merged?;
        let met = match unfinished.take() {
            Some(mut begun) => {
                begun.add(plan, &partials[1..])?;
                begun
            }
            None => Unfinished::of(plan, partials, &shared)?,
        };
        if !is_whole {
            unfinished = Some(met);
            continue;
        }
        let mut section = Section::finish(plan, met)?;
        if order::rows(plan) == usize::MAX {
            section.overflows.first()?;
        }
        runs.take(section)?;
    }
    Ok(Finished {
        schema: none(plan, &shared)?.schema(),
        batches: Box::new(Merge::of(plan, runs.all(), Some(spill.clone()))),
    })
}

/// Sorted sections on disk. As soon as some are of one size they become one, so that there are never many: each has a file
/// open, and rows in memory.
struct Runs<'a> {
    plan: &'a Plan,
    spill: &'a Arc<Spill>,
    /// By how often they were merged.
    levels: Vec<Vec<Run>>,
    written: usize,
}

impl<'a> Runs<'a> {
    fn new(plan: &'a Plan, spill: &'a Arc<Spill>) -> Self {
        Self {
            plan,
            spill,
            levels: Vec::new(),
            written: 0,
        }
    }

    fn take(&mut self, section: Section<'_>) -> Result<(), Error> {
        let batch = comparable(&section)?;
        let mut run = self.write([Ok((batch, section.overflows))])?;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            self.levels[level].extend(run);
            if self.levels[level].len() < TOGETHER {
                break;
            }
            let runs = std::mem::take(&mut self.levels[level]);
            let mut merge = Merge::of(self.plan, runs, None);
            run = self.write(std::iter::from_fn(|| merge.rows().transpose()))?;
        }
        Ok(())
    }

    /// All of them.
    fn all(self) -> Vec<Run> {
        self.levels.into_iter().flatten().collect()
    }

    /// Writes sorted rows; none if there are none.
    fn write(
        &mut self,
        batches: impl IntoIterator<Item = Result<(RecordBatch, Overflows), Error>>,
    ) -> Result<Option<Run>, Error> {
        let path = self.spill.folder()?.join(format!("run-{}", self.written));
        self.written += 1;
        let io = |e| wrong(&path, e);
        let mut writer = None;
        let (mut overflows, mut before) = (Overflows::default(), 0);
        for batch in batches {
            let (batch, further) = batch?;
            overflows.append(before, further);
            before = before.saturating_add(u32::try_from(batch.num_rows()).unwrap_or(u32::MAX));
            let writer = match &mut writer {
                Some(writer) => writer,
                None => {
                    let file = BufWriter::new(File::create(&path).map_err(io)?);
                    writer.insert(StreamWriter::try_new(file, &batch.schema())?)
                }
            };
            for first in (0..batch.num_rows()).step_by(HELD) {
                let slice = batch.slice(first, HELD.min(batch.num_rows() - first));
                let written = writer.write(&slice);
                written.map_err(|e| io(std::io::Error::other(e)))?;
            }
        }
        let Some(mut writer) = writer else {
            return Ok(None);
        };
        let ended = writer.finish();
        ended.map_err(|e| io(std::io::Error::other(e)))?;
        drop(writer);
        Run::read(path, overflows)
    }
}

/// A sorted section, read from its beginning.
struct Run {
    /// What comes behind the batch, if it is on disk.
    stored: Option<Stored>,
    batch: RecordBatch,
    row: usize,
    /// Rows before the batch.
    before: u32,
    overflows: Overflows,
}

/// A section's file, which goes with it.
struct Stored {
    rows: StreamReader<BufReader<File>>,
    path: PathBuf,
}

impl Drop for Stored {
    fn drop(&mut self) {
        // What cannot be removed goes with its folder.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Run {
    /// A section in memory; none if it is empty.
    fn held(section: Section<'_>) -> Result<Option<Self>, Error> {
        let batch = comparable(&section)?;
        Ok((batch.num_rows() > 0).then_some(Self {
            stored: None,
            batch,
            row: 0,
            before: 0,
            overflows: section.overflows,
        }))
    }

    /// A section on disk; none if it is empty.
    fn read(path: PathBuf, overflows: Overflows) -> Result<Option<Self>, Error> {
        let file = BufReader::new(File::open(&path).map_err(|e| wrong(&path, e))?);
        let rows = StreamReader::try_new(file, None)?;
        let mut stored = Stored { rows, path };
        let first = stored.rows.next().transpose()?;
        Ok(first.map(|batch| Self {
            stored: Some(stored),
            batch,
            row: 0,
            before: 0,
            overflows,
        }))
    }

    /// The batch behind the one that was read.
    fn further(&mut self) -> Result<Option<RecordBatch>, Error> {
        let next = self.stored.as_mut().and_then(|stored| stored.rows.next());
        Ok(next.transpose()?)
    }

    /// The bytes that the next row compares by.
    fn key(&self) -> &[u8] {
        let keys = self.batch.column(self.batch.num_columns() - 1);
        keys.as_fixed_size_binary().value(self.row)
    }
}

/// The rows of a section, and a last column that compares as they do.
fn comparable(section: &Section<'_>) -> Result<RecordBatch, Error> {
    let keys = order::comparable(&section.groups, &section.order, &section.ranks)?;
    let fields = section.batch.schema().fields().to_vec();
    let key = Field::new("order", keys.data_type().clone(), false);
    let fields: Vec<_> = fields.into_iter().chain([Arc::new(key)]).collect();
    let columns = section.batch.columns().iter().cloned().chain([keys]);
    let schema = Arc::new(Schema::new(fields));
    Ok(RecordBatch::try_new(schema, columns.collect())?)
}

/// Sorted runs that are merged, up to so many rows.
struct Merge {
    runs: Vec<Run>,
    /// The least row of each run.
    next: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    rows: usize,
    /// The files, which go with it.
    _spill: Option<Arc<Spill>>,
}

fn entry(runs: &[Run], run: usize) -> Reverse<(Vec<u8>, usize)> {
    Reverse((runs[run].key().to_vec(), run))
}

impl Iterator for Merge {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let shown = self.rows().and_then(|rows| {
            let Some((rows, mut overflows)) = rows else {
                return Ok(None);
            };
            overflows.first()?;
            let columns: Vec<usize> = (0..rows.num_columns() - 1).collect();
            Ok(Some(rows.project(&columns)?))
        });
        if shown.is_err() {
            self.rows = 0;
        }
        shown.transpose()
    }
}

impl Merge {
    fn of(plan: &Plan, runs: Vec<Run>, spill: Option<Arc<Spill>>) -> Self {
        Self {
            next: (0..runs.len()).map(|run| entry(&runs, run)).collect(),
            runs,
            rows: order::rows(plan),
            _spill: spill,
        }
    }

    /// The next rows, with the column that they compare by, and what overflows in them; none behind the last.
    fn rows(&mut self) -> Result<Option<(RecordBatch, Overflows)>, Error> {
        if self.rows == 0 || self.next.is_empty() {
            return Ok(None);
        }
        let Self {
            runs, next, rows, ..
        } = self;
        let mut overflows = Overflows::default();
        // The batches that rows are taken from, and the place among them of each run's.
        let mut batches: Vec<RecordBatch> = runs.iter().map(|run| run.batch.clone()).collect();
        let mut places: Vec<usize> = (0..runs.len()).collect();
        let mut taken = Vec::new();
        while taken.len() < HANDED.min(*rows) {
            let Some(Reverse((_, run))) = next.pop() else {
                break;
            };
            let row = u32::try_from(runs[run].row).unwrap_or(u32::MAX);
            let row = row.saturating_add(runs[run].before);
            if let Some(error) = runs[run].overflows.take(row) {
                overflows.note(u32::try_from(taken.len()).unwrap_or(u32::MAX), || error);
            }
            taken.push((places[run], runs[run].row));
            runs[run].row += 1;
            if runs[run].row == runs[run].batch.num_rows() {
                runs[run].before = row.saturating_add(1);
                let Some(batch) = runs[run].further()? else {
                    continue;
                };
                places[run] = batches.len();
                batches.push(batch.clone());
                (runs[run].batch, runs[run].row) = (batch, 0);
            }
            next.push(entry(runs, run));
        }
        *rows -= taken.len();
        let batches: Vec<&RecordBatch> = batches.iter().collect();
        let merged = interleave_record_batch(&batches, &taken)?;
        Ok(Some((merged, overflows)))
    }
}
