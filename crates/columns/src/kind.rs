use serde::{Deserialize, Serialize};

/// The scalar types that kernels know. A value is 32 or 64 bits wide and is carried as raw bits in
/// the low end of a u64; its **ordered word** is an unsigned integer that sorts as the value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Signed 32-bit integer; narrower integers are widened to it.
    I32,
    /// Unsigned 32-bit integer; fixed-point coordinates are of this kind.
    U32,
    /// Signed 64-bit integer; times are of this kind, in source units.
    I64,
    /// Unsigned 64-bit integer.
    U64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
}

/// A value as a number, whatever its kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// Of a kind of integers.
    Whole(i128),
    /// Of a kind of floats.
    Float(f64),
}

const SIGN32: u32 = 1 << 31;
const SIGN64: u64 = 1 << 63;

impl Kind {
    /// Whether values of this kind are 64 bits wide.
    pub fn is_wide(self) -> bool {
        matches!(self, Self::I64 | Self::U64 | Self::F64)
    }

    /// Whether values of this kind are floats.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// The ordered word of a value's bits. Integers keep their order, floats that of the total order
    /// (-NaN, -inf, ..., -0.0, 0.0, ..., inf, NaN). 32-bit kinds use the low 32 bits.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
    pub fn order(self, bits: u64) -> u64 {
        match self {
            Self::I32 => u64::from(bits as u32 ^ SIGN32),
            Self::U32 | Self::U64 => bits,
            Self::I64 => bits ^ SIGN64,
            Self::F32 => u64::from(order_f32(bits as u32)),
            Self::F64 => order_f64(bits),
        }
    }

    /// The bits of a value from its ordered word: the inverse of [`Self::order`].
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
    pub fn unorder(self, word: u64) -> u64 {
        match self {
            Self::I32 => u64::from(word as u32 ^ SIGN32),
            Self::U32 | Self::U64 => word,
            Self::I64 => word ^ SIGN64,
            Self::F32 => {
                let word = word as u32;
                u64::from(if word & SIGN32 == 0 {
                    !word
                } else {
                    word ^ SIGN32
                })
            }
            Self::F64 => {
                if word & SIGN64 == 0 {
                    !word
                } else {
                    word ^ SIGN64
                }
            }
        }
    }

    /// What a value's bits stand for.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
    pub fn scalar(self, bits: u64) -> Scalar {
        let narrow = bits as u32;
        match self {
            Self::I32 => Scalar::Whole(narrow.cast_signed().into()),
            Self::U32 => Scalar::Whole(narrow.into()),
            Self::I64 => Scalar::Whole(bits.cast_signed().into()),
            Self::U64 => Scalar::Whole(bits.into()),
            Self::F32 => Scalar::Float(f32::from_bits(narrow).into()),
            Self::F64 => Scalar::Float(f64::from_bits(bits)),
        }
    }

    /// The bits of an integer, if it is of this kind.
    pub fn of_whole(self, whole: i128) -> Option<u64> {
        Some(match self {
            Self::I32 => i32::try_from(whole).ok()?.cast_unsigned().into(),
            Self::U32 => u32::try_from(whole).ok()?.into(),
            Self::I64 => i64::try_from(whole).ok()?.cast_unsigned(),
            Self::U64 => u64::try_from(whole).ok()?,
            Self::F32 | Self::F64 => return None,
        })
    }

    /// The ordered words of the least and the greatest value that is a number (infinities included).
    pub fn numbers(self) -> (u64, u64) {
        match self {
            Self::I32 | Self::U32 => (0, u64::from(u32::MAX)),
            Self::I64 | Self::U64 => (0, u64::MAX),
            Self::F32 => (
                self.order(u64::from(f32::NEG_INFINITY.to_bits())),
                self.order(u64::from(f32::INFINITY.to_bits())),
            ),
            Self::F64 => (
                self.order(f64::NEG_INFINITY.to_bits()),
                self.order(f64::INFINITY.to_bits()),
            ),
        }
    }
}

#[inline]
fn order_f32(bits: u32) -> u32 {
    bits ^ (((bits.cast_signed() >> 31).cast_unsigned()) | SIGN32)
}

#[inline]
fn order_f64(bits: u64) -> u64 {
    bits ^ (((bits.cast_signed() >> 63).cast_unsigned()) | SIGN64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordered_words_sort_as_values_do() {
        let floats = [
            f64::NEG_INFINITY,
            -1e300,
            -1.0,
            -5e-324,
            -0.0,
            0.0,
            5e-324,
            1.0,
            1e300,
            f64::INFINITY,
        ];
        for pair in floats.windows(2) {
            assert!(Kind::F64.order(pair[0].to_bits()) < Kind::F64.order(pair[1].to_bits()));
        }
        for v in [i32::MIN, -1, 0, 1, i32::MAX] {
            let bits = u64::from(v.cast_unsigned());
            assert_eq!(Kind::I32.unorder(Kind::I32.order(bits)), bits);
        }
        assert!(Kind::I64.order((-1i64).cast_unsigned()) < Kind::I64.order(0));
        for v in [-1.5f32, 1.5, -0.0, f32::NAN] {
            let bits = u64::from(v.to_bits());
            assert_eq!(Kind::F32.unorder(Kind::F32.order(bits)), bits);
        }
        for v in floats {
            assert_eq!(Kind::F64.unorder(Kind::F64.order(v.to_bits())), v.to_bits());
        }
        let (low, high) = Kind::F32.numbers();
        assert!(Kind::F32.order(u64::from(f32::NAN.to_bits())) > high);
        assert!(Kind::F32.order(u64::from((-f32::NAN).to_bits())) < low);
    }
}
