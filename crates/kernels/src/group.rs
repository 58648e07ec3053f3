//! From digits to places: spelled out where groups are few, hashed where they may be many.

use crate::sparse::Sparse;
use crate::steps;

/// Groups that a hash can number: one less, for 0 is none.
pub(crate) const MOST_GROUPS: usize = u32::MAX as usize - 1;

/// How digits share u64 key words: as many a word as their extents allow.
#[derive(Debug, Clone)]
pub(crate) struct Packing {
    /// Digits of each word, most significant first.
    words: Vec<Vec<(usize, u64)>>,
}

impl Packing {
    pub(crate) fn new(extents: &[u64]) -> Self {
        let mut words: Vec<Vec<(usize, u64)>> = vec![Vec::new()];
        let mut room = 1u128 << 64;
        for (digit, &extent) in extents.iter().enumerate() {
            let wide = u128::from(extent.max(1));
            if room < wide {
                words.push(Vec::new());
                room = 1 << 64;
            }
            room /= wide;
            if let Some(word) = words.last_mut() {
                word.push((digit, extent.max(1)));
            }
        }
        Self { words }
    }

    fn key_words(&self) -> usize {
        self.words.len()
    }
}

#[derive(Debug)]
pub(crate) enum Index {
    Dense {
        /// Distance of neighbouring values of each digit.
        steps: Vec<u32>,
        places: usize,
    },
    Sparse {
        packing: Packing,
        groups: Sparse,
        /// Key words of some rows.
        scratch: Vec<u64>,
    },
}

impl Index {
    pub(crate) fn dense(extents: &[u64]) -> Self {
        let mut places = 1u64;
        let mut steps: Vec<u32> = extents
            .iter()
            .rev()
            .map(|extent| {
                let step = u32::try_from(places).unwrap_or(u32::MAX);
                places *= extent;
                step
            })
            .collect();
        steps.reverse();
        Self::Dense {
            steps,
            places: usize::try_from(places).unwrap_or(usize::MAX),
        }
    }

    pub(crate) fn sparse(packing: Packing) -> Self {
        Self::Sparse {
            groups: Sparse::new(packing.key_words()),
            packing,
            scratch: Vec::new(),
        }
    }

    /// None of the groups any more, with room for as many.
    pub(crate) fn emptied(&self, extents: &[u64]) -> Self {
        match self {
            Self::Dense { .. } => Self::dense(extents),
            Self::Sparse {
                packing, groups, ..
            } => Self::Sparse {
                packing: packing.clone(),
                groups: groups.emptied(),
                scratch: Vec::new(),
            },
        }
    }

    /// Places that exist from the beginning.
    pub(crate) fn dense_places(&self) -> usize {
        match self {
            Self::Dense { places, .. } => *places,
            Self::Sparse { .. } => 0,
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Dense { .. } => 0,
            Self::Sparse { groups, .. } => groups.bytes(),
        }
    }

    /// Bytes that suffice for one more group, growth by doubling included.
    pub(crate) fn bytes_per_group(&self) -> usize {
        match self {
            Self::Dense { .. } => 0,
            Self::Sparse { groups, .. } => groups.bytes_per_group(),
        }
    }

    /// Places of some rows, from columns of digits; returns how many groups there are now.
    pub(crate) fn places(&mut self, digits: &[Vec<u32>], rows: usize, out: &mut [u32]) -> usize {
        match self {
            Self::Dense { steps, places } => {
                steps::dense(digits, steps, &mut out[..rows]);
                *places
            }
            Self::Sparse {
                packing,
                groups,
                scratch,
            } => {
                pack(packing, digits, rows, scratch);
                groups.find(scratch, out);
                groups.groups()
            }
        }
    }

    /// The digits of the given places.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a digit is below its extent, at most 2^32"
    )]
    pub(crate) fn digits(&self, places: &[u32], extents: &[u64]) -> Vec<Vec<u32>> {
        let mut digits = vec![Vec::with_capacity(places.len()); extents.len()];
        match self {
            Self::Dense { steps, .. } => {
                for ((column, step), &extent) in digits.iter_mut().zip(steps).zip(extents) {
                    column.extend(
                        places
                            .iter()
                            .map(|place| (u64::from(place / step) % extent) as u32),
                    );
                }
            }
            Self::Sparse {
                packing, groups, ..
            } => {
                let mut rest = Vec::new();
                for places in places.chunks(1024) {
                    for (i, word) in packing.words.iter().enumerate() {
                        rest.clear();
                        rest.extend(places.iter().map(|place| groups.key(*place)[i]));
                        for &(digit, extent) in word.iter().rev() {
                            split(&mut rest, extent, &mut digits[digit]);
                        }
                    }
                }
            }
        }
        digits
    }
}

/// Takes the last digit off words.
#[expect(
    clippy::cast_possible_truncation,
    reason = "below an extent of at most 2^32"
)]
fn split(words: &mut [u64], extent: u64, digit: &mut Vec<u32>) {
    // A division takes longer than all else.
    let shift = extent.trailing_zeros();
    let is_power = extent.is_power_of_two();
    digit.extend(words.iter_mut().map(|word| {
        let whole = *word;
        *word = if is_power {
            whole >> shift
        } else {
            whole / extent
        };
        (whole - *word * extent) as u32
    }));
}

/// Key words of rows, row after row.
fn pack(packing: &Packing, digits: &[Vec<u32>], rows: usize, scratch: &mut Vec<u64>) {
    let width = packing.key_words();
    scratch.clear();
    scratch.resize(rows * width, 0);
    for (i, word) in packing.words.iter().enumerate() {
        for &(digit, extent) in word {
            let keys = scratch[i..].iter_mut().step_by(width);
            for (key, &digit) in keys.zip(&digits[digit]) {
                // Wraps only for an extent of 2^32 in an empty word, where the product is 0.
                *key = key.wrapping_mul(extent) + u64::from(digit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_back() {
        let digits = vec![
            (0..5000).map(|i| i % 7).collect::<Vec<u32>>(),
            (0..5000).map(|i| i * 858_993).collect(),
            (0..5000).map(|i| u32::MAX - i / 3).collect(),
        ];
        let extents = [7, 1 << 32, 1 << 32];
        let packing = Packing::new(&extents);
        assert_eq!(packing.key_words(), 2);
        let mut index = Index::sparse(packing);
        let mut places = vec![0; 5000];
        assert_eq!(index.places(&digits, 5000, &mut places), 5000);
        assert_eq!(index.digits(&places, &extents), digits);
        let again = places.clone();
        assert_eq!(index.places(&digits, 5000, &mut places), 5000);
        assert_eq!(places, again);
    }

    #[test]
    fn dense_places_spell_the_digits() {
        let mut index = Index::dense(&[3, 4]);
        let mut places = [0; 2];
        assert_eq!(index.places(&[vec![2, 0], vec![3, 1]], 2, &mut places), 12);
        assert_eq!(places, [11, 1]);
        assert_eq!(index.digits(&places, &[3, 4]), [[2, 0], [3, 1]]);
    }
}
