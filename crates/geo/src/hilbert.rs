//! The Hilbert curve over fixed-point cells: a walk through all 2^64 of them in which each step goes
//! to a neighbour, so that rows sorted by it lie near each other on the earth too.
//!
//! Source: D. Hilbert, "Über die stetige Abbildung einer Linie auf ein Flächenstück" (1891); the
//! turning of quadrants bit by bit is that of J. Skilling, "Programming the Hilbert curve" (2004).

use crate::Fixed;

/// The place of a cell on the curve, which begins in the cell of (-180, -90) and ends in that of
/// (180, -90).
///
/// ```
/// use graticule_geo::{Fixed, hilbert};
///
/// assert_eq!(hilbert::encode(Fixed { x: 0, y: 0 }), 0);
/// assert_eq!(hilbert::encode(Fixed { x: u32::MAX, y: 0 }), u64::MAX);
/// ```
#[inline]
pub fn encode(cell: Fixed) -> u64 {
    let Fixed { mut x, mut y } = cell;
    let mut place = 0;
    for bit in (0..32).rev() {
        let (right, upper) = ((x >> bit) & 1, (y >> bit) & 1);
        place = place << 2 | u64::from((3 * right) ^ upper);
        // The lower quadrants are mirrored: the left one at the diagonal, the right one at the other.
        let lower = 0u32.wrapping_sub(1 - upper);
        let flip = lower & 0u32.wrapping_sub(right);
        (x, y) = (x ^ flip, y ^ flip);
        let swap = (x ^ y) & lower;
        (x, y) = (x ^ swap, y ^ swap);
    }
    place
}

/// The cell at a place on the curve: the inverse of [`encode`].
#[inline]
pub fn decode(place: u64) -> Fixed {
    let (mut x, mut y) = (0u32, 0u32);
    for bit in 0..32 {
        #[expect(clippy::cast_possible_truncation, reason = "two bits are cut out")]
        let quadrant = (place >> (2 * bit)) as u32 & 3;
        let right = quadrant >> 1;
        let upper = (quadrant ^ right) & 1;
        if upper == 0 {
            if right == 1 {
                let ones = (1u32 << bit) - 1;
                (x, y) = (x ^ ones, y ^ ones);
            }
            std::mem::swap(&mut x, &mut y);
        }
        x |= right << bit;
        y |= upper << bit;
    }
    Fixed { x, y }
}

/// The bits of both coordinates in turn, longitude first: all 64 bits of which a geohash shows the
/// upper 5 a letter. Sorting by it is sorting by geohash.
#[inline]
pub fn interleave(cell: Fixed) -> u64 {
    let spread = |word: u32| {
        let mut wide = u64::from(word);
        wide = (wide | wide << 16) & 0x0000_ffff_0000_ffff;
        wide = (wide | wide << 8) & 0x00ff_00ff_00ff_00ff;
        wide = (wide | wide << 4) & 0x0f0f_0f0f_0f0f_0f0f;
        wide = (wide | wide << 2) & 0x3333_3333_3333_3333;
        (wide | wide << 1) & 0x5555_5555_5555_5555
    };
    spread(cell.x) << 1 | spread(cell.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_steps() {
        // Two bits of each axis, drawn by hand: the last levels of the curve at its beginning. 32
        // levels are an even number, so the first cell's neighbour is to the right.
        let cells = [
            (0, 0),
            (1, 0),
            (1, 1),
            (0, 1),
            (0, 2),
            (0, 3),
            (1, 3),
            (1, 2),
            (2, 2),
            (2, 3),
            (3, 3),
            (3, 2),
            (3, 1),
            (2, 1),
            (2, 0),
            (3, 0),
        ];
        for (place, (x, y)) in cells.into_iter().enumerate() {
            assert_eq!(encode(Fixed { x, y }), place as u64, "{x},{y}");
        }
    }

    #[test]
    fn quadrants() {
        let half = 1 << 31;
        let corner = |x, y| encode(Fixed { x, y }) >> 62;
        assert_eq!(
            [
                corner(0, 0),
                corner(0, half),
                corner(half, half),
                corner(half, 0)
            ],
            [0, 1, 2, 3]
        );
    }

    #[test]
    fn bits_in_turn() {
        assert_eq!(
            interleave(Fixed { x: 0b101, y: 0b011 }),
            0b10_01_11,
            "x2 y2 x1 y1 x0 y0"
        );
        assert_eq!(interleave(Fixed { x: u32::MAX, y: 0 }), u64::MAX / 3 * 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn there_and_back(x: u32, y: u32, place: u64) {
            prop_assert_eq!(decode(encode(Fixed { x, y })), Fixed { x, y });
            prop_assert_eq!(encode(decode(place)), place);
        }

        #[test]
        fn each_step_goes_to_a_neighbour(place in 0..u64::MAX, shift in 0u32..64) {
            // Small places too, and those where many bits carry.
            for place in [place >> shift, place | ((1 << shift) - 1)] {
                let (here, next) = (decode(place), decode(place.saturating_add(1)));
                let away = here.x.abs_diff(next.x) + here.y.abs_diff(next.y);
                prop_assert!(away == 1 || place == u64::MAX);
            }
        }
    }
}
