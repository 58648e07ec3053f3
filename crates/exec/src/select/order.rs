//! Rows leave in the order of the scan, whichever worker finds them. A morsel whose turn it is not, or for whose rows
//! there is no room, is laid aside, so that no thread waits.

use crate::Error;
use crate::morsels::Morsel;
use crate::run::Run;
use crate::stream::{Hand, bytes_of};
use arrow::array::RecordBatch;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A morsel and the rows that were found in it and not handed out.
pub(super) struct Open {
    pub(super) morsel: Morsel,
    pub(super) ready: Vec<RecordBatch>,
    pub(super) bytes: u64,
    /// Whether all its rows were looked at.
    pub(super) has_ended: bool,
}

/// Whose turn it is to hand rows out, and how many.
pub(super) struct Order {
    state: Mutex<Turns>,
    hand: Hand,
    /// Bytes that may be ready for the caller, and that may be held before their turn.
    allowed: u64,
}

struct Turns {
    /// The morsel whose turn it is.
    turn: usize,
    /// Rows that may still be handed out.
    left: u64,
    /// Rows that an earlier run has handed out, and that are passed over.
    passed: u64,
    aside: BTreeMap<usize, Open>,
    /// Bytes of the rows that were found and not handed out.
    bytes: u64,
}

impl Order {
    /// The first morsel's turn. What was handed out before is not again.
    pub(super) fn new(limit: u64, hand: Hand, allowed: u64) -> Self {
        let passed = hand.rows();
        Self {
            state: Mutex::new(Turns {
                turn: 0,
                left: limit.saturating_sub(passed),
                passed,
                aside: BTreeMap::new(),
                bytes: 0,
            }),
            hand,
            allowed,
        }
    }

    fn state(&self) -> MutexGuard<'_, Turns> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether all rows were handed out that are wanted.
    pub(super) fn is_enough(&self) -> bool {
        self.state().left == 0
    }

    /// Whether a worker may go on with a morsel. Hands its rows out if it is its turn.
    pub(super) fn settle(&self, open: &mut Open) -> bool {
        let mut state = self.state();
        if state.turn == open.morsel.number {
            self.give(&mut state, open);
            return state.left == 0 || self.has_room();
        }
        open.bytes < self.allowed / 4 && state.bytes < self.allowed
    }

    /// Takes rows of a morsel in, until it is their turn.
    pub(super) fn add(&self, open: &mut Open, rows: RecordBatch) {
        let bytes = bytes_of(&rows);
        open.bytes += bytes;
        open.ready.push(rows);
        self.state().bytes += bytes;
    }

    fn has_room(&self) -> bool {
        self.hand.ready() <= self.allowed
    }

    /// Lays a morsel aside; gives one that can go on.
    pub(super) fn lay(&self, run: &Run, open: Open) -> Result<Option<Morsel>, Error> {
        let mut state = self.state();
        // Nobody would come for it.
        run.check()?;
        if state.left == 0 {
            return Ok(None);
        }
        state.aside.insert(open.morsel.number, open);
        Ok(self.advance(&mut state))
    }

    /// A morsel that was laid aside and can go on.
    pub(super) fn next(&self) -> Option<Morsel> {
        self.advance(&mut self.state())
    }

    /// Drops what was laid aside.
    pub(super) fn clear(&self) {
        let aside = std::mem::take(&mut self.state().aside);
        drop(aside);
    }

    fn advance(&self, state: &mut Turns) -> Option<Morsel> {
        while state.left == 0 || self.has_room() {
            let turn = state.turn;
            let mut open = state.aside.remove(&turn)?;
            self.give(state, &mut open);
            if !open.has_ended {
                return Some(open.morsel);
            }
            open.morsel.done();
            state.turn += 1;
        }
        None
    }

    /// Hands rows out, up to the limit.
    fn give(&self, state: &mut Turns, open: &mut Open) {
        let size = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        for batch in open.ready.drain(..) {
            let passed = size(state.passed).min(batch.num_rows());
            let rows = size(state.left).min(batch.num_rows() - passed);
            state.passed -= passed as u64;
            state.left -= rows as u64;
            if rows > 0 {
                self.hand.give(batch.slice(passed, rows));
            }
        }
        state.bytes -= std::mem::take(&mut open.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Choice;
    use crate::morsels::{Operator, scan};
    use crate::runtime::io;
    use crate::schedule::Schedule;
    use crate::stream::channel;
    use crate::{Dataset, Engine};
    use arrow::array::Int64Array;
    use graticule_plan::Query;
    use std::sync::Arc;
    use std::time::Duration;

    /// Holds two morsels until both are there; the first has all rows that are wanted when the second is laid aside.
    struct Late {
        order: Order,
        met: Mutex<Vec<Morsel>>,
    }

    impl Operator for Late {
        fn take(self: &Arc<Self>, run: &Arc<Run>, morsel: Morsel) -> Result<(), Error> {
            let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
            met.push(morsel);
            if met.len() < 2 {
                return Ok(());
            }
            met.sort_by_key(|morsel| morsel.number);
            let open = |morsel: Option<Morsel>, has_ended| Open {
                morsel: morsel.expect("two"),
                ready: Vec::new(),
                bytes: 0,
                has_ended,
            };
            let second = open(met.pop(), true);
            let mut first = open(met.pop(), false);
            let rows: arrow::array::ArrayRef = Arc::new(Int64Array::from(vec![7]));
            self.order
                .add(&mut first, RecordBatch::try_from_iter([("n", rows)])?);
            assert!(self.order.settle(&mut first) && self.order.is_enough());
            self.order.clear();
            assert!(self.order.lay(run, second)?.is_none());
            Ok(())
        }

        fn is_enough(&self) -> bool {
            self.order.is_enough()
        }
    }

    #[test]
    fn what_comes_after_the_last_wanted_row_is_not_laid_aside() {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
        let dataset = Dataset::open_blocking(sample).expect("a dataset");
        let plan = dataset.plan_blocking(&Query::new()).expect("a plan");
        let runtime = Engine::cpu().threads(2).runtime;
        let (out, _coming) = channel();
        io().block_on(async {
            let memory = runtime.reserve(u64::MAX).await.expect("memory");
            let choice = Choice::default();
            let schedule = Schedule::new(&runtime, memory.bytes, plan.part().scan(), choice);
            let run = (schedule.expect("a schedule"), memory);
            let run = Run::new(
                runtime.clone(),
                dataset,
                plan.part().clone(),
                run,
                Default::default(),
            );
            let work = Arc::new(Late {
                order: Order::new(1, out.hand(), 1 << 20),
                met: Mutex::default(),
            });
            let run = Arc::new(run);
            let scanned = scan(&run, vec![0, 1], &work, None);
            let ended = tokio::time::timeout(Duration::from_secs(5), scanned).await;
            ended.expect("it ends").expect("a scan");
        });
    }
}
