//! What a table shows: numbers rounded, histograms drawn. Every other format has the values themselves.

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StructArray};
use arrow::datatypes::{Float32Type, Float64Type, Int64Type};
use std::sync::Arc;

/// The column as a person reads it.
pub(super) fn for_the_eye(column: &mut ArrayRef) {
    if let Some(floats) = column.as_primitive_opt::<Float64Type>() {
        *column = Arc::new(floats.unary::<_, Float64Type>(round));
    } else if let Some(floats) = column.as_primitive_opt::<Float32Type>() {
        let narrow = |value: f32| rounded(value.into()).parse().unwrap_or(value);
        *column = Arc::new(floats.unary::<_, Float32Type>(narrow));
    } else if let Some(drawn) = column.as_struct_opt().and_then(histograms) {
        *column = Arc::new(drawn);
    }
}

fn round(value: f64) -> f64 {
    rounded(value).parse().unwrap_or(value)
}

/// Six places, or six digits of what has nothing before them.
fn rounded(value: f64) -> String {
    if value.abs() < 0.1 {
        format!("{value:.5e}")
    } else {
        format!("{value:.6}")
    }
}

/// Between the least and the greatest value a bar for each bin, as high as its share of the fullest one; none where
/// nothing is. None if these are not what `hist` tells.
fn histograms(column: &StructArray) -> Option<StringArray> {
    if column.column_names() != ["low", "high", "counts"] {
        return None;
    }
    let low = column.column(0).as_primitive_opt::<Float64Type>()?;
    let high = column.column(1).as_primitive_opt::<Float64Type>()?;
    let counts = column.column(2).as_list_opt::<i32>()?;
    counts.values().as_primitive_opt::<Int64Type>()?;
    let drawn = (0..column.len()).map(|row| {
        column.is_valid(row).then(|| {
            let counts = counts.value(row);
            let bars = bars(counts.as_primitive::<Int64Type>().values());
            let [low, high] = [low, high].map(|edges| round(edges.value(row)));
            format!("{low:?} {bars} {high:?}")
        })
    });
    Some(drawn.collect())
}

fn bars(counts: &[i64]) -> String {
    const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let bar = |count: &i64| {
        let eighths = (i128::from(*count) * 8 + i128::from(most) - 1) / i128::from(most);
        BARS[usize::try_from(eighths).unwrap_or(0).min(8)]
    };
    counts.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float32Array, Float64Array, Int64Array, ListArray};
    use arrow::datatypes::{DataType, Field};
    use graticule_exec::cell;

    fn shown(mut column: ArrayRef) -> Vec<String> {
        for_the_eye(&mut column);
        let cells = (0..column.len()).map(|row| cell(&column, row));
        cells.map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn floats_are_rounded_and_keep_what_they_are() {
        let floats = Float64Array::from(vec![
            Some(8.220686773473124),
            Some(-116.310083499),
            Some(0.1),
            Some(1.0 / 3.0),
            Some(0.000123456789),
            Some(-0.0),
            Some(f64::NAN),
            None,
        ]);
        let rounded = [
            "8.220687",
            "-116.310083",
            "0.1",
            "0.333333",
            "0.000123457",
            "-0.0",
            "NaN",
            "",
        ];
        assert_eq!(shown(Arc::new(floats)), rounded);
        let floats = Float32Array::from(vec![33.6, 0.1, 16_777_216.0]);
        assert_eq!(shown(Arc::new(floats)), ["33.6", "0.1", "16777216.0"]);
    }

    #[test]
    fn what_is_too_large_to_round_stays() {
        let floats = vec![1e300, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY];
        let plain: ArrayRef = Arc::new(Float64Array::from(floats.clone()));
        let plain: Vec<_> = (0..4).filter_map(|row| cell(&plain, row)).collect();
        let shown = shown(Arc::new(Float64Array::from(floats)));
        assert_eq!((&shown[..2], &shown[3]), (&plain[..2], &plain[3]));
        assert_eq!(shown[2], "2.22507e-308");
    }

    #[test]
    fn histograms_are_drawn() {
        let counts = vec![
            Some(vec![Some(984), Some(1415), Some(4), Some(0), Some(218)]),
            Some(vec![Some(i64::MAX), Some(1)]),
            None,
        ];
        let counts = ListArray::from_iter_primitive::<Int64Type, _, _>(counts);
        let edges = |edges: [f64; 3]| -> ArrayRef { Arc::new(Float64Array::from(edges.to_vec())) };
        let list = counts.data_type().clone();
        let field = |name: &str, kind| Arc::new(Field::new(name, kind, true));
        let column = StructArray::new(
            vec![
                field("low", DataType::Float64),
                field("high", DataType::Float64),
                field("counts", list),
            ]
            .into(),
            vec![
                edges([2.0, 0.0, 0.0]),
                edges([33.599998474121094, 1.0, 0.0]),
                Arc::new(counts),
            ],
            Some(vec![true, true, false].into()),
        );
        assert_eq!(
            shown(Arc::new(column)),
            ["2.0 ▆█▁ ▂ 33.599998", "0.0 █▁ 1.0", ""]
        );
        // Someone's own column of that shape in part.
        let own = StructArray::from(vec![(
            field("low", DataType::Int64),
            Arc::new(Int64Array::from(vec![1])) as ArrayRef,
        )]);
        assert_eq!(shown(Arc::new(own)), [r#"{"low": 1}"#]);
    }
}
