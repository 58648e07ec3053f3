//! The matching rows themselves, in the dataset's order, batch after batch.

mod order;
mod ordered;
mod row_keys;
mod rows;

use crate::cpu::Sessions;
use crate::morsels::{Morsel, Operator, spawn};
use crate::run::Run;
use crate::stages::Stage;
use crate::stream::Hand;
use crate::{Error, HANDED};
use arrow::datatypes::SchemaRef;
use graticule_columns::Chunk;
use graticule_dataset::Fetched;
use graticule_kernels::{Counters, CpuSession, Program};
use graticule_plan::SelectedColumn;
use order::{Open, Order};
pub(crate) use row_keys::RowKeys;
use rows::rows_of;
pub(crate) use rows::schema;
use std::sync::Arc;
use std::time::Instant;

/// What is selected.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) columns: Vec<SelectedColumn>,
    pub(crate) keys: RowKeys,
    pub(crate) schema: SchemaRef,
    pub(crate) limit: u64,
}

/// The program that tells which rows match: keys of theirs are told apart from it.
pub(crate) fn matching(run: &Run) -> Program {
    Program {
        digits: Vec::new(),
        ..run.programs[0].clone()
    }
}

/// What tells which rows match, shared by all workers: the CPU has a session for each of them, a device one for all.
pub(crate) trait Matcher: Send + Sync + 'static {
    /// The matching rows of a chunk, ascending.
    fn matching(&self, run: &Run, chunk: &Chunk) -> Result<Vec<u32>, Error>;
}

/// Tells rows on the CPU.
#[derive(Default)]
pub(crate) struct CpuRows(Sessions);

impl Matcher for CpuRows {
    fn matching(&self, run: &Run, chunk: &Chunk) -> Result<Vec<u32>, Error> {
        let begin = || Ok(CpuSession::new([matching(run)], usize::MAX)?);
        self.0.with(begin, |session| {
            run.clock
                .time(Stage::Kernel, || Ok(session.matching(chunk)?))
        })
    }
}

impl CpuRows {
    /// What all sessions counted.
    pub(crate) fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        for session in self.0.take() {
            counters.add(&session.counters());
        }
        counters
    }
}

/// The rows of a selection on their way to the caller.
pub(crate) struct Selecting<M> {
    pub(crate) matcher: M,
    selection: Selection,
    order: Order,
}

impl<M: Matcher> Selecting<M> {
    /// Where an earlier run of the same selection has failed, the rows that it handed out are not handed out again: what
    /// they are depends on neither device nor threads.
    pub(crate) fn new(run: &Run, matcher: M, selection: Selection, hand: Hand) -> Self {
        let allowed = run.schedule.ready_bytes();
        Self {
            order: Order::new(selection.limit, hand, allowed),
            matcher,
            selection,
        }
    }
}

impl<M: Matcher> Operator for Selecting<M> {
    fn take(self: &Arc<Self>, run: &Arc<Run>, morsel: Morsel) -> Result<(), Error> {
        let mut open = Open {
            morsel,
            ready: Vec::new(),
            bytes: 0,
            has_ended: false,
        };
        while !self.order.is_enough() {
            let Some((chunk, batch)) = open.morsel.next(run, &**self)? else {
                open.has_ended = true;
                break;
            };
            let rows = self.matcher.matching(run, &chunk)?;
            let begin = Instant::now();
            for rows in rows.chunks(HANDED) {
                let keys = self.selection.keys.of(run, &chunk, rows)?;
                let rows = rows_of(
                    &run.scan,
                    open.morsel.place,
                    &self.selection,
                    (&batch, &keys),
                    rows,
                )?;
                self.order.add(&mut open, rows);
            }
            // What waits is a copy.
            drop(batch);
            run.clock.add(Stage::Merge, begin.elapsed());
            run.note_rows(chunk.len());
            if !self.order.settle(&mut open) {
                break;
            }
        }
        if self.order.is_enough() {
            self.order.clear();
            return Ok(());
        }
        match self.order.lay(run, open)? {
            Some(morsel) => spawn(run, self, morsel),
            None => Ok(()),
        }
    }

    fn chunk_rows(&self, run: &Run, fetched: &Fetched) -> usize {
        run.schedule.rows_of(fetched.row_bytes())
    }

    fn is_enough(&self) -> bool {
        self.order.is_enough()
    }

    fn resume(self: &Arc<Self>, run: &Arc<Run>) {
        if let Some(morsel) = self.order.next()
            && let Err(error) = spawn(run, self, morsel)
        {
            run.fail(error);
            self.give_up();
        }
    }

    fn give_up(&self) {
        self.order.clear();
    }
}
