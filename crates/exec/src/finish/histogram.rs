//! How many values of a group lie in each of so many bins of equal width, from the least value to the greatest.

use arrow::array::{Array, ArrayRef, Float64Array, Int64Array, ListArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields};
use graticule_columns::{Kind, Scalar};
use graticule_kernels::exact::quotient;
use std::sync::Arc;

/// The bins of a group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Histogram {
    /// The least and the greatest value.
    low: f64,
    high: f64,
    /// Values from each edge to below the next; in the last bin that edge, too.
    counts: Vec<i64>,
}

impl Histogram {
    /// Of ascending values and how often each occurs; none without a finite one, and infinities lie in no bin.
    pub(super) fn of(bins: u16, values: impl Iterator<Item = (f64, u64)> + Clone) -> Option<Self> {
        let finite = values.filter(|(value, _)| value.is_finite());
        let low = finite.clone().next()?.0;
        let high = finite.clone().last()?.0;
        let (first, last) = (low + 0.0, high + 0.0);
        // Halves, for the whole range may be more than there are floats.
        let edge = |bin: usize| {
            let share = bin as f64 / f64::from(bins);
            match high - low {
                range if range.is_finite() => low + range * share,
                _ => 2.0 * (low / 2.0 + (high / 2.0 - low / 2.0) * share),
            }
        };
        let mut counts = vec![0i64; bins.into()];
        let (mut bin, end) = (0, counts.len() - 1);
        for (value, count) in finite {
            while bin < end && edge(bin + 1) <= value {
                bin += 1;
            }
            counts[bin] += count.cast_signed();
        }
        Some(Self {
            low: first,
            high: last,
            counts,
        })
    }
}

/// Bits of a value, in units of `10^-scale`, as a float.
pub(super) fn float(kind: Kind, bits: u64, scale: i8) -> f64 {
    match kind.scalar(bits) {
        Scalar::Whole(whole) => quotient(whole, 1, -i16::from(scale)),
        Scalar::Float(float) => float,
    }
}

/// Histograms as a column of structs: `low`, `high`, and the list of `counts`.
pub(super) fn column(histograms: Vec<Option<Histogram>>) -> ArrayRef {
    let end = |of: fn(&Histogram) -> f64| -> ArrayRef {
        let ends = histograms.iter().map(|h| h.as_ref().map(of));
        Arc::new(ends.collect::<Float64Array>())
    };
    let lengths = histograms
        .iter()
        .map(|h| h.as_ref().map_or(0, |h| h.counts.len()));
    let counts = histograms
        .iter()
        .flatten()
        .flat_map(|h| h.counts.iter().copied());
    let item = Arc::new(Field::new_list_field(DataType::Int64, false));
    let counts = ListArray::new(
        item,
        OffsetBuffer::from_lengths(lengths),
        Arc::new(Int64Array::from_iter_values(counts)),
        None,
    );
    let columns = [end(|h| h.low), end(|h| h.high), Arc::new(counts)];
    let names = ["low", "high", "counts"];
    let fields = names.iter().zip(&columns);
    let fields = fields.map(|(name, column)| Field::new(*name, column.data_type().clone(), true));
    let live = NullBuffer::from_iter(histograms.iter().map(Option::is_some));
    Arc::new(StructArray::new(
        Fields::from_iter(fields),
        columns.to_vec(),
        Some(live),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bin_holds_its_upper_edge() {
        let of = |values: &[f64]| Histogram::of(4, values.iter().map(|v| (*v, 1)));
        let found = of(&[0.0, 1.0, 1.5, 2.0, 4.0, f64::INFINITY]).expect("bins");
        assert_eq!(
            (found.low, found.high, found.counts),
            (0.0, 4.0, vec![1, 2, 1, 1])
        );
        assert_eq!(of(&[3.0]).expect("bins").counts, [0, 0, 0, 1]);
        assert_eq!(of(&[f64::NEG_INFINITY]), None);
        assert_eq!(of(&[]), None);
    }
}
