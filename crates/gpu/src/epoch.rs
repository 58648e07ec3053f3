//! The time of one table: from its first dispatch until it is read back.

use crate::constants::Constants;
use crate::device::Inner;
use crate::memory::{Held, margin};
use crate::params::{AUX_LIST, Header, low, word};
use crate::record::DeviceRecord;
use crate::table::{TablePlan, Wanted};
use crate::{GpuError, Method};
use graticule_kernels::{Program, RecordLayout};
use wgpu::BufferUsages;

/// Rows that a table may take: u32 counts and limbs of 63 bits bear them.
pub(crate) const MOST_ROWS: u64 = 1 << 29;

/// Rows of a chunk that a table has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Number of the chunk in the session.
    pub(crate) number: u32,
    pub(crate) from: u32,
    pub(crate) to: u32,
}

/// A table, what belongs to it, and what has gone into it.
#[derive(Debug)]
pub(crate) struct Epoch {
    pub(crate) layout: DeviceRecord,
    pub(crate) plan: TablePlan,
    pub(crate) constants: Constants,
    pub(crate) table: Held,
    pub(crate) aux: Held,
    pub(crate) recheck_capacity: u32,
    pub(crate) rows: u64,
    /// Slots that may be taken by now.
    pub(crate) occupied: u64,
    /// Whether no row has gone in since the device told.
    pub(crate) is_counted: bool,
    pub(crate) taken: Vec<Taken>,
}

impl Epoch {
    /// Makes an empty table, a smaller one where memory is short.
    pub(crate) fn new(
        inner: &Inner,
        program: &Program,
        layout: RecordLayout,
        wanted: Wanted,
    ) -> Result<Self, GpuError> {
        let layout = DeviceRecord::new(program, layout);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        let ledger = &inner.ledger;
        let mut recheck_capacity = word(ledger.room() / 64).clamp(64, inner.budget.recheck);
        let aux = loop {
            let bytes = 4 * u64::from(AUX_LIST + 2 * recheck_capacity);
            match inner.buffer("counters", bytes, usage) {
                Err(GpuError::OutOfMemory { .. }) if recheck_capacity > 64 => {
                    recheck_capacity /= 2;
                }
                other => break other?,
            }
        };
        let room = ledger.room();
        let most = room.saturating_sub(margin(ledger.allowed)).max(room / 2);
        let mut bytes = wanted.bytes.min(most);
        let what = match wanted.method {
            Some(Method::Matching) => "a bit for each row of a chunk",
            _ => "a table of groups",
        };
        loop {
            let refused = GpuError::OutOfMemory {
                what,
                bytes,
                allowed: ledger.allowed,
            };
            let wanted = Wanted { bytes, ..wanted };
            let Some(plan) = TablePlan::choose(program, &layout, wanted) else {
                return Err(refused);
            };
            match inner.buffer(what, 4 * u64::from(plan.words), usage) {
                Ok(table) => {
                    return Ok(Self {
                        constants: Constants::new(program, &layout),
                        layout,
                        plan,
                        table,
                        aux,
                        recheck_capacity,
                        rows: 0,
                        occupied: 0,
                        is_counted: true,
                        taken: Vec::new(),
                    });
                }
                Err(GpuError::OutOfMemory { .. }) => {
                    bytes = (2 * u64::from(plan.words)).min(bytes / 2);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What a dispatch is told; `row_bits` of a row's id are the row.
    pub(crate) fn params(&self, row_bits: u32) -> Vec<u32> {
        let header = Header {
            row_bits,
            groups: self.plan.groups,
            stride: self.layout.stride,
            records: self.plan.records,
            replicas: self.plan.replicas,
            recheck_capacity: self.recheck_capacity,
            table_words: low(self.table.bytes / 4),
            aux_words: low(self.aux.bytes / 4),
        };
        let mut words = bytemuck::cast_slice(&[header]).to_vec();
        words.extend(&self.constants.words);
        words
    }

    /// Rows that may still go in before the host must look.
    pub(crate) fn room(&self) -> u64 {
        let rows = MOST_ROWS.saturating_sub(self.rows);
        match self.plan.method {
            Method::Sparse => rows.min(self.plan.room().saturating_sub(self.occupied)),
            _ => rows,
        }
    }

    /// Notes rows that have gone in.
    pub(crate) fn note(&mut self, taken: Taken) {
        let rows = u64::from(taken.to - taken.from);
        self.rows += rows;
        self.occupied += rows;
        self.is_counted = false;
        match self.taken.last_mut() {
            Some(last) if last.number == taken.number && last.to == taken.from => {
                last.to = taken.to;
            }
            _ => self.taken.push(taken),
        }
    }
}

/// Bits that a row number of these chunks takes.
pub(crate) fn row_bits(most_rows: u32) -> u32 {
    (32 - word(u64::from(most_rows)).leading_zeros()).max(1)
}
