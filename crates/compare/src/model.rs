//! How time grows with rows: a fixed part and a part for each row, fitted to runs of several sizes, with the error that
//! it makes on runs that it has not seen. A model, and always called so.

use crate::summary::Row;
use crate::{CompareError, Residency};
use serde::{Deserialize, Serialize};

/// Sizes below which nothing is fitted.
const LEAST_SIZES: usize = 3;
/// The largest size is at least so many times the smallest.
const LEAST_RANGE: f64 = 2.0;

/// Seconds as a function of rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Seconds whatever the rows.
    pub fixed: f64,
    /// Seconds for each row.
    pub per_row: f64,
    /// The greatest relative error on a size that was left out of the fit.
    pub error: f64,
    /// The fewest and the most rows of the fit.
    pub rows: [f64; 2],
}

/// A prediction of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extrapolated {
    /// Name of the query.
    pub query: String,
    /// Name of the layout.
    pub layout: String,
    /// The device.
    pub device: String,
    /// What is in memory.
    pub state: Residency,
    /// The model.
    pub model: Model,
    /// Points of the dataset that is imagined.
    pub points: f64,
    /// Rows that the question would look at.
    pub rows: f64,
    /// Seconds that it would take.
    pub seconds: f64,
    /// How many times the most rows of the fit that is.
    pub beyond: f64,
}

impl Model {
    /// Fits seconds to rows, relative errors counting, so that small sizes have their say.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn fit(points: &[[f64; 2]]) -> Result<Self, String> {
        let mut sizes: Vec<f64> = points.iter().map(|p| p[0]).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        if sizes.len() < LEAST_SIZES {
            return Err(format!(
                "it needs runs of {LEAST_SIZES} different sizes and has {}; give the query more sizes, or a dataset of more row groups",
                sizes.len()
            ));
        }
        let (least, most) = (sizes[0], sizes[sizes.len() - 1]);
        if least <= 0.0 || most / least < LEAST_RANGE {
            return Err(format!(
                "its sizes reach from {least} to {most} rows, which is less than {LEAST_RANGE} times; give the query smaller sizes"
            ));
        }
        let (fixed, per_row) = line(points).ok_or("its runs took no time")?;
        if per_row <= 0.0 {
            return Err("more rows took no longer, so that nothing can be said of still more; measure on a larger dataset, or with more repeats".to_owned());
        }
        let mut error: f64 = 0.0;
        for size in &sizes {
            let is_left_out = |p: &&[f64; 2]| p[0] == *size;
            let others: Vec<_> = points.iter().filter(|p| !is_left_out(p)).copied().collect();
            let (fixed, per_row) = line(&others).ok_or("its runs took no time")?;
            for [rows, seconds] in points.iter().filter(is_left_out) {
                error = error.max(((fixed + per_row * rows) / seconds - 1.0).abs());
            }
        }
        Ok(Self {
            fixed,
            per_row,
            error,
            rows: [least, most],
        })
    }

    /// Seconds for so many rows.
    pub fn seconds(&self, rows: f64) -> f64 {
        self.fixed + self.per_row * rows
    }
}

/// The line of the least sum of squared relative errors that does not begin below zero.
fn line(points: &[[f64; 2]]) -> Option<(f64, f64)> {
    // With weights 1/y² the unknowns of y = a + b x solve two equations of sums.
    let (mut s, mut sx, mut sxx, mut sy, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for [x, y] in points {
        if *y <= 0.0 {
            return None;
        }
        let w = 1.0 / (y * y);
        (s, sx, sxx) = (s + w, sx + w * x, sxx + w * x * x);
        (sy, sxy) = (sy + w * y, sxy + w * x * y);
    }
    let determinant = s * sxx - sx * sx;
    if determinant <= 0.0 || sxx <= 0.0 {
        return None;
    }
    let fixed = (sxx * sy - sx * sxy) / determinant;
    if fixed < 0.0 {
        // Nothing takes less than no time.
        return Some((0.0, sxy / sxx));
    }
    Some((fixed, (s * sxy - sx * sy) / determinant))
}

/// The measured sizes of a cell: rows and median seconds.
pub fn sizes(rows: &[Row], cell: &Row) -> Vec<[f64; 2]> {
    let of_cell = rows.iter().filter(|r| {
        r.share.is_some()
            && r.is_sound()
            && (&r.query, &r.layout, &r.device, r.state)
                == (&cell.query, &cell.layout, &cell.device, cell.state)
    });
    let pairs = of_cell.filter_map(|r| r.median.as_ref());
    #[expect(
        clippy::cast_precision_loss,
        reason = "the model is not exact to a row"
    )]
    pairs.map(|cost| [cost.rows as f64, cost.wall]).collect()
}

/// What a question that was measured at several sizes would take of so many points, where it looks at the same share of them.
///
/// # Errors
/// [`CompareError::Model`] when there is too little to fit, and where columns would have to be on a device that
/// they do not fit.
pub fn extrapolate(
    rows: &[Row],
    cell: &Row,
    points: f64,
    device_memory: u64,
) -> Result<Extrapolated, CompareError> {
    let wrong = |reason: String| CompareError::Model {
        what: format!(
            "{} of {} on {}, {}",
            cell.query, cell.layout, cell.device, cell.state
        ),
        reason,
    };
    let model = Model::fit(&sizes(rows, cell)).map_err(wrong)?;
    let receipt = cell.median.as_ref().and_then(|m| m.receipt.as_ref());
    let receipt = receipt.ok_or_else(|| wrong("the whole question has no answer".to_owned()))?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "the model is not exact to a row"
    )]
    let (scanned, total) = (
        receipt.rows_scanned as f64,
        receipt.rows_total.max(1) as f64,
    );
    let seen = scanned / total * points;
    if cell.state == Residency::Resident {
        // What the same question brought to the device when nothing was there.
        let warm = rows
            .iter()
            .filter_map(|r| r.median.as_ref()?.receipt.as_ref().map(|m| (r, m)));
        let warm = warm.filter(|(r, _)| {
            r.state != Residency::Resident
                && r.share.is_none()
                && (&r.query, &r.layout, &r.device) == (&cell.query, &cell.layout, &cell.device)
        });
        let uploaded = warm.map(|(_, m)| m.bytes_uploaded).max().unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
        let (needed, allowed) = (
            uploaded as f64 * seen / scanned.max(1.0),
            device_memory as f64,
        );
        if uploaded == 0 || needed > allowed {
            return Err(wrong(format!(
                "its columns would take {:.1} GiB of device memory and {:.1} are allowed, so that they would not stay there",
                needed / 1_073_741_824.0,
                allowed / 1_073_741_824.0
            )));
        }
    }
    Ok(Extrapolated {
        query: cell.query.clone(),
        layout: cell.layout.clone(),
        device: cell.device.clone(),
        state: cell.state,
        points,
        rows: seen,
        seconds: model.seconds(seen),
        beyond: seen / model.rows[1],
        model,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn a_line_is_found_and_its_error_is_none() {
        let model = Model::fit(&[[1.0, 3.0], [2.0, 5.0], [4.0, 9.0]]).expect("a model");
        close(model.fixed, 1.0);
        close(model.per_row, 2.0);
        close(model.error, 0.0);
        assert_eq!(model.rows, [1.0, 4.0]);
        close(model.seconds(100.0), 201.0);
    }

    #[test]
    fn what_bends_has_an_error() {
        // Left out, 4 is predicted as 1 + 2 * 4 = 9 and was 18: half.
        let model = Model::fit(&[[1.0, 3.0], [2.0, 5.0], [4.0, 18.0]]).expect("a model");
        close(model.error, 0.5);
    }

    #[test]
    fn no_time_is_less_than_none() {
        let model = Model::fit(&[[1.0, 1.0], [2.0, 3.0], [4.0, 8.0]]).expect("a model");
        close(model.fixed, 0.0);
        assert!(model.per_row > 1.0);
    }

    #[test]
    fn too_little_is_refused() {
        for (points, part) in [
            (vec![], "has 0"),
            (vec![[1.0, 1.0], [2.0, 2.0], [2.0, 2.1]], "has 2"),
            (
                vec![[10.0, 1.0], [11.0, 2.0], [12.0, 2.0]],
                "less than 2 times",
            ),
            (vec![[1.0, 3.0], [2.0, 2.0], [4.0, 1.0]], "took no longer"),
            (vec![[1.0, 0.0], [2.0, 2.0], [4.0, 1.0]], "no time"),
        ] {
            let said = Model::fit(&points).expect_err(part);
            assert!(said.contains(part), "{said}");
        }
    }
}
