//! Log-linear buckets of values, for quantiles: 64 to each power of two, so that a bucket's middle is
//! within 1/128 of every value in it. Twin: `shaders/log.wgsl`.
//!
//! Floats are cut by their bits: the ordered word without its last mantissa bits. Integers below 128
//! in size have a bucket each; greater ones are cut below their six highest bits but one, as floats
//! would be. Source: G. Tene's HdrHistogram.

use graticule_columns::Kind;

/// Mantissa bits of a bucket.
const BITS: u32 = 6;
/// The bucket of the integer 0.
const MIDDLE: u64 = 4096;

/// The bucket of a value that is a number, from its bits; buckets sort as values do.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
pub fn bucket(kind: Kind, bits: u64) -> u64 {
    let signed = |value: i64| {
        let size = size_bucket(value.unsigned_abs());
        if value < 0 {
            MIDDLE - size
        } else {
            MIDDLE + size
        }
    };
    match kind {
        Kind::F32 => kind.order(bits) >> (23 - BITS),
        Kind::F64 => kind.order(bits) >> (52 - BITS),
        Kind::I32 => signed(i64::from((bits as u32).cast_signed())),
        Kind::I64 => signed(bits.cast_signed()),
        Kind::U32 | Kind::U64 => MIDDLE + size_bucket(bits),
    }
}

fn size_bucket(size: u64) -> u64 {
    if size < 128 {
        return size;
    }
    let power = 63 - size.leading_zeros();
    128 + u64::from(power - 7) * 64 + ((size >> (power - BITS)) & 63)
}

/// The middle of a bucket.
#[expect(clippy::cast_precision_loss, reason = "approximate by design")]
pub fn middle(kind: Kind, bucket: u64) -> f64 {
    let float = |word: u64| match kind {
        #[expect(clippy::cast_possible_truncation, reason = "a 32-bit kind")]
        Kind::F32 => f64::from(f32::from_bits(kind.unorder(word) as u32)),
        _ => f64::from_bits(kind.unorder(word)),
    };
    if kind.is_float() {
        let cut = if kind == Kind::F32 {
            23 - BITS
        } else {
            52 - BITS
        };
        let (low, high) = (float(bucket << cut), float(((bucket + 1) << cut) - 1));
        // The infinities share their buckets with NaN alone.
        if let Some(infinity) = [low, high].into_iter().find(|v| v.is_infinite()) {
            return infinity;
        }
        // Numbers without an exponent, the least ones, have buckets far wider than they are.
        let least = match kind {
            Kind::F32 => f64::from(f32::MIN_POSITIVE),
            _ => f64::MIN_POSITIVE,
        };
        if low.abs().max(high.abs()) < least {
            return 0.0;
        }
        return low / 2.0 + high / 2.0;
    }
    let size = bucket.abs_diff(MIDDLE);
    let value = if size < 128 {
        size as f64
    } else {
        let power = (size - 128) / 64 + 7;
        let low = (64 + (size - 128) % 64) << (power - 6);
        let width = 1u64 << (power - 6);
        low as f64 + (width - 1) as f64 / 2.0
    };
    if bucket < MIDDLE { -value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_integers_are_exact() {
        for value in -127i64..128 {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let float = value as f64;
            assert_eq!(
                middle(Kind::I64, bucket(Kind::I64, value.cast_unsigned())),
                float
            );
        }
        assert_eq!(middle(Kind::F64, bucket(Kind::F64, 0f64.to_bits())), 0.0);
        assert_eq!(middle(Kind::F64, bucket(Kind::F64, (-0f64).to_bits())), 0.0);
        let infinity = bucket(Kind::F64, f64::INFINITY.to_bits());
        assert_eq!(middle(Kind::F64, infinity), f64::INFINITY);
        let infinity = bucket(Kind::F32, u64::from(f32::NEG_INFINITY.to_bits()));
        assert_eq!(middle(Kind::F32, infinity), f64::NEG_INFINITY);
    }

    proptest! {
        #[test]
        fn a_middle_is_near_every_value(a in any::<f64>(), b in any::<f32>(), c in any::<i64>(), d in any::<u64>()) {
            let near = |value: f64, kind, bits| {
                let middle = middle(kind, bucket(kind, bits));
                (middle - value).abs() <= value.abs() / 100.0 || value.abs() < 1e-305 || (kind == Kind::F32 && value.abs() < 1e-37)
            };
            prop_assume!(a.is_finite() && b.is_finite());
            prop_assert!(near(a, Kind::F64, a.to_bits()));
            prop_assert!(near(f64::from(b), Kind::F32, u64::from(b.to_bits())));
            #[expect(clippy::cast_precision_loss, reason = "to one part in a hundred")]
            let (c_near, d_near) = (near(c as f64, Kind::I64, c.cast_unsigned()), near(d as f64, Kind::U64, d));
            prop_assert!(c_near && d_near);
        }

        #[test]
        fn buckets_sort_as_values(a in any::<i64>(), b in any::<i64>()) {
            let of = |v: i64| bucket(Kind::I64, v.cast_unsigned());
            prop_assert!((a <= b) <= (of(a) <= of(b)));
        }
    }
}
