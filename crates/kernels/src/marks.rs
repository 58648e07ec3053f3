//! Lists of rows from marks of rows.

use multiversion::multiversion;

/// For each set of eight rows: those in it, ascending, then anything.
const IN_SET: [[u8; 8]; 256] = {
    let mut all = [[0; 8]; 256];
    let mut set = 0;
    while set < 256 {
        let (mut row, mut count) = (0, 0);
        while row < 8 {
            if set >> row & 1 == 1 {
                all[set][count] = row;
                count += 1;
            }
            row += 1;
        }
        set += 1;
    }
    all
};

/// Writes the numbers of the rows whose mark is 1, not 0, to the beginning of `out`, which grows as it must;
/// returns how many there are.
pub(crate) fn list(marks: &[u8], out: &mut Vec<u32>) -> usize {
    // Eight are written whatever the set.
    out.resize(out.len().max(marks.len() + 8), 0);
    fill(marks, out)
}

#[multiversion(targets = "simd")]
#[expect(clippy::cast_possible_truncation, reason = "a vector has few rows")]
fn fill(marks: &[u8], out: &mut [u32]) -> usize {
    // No branch: no predictor knows which rows are marked.
    let mut count = 0;
    let (eights, rest) = marks.as_chunks::<8>();
    for (i, eight) in eights.iter().enumerate() {
        // Bit 8 r moves to bit 56 + r; no two bits meet elsewhere.
        let moved = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080);
        let set = (moved >> 56) as usize;
        for (out, row) in out[count..count + 8].iter_mut().zip(&IN_SET[set]) {
            *out = 8 * i as u32 + u32::from(*row);
        }
        count += set.count_ones() as usize;
    }
    for (i, mark) in rest.iter().enumerate() {
        out[count] = (8 * eights.len() + i) as u32;
        count += usize::from(*mark);
    }
    count
}

/// Whether every mark is 1.
#[multiversion(targets = "simd")]
pub(crate) fn all_marked(marks: &[u8]) -> bool {
    marks.iter().fold(1, |all, mark| all & mark) == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lists_the_marked(marks in prop::collection::vec(0u8..2, 0..70)) {
            let mut out = Vec::new();
            let count = list(&marks, &mut out);
            let want: Vec<u32> = (0..).zip(&marks).filter(|(_, mark)| **mark == 1).map(|(i, _)| i).collect();
            prop_assert_eq!(&out[..count], &want);
            prop_assert_eq!(all_marked(&marks), want.len() == marks.len());
        }
    }
}
