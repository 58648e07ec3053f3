use arrow_buffer::ScalarBuffer;
use graticule_geo::decimal;
use std::ops::Range;

/// A coordinate of rows in degrees, the very floats of the source: few rows are asked for them, so they lie as it was
/// cheapest to have them.
#[derive(Debug, Clone)]
pub enum Degrees {
    /// One a row.
    Plain(ScalarBuffer<f64>),
    /// Each row's place among values.
    Dictionary {
        /// The values.
        values: ScalarBuffer<f64>,
        /// Places, one a row; none is beyond the values.
        keys: ScalarBuffer<u32>,
    },
    /// Decimals of [seven places](decimal::PLACES), each standing for the float that is nearest.
    Decimals(ScalarBuffer<i32>),
}

impl Degrees {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(degrees) => degrees.len(),
            Self::Dictionary { keys, .. } => keys.len(),
            Self::Decimals(decimals) => decimals.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// That of a row, if there is one.
    #[inline]
    pub fn get(&self, row: usize) -> Option<f64> {
        Some(match self {
            Self::Plain(degrees) => *degrees.get(row)?,
            Self::Dictionary { values, keys } => *values.get(*keys.get(row)? as usize)?,
            Self::Decimals(decimals) => decimal::degrees_of((*decimals.get(row)?).into()),
        })
    }

    /// Those of all rows.
    pub fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.len()).filter_map(|row| self.get(row))
    }

    /// Those of some rows.
    ///
    /// # Panics
    /// When the rows are out of range.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let (start, len) = (rows.start, rows.len());
        match self {
            Self::Plain(degrees) => Self::Plain(degrees.slice(start, len)),
            Self::Dictionary { values, keys } => Self::Dictionary {
                values: values.clone(),
                keys: keys.slice(start, len),
            },
            Self::Decimals(decimals) => Self::Decimals(decimals.slice(start, len)),
        }
    }
}

impl Default for Degrees {
    fn default() -> Self {
        Self::Plain(ScalarBuffer::default())
    }
}

impl From<ScalarBuffer<f64>> for Degrees {
    fn from(degrees: ScalarBuffer<f64>) -> Self {
        Self::Plain(degrees)
    }
}

impl From<Vec<f64>> for Degrees {
    fn from(degrees: Vec<f64>) -> Self {
        Self::Plain(degrees.into())
    }
}

impl FromIterator<f64> for Degrees {
    fn from_iter<I: IntoIterator<Item = f64>>(degrees: I) -> Self {
        Self::Plain(degrees.into_iter().collect())
    }
}

impl PartialEq for Degrees {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<const ROWS: usize> PartialEq<[f64; ROWS]> for Degrees {
    fn eq(&self, other: &[f64; ROWS]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_they_lie_they_are_the_same() {
        let all = [
            Degrees::from(vec![7.0, 116.3160001, -2.5]),
            Degrees::Dictionary {
                values: vec![-2.5, 7.0, 9.0, 116.3160001].into(),
                keys: vec![1, 3, 0].into(),
            },
            Degrees::Decimals(vec![70_000_000, 1_163_160_001, -25_000_000].into()),
        ];
        for degrees in &all {
            assert_eq!(*degrees, [7.0, 116.3160001, -2.5]);
            assert_eq!(degrees.slice(1..3), [116.3160001, -2.5]);
            assert_eq!((degrees.get(2), degrees.get(3)), (Some(-2.5), None));
        }
    }
}
