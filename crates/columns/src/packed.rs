//! Frame-of-reference packing, as it lies on the host and on the device.
//!
//! Source: GPU-FOR of Shanbhag, Yogatama, Yu and Madden, "Tile-based lightweight integer compression
//! in GPU" (SIGMOD 2022), with one width for a block.

use multiversion::multiversion;
use std::ops::Range;

/// Rows of a packed block. Each block packs 128 values as `value - least of the block`, all in the
/// same number of bits.
pub const PACKED_BLOCK: usize = 128;

/// A column of u32 words in blocks of [`PACKED_BLOCK`] rows.
///
/// `words` begins with two words for each block: the least value, and `start << 6 | width`, where
/// `width` (0 to 32) is bits per value and `start` the first of the block's `4 * width` words,
/// counted from the beginning of `words`. Value i of the block lies at bit `i * width` from there,
/// low bits first. One word of zeros ends the column, so that a reader may always load two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    len: usize,
    words: Vec<u32>,
}

impl Packed {
    /// Packs a column.
    ///
    /// # Panics
    /// Beyond 2^26 words of output (about 67 million values): a chunk is far smaller.
    pub fn pack(values: &[u32]) -> Self {
        let blocks = values.len().div_ceil(PACKED_BLOCK);
        let mut words = vec![0; 2 * blocks];
        for (i, block) in values.chunks(PACKED_BLOCK).enumerate() {
            let least = block.iter().copied().min().unwrap_or(0);
            let most = block.iter().copied().max().unwrap_or(0);
            let width = 32 - (most - least).leading_zeros();
            let start = words.len();
            assert!(start < 1 << 26, "a packed chunk of at most 2^26 words");
            words[2 * i] = least;
            words[2 * i + 1] = u32::try_from(start).unwrap_or(u32::MAX) << 6 | width;
            words.resize(start + 4 * width as usize, 0);
            for (row, value) in block.iter().enumerate() {
                let bit = row * width as usize;
                let shifted = u64::from(value - least) << (bit % 32);
                let word = start + bit / 32;
                if width > 0 {
                    words[word] |= low(shifted);
                    if shifted >> 32 != 0 {
                        words[word + 1] |= low(shifted >> 32);
                    }
                }
            }
        }
        words.push(0);
        Self {
            len: values.len(),
            words,
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The packed words, headers first: what is uploaded.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Unpacks the given rows into `out`.
    ///
    /// # Panics
    /// When the rows are out of range or `out` is not as long as they are.
    pub fn unpack(&self, rows: Range<usize>, out: &mut [u32]) {
        assert!(rows.end <= self.len && out.len() == rows.len());
        let mut row = rows.start;
        let mut out = out;
        while row < rows.end {
            let block = row / PACKED_BLOCK;
            let within = row % PACKED_BLOCK;
            let take = (PACKED_BLOCK - within).min(rows.end - row);
            let (now, later) = out.split_at_mut(take);
            let least = self.words[2 * block];
            let (start, width) = (
                (self.words[2 * block + 1] >> 6) as usize,
                self.words[2 * block + 1] & 63,
            );
            let body = &self.words[start..start + 4 * width as usize + 1];
            unpack(body, width, (least, within), now);
            out = later;
            row += take;
        }
    }
}

/// Unpacks values of a block from the `within`th on; `body` has a word more than the block.
#[multiversion(targets = "simd")]
fn unpack(body: &[u32], width: u32, (least, within): (u32, usize), out: &mut [u32]) {
    let mask = low((1u64 << width) - 1);
    for (i, value) in out.iter_mut().enumerate() {
        let bit = (within + i) * width as usize;
        let pair =
            u64::from(body[bit / 32]) | u64::from(body[(bit / 32 + 1).min(body.len() - 1)]) << 32;
        *value = least.wrapping_add(low(pair >> (bit % 32)) & mask);
    }
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the low word is meant")]
fn low(v: u64) -> u32 {
    v as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_block_of_known_words() {
        // 5, 6, 7, 8: least 5, two bits each, 0b11_10_01_00.
        let packed = Packed::pack(&[5, 6, 7, 8]);
        assert_eq!(packed.words()[..3], [5, 2 << 6 | 2, 0b1110_0100]);
        assert_eq!(
            Packed::pack(&[9; 300]).words(),
            [9, 6 << 6, 9, 6 << 6, 9, 6 << 6, 0]
        );
        assert_eq!(Packed::pack(&[]).words(), [0]);
    }

    proptest! {
        #[test]
        fn unpacks_what_was_packed(
            values in prop::collection::vec(any::<u32>(), 0..700), shift in 0u32..32, from in 0usize..700, to in 0usize..700,
        ) {
            let values: Vec<u32> = values.iter().map(|v| v >> shift).collect();
            let packed = Packed::pack(&values);
            let (from, to) = (from.min(to).min(values.len()), from.max(to).min(values.len()));
            let mut out = vec![0; to - from];
            packed.unpack(from..to, &mut out);
            prop_assert_eq!(out, &values[from..to]);
        }
    }
}
