//! An answer that was spilled: finished section by section, and the sorted sections merged.

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
    let none = programs
        .iter()
        .map(|program| Partial::empty(program.digits.len(), program.layout()));
    let empty = Section::of(plan, none.collect(), &words)?.batch;
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
        let path = spill.folder().join(format!("run-{}", runs.len()));
        runs.extend(Run::write(section, &path)?);
    }
    let next = (0..runs.len()).map(|run| entry(&runs, run)).collect();
    Ok(Finished {
        schema: empty.schema(),
        batches: Box::new(Merge {
            runs,
            next,
            rows: order::rows(plan),
            _spill: spill.clone(),
        }),
    })
}

/// A sorted section on disk, read from its beginning.
struct Run {
    rows: StreamReader<BufReader<File>>,
    batch: RecordBatch,
    row: usize,
    /// Rows before the batch.
    before: u32,
    overflows: Overflows,
}

impl Run {
    /// Writes a section with a last column that compares as its rows do; none if it is empty.
    fn write(section: Section<'_>, path: &Path) -> Result<Option<Self>, Error> {
        let keys = order::comparable(&section.groups, &section.order, section.ranks.as_deref())?;
        let fields = section.batch.schema().fields().to_vec();
        let key = Field::new("order", keys.data_type().clone(), false);
        let fields: Vec<_> = fields.into_iter().chain([Arc::new(key)]).collect();
        let columns = section.batch.columns().iter().cloned().chain([keys]);
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(schema.clone(), columns.collect())?;
        let io = |e| wrong(path, e);
        let file = BufWriter::new(File::create(path).map_err(io)?);
        let mut writer = StreamWriter::try_new(file, &schema)?;
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
            rows,
            batch,
            row: 0,
            before: 0,
            overflows: section.overflows,
        }))
    }

    /// The bytes that the next row compares by.
    fn key(&self) -> &[u8] {
        let keys = self.batch.column(self.batch.num_columns() - 1);
        keys.as_fixed_size_binary().value(self.row)
    }
}

/// Sorted runs that are merged, up to so many rows.
struct Merge {
    runs: Vec<Run>,
    /// The least row of each run.
    next: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    rows: usize,
    /// The files go with it.
    _spill: Arc<Spill>,
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
                let Some(batch) = runs[run].rows.next().transpose()? else {
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
