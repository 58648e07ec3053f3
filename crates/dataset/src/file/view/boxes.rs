//! Bounds of points whose values have none, from the boxes that a file has around them.
//!
//! Boxes are of other numbers than the points, and many are written as 32-bit floats that were rounded to the
//! nearest, so that they do not hold their points. So each side that is a 32-bit float is moved
//! outwards by one step of these.

use crate::file::footer::{self, Ends};
use crate::file::geometry::{Boxes, Geometry};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};

/// The least and the greatest longitude or latitude of a row group's points.
pub(super) fn ends(geometry: &Geometry, group: &RowGroupMetaData, axis: usize) -> Option<Ends> {
    let found = columns(geometry, group, axis).or_else(|| native(geometry, group, axis));
    let found = found.or_else(|| match geometry.boxes {
        Boxes::File(sides) => Some((sides[2 * axis], sides[2 * axis + 1])),
        _ => None,
    });
    let (low, high) = found.filter(|(low, high)| low <= high)?;
    Some(Ends::Double(below(low), above(high)))
}

/// The least of the least and the greatest of the greatest of the rows' own boxes.
fn columns(geometry: &Geometry, group: &RowGroupMetaData, axis: usize) -> Option<(f64, f64)> {
    let [least, greatest] = geometry.box_columns(axis)?;
    let nulls = |column: &ColumnChunkMetaData| column.statistics()?.null_count_opt();
    let mut own = group.columns().iter();
    let own = own.find(|c| c.column_path().parts().first() == Some(&geometry.column))?;
    let of = |path: &[String]| {
        let mut columns = group.columns().iter();
        let column = columns.find(|c| c.column_path().parts() == path)?;
        // A point whose box is null lies in none that is told of.
        if nulls(column)? > nulls(own).unwrap_or(0) {
            return None;
        }
        match footer::ends(column.statistics()?, column.column_descr())? {
            Ends::Float(low, high) => Some((f64::from(low), f64::from(high))),
            Ends::Double(low, high) => Some((low, high)),
            _ => None,
        }
    };
    Some((of(least)?.0, of(greatest)?.1))
}

/// The box that Parquet's own statistics of a geometry have.
fn native(geometry: &Geometry, group: &RowGroupMetaData, axis: usize) -> Option<(f64, f64)> {
    let mut columns = group.columns().iter();
    let column = columns.find(|c| c.column_path().parts() == [geometry.column.as_str()])?;
    let bounds = column.geo_statistics()?.bounding_box()?;
    Some(match axis {
        0 => (bounds.get_xmin(), bounds.get_xmax()),
        _ => (bounds.get_ymin(), bounds.get_ymax()),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "it is tested whether it is one"
)]
fn single(value: f64) -> Option<f32> {
    let single = value as f32;
    (f64::from(single) == value).then_some(single)
}

fn below(value: f64) -> f64 {
    single(value).map_or(value, |single| single.next_down().into())
}

fn above(value: f64) -> f64 {
    single(value).map_or(value, |single| single.next_up().into())
}

#[cfg(test)]
mod tests {
    use super::{above, below};

    #[test]
    fn a_single_is_moved_by_one_step_and_a_double_is_not() {
        // f32 has 24 bits, so that its steps from 8 to 16 are 2^-20.
        let step = 2f64.powi(-20);
        assert_eq!((below(10.25), above(10.25)), (10.25 - step, 10.25 + step));
        assert_eq!((below(10.1), above(10.1)), (10.1, 10.1));
        assert!(below(0.0) < 0.0 && above(0.0) > 0.0);
    }
}
