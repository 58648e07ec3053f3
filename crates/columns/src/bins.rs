//! Bins of equal width, and decimal places: floats as whole numbers that groups can be made by.

use serde::{Deserialize, Serialize};

/// Multiples of a decimal number, as floats.
///
/// Bin `k` holds the values from `k` times the width to below `k + 1` times it; where values are rounded, those that `k`
/// times the width is the nearest multiple of, of two the one further from zero. An edge is the float of the values' type
/// nearest to the decimal number, so that 0.7 lies in the bin that is told as 0.7, of 32 bits too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bins {
    /// The digits of the width, at least 1 and at most [`Self::MOST`].
    pub digits: u64,
    /// How many of those are behind the point; below zero that many zeros follow.
    pub places: i8,
    /// Whether values are rounded, instead of floored.
    pub rounds: bool,
}

/// Bins further than this from zero are one on each side: floats are further apart there.
const FAR: i64 = 1 << 53;

impl Bins {
    /// The greatest digits of a width.
    pub const MOST: u64 = 1_000_000_000_000_000;
    /// What is taken from bins of unsigned integers of 64 bits, so that their counts are signed ones.
    pub const UNSIGNED: i128 = 1 << 63;

    /// The bin of a value, a count of widths from zero; of NaN none.
    pub fn of(self, value: f64) -> Option<i64> {
        self.found(value, |edge| edge)
    }

    /// As [`Self::of`], of a float of 32 bits.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "edges are floats of 32 bits, too"
    )]
    pub fn of_narrow(self, value: f32) -> Option<i64> {
        self.found(value.into(), |edge| f64::from(edge as f32))
    }

    fn found(self, value: f64, nearest: impl Fn(f64) -> f64) -> Option<i64> {
        if value.is_nan() {
            return None;
        }
        if self.rounds {
            let bin = self.index(value.abs(), nearest);
            return Some(if value < 0.0 { -bin } else { bin });
        }
        Some(self.index(value, nearest))
    }

    /// The bin of a whole number, exactly. The width must be one too: it has no digits behind the point.
    pub fn of_whole(self, value: i128) -> i128 {
        let zeros = u32::from(self.places.min(0).unsigned_abs());
        let width = 10i128.pow(zeros.min(18)) * i128::from(self.digits.max(1));
        match self.rounds {
            false => value.div_euclid(width),
            true => value.signum() * ((2 * value.abs() + width) / (2 * width)),
        }
    }

    /// What a bin of whole numbers is told as.
    pub fn told_whole(self, bin: i128) -> i128 {
        let zeros = u32::from(self.places.min(0).unsigned_abs());
        bin * 10i128.pow(zeros.min(18)) * i128::from(self.digits)
    }

    /// The bin whose lower edge the value reaches, and the next one's not. Where floats are further apart than edges, and so
    /// several are the value itself, it is the one that the quotient tells.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "the quotient is clamped first, and corrected after"
    )]
    fn index(self, value: f64, nearest: impl Fn(f64) -> f64) -> i64 {
        let far = FAR as f64;
        let about = value / self.multiple(1) + if self.rounds { 0.5 } else { 0.0 };
        if about.abs() >= far {
            return if about < 0.0 { -FAR } else { FAR };
        }
        let mut bin = about.floor() as i64;
        while nearest(self.edge(bin)) > value {
            bin -= 1;
        }
        while nearest(self.edge(bin)) < value && nearest(self.edge(bin + 1)) <= value {
            bin += 1;
        }
        bin.clamp(-FAR, FAR)
    }

    /// The least value of a bin.
    fn edge(self, bin: i64) -> f64 {
        match self.rounds {
            false => self.multiple(bin),
            // Half a width further down, one more digit behind the point.
            true => decimal(
                (2 * i128::from(bin) - 1) * 5 * i128::from(self.digits),
                i16::from(self.places) + 1,
            ),
        }
    }

    /// What a bin is told as: so many times the width. The bins that are one are infinities.
    pub fn told(self, bin: i64) -> f64 {
        match bin {
            FAR.. => f64::INFINITY,
            _ if bin <= -FAR => f64::NEG_INFINITY,
            _ => self.multiple(bin),
        }
    }

    fn multiple(self, count: i64) -> f64 {
        decimal(
            i128::from(count) * i128::from(self.digits),
            self.places.into(),
        )
    }
}

/// The f64 nearest to `digits * 10^-places`.
#[expect(clippy::cast_precision_loss, reason = "both are exact below 2^53")]
fn decimal(digits: i128, places: i16) -> f64 {
    // Powers of ten up to this one are floats, so one operation rounds once.
    const EXACT: i16 = 22;
    if digits.unsigned_abs() <= 1 << 53 && places.abs() <= EXACT {
        let power = 10f64.powi(places.abs().into());
        let digits = digits as f64;
        return if places < 0 {
            digits * power
        } else {
            digits / power
        };
    }
    let text = format!("{digits}e{}", -places);
    text.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENTHS: Bins = Bins {
        digits: 1,
        places: 1,
        rounds: false,
    };

    #[test]
    fn a_bin_holds_what_its_printed_edges_say() {
        for (value, bin) in [
            (0.3, 3),
            (0.1 + 0.2, 3),
            (0.7, 7),
            (-0.1, -1),
            (-0.05, -1),
            (-0.0, 0),
            (5e-324, 0),
            (-5e-324, -1),
            (1e300, FAR),
            (f64::NEG_INFINITY, -FAR),
        ] {
            assert_eq!(TENTHS.of(value), Some(bin), "{value}");
        }
        assert_eq!(TENTHS.of(f64::NAN), None);
        // Of 32 bits every float is a whole number there, and many edges are this one.
        let apart = TENTHS.of_narrow(1e9).expect("a number");
        assert_eq!(TENTHS.told(apart), 1e9);
        let narrow = [0.3f32, 0.7, 0.7f32.next_down(), 16.6, f32::MAX];
        let bins = [3, 7, 6, 166, FAR].map(Some);
        assert_eq!(narrow.map(|value| TENTHS.of_narrow(value)), bins);
        assert_eq!(
            [3, 7, -1, 0].map(|bin| TENTHS.told(bin)),
            [0.3, 0.7, -0.1, 0.0]
        );
        assert_eq!(TENTHS.told(FAR), f64::INFINITY);
        let dozens = Bins {
            digits: 12,
            places: 0,
            rounds: false,
        };
        assert_eq!(
            [11.9, 12.0, -0.5, 24.1].map(|v| dozens.of(v)),
            [0, 1, -1, 2].map(Some)
        );
        for bin in -2_000..2_000 {
            assert_eq!(TENTHS.of(TENTHS.told(bin)), Some(bin));
            assert_eq!(TENTHS.of(TENTHS.told(bin).next_down()), Some(bin - 1));
        }
    }

    #[test]
    fn halves_round_away_from_zero() {
        let cents = Bins {
            digits: 1,
            places: 2,
            rounds: true,
        };
        for (value, told) in [
            (0.285, 0.29),
            (-0.285, -0.29),
            (1.005, 1.01),
            (2.5, 2.5),
            (0.004_999_999, 0.0),
            (-0.004, 0.0),
            (0.005, 0.01),
        ] {
            let bin = cents.of(value).expect("a number");
            assert_eq!(cents.told(bin), told, "{value}");
        }
        let hundreds = Bins {
            digits: 1,
            places: -2,
            rounds: true,
        };
        for (value, told) in [
            (149.9, 100.0),
            (150.0, 200.0),
            (-150.0, -200.0),
            (-49.0, 0.0),
        ] {
            let bin = hundreds.of(value).expect("a number");
            assert_eq!(hundreds.told(bin), told, "{value}");
        }
    }
}
