//! From morsels to groups, on whichever backend.

use crate::Error;
use crate::morsels::{Morsel, Operator};
use crate::run::Run;
use graticule_columns::Chunk;
use std::sync::Arc;

/// What adds chunks up to groups, shared by all workers: the CPU has a session for each of them, a device one for all.
pub(crate) trait Aggregator: Send + Sync + 'static {
    /// Takes the rows of a chunk in, notes them, and parts groups that are far or outgrow memory.
    fn push(&self, run: &Run, chunk: &Chunk) -> Result<(), Error>;
}

impl<A: Aggregator> Operator for A {
    fn take(self: &Arc<Self>, run: &Arc<Run>, mut morsel: Morsel) -> Result<(), Error> {
        while let Some((chunk, _)) = morsel.next(run, &**self)? {
            self.push(run, &chunk)?;
        }
        morsel.done();
        Ok(())
    }
}
