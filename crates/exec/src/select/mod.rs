//! The matching rows themselves, in the dataset's order, batch after batch.

mod rows;
mod turn;

use crate::stages::Stage;
use crate::stream::Jobs;
use crate::work::Work;
use crate::workers::{self, At};
use crate::{Error, HANDED};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use graticule_columns::{Chunk, Keep};
use graticule_dataset::guarded;
use graticule_kernels::{Counters, CpuSession};
use graticule_plan::SelectedColumn;
use rows::{rows_of, schema};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use turn::Turn;

/// Takes rows as they come, from any thread, in their order.
pub type Sink = Box<dyn FnMut(&RecordBatch) -> Result<(), Error> + Send>;

/// What is selected, and where it goes.
pub(crate) struct Selection {
    columns: Vec<SelectedColumn>,
    limit: u64,
    sink: Mutex<Sink>,
    /// Rows that the sink has taken; none before it knows the columns.
    handed: Mutex<Option<u64>>,
}

/// Rows that a thread holds before its turn, unless one chunk has more.
const AHEAD: usize = 4 * HANDED;

/// What tells which rows match: a thread's own session, or the device that all share.
enum Matcher<'a> {
    Cpu(Box<CpuSession>),
    #[cfg(feature = "gpu")]
    Gpu {
        marks: &'a crate::gpu::Marks,
        keep: Keep,
    },
}

impl<'a> Matcher<'a> {
    fn matching(&mut self, work: &Work<'_>, chunk: &Chunk) -> Result<Vec<u32>, Error> {
        match self {
            Self::Cpu(session) => {
                let matching = || session.matching(chunk);
                Ok(work.clock.time(Stage::Kernel, matching)?)
            }
            #[cfg(feature = "gpu")]
            Self::Gpu { marks, .. } => marks.matching(work, chunk),
        }
    }

    /// What this thread counted; the device counts for all.
    fn counters(&self) -> Counters {
        match self {
            Self::Cpu(session) => session.counters(),
            #[cfg(feature = "gpu")]
            Self::Gpu { .. } => Counters::default(),
        }
    }

    /// Which source coordinates it needs of a chunk.
    fn keep(&self) -> Keep {
        match self {
            Self::Cpu(_) => Keep::Gathered,
            #[cfg(feature = "gpu")]
            Self::Gpu { keep, .. } => keep.clone(),
        }
    }
}

/// Runs all jobs; rows go to the sink in the order of the scan. Where an earlier run of the same
/// selection has failed, the rows that it handed out are not handed out again: what they are depends on
/// neither device nor threads.
pub(crate) fn run(work: &Work<'_>, selection: &Selection) -> Result<Counters, Error> {
    run_with(work, selection, &|| {
        let session = CpuSession::new(&work.programs[..1], usize::MAX)?;
        Ok(Matcher::Cpu(Box::new(session)))
    })
}

/// As [`run`], with rows marked by a device.
#[cfg(feature = "gpu")]
pub(crate) fn run_marked(
    work: &Work<'_>,
    selection: &Selection,
    marks: &crate::gpu::Marks,
) -> Result<(), Error> {
    let keep = work.marked();
    run_with(work, selection, &|| {
        Ok(Matcher::Gpu {
            marks,
            keep: keep.clone(),
        })
    })?;
    Ok(())
}

fn run_with<'a>(
    work: &Work<'_>,
    selection: &Selection,
    matcher: &(impl Fn() -> Result<Matcher<'a>, Error> + Sync),
) -> Result<Counters, Error> {
    let schema = schema(work.scan, &selection.columns);
    let passed = selection.begin(&schema)?;
    let turn = Turn::new(selection.limit, passed);
    let jobs = work.jobs((0..work.scan.groups.len()).collect());
    let task = |at: &At| thread(work, selection, &jobs, &turn, &schema, matcher()?, at);
    let found = workers::run(work, || turn.wake(), task)?;
    if !turn.is_enough() {
        jobs.check()?;
    }
    let mut counters = Counters::default();
    found.iter().for_each(|found| counters.add(found));
    Ok(counters)
}

fn thread(
    work: &Work<'_>,
    selection: &Selection,
    jobs: &Jobs,
    turn: &Turn,
    schema: &SchemaRef,
    mut matcher: Matcher<'_>,
    at: &At,
) -> Result<Counters, Error> {
    while let Some(mut job) = work.clock.time(Stage::Fetch, || jobs.next(work))? {
        at.set(Some(job.place));
        if job.rows.start == 0 {
            work.note_fetched(&job.fetched);
        }
        let mut ready: Vec<RecordBatch> = Vec::new();
        let (mut held, mut held_bytes) = (0, 0);
        let mut chunks = work.clock.time(Stage::Decode, || {
            let rows = work.schedule.rows_of(job.fetched.row_bytes());
            job.fetched
                .chunks(work.scan, job.rows.clone(), rows, matcher.keep())
        })?;
        while let Some(next) = work.clock.time(Stage::Decode, || chunks.next_carried()) {
            work.check()?;
            let (chunk, batch) = next?;
            work.note_decoded(&mut job.texts, &chunk)?;
            let rows = matcher.matching(work, &chunk)?;
            let begin = Instant::now();
            held += rows.len();
            for rows in rows.chunks(HANDED) {
                let rows = rows_of(work.scan, &job, selection, schema, &batch, rows)?;
                held_bytes += rows.get_array_memory_size() as u64;
                ready.push(rows);
            }
            // What waits is a copy.
            drop(batch);
            work.clock.add(Stage::Merge, begin.elapsed());
            work.note_rows(chunk.len());
            let is_much = held >= AHEAD || held_bytes >= work.schedule.handed_bytes();
            if is_much || turn.is(job.number) {
                turn.wait(work, job.number)?;
                (held, held_bytes) = (0, 0);
                if turn.give(selection, &mut ready)? {
                    return Ok(matcher.counters());
                }
            }
        }
        turn.wait(work, job.number)?;
        let is_enough = turn.give(selection, &mut ready)?;
        turn.pass();
        jobs.done(&job);
        if is_enough {
            break;
        }
    }
    Ok(matcher.counters())
}

/// Hands rows to a sink, which is the caller's.
pub(crate) fn hand(sink: &mut Sink, batch: &RecordBatch) -> Result<(), Error> {
    guarded(|| sink(batch)).unwrap_or_else(|panicked| Err(Error::Sink(panicked.to_string())))
}

impl Selection {
    pub(crate) fn new(columns: Vec<SelectedColumn>, limit: Option<u64>, sink: Sink) -> Self {
        Self {
            columns,
            limit: limit.unwrap_or(u64::MAX),
            sink: Mutex::new(sink),
            handed: Mutex::new(None),
        }
    }

    /// Sees to it that the sink knows the columns; gives the rows that it has.
    fn begin(&self, schema: &SchemaRef) -> Result<u64, Error> {
        let handed = *self.handed.lock().unwrap_or_else(PoisonError::into_inner);
        if handed.is_none() {
            // Whoever reads the head of the rows learns the columns even if there is none.
            self.hand_out(&RecordBatch::new_empty(schema.clone()))?;
        }
        Ok(handed.unwrap_or(0))
    }

    fn hand_out(&self, batch: &RecordBatch) -> Result<(), Error> {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        hand(&mut sink, batch)?;
        let mut handed = self.handed.lock().unwrap_or_else(PoisonError::into_inner);
        *handed = Some(handed.unwrap_or(0) + batch.num_rows() as u64);
        Ok(())
    }
}
