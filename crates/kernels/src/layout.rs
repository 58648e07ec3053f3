use crate::{Accumulator, limbs};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Where the accumulators of a group lie in its record of u64 words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLayout {
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
    /// For a sum the limbs that lie there, one a word; else empty.
    #[serde(rename = "lanes")]
    pub limbs: Range<u32>,
}

impl RecordLayout {
    /// Lays accumulators out; `window` tells the limbs of a sum.
    pub fn new(accumulators: &[Accumulator], window: impl Fn(Accumulator) -> Range<u32>) -> Self {
        let mut stride = 0;
        let fields = accumulators
            .iter()
            .map(|&accumulator| {
                let at = stride;
                let limbs = match accumulator {
                    Accumulator::Sum { .. } | Accumulator::Squares { .. } => window(accumulator),
                    _ => 0..0,
                };
                stride += match accumulator {
                    Accumulator::Sum { .. } | Accumulator::Squares { .. } => limbs.len(),
                    Accumulator::First { .. } | Accumulator::Last { .. } => DATED,
                    _ => 1,
                };
                Field {
                    accumulator,
                    at,
                    limbs,
                }
            })
            .collect();
        Self { fields, stride }
    }

    /// A layout of the same accumulators whose sums also hold the other layout's limbs.
    #[must_use]
    pub fn widened(&self, other: &Self) -> Self {
        let accumulators: Vec<_> = self.fields.iter().map(|f| f.accumulator).collect();
        let window = |sum| {
            let of = |layout: &Self| {
                let field = layout.fields.iter().find(|f| f.accumulator == sum);
                field.map_or(0..0, |f| f.limbs.clone())
            };
            limbs::union(&of(self), &of(other))
        };
        Self::new(&accumulators, window)
    }

    /// The record of a group without rows.
    pub fn identity(&self) -> Vec<u64> {
        let mut record = vec![0; self.stride];
        for field in &self.fields {
            match field.accumulator {
                Accumulator::Min { .. } => record[field.at] = u64::MAX,
                Accumulator::First { .. } => record[field.at + 1..field.at + DATED].fill(u64::MAX),
                Accumulator::Last { .. } => record[field.at + 2] = u64::MAX,
                _ => {}
            }
        }
        record
    }

    /// Merges a record that lies as `other` says into one that lies as `self` says, which must hold
    /// all of the other's limbs. Associative and commutative, with [`Self::identity`] neutral.
    pub fn merge(&self, into: &mut [u64], other: &Self, from: &[u64]) {
        for (field, theirs) in self.fields.iter().zip(&other.fields) {
            let value = from.get(theirs.at).copied().unwrap_or(0);
            let place = &mut into[field.at..];
            match field.accumulator {
                Accumulator::Count | Accumulator::Valid { .. } => place[0] += value,
                Accumulator::Min { .. } => place[0] = place[0].min(value),
                Accumulator::Max { .. } => place[0] = place[0].max(value),
                Accumulator::First { .. } | Accumulator::Last { .. } => {
                    let other = [value, from[theirs.at + 1], from[theirs.at + 2]];
                    date(field.accumulator, place, other);
                }
                Accumulator::Sum { .. } | Accumulator::Squares { .. }
                    if theirs.limbs.is_empty() => {}
                Accumulator::Sum { .. } | Accumulator::Squares { .. } => {
                    let shift = theirs.limbs.start.saturating_sub(field.limbs.start) as usize;
                    let limbs = &from[theirs.at..theirs.at + theirs.limbs.len()];
                    for (to, limb) in place[shift..].iter_mut().zip(limbs) {
                        *to = to.wrapping_add(*limb);
                    }
                }
            }
        }
    }

    /// Carries in every sum of a record.
    pub fn normalise(&self, record: &mut [u64]) {
        for field in self.fields.iter().filter(|f| !f.limbs.is_empty()) {
            let limbs = &mut record[field.at..field.at + field.limbs.len()];
            limbs::normalise(field.accumulator, field.limbs.start, limbs);
        }
    }

    /// The same layout with one more limb on top of each sum's finite ones, to carry into.
    #[must_use]
    pub fn with_carry_limb(&self) -> Self {
        let accumulators: Vec<_> = self.fields.iter().map(|f| f.accumulator).collect();
        Self::new(&accumulators, |sum| {
            let field = self.fields.iter().find(|f| f.accumulator == sum);
            let limbs = field.map_or(0..0, |f| f.limbs.clone());
            if limbs.is_empty() || limbs.end >= limbs::most(sum) {
                limbs
            } else {
                limbs.start..limbs.end + 1
            }
        })
    }
}

/// Words of a first or last value: how many rows had one, its time, and the value, both ordered.
pub(crate) const DATED: usize = 3;

/// Takes a dated value, or a merge of some, into a field: the earlier or later one, of the same time
/// the lesser one.
#[inline]
pub(crate) fn date(accumulator: Accumulator, field: &mut [u64], [count, time, value]: [u64; 3]) {
    field[0] += count;
    let is_nearer = if matches!(accumulator, Accumulator::First { .. }) {
        time < field[1]
    } else {
        time > field[1]
    };
    if count > 0 && (is_nearer || (time == field[1] && value < field[2])) {
        field[1] = time;
        field[2] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEPT: [Accumulator; 3] = [
        Accumulator::Count,
        Accumulator::Sum { slot: 2 },
        Accumulator::Min { slot: 2 },
    ];

    fn merged(parts: &[(RecordLayout, Vec<u64>)]) -> Vec<i64> {
        let nothing = RecordLayout::new(&KEPT, |_| 0..0);
        let all = parts
            .iter()
            .fold(nothing, |all, (layout, _)| all.widened(layout));
        let mut record = all.identity();
        for (layout, part) in parts {
            all.merge(&mut record, layout, part);
        }
        record.into_iter().map(u64::cast_signed).collect()
    }

    #[test]
    fn a_window_of_tiny_values_takes_in_an_empty_one() {
        let empty = RecordLayout::new(&KEPT, |_| limbs::ZERO..limbs::ZERO);
        let tiny = RecordLayout::new(&KEPT, |_| 20..22);
        let parts = [(empty.clone(), empty.identity()), (tiny, vec![1, 7, 8, 9])];
        assert_eq!(merged(&parts), [1, 7, 8, 9]);
    }

    proptest! {
        #[test]
        fn merging_has_no_order(
            parts in prop::collection::vec((20u32..40, 0u32..4, prop::collection::vec(0u64..1 << 40, 6)), 1..6),
            turn in 0usize..6,
        ) {
            let mut parts: Vec<_> = parts
                .into_iter()
                .map(|(first, count, words)| {
                    let layout = RecordLayout::new(&KEPT, |_| first..first + count);
                    let record = words[..layout.stride].to_vec();
                    (layout, record)
                })
                .collect();
            let before = merged(&parts);
            let turn = turn % parts.len();
            parts.rotate_left(turn);
            prop_assert_eq!(&merged(&parts), &before);
            // Associative, with a neutral element.
            let some = parts.split_off(parts.len() / 2);
            let nothing = RecordLayout::new(&KEPT, |_| 0..0);
            let neutral = (nothing.clone(), nothing.identity());
            let layout = some.iter().fold(nothing, |all, (layout, _)| all.widened(layout));
            let record = merged(&some).into_iter().map(i64::cast_unsigned).collect();
            parts.extend([(layout, record), neutral]);
            prop_assert_eq!(merged(&parts), before);
        }
    }
}
