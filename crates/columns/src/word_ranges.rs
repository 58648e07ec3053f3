//! Sets of ordered words, as a list of values is.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// Ranges of ordered words, both ends included: ascending, and neighbours are one. A clone is the same memory.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Vec<[u64; 2]>", into = "Vec<[u64; 2]>")]
pub struct WordRanges(Arc<Set>);

struct Set {
    ranges: Vec<[u64; 2]>,
    /// The first word and a bit for each from it on, where they lie near each other: made once, when rows ask.
    bits: OnceLock<Option<(u64, Vec<u64>)>>,
}

impl Set {
    fn bits(&self) -> Option<&(u64, Vec<u64>)> {
        /// Bits are worth their memory up to so many for each range.
        const BITS: u64 = 512;
        let made = self.bits.get_or_init(|| {
            let first = self.ranges.first()?[0];
            let span = self.ranges.last()?[1] - first;
            if span / BITS >= self.ranges.len() as u64 {
                return None;
            }
            let mut bits = vec![0u64; usize::try_from(span / 64 + 1).ok()?];
            for [low, high] in &self.ranges {
                for at in low - first..=high - first {
                    *bits.get_mut(usize::try_from(at / 64).ok()?)? |= 1 << (at % 64);
                }
            }
            Some((first, bits))
        });
        made.as_ref()
    }
}

impl PartialEq for WordRanges {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.ranges == other.0.ranges
    }
}

impl Eq for WordRanges {}

impl Hash for WordRanges {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.ranges.hash(state);
    }
}

impl From<Vec<[u64; 2]>> for WordRanges {
    /// In any order; a range whose end is below its beginning is empty.
    fn from(mut ranges: Vec<[u64; 2]>) -> Self {
        ranges.retain(|[low, high]| low <= high);
        ranges.sort_unstable();
        ranges.dedup_by(|next, last| {
            let meets = last[1].checked_add(1).is_none_or(|end| next[0] <= end);
            if meets {
                last[1] = last[1].max(next[1]);
            }
            meets
        });
        Self(Arc::new(Set {
            ranges,
            bits: OnceLock::new(),
        }))
    }
}

impl From<WordRanges> for Vec<[u64; 2]> {
    fn from(ranges: WordRanges) -> Self {
        ranges.0.ranges.clone()
    }
}

impl WordRanges {
    /// The ranges.
    pub fn as_slice(&self) -> &[[u64; 2]] {
        &self.0.ranges
    }

    /// Whether a word lies in one.
    pub fn contains(&self, word: u64) -> bool {
        let Some((first, bits)) = self.0.bits() else {
            return self.meets(word, word);
        };
        let at = word.wrapping_sub(*first);
        let of = usize::try_from(at / 64).ok();
        let of = of.and_then(|place| bits.get(place));
        of.is_some_and(|of| (of >> (at % 64)) & 1 == 1)
    }

    /// Whether one of the words `low..=high` lies in one.
    pub fn meets(&self, low: u64, high: u64) -> bool {
        let next = self.0.ranges.partition_point(|range| range[1] < low);
        self.0
            .ranges
            .get(next)
            .is_some_and(|range| range[0] <= high)
    }

    /// Whether all words `low..=high` do.
    pub fn covers(&self, low: u64, high: u64) -> bool {
        let next = self.0.ranges.partition_point(|range| range[1] < low);
        let range = self.0.ranges.get(next);
        range.is_some_and(|range| range[0] <= low && high <= range[1])
    }
}

/// As a name tells it: how many, and which ones by 128 bits of hashes.
impl fmt::Debug for WordRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, self).hash(&mut hasher);
            hasher.finish()
        };
        write!(
            f,
            "{} ranges {:x}{:016x}",
            self.0.ranges.len(),
            hash(0),
            hash(1)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_and_the_ends_of_all_words_are_words() {
        let ranges = WordRanges::from(vec![
            [9, 12],
            [3, 4],
            [5, 5],
            [7, 6],
            [11, 20],
            [u64::MAX, u64::MAX],
        ]);
        assert_eq!(ranges.as_slice(), [[3, 5], [9, 20], [u64::MAX, u64::MAX]]);
        let within = [2, 3, 5, 6, 8, 9, 20, 21, u64::MAX - 1, u64::MAX];
        let expected = [
            false, true, true, false, false, true, true, false, false, true,
        ];
        assert_eq!(within.map(|word| ranges.contains(word)), expected);
        assert!(
            ranges.meets(0, 3)
                && ranges.meets(4, 100)
                && !ranges.meets(6, 8)
                && !ranges.meets(21, 99)
        );
        assert!(
            ranges.covers(3, 5)
                && !ranges.covers(3, 6)
                && !ranges.covers(5, 9)
                && !ranges.covers(21, 22)
        );
        let all = WordRanges::from(vec![[0, u64::MAX], [1, 2]]);
        assert!(all.covers(0, u64::MAX));
        let none = WordRanges::from(Vec::new());
        assert!(!none.contains(0) && !none.meets(0, u64::MAX) && !none.covers(0, 0));
    }

    #[test]
    fn bits_answer_as_ranges_do() {
        let near = WordRanges::from((0..500).map(|i| [i * 7, i * 7 + i % 3]).collect::<Vec<_>>());
        let far = WordRanges::from(
            (0..500)
                .map(|i| [i << 40, (i << 40) + 1])
                .collect::<Vec<_>>(),
        );
        for ranges in [near, far, WordRanges::from(Vec::new())] {
            for word in (0..4000).chain([1 << 40, (1 << 40) + 2, u64::MAX]) {
                assert_eq!(
                    ranges.contains(word),
                    ranges.meets(word, word),
                    "{ranges:?} {word}"
                );
            }
        }
    }
}
