//! How near an approximation must come to what is true.

use crate::cell::Cell;
use crate::question::Aggregate;

/// How near an engine's value must come to the exact one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// It is the same.
    None,
    /// A quantile: within 1 % of the value, in whatever numeric type. Zeros and infinities are the same.
    Quantile,
}

impl Tolerance {
    pub(crate) fn of(aggregate: &Aggregate) -> Self {
        match aggregate {
            Aggregate::Quantile(..) => Self::Quantile,
            Aggregate::Where(of, _) => Self::of(of),
            _ => Self::None,
        }
    }

    /// Whether `other` is near enough to the exact value.
    pub fn allows(self, exact: &Cell, other: &Cell) -> bool {
        let (Some(exact_number), Some(other_number)) = (number(exact), number(other)) else {
            return exact == other;
        };
        match self {
            Self::None => exact == other,
            // Numbers below the normal ones have too few bits for buckets.
            Self::Quantile => {
                let is_tiny =
                    exact_number != 0.0 && exact_number.abs() < f64::from(f32::MIN_POSITIVE);
                within(0.01, exact_number, other_number)
                    || is_tiny && other_number.abs() <= f64::from(f32::MIN_POSITIVE)
            }
        }
    }
}

fn within(part: f64, exact: f64, other: f64) -> bool {
    // The equality is for infinities, whose difference is NaN.
    let both_finite = exact.is_finite() && other.is_finite();
    exact == other || both_finite && (exact - other).abs() <= part * exact.abs()
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Int(value) => Some(*value as f64),
        Cell::Float(value) => Some(*value),
        Cell::Float32(value) => Some((*value).into()),
        _ => None,
    }
}
