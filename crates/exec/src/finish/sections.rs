//! An answer whose groups lie in parts: finished section by section, and the sorted sections merged.

use super::overflow::Overflows;
use super::{Finished, Section, Texts, Unfinished, Words, order};
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
use std::path::Path;
use std::sync::Arc;

/// Rows of a sorted section that are in memory while sections are merged.
const HELD: usize = 2048;

/// The rows of an answer that has few of its groups, which lie in parts: each part is finished for itself, on all threads,
/// with so many bytes for the tables of a program on each.
pub(crate) fn finish_parted(
    plan: &Plan,
    spill: &Spill,
    texts: &Texts,
    share: usize,
) -> Result<Finished, Error> {
    let words = Words::of(plan, texts);
    let runs = spill.each(&plan.part.programs, share, |partials| {
        Run::held(Section::of(plan, partials, &words)?)
    })?;
    Ok(Finished {
        schema: none(plan, &words)?.schema(),
        batches: Box::new(Merge::of(plan, runs.into_iter().flatten().collect(), None)),
    })
}

/// An answer without rows.
fn none<'a>(plan: &'a Plan, words: &'a Words<'a>) -> Result<RecordBatch, Error> {
    let programs = plan.part.programs.iter();
    let none = programs.map(|program| Partial::empty(program.digits.len(), program.layout()));
    Ok(Section::of(plan, none.collect(), words)?.batch)
}

/// The rows of a spilled answer, in their order. `allowed` bytes are for the groups of one section;
/// `check` fails when the asker has gone.
pub(crate) fn finish_spilled(
    plan: &Plan,
    spill: &Arc<Spill>,
    texts: &Texts,
    allowed: usize,
    check: &dyn Fn() -> Result<(), Error>,
) -> Result<Finished, Error> {
    let words = Words::of(plan, texts);
    let programs = &plan.part.programs;
    let mut runs = Vec::new();
    let mut unfinished: Option<Unfinished<'_>> = None;
    for merged in spill.merged(programs, allowed) {
        check()?;
        let Merged { partials, is_whole } = merged?;
        let met = match unfinished.take() {
            Some(mut begun) => {
                begun.add(plan, &partials[1..]);
                begun
            }
            None => Unfinished::of(plan, partials, &words)?,
        };
        if !is_whole {
            unfinished = Some(met);
            continue;
        }
        let mut section = Section::finish(plan, met)?;
        if order::rows(plan) == usize::MAX {
            section.overflows.first()?;
        }
        let path = spill.folder()?.join(format!("run-{}", runs.len()));
        runs.extend(Run::write(section, &path)?);
    }
    Ok(Finished {
        schema: none(plan, &words)?.schema(),
        batches: Box::new(Merge::of(plan, runs, Some(spill.clone()))),
    })
}

/// A sorted section, read from its beginning.
struct Run {
    /// What comes behind the batch, if it is on disk.
    rows: Option<StreamReader<BufReader<File>>>,
    batch: RecordBatch,
    row: usize,
    /// Rows before the batch.
    before: u32,
    overflows: Overflows,
}

impl Run {
    /// A section with a last column that compares as its rows do; none if it is empty.
    fn held(section: Section<'_>) -> Result<Option<Self>, Error> {
        let batch = comparable(&section)?;
        Ok((batch.num_rows() > 0).then_some(Self {
            rows: None,
            batch,
            row: 0,
            before: 0,
            overflows: section.overflows,
        }))
    }

    /// The same on disk.
    fn write(section: Section<'_>, path: &Path) -> Result<Option<Self>, Error> {
        let batch = comparable(&section)?;
        let io = |e| wrong(path, e);
        let file = BufWriter::new(File::create(path).map_err(io)?);
        let mut writer = StreamWriter::try_new(file, &batch.schema())?;
        for first in (0..batch.num_rows()).step_by(HELD) {
            let slice = batch.slice(first, HELD.min(batch.num_rows() - first));
            let written = writer.write(&slice);
            written.map_err(|e| io(std::io::Error::other(e)))?;
        }
        let ended = writer.finish();
        ended.map_err(|e| io(std::io::Error::other(e)))?;
        drop(writer);
        let file = BufReader::new(File::open(path).map_err(io)?);
        let mut rows = StreamReader::try_new(file, None)?;
        let first = rows.next().transpose()?;
        Ok(first.map(|batch| Self {
            rows: Some(rows),
            batch,
            row: 0,
            before: 0,
            overflows: section.overflows,
        }))
    }

    /// The batch behind the one that was read.
    fn further(&mut self) -> Result<Option<RecordBatch>, Error> {
        let next = self.rows.as_mut().and_then(Iterator::next);
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
    let keys = order::comparable(&section.groups, &section.order, section.ranks.as_deref())?;
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
        if self.rows == 0 || self.next.is_empty() {
            return None;
        }
        let merged = self.batch();
        if merged.is_err() {
            self.rows = 0;
        }
        Some(merged)
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

    fn batch(&mut self) -> Result<RecordBatch, Error> {
        let Self {
            runs, next, rows, ..
        } = self;
        // The batches that rows are taken from, and the place among them of each run's.
        let mut batches: Vec<RecordBatch> = runs.iter().map(|run| run.batch.clone()).collect();
        let mut places: Vec<usize> = (0..runs.len()).collect();
        let mut taken = Vec::new();
        while taken.len() < HANDED.min(*rows) {
            let Some(Reverse((_, run))) = next.pop() else {
                break;
            };
            taken.push((places[run], runs[run].row));
            let row = u32::try_from(runs[run].row).unwrap_or(u32::MAX);
            let row = row.saturating_add(runs[run].before);
            runs[run].overflows.at(row)?;
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
        let columns: Vec<usize> = (0..merged.num_columns() - 1).collect();
        Ok(merged.project(&columns)?)
    }
}
