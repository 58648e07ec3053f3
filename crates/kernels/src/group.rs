//! From digits to places: spelled out where groups are few, hashed where they may be many.

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
        /// Key words of each group, in the order of the groups.
        keys: Vec<u64>,
        /// Open addressing: place + 1, or 0 for none. A power of two, at most half full.
        slots: Vec<u32>,
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
            packing,
            keys: Vec::new(),
            slots: vec![0; 1024],
            scratch: Vec::new(),
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
            Self::Sparse { keys, slots, .. } => 8 * keys.capacity() + 4 * slots.capacity(),
        }
    }

    /// Bytes that suffice for one more group, growth by doubling included.
    pub(crate) fn bytes_per_group(&self) -> usize {
        match self {
            Self::Dense { .. } => 0,
            Self::Sparse { packing, .. } => 2 * 8 * packing.key_words() + 4 * 4,
        }
    }

    /// Places of some rows, from columns of digits; returns how many groups there are now.
    pub(crate) fn places(&mut self, digits: &[Vec<u32>], rows: usize, out: &mut [u32]) -> usize {
        match self {
            Self::Dense { steps, places } => {
                out[..rows].fill(0);
                for (column, step) in digits.iter().zip(steps) {
                    for (place, digit) in out[..rows].iter_mut().zip(column) {
                        *place += digit * *step;
                    }
                }
                *places
            }
            Self::Sparse {
                packing,
                keys,
                slots,
                scratch,
            } => {
                pack(packing, digits, rows, scratch);
                match packing.key_words() {
                    1 => find::<1>(keys, slots, scratch, out),
                    2 => find::<2>(keys, slots, scratch, out),
                    width => find_wide(keys, slots, scratch, out, width),
                }
                keys.len() / packing.key_words()
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
            Self::Sparse { packing, keys, .. } => {
                for &place in places {
                    for (i, word) in packing.words.iter().enumerate() {
                        let mut rest = keys[place as usize * packing.key_words() + i];
                        for &(digit, extent) in word.iter().rev() {
                            digits[digit].push((rest % extent) as u32);
                            rest /= extent;
                        }
                    }
                }
            }
        }
        digits
    }
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

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014), folded over the key's words.
#[inline]
fn hash(key: &[u64]) -> usize {
    let mut h = 0u64;
    for &word in key {
        h = (h ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        h ^= h >> 31;
    }
    usize::try_from(h >> 1).unwrap_or(0)
}

fn find<const N: usize>(keys: &mut Vec<u64>, slots: &mut Vec<u32>, rows: &[u64], out: &mut [u32]) {
    find_wide(keys, slots, rows, out, N);
}

#[inline(always)]
fn find_wide(
    keys: &mut Vec<u64>,
    slots: &mut Vec<u32>,
    rows: &[u64],
    out: &mut [u32],
    width: usize,
) {
    let mut last: Option<(&[u64], u32)> = None;
    for (key, out) in rows.chunks_exact(width).zip(out) {
        // Tracks stay in a cell for many rows.
        if let Some((same, place)) = last
            && same == key
        {
            *out = place;
            continue;
        }
        if 2 * (keys.len() / width + 1) > slots.len() {
            grow(keys, slots, width);
        }
        let mask = slots.len() - 1;
        let mut slot = hash(key) & mask;
        let place = loop {
            match slots[slot] {
                0 => {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "a table has at most MOST_GROUPS"
                    )]
                    let place = (keys.len() / width) as u32;
                    slots[slot] = place + 1;
                    keys.extend_from_slice(key);
                    break place;
                }
                taken => {
                    let at = (taken - 1) as usize * width;
                    if &keys[at..at + width] == key {
                        break taken - 1;
                    }
                    slot = (slot + 1) & mask;
                }
            }
        };
        *out = place;
        last = Some((key, place));
    }
}

fn grow(keys: &[u64], slots: &mut Vec<u32>, width: usize) {
    let size = 2 * slots.len();
    slots.clear();
    slots.resize(size, 0);
    for (place, key) in (1u32..).zip(keys.chunks_exact(width)) {
        let mut slot = hash(key) & (size - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (size - 1);
        }
        slots[slot] = place;
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
