use crate::{Accumulator, lanes};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Where the accumulators of a group lie in its record of u64 words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// One for each accumulator of the program, in its order.
    pub fields: Vec<Field>,
    /// Words of a record.
    pub stride: usize,
}

/// Where one accumulator lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it accumulates.
    pub accumulator: Accumulator,
    /// Its first word.
    pub at: usize,
    /// For a sum the lanes that lie there, one a word; else empty.
    pub lanes: Range<u32>,
}

impl Layout {
    /// Lays accumulators out; `window` tells the lanes of the sum of a slot.
    pub fn new(accumulators: &[Accumulator], window: impl Fn(usize) -> Range<u32>) -> Self {
        let mut stride = 0;
        let fields = accumulators
            .iter()
            .map(|&accumulator| {
                let at = stride;
                let lanes = match accumulator {
                    Accumulator::Sum { slot } => window(slot),
                    _ => 0..0,
                };
                stride += match accumulator {
                    Accumulator::Sum { .. } => lanes.len(),
                    _ => 1,
                };
                Field {
                    accumulator,
                    at,
                    lanes,
                }
            })
            .collect();
        Self { fields, stride }
    }

    /// A layout of the same accumulators whose sums also hold the other layout's lanes.
    #[must_use]
    pub fn widened(&self, other: &Self) -> Self {
        let accumulators: Vec<_> = self.fields.iter().map(|f| f.accumulator).collect();
        let window = |slot| {
            let of = |layout: &Self| {
                let sum = Accumulator::Sum { slot };
                let field = layout.fields.iter().find(|f| f.accumulator == sum);
                field.map_or(0..0, |f| f.lanes.clone())
            };
            lanes::union(&of(self), &of(other))
        };
        Self::new(&accumulators, window)
    }

    /// The record of a group without rows.
    pub fn identity(&self) -> Vec<u64> {
        let mut record = vec![0; self.stride];
        for field in &self.fields {
            if matches!(field.accumulator, Accumulator::Min { .. }) {
                record[field.at] = u64::MAX;
            }
        }
        record
    }

    /// Merges a record that lies as `other` says into one that lies as `self` says, which must hold
    /// all of the other's lanes. Associative and commutative, with [`Self::identity`] neutral.
    pub fn merge(&self, into: &mut [u64], other: &Self, from: &[u64]) {
        for (field, theirs) in self.fields.iter().zip(&other.fields) {
            let value = from.get(theirs.at).copied().unwrap_or(0);
            let place = &mut into[field.at..];
            match field.accumulator {
                Accumulator::Count | Accumulator::Valid { .. } => place[0] += value,
                Accumulator::Min { .. } => place[0] = place[0].min(value),
                Accumulator::Max { .. } => place[0] = place[0].max(value),
                Accumulator::Sum { .. } => {
                    let shift = theirs.lanes.start.saturating_sub(field.lanes.start) as usize;
                    let lanes = &from[theirs.at..theirs.at + theirs.lanes.len()];
                    for (to, lane) in place[shift..].iter_mut().zip(lanes) {
                        *to = to.wrapping_add(*lane);
                    }
                }
            }
        }
    }

    /// Carries in every sum of a record.
    pub fn normalise(&self, record: &mut [u64]) {
        for field in self.fields.iter().filter(|f| !f.lanes.is_empty()) {
            lanes::normalise(
                field.lanes.start,
                &mut record[field.at..field.at + field.lanes.len()],
            );
        }
    }

    /// The same layout with one more lane on top of each sum's finite ones, to carry into.
    #[must_use]
    pub fn with_carry_lane(&self) -> Self {
        let accumulators: Vec<_> = self.fields.iter().map(|f| f.accumulator).collect();
        Self::new(&accumulators, |slot| {
            let sum = Accumulator::Sum { slot };
            let field = self.fields.iter().find(|f| f.accumulator == sum);
            let lanes = field.map_or(0..0, |f| f.lanes.clone());
            if lanes.is_empty() || lanes.end >= lanes::INFINITY {
                lanes
            } else {
                lanes.start..lanes.end + 1
            }
        })
    }
}
