//! One coordinate of some rows.

use crate::decode::convert::Points;
use arrow::buffer::ScalarBuffer;
use graticule_columns::Degrees;
use std::ops::Range;

/// What a chunk has of a coordinate.
pub(crate) struct Located {
    pub(super) cells: ScalarBuffer<u32>,
    pub(super) degrees: Degrees,
    /// Which rows are a place, where not all are.
    pub(super) valid: Option<Vec<bool>>,
}

impl Located {
    /// Whether some of these rows have a cell in `low..=high`. That of a row that is no place is any.
    pub(crate) fn meets(&self, rows: Range<usize>, low: u32, high: u32) -> bool {
        /// So many at a time without a branch, and then a look.
        const STEP: usize = 64;
        let extent = high.wrapping_sub(low);
        let is_in = |cell: &u32| cell.wrapping_sub(low) <= extent;
        let mut steps = self.cells[rows].chunks(STEP);
        low <= high && steps.any(|step| step.iter().fold(false, |any, cell| any | is_in(cell)))
    }

    /// Those of some ranges of rows, one after another.
    #[must_use]
    pub(crate) fn gather(&self, rows: &[Range<usize>]) -> Self {
        let valid = self.valid.as_ref().map(|valid| gathered(valid, rows));
        Self {
            cells: gathered(&self.cells, rows).into(),
            degrees: match &self.degrees {
                Degrees::Plain(degrees) => Degrees::Plain(gathered(degrees, rows).into()),
                Degrees::Dictionary { values, keys } => Degrees::Dictionary {
                    values: values.clone(),
                    keys: gathered(keys, rows).into(),
                },
                Degrees::Decimals(decimals) => Degrees::Decimals(gathered(decimals, rows).into()),
            },
            valid: valid.filter(|valid| valid.contains(&false)),
        }
    }

    /// Points of longitudes and latitudes.
    pub(crate) fn points(lon: Self, lat: Self) -> Points {
        let valid = match (lon.valid, lat.valid) {
            (Some(mut lon), Some(lat)) => {
                let both = lon.iter_mut().zip(lat);
                both.for_each(|(lon, lat)| *lon &= lat);
                Some(lon)
            }
            (lon, lat) => lon.or(lat),
        };
        Points {
            x: lon.cells,
            y: lat.cells,
            valid: valid.map(Into::into),
            lon: lon.degrees,
            lat: lat.degrees,
        }
    }
}

fn gathered<T: Copy>(of: &[T], rows: &[Range<usize>]) -> Vec<T> {
    let mut gathered = Vec::with_capacity(rows.iter().map(Range::len).sum());
    for rows in rows {
        gathered.extend_from_slice(&of[rows.clone()]);
    }
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(cells: Vec<u32>, valid: Option<Vec<bool>>) -> Located {
        Located {
            degrees: cells.iter().map(|cell| f64::from(*cell)).collect(),
            cells: cells.into(),
            valid,
        }
    }

    #[test]
    fn ranges_of_rows_are_gathered_with_what_they_have() {
        let valid = vec![true, false, true, true, true];
        let all = located(vec![10, 11, 12, 13, 14], Some(valid));
        let some = all.gather(&[1..3, 4..5]);
        assert_eq!(some.cells[..], [11, 12, 14]);
        assert_eq!(some.degrees, [11.0, 12.0, 14.0]);
        assert_eq!(some.valid, Some(vec![false, true, true]));
        assert_eq!(all.gather(&[2..3, 4..5]).valid, None);
    }

    #[test]
    fn a_cell_at_either_end_is_met() {
        let all = located((100..300).collect(), None);
        for (low, high, expected) in [
            (0, 99, false),
            (0, 100, true),
            (299, u32::MAX, true),
            (300, u32::MAX, false),
            (170, 170, true),
            (170, 169, false),
        ] {
            assert_eq!(all.meets(0..200, low, high), expected, "{low} to {high}");
        }
        assert!(!all.meets(0..100, 200, 299));
        assert!(all.meets(100..101, 200, 299));
    }
}
