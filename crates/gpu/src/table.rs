//! The table of groups on the device: its method and size, and the way back to a partial.

use crate::memory::power_of_two_below;
use crate::params::{BINS, PUBLISHED, word};
use crate::record::DeviceRecord;
use crate::{GpuError, Method};
use graticule_kernels::{KernelError, Partial, Program};

/// How a table lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TablePlan {
    pub(crate) method: Method,
    /// Possible groups, or slots.
    pub(crate) groups: u32,
    pub(crate) replicas: u32,
    /// First word of the records.
    pub(crate) records: u32,
    pub(crate) words: u32,
}

/// Dense tables up to this many words are taken however few the rows.
const SMALL: u64 = 1 << 18;
/// The most slots of a first hash table: further ones grow where groups turn out to be many.
const FIRST_SLOTS: u64 = 1 << 21;

/// What a table is chosen by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// The method, if it is not left to choose.
    pub(crate) method: Option<Method>,
    /// The most bytes.
    pub(crate) bytes: u64,
    /// The most rows there will be.
    pub(crate) rows: u64,
    /// The least slots of a hash table.
    pub(crate) slots: u64,
}

impl TablePlan {
    /// Chooses; `None` when not even the smallest table fits.
    pub(crate) fn choose(program: &Program, layout: &DeviceRecord, wanted: Wanted) -> Option<Self> {
        if wanted.method == Some(Method::Matching) {
            return Self::matching(wanted);
        }
        let groups = u64::try_from(program.most_groups()).unwrap_or(u64::MAX);
        let stride = u64::from(layout.stride);
        let words = groups.saturating_mul(stride);
        let fits_bins = words <= u64::from(BINS) && 4 * words <= wanted.bytes;
        let fits_dense = words <= wanted.bytes / 4;
        let is_wasteful = words > SMALL && groups > wanted.rows.saturating_mul(4);
        let method = match wanted.method {
            Some(Method::Bins) if fits_bins => Method::Bins,
            Some(Method::Bins | Method::Dense) if fits_dense => Method::Dense,
            Some(_) => Method::Sparse,
            None if fits_bins => Method::Bins,
            None if fits_dense && !is_wasteful => Method::Dense,
            None => Method::Sparse,
        };
        if method == Method::Sparse {
            return Self::sparse(program, stride, groups, wanted);
        }
        let replicas = match method {
            Method::Bins => power_of_two_below(u64::from(BINS) / words.max(1)).min(16),
            _ => 1,
        };
        Some(Self {
            method,
            groups: word(groups),
            replicas: word(replicas),
            records: 0,
            words: word(words.max(4)),
        })
    }

    fn matching(wanted: Wanted) -> Option<Self> {
        let words = wanted.rows.div_ceil(32).max(4);
        (words <= wanted.bytes / 4).then(|| Self {
            method: Method::Matching,
            groups: 0,
            replicas: 1,
            records: 0,
            words: word(words),
        })
    }

    fn sparse(program: &Program, stride: u64, groups: u64, wanted: Wanted) -> Option<Self> {
        let per_slot = 1 + program.digits.len().max(1) as u64 + stride;
        let most = power_of_two_below(wanted.bytes / 4 / per_slot);
        let needed = groups.min(wanted.rows).saturating_mul(2).max(64);
        let needed = needed.min(FIRST_SLOTS).max(wanted.slots);
        let slots = needed.checked_next_power_of_two().unwrap_or(most).min(most);
        if slots < 16 || wanted.bytes / 4 < 16 * per_slot {
            return None;
        }
        Some(Self {
            method: Method::Sparse,
            groups: word(slots),
            replicas: 1,
            records: word(slots * (per_slot - stride)),
            words: word(slots * per_slot),
        })
    }

    /// Slots that may be taken before the table counts as full.
    pub(crate) fn room(&self) -> u64 {
        u64::from(self.groups) * 7 / 10
    }

    /// The groups of a table that was read back.
    pub(crate) fn partial(
        &self,
        program: &Program,
        layout: &DeviceRecord,
        table: &[u32],
    ) -> Result<Partial, GpuError> {
        let mut digits = vec![Vec::new(); program.digits.len()];
        let mut words = Vec::new();
        let steps = crate::constants::dense_steps(program);
        let stride = layout.stride as usize;
        let records = table.get(self.records as usize..).unwrap_or(&[]);
        for (group, record) in records
            .chunks_exact(stride)
            .take(self.groups as usize)
            .enumerate()
        {
            if record[0] == 0 {
                continue;
            }
            if self.method == Method::Sparse {
                if table[group] != PUBLISHED {
                    return Err(GpuError::Damaged {
                        what: "a group has rows but no key",
                    });
                }
                let width = digits.len().max(1);
                let key = self.groups as usize + group * width;
                for (column, digit) in digits.iter_mut().zip(&table[key..]) {
                    column.push(*digit);
                }
            } else {
                let place = word(group as u64);
                for ((column, step), digit) in digits.iter_mut().zip(&steps).zip(&program.digits) {
                    column.push(word(u64::from(place / step) % digit.extent));
                }
            }
            layout.read(record, &mut words);
        }
        let partial = Partial {
            digits,
            layout: layout.layout.clone(),
            words,
        };
        Ok(partial.normalised())
    }
}

/// Twin of `shaders/checksum.wgsl`.
pub(crate) fn checksum(words: &[u32], first: u32) -> u32 {
    let mut weight = 2u32.wrapping_mul(first).wrapping_add(1);
    let mut sum = 0u32;
    for &word in words {
        sum = sum.wrapping_add(word.wrapping_mul(weight));
        weight = weight.wrapping_add(2);
    }
    sum
}

/// Refuses answers of a table in which a row had a key outside its window.
pub(crate) fn check_stray(stray: u32) -> Result<(), KernelError> {
    if stray > 0 {
        return Err(KernelError::Stray);
    }
    Ok(())
}
