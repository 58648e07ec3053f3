//! The digits of a hexagon: the way from its base cell down to it, three bits for each resolution.
//!
//! Each digit is the step from a parent's centre, written as bits of H3's axes i, j and k. All of them are turned alike
//! to be a cell's, by multiples of 60 degrees, as the base cell lies on the face.

use super::plane::Hexagon;
use std::sync::LazyLock;

/// What a hexagon's digits start from: the face, its hexagon of resolution 0, and the first digit that is not 0. Among
/// points that share it all cells have one base cell and turn: H3's rules look at nothing else, pentagons' included.
pub(super) const ROOTS: usize = 20 * 27 * 7;

/// The way from hexagons to their base cells at one resolution.
pub(super) struct Ways {
    resolution: u8,
    /// Of a hexagon's place from the last one that is a multiple of 49 on both axes, the way up by four levels.
    fours: &'static [Four; 49 * 49],
}

/// Four digits, and the ancestor's steps from that multiple.
#[derive(Clone, Copy, Default)]
struct Four {
    digits: u16,
    i: i8,
    j: i8,
}

impl Ways {
    pub(super) fn new(resolution: u8) -> Self {
        static FOURS: [LazyLock<[Four; 49 * 49]>; 2] =
            [LazyLock::new(|| fours(4)), LazyLock::new(|| fours(5))];
        Self {
            resolution,
            fours: &FOURS[usize::from(resolution % 2)],
        }
    }

    /// The place of a hexagon's root among [`ROOTS`], and its digits; `None` beyond where H3 looks.
    #[inline]
    pub(super) fn digits(&self, hexagon: Hexagon) -> Option<(usize, u64)> {
        let Hexagon { face, mut i, mut j } = hexagon;
        let (mut digits, mut shift, mut level) = (0, 0, self.resolution);
        while level >= 4 {
            // Two levels turn one way and the other, and are 7 times as wide; so four are 49 times.
            let ((up_i, at_i), (up_j, at_j)) = (within_49(i), within_49(j));
            let four = self.fours.get(49 * at_i + at_j)?;
            digits |= u64::from(four.digits) << shift;
            (i, j) = (up_i + i32::from(four.i), up_j + i32::from(four.j));
            (shift, level) = (shift + 12, level - 4);
        }
        for level in (1..=level).rev() {
            let (digit, parent) = up(level, (i, j));
            digits |= u64::from(digit) << shift;
            ((i, j), shift) = (parent, shift + 3);
        }
        let least = i.min(j).min(0);
        let [i, j, k] =
            [i - least, j - least, -least].map(|axis| usize::try_from(axis).unwrap_or(3));
        if i.max(j).max(k) > 2 {
            return None;
        }
        let base = (9 * i + 3 * j + k) + 27 * face;
        Some((7 * base + first(digits), digits))
    }
}

/// The ways up from a level by four, of which only whether it is odd matters.
fn fours(level: u8) -> [Four; 49 * 49] {
    let mut fours = [Four::default(); 49 * 49];
    for ((i, j), four) in (0..49)
        .flat_map(|i| (0..49).map(move |j| (i, j)))
        .zip(&mut fours)
    {
        let (mut at, mut digits) = ((i, j), 0);
        for (place, level) in (level - 3..=level).rev().enumerate() {
            let (digit, parent) = up(level, at);
            digits |= u16::from(digit) << (3 * place);
            at = parent;
        }
        let near = |axis: i32| i8::try_from(axis).unwrap_or(0);
        *four = Four {
            digits,
            i: near(at.0),
            j: near(at.1),
        };
    }
    fours
}

/// How many times 49 a number is, and what is left.
#[inline]
fn within_49(n: i32) -> (i32, usize) {
    // Above 0 a division is one product.
    const MORE: i32 = 1 << 24;
    let times = ((n + 49 * MORE).cast_unsigned() / 49).cast_signed() - MORE;
    (times, usize::try_from(n - 49 * times).unwrap_or(0))
}

/// The digit of a hexagon at a level, and its parent.
#[inline]
fn up(level: u8, (i, j): (i32, i32)) -> (u8, (i32, i32)) {
    let is_odd = level % 2 == 1;
    let above = match is_odd {
        true => (3 * i - j, i + 2 * j),
        false => (2 * i + j, 3 * j - i),
    };
    let parent = (seventh(above.0), seventh(above.1));
    let centre = match is_odd {
        true => (2 * parent.0 + parent.1, 3 * parent.1 - parent.0),
        false => (3 * parent.0 - parent.1, parent.0 + 2 * parent.1),
    };
    (step(i - centre.0, j - centre.1), parent)
}

/// The nearest integer to a seventh.
#[inline]
fn seventh(n: i32) -> i32 {
    // Above 0 a division is one product.
    const MORE: i32 = 1 << 26;
    ((n + 7 * MORE + 3).cast_unsigned() / 7).cast_signed() - MORE
}

/// The digit of a step to a neighbour or to none.
#[inline]
fn step(i: i32, j: i32) -> u8 {
    let least = i.min(j).min(0);
    u8::try_from(4 * i + 2 * j - 7 * least).unwrap_or(0)
}

/// The first digit that is not 0.
#[inline]
fn first(digits: u64) -> usize {
    let place = digits.checked_ilog2().unwrap_or(0) / 3 * 3;
    usize::try_from(digits >> place & 7).unwrap_or(0)
}

/// All digits turned counterclockwise by so many times 60 degrees.
#[inline]
pub(super) fn turned(digits: u64, times: u16) -> u64 {
    const ONES: u64 = 0o1111_1111_1111_1111;
    // By 180 degrees each axis becomes what it is opposite to.
    let any = (digits | digits >> 1 | digits >> 2) & ONES;
    let digits = digits ^ if times % 2 == 1 { any * 7 } else { 0 };
    match times % 3 {
        0 => digits,
        1 => (digits & (3 * ONES)) << 1 | (digits >> 2) & ONES,
        _ => (digits & ONES) << 2 | (digits >> 1) & (3 * ONES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns() {
        // K, IK, I, IJ, J, JK counterclockwise.
        let round = [1u64, 5, 4, 6, 2, 3];
        for (place, &digit) in round.iter().enumerate() {
            for times in 0..6 {
                let to = round[(place + usize::from(times)) % 6];
                assert_eq!(
                    turned(digit << 6 | digit, times),
                    to << 6 | to,
                    "{digit} {times}"
                );
            }
        }
    }

    #[test]
    fn sevenths_are_rounded() {
        let all = [-11, -10, -4, -3, 0, 3, 4, 10, 11].map(seventh);
        assert_eq!(all, [-2, -1, -1, 0, 0, 0, 1, 1, 2]);
    }
}
