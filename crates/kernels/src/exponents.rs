//! Which exponents some floats have: how wide a window of limbs their sums need.

use crate::typed::{Bits, Word};
use graticule_columns::Kind;
use multiversion::multiversion;

/// The biased exponents of what is neither zero nor special among some floats, and which specials are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exponents {
    /// The least; above `high` where there is none.
    pub(crate) low: u32,
    pub(crate) high: u32,
    pub(crate) infinite: bool,
    pub(crate) nan: bool,
}

impl Exponents {
    pub(crate) const NONE: Self = Self {
        low: u32::MAX,
        high: 0,
        infinite: false,
        nan: false,
    };

    /// Those of floats, given as their bits.
    pub(crate) fn of(bits: Bits<'_>) -> Self {
        match bits {
            Bits::Narrow(bits) => of_f32(bits),
            Bits::Wide(bits) => of_f64(bits),
        }
    }

    /// Whether there is neither a number but zero nor an infinity.
    pub(crate) fn is_nothing(&self) -> bool {
        self.low > self.high && !self.infinite
    }
}

/// Whether a value's bits are those of a NaN.
#[inline(always)]
pub(crate) fn is_nan<W: Word>(kind: Kind, bits: W) -> bool {
    let bits: u64 = bits.into();
    match kind {
        Kind::F32 => bits & 0x7fff_ffff > 0x7f80_0000,
        Kind::F64 => bits & (u64::MAX >> 1) > 0x7ff << 52,
        _ => false,
    }
}

// Magnitudes compare as signed numbers, which every vector unit does. Less one and without a sign, a zero is
// the greatest of them, so that it counts nowhere. Specials are rare: where one is the greatest, all is looked
// at again.

macro_rules! exponents {
    ($of:ident, $ends:ident, $bits:ty, $signed:ty, mantissa: $mantissa:literal, special: $special:literal) => {
        fn $of(bits: &[$bits]) -> Exponents {
            const SPECIAL: $signed = $special << $mantissa;
            let size = |bits: &$bits| (bits & (<$bits>::MAX >> 1)).cast_signed();
            let exponent = |size: $signed| (size.cast_unsigned() >> $mantissa) as u32;
            let (mut least, mut most) = $ends(bits);
            let (mut infinite, mut nan) = (false, false);
            if most >= SPECIAL {
                infinite = bits.iter().any(|bits| size(bits) == SPECIAL);
                nan = bits.iter().any(|bits| size(bits) > SPECIAL);
                let plain = || bits.iter().map(size).filter(|size| *size < SPECIAL);
                most = plain().max().unwrap_or(0);
                least = plain()
                    .filter(|size| *size > 0)
                    .min()
                    .map_or(<$signed>::MAX, |size| size - 1);
            }
            Exponents {
                low: if most > 0 {
                    exponent(least + 1)
                } else {
                    u32::MAX
                },
                high: exponent(most),
                infinite,
                nan,
            }
        }

        #[multiversion(targets = "simd")]
        fn $ends(bits: &[$bits]) -> ($signed, $signed) {
            let (mut least, mut most) = (<$signed>::MAX, 0);
            for bits in bits {
                let size = (bits & (<$bits>::MAX >> 1)).cast_signed();
                least = least.min(size.wrapping_sub(1) & <$signed>::MAX);
                most = most.max(size);
            }
            (least, most)
        }
    };
}

exponents!(of_f32, ends_f32, u32, i32, mantissa: 23, special: 0xff);
exponents!(of_f64, ends_f64, u64, i64, mantissa: 52, special: 0x7ff);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn and(a: Exponents, b: Exponents) -> Exponents {
        Exponents {
            low: a.low.min(b.low),
            high: a.high.max(b.high),
            infinite: a.infinite | b.infinite,
            nan: a.nan | b.nan,
        }
    }

    fn of_each(exponents: impl Iterator<Item = (u32, bool, bool)>, special: u32) -> Exponents {
        exponents.fold(Exponents::NONE, |all, (exponent, is_zero, has_fraction)| {
            let one = match (exponent == special, is_zero) {
                (true, _) => Exponents {
                    infinite: !has_fraction,
                    nan: has_fraction,
                    ..Exponents::NONE
                },
                (_, true) => Exponents::NONE,
                _ => Exponents {
                    low: exponent,
                    high: exponent,
                    ..Exponents::NONE
                },
            };
            and(all, one)
        })
    }

    fn some_f32() -> impl Strategy<Value = u32> {
        let special = [0.0, f32::INFINITY, f32::NAN, f32::MIN_POSITIVE, 1e-45];
        let special = prop::sample::select(special.to_vec());
        let sign = any::<bool>().prop_map(|sign| u32::from(sign) << 31);
        prop_oneof![
            any::<u32>(),
            (special, sign).prop_map(|(v, sign)| v.to_bits() | sign)
        ]
    }

    proptest! {
        #[test]
        fn are_those_of_each_value(bits in prop::collection::vec(some_f32(), 0..70), wide in any::<bool>()) {
            if wide {
                let bits: Vec<u64> = bits.iter().map(|b| u64::from(*b) << 32 | u64::from(b & 1)).collect();
                let each = bits.iter().map(|b| ((b >> 52) as u32 & 0x7ff, b << 1 == 0, b << 12 != 0));
                prop_assert_eq!(Exponents::of(Bits::Wide(&bits)), of_each(each, 0x7ff));
            } else {
                let each = bits.iter().map(|b| ((b >> 23) & 0xff, b << 1 == 0, b << 9 != 0));
                prop_assert_eq!(Exponents::of(Bits::Narrow(&bits)), of_each(each, 0xff));
            }
        }
    }
}
