//! A group's record on the device, in 32-bit words, and the way back to the kernels' 64-bit words.

use crate::params::{EMPTY, word};
use graticule_columns::Kind;
use graticule_kernels::{Accumulator, Program, RecordLayout};

/// Where the accumulators of a group lie in its record of u32 words. A record of zeros is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceRecord {
    /// The same in the kernels' words.
    pub(crate) layout: RecordLayout,
    /// First word of each field.
    pub(crate) at: Vec<u32>,
    /// Kind of each field's column.
    pub(crate) kinds: Vec<Kind>,
    /// Words of a record.
    pub(crate) stride: u32,
}

impl DeviceRecord {
    pub(crate) fn new(program: &Program, layout: RecordLayout) -> Self {
        let (mut at, mut kinds, mut stride) = (Vec::new(), Vec::new(), 0);
        for field in &layout.fields {
            let slot = field.accumulator.slot();
            let kind = slot.and_then(|s| program.slots.get(s));
            let kind = kind.map_or(Kind::U32, |s| s.kind);
            at.push(stride);
            kinds.push(kind);
            stride += match field.accumulator {
                Accumulator::Count | Accumulator::Valid { .. } => 1,
                Accumulator::Sum { .. } | Accumulator::Squares { .. } => {
                    2 * word(field.limbs.len() as u64)
                }
                Accumulator::First { .. } | Accumulator::Last { .. } => 6,
                Accumulator::Min { .. } | Accumulator::Max { .. } if kind.is_wide() => 3,
                Accumulator::Min { .. } => 2,
                Accumulator::Max { .. } => 1,
            };
        }
        Self {
            layout,
            at,
            kinds,
            stride,
        }
    }

    /// Appends a record in the kernels' words.
    pub(crate) fn read(&self, record: &[u32], out: &mut Vec<u64>) {
        for (i, field) in self.layout.fields.iter().enumerate() {
            let at = self.at[i] as usize;
            let is_wide = self.kinds[i].is_wide();
            let pair = |at: usize| u64::from(record[at]) | u64::from(record[at + 1]) << 32;
            match field.accumulator {
                Accumulator::Count | Accumulator::Valid { .. } => out.push(record[at].into()),
                Accumulator::Sum { .. } | Accumulator::Squares { .. } => {
                    out.extend((0..field.limbs.len()).map(|limb| pair(at + 2 * limb)));
                }
                Accumulator::First { .. } if record[at] == 0 => out.extend([0, u64::MAX, u64::MAX]),
                Accumulator::Last { .. } if record[at] == 0 => out.extend([0, 0, u64::MAX]),
                Accumulator::First { .. } | Accumulator::Last { .. } => {
                    out.extend([record[at].into(), pair(at + 2), pair(at + 4)]);
                }
                Accumulator::Min { .. } if is_wide => out.push(if record[at] == EMPTY {
                    u64::MAX
                } else {
                    pair(at + 1)
                }),
                Accumulator::Max { .. } if is_wide => out.push(pair(at + 1)),
                Accumulator::Min { .. } => out.push(if record[at] == 0 && record[at + 1] == 0 {
                    u64::MAX
                } else {
                    u64::from(!record[at])
                }),
                Accumulator::Max { .. } => out.push(record[at].into()),
            }
        }
    }
}
