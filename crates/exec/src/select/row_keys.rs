//! Keys of selected rows, as of groups of one row each.

use crate::Error;
use crate::finish::{KeyTexts, key_column, key_field};
use crate::run::Run;
use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use graticule_columns::Chunk;
use graticule_kernels::{Accumulator, Partial, Program, digits};
use graticule_plan::{KeyColumn, Plan};
use std::sync::Arc;

/// The keys that are selected.
#[derive(Debug, Clone)]
pub(crate) struct RowKeys {
    keys: Arc<[KeyColumn]>,
    texts: Arc<KeyTexts>,
}

impl RowKeys {
    /// Those of a plan for selected rows.
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            keys: plan.keys().into(),
            texts: Arc::new(KeyTexts::of(plan)),
        }
    }

    /// The column of a key.
    pub(crate) fn field(&self, key: usize, program: &Program) -> Result<Field, Error> {
        let none = partial(program, Vec::new(), 0);
        let column = key_column(&self.keys[key], &self.texts, key, program, &none)?;
        Ok(key_field(&self.keys[key], &column))
    }

    /// The keys of some rows of a chunk.
    pub(super) fn of(
        &self,
        run: &Run,
        chunk: &Chunk,
        rows: &[u32],
    ) -> Result<Vec<ArrayRef>, Error> {
        if self.keys.is_empty() {
            return Ok(Vec::new());
        }
        let program = &run.programs[0];
        let digits = digits(&program.digits, &program.layers, chunk, rows)?;
        let partial = partial(program, digits, rows.len());
        let keys = self.keys.iter().enumerate();
        keys.map(|(place, key)| key_column(key, &self.texts, place, program, &partial))
            .collect()
    }
}

/// Groups of one row each.
fn partial(program: &Program, digits: Vec<Vec<u32>>, rows: usize) -> Partial {
    let counted = Program {
        accumulators: vec![Accumulator::Count],
        ..program.clone()
    };
    let mut partial = Partial::empty(program.digits.len(), counted.layout());
    if rows > 0 {
        partial.digits = digits;
    }
    partial.words = vec![1; rows * partial.layout.stride];
    partial
}
