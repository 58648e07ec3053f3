//! Rows leave in the order of the scan, whichever thread finds them.

use super::Selection;
use crate::Error;
use crate::work::Work;
use arrow::array::RecordBatch;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Whose turn it is to hand rows out, and how many.
pub(super) struct Turn {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// The job whose turn it is.
    number: usize,
    /// Rows that may still be handed out.
    left: u64,
    /// Rows that an earlier run has handed out, and that are passed over.
    passed: u64,
}

impl Turn {
    /// The first job's; `passed` rows of the limit were handed out before.
    pub(super) fn new(limit: u64, passed: u64) -> Self {
        Self {
            state: Mutex::new(State {
                number: 0,
                left: limit.saturating_sub(passed),
                passed,
            }),
            changed: Condvar::new(),
        }
    }

    /// Lets those that wait look around.
    pub(super) fn wake(&self) {
        self.changed.notify_all();
    }

    /// Whether all rows were handed out that are wanted.
    pub(super) fn is_enough(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.left == 0
    }

    /// Whether it is a job's turn.
    pub(super) fn is(&self, number: usize) -> bool {
        self.state.lock().is_ok_and(|state| state.number == number)
    }

    /// Waits for a job's turn, or for there being enough.
    pub(super) fn wait(&self, work: &Work<'_>, number: usize) -> Result<(), Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.number != number && state.left > 0 {
            work.check()?;
            let wait = self.changed.wait_timeout(state, Duration::from_millis(50));
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// Hands rows out, up to the limit; says whether that is reached.
    pub(super) fn give(
        &self,
        selection: &Selection,
        ready: &mut Vec<RecordBatch>,
    ) -> Result<bool, Error> {
        for batch in ready.drain(..) {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let size = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
            let passed = size(state.passed).min(batch.num_rows());
            let rows = size(state.left).min(batch.num_rows() - passed);
            state.passed -= passed as u64;
            state.left -= rows as u64;
            drop(state);
            if rows > 0 {
                selection.hand_out(&batch.slice(passed, rows))?;
            }
        }
        let is_enough = self.is_enough();
        if is_enough {
            self.changed.notify_all();
        }
        Ok(is_enough)
    }

    /// Ends a job's turn.
    pub(super) fn pass(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.number += 1;
        drop(state);
        self.changed.notify_all();
    }
}
