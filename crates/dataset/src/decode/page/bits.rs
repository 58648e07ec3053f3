//! Bit-packed numbers, low bits first.

/// A number of 32 or 64 bits that others are unpacked into.
pub(super) trait Word: Copy + Default {
    const BITS: usize;
    fn of(word: u64) -> Self;
    fn plus(self, other: Self) -> Self;
    fn wide(self) -> u64;
}

impl Word for u32 {
    const BITS: usize = 32;

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are meant")]
    fn of(word: u64) -> Self {
        word as Self
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline]
    fn wide(self) -> u64 {
        self.into()
    }
}

impl Word for u64 {
    const BITS: usize = 64;

    #[inline]
    fn of(word: u64) -> Self {
        word
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline]
    fn wide(self) -> u64 {
        self
    }
}

/// Numbers of `width` bits, at most those of a word, from number `first` of these bytes on. What lies
/// beyond the bytes is 0; whoever asks has looked that it is not wanted.
pub(super) fn unpack<W: Word>(bytes: &[u8], width: usize, first: usize, out: &mut [W]) {
    // Eight numbers end with a byte.
    let before = first.next_multiple_of(8) - first;
    let (head, body) = out.split_at_mut(before.min(out.len()));
    slowly(bytes, width, first, head);
    let start = (first + before) / 8 * width;
    let done = match bytes.get(start..) {
        Some(bytes) => eights(bytes, width, body),
        None => 0,
    };
    slowly(bytes, width, first + before + done, &mut body[done..]);
}

fn slowly<W: Word>(bytes: &[u8], width: usize, first: usize, out: &mut [W]) {
    let mask = (1u128 << width) - 1;
    for (number, out) in (first..).zip(out) {
        let bit = number * width;
        let mut word = [0; 16];
        let rest = bytes.get(bit / 8..).unwrap_or_default();
        let near = rest.len().min(16);
        word[..near].copy_from_slice(&rest[..near]);
        let word = (u128::from_le_bytes(word) >> (bit % 8)) & mask;
        #[expect(clippy::cast_possible_truncation, reason = "masked to at most 64 bits")]
        let word = word as u64;
        *out = W::of(word);
    }
}

/// Numbers from the first byte on, eight at a time, as far as a wide load stays within the bytes; returns how
/// many that were.
fn eights<W: Word>(bytes: &[u8], width: usize, out: &mut [W]) -> usize {
    macro_rules! of {
        ($($bits:literal)*) => {
            match width {
                $($bits => eights_of::<W, $bits>(bytes, out),)*
                _ => 0,
            }
        };
    }
    // A load of 64 bits holds 57 wherever they begin in a byte.
    of!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
        33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57)
}

#[inline]
fn eights_of<W: Word, const BITS: usize>(bytes: &[u8], out: &mut [W]) -> usize {
    if BITS > W::BITS {
        return 0;
    }
    if BITS == 0 {
        out.fill(W::default());
        return out.len();
    }
    let mask = (1u64 << BITS) - 1;
    let mut done = 0;
    for out in out.chunks_exact_mut(8) {
        let start = done / 8 * BITS;
        let Some(bytes) = bytes.get(start..start + BITS + 8) else {
            break;
        };
        for (number, out) in out.iter_mut().enumerate() {
            let bit = number * BITS;
            // Not copied from a slice, which may be a call.
            let word = bytes[bit / 8..].first_chunk();
            let word = word.map_or(0, |word| u64::from_le_bytes(*word));
            *out = W::of((word >> (bit % 8)) & mask);
        }
        done += 8;
    }
    done
}

/// The number of seven bits a byte at a place, which moves behind it.
pub(super) fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_bits() {
        // 3 bits each: 1, 2, 3, 4, 5, 6, 7, 0.
        let bytes = [0b1101_0001, 0b0101_1000, 0b0001_1111];
        let mut out = [0u32; 8];
        unpack(&bytes, 3, 0, &mut out);
        assert_eq!(out, [1, 2, 3, 4, 5, 6, 7, 0]);
        unpack(&bytes, 3, 5, &mut out[..2]);
        assert_eq!(out[..2], [6, 7]);
        assert_eq!(varint(&[0xac, 2, 9], &mut 0), Some(300));
        assert_eq!(varint(&[0xac], &mut 0), None);
    }

    proptest! {
        #[test]
        fn fast_and_slow_are_the_same(
            bytes in prop::collection::vec(any::<u8>(), 0..300), width in 0usize..=64, first in 0usize..40, count in 0usize..100,
        ) {
            let (mut fast, mut slow) = (vec![0u64; count], vec![0u64; count]);
            unpack(&bytes, width, first, &mut fast);
            slowly(&bytes, width, first, &mut slow);
            prop_assert_eq!(&fast, &slow);
            if width <= 32 {
                let mut narrow = vec![0u32; count];
                unpack(&bytes, width, first, &mut narrow);
                prop_assert!(narrow.iter().zip(&slow).all(|(a, b)| u64::from(*a) == *b));
            }
        }
    }
}
