//! Arrow's arrays to the columns of a chunk.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float32Type, Float64Type, Int32Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;
use graticule_columns::{Column, Data, ExactRows, Kind, Watch};
use graticule_geo::fix_columns;

/// Coordinates in fixed point.
pub(crate) struct Points {
    pub(crate) x: ScalarBuffer<u32>,
    pub(crate) y: ScalarBuffer<u32>,
    pub(crate) valid: Option<BooleanBuffer>,
    pub(crate) exact: ExactRows,
}

impl Points {
    pub(crate) fn fix(lon: &ArrayRef, lat: &ArrayRef, watch: &Watch) -> Result<Self, ArrowError> {
        let lon = cast(lon, &DataType::Float64)?;
        let lat = cast(lat, &DataType::Float64)?;
        let (lon, lat) = (
            lon.as_primitive::<Float64Type>(),
            lat.as_primitive::<Float64Type>(),
        );
        let rows = lon.len();
        let (mut x, mut y, mut valid) = (vec![0; rows], vec![0; rows], vec![false; rows]);
        let mut invalid = fix_columns(lon.values(), lat.values(), &mut x, &mut y, &mut valid);
        for nulls in [lon.nulls(), lat.nulls()].into_iter().flatten() {
            for (valid, not_null) in valid.iter_mut().zip(nulls) {
                invalid += usize::from(*valid && !not_null);
                *valid &= not_null;
            }
        }
        let exact = exact_rows(watch, &x, &y, lon.values(), lat.values());
        Ok(Self {
            x: x.into(),
            y: y.into(),
            valid: (invalid > 0).then(|| BooleanBuffer::from(valid)),
            exact,
        })
    }
}

/// Source coordinates of the rows in watched cells.
fn exact_rows(watch: &Watch, x: &[u32], y: &[u32], lon: &[f64], lat: &[f64]) -> ExactRows {
    let mut exact = ExactRows::default();
    if watch.x.is_empty() && watch.y.is_empty() {
        return exact;
    }
    const BLOCK: usize = 1024;
    for start in (0..x.len()).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(x.len());
        // One pass without branches tells most blocks apart from those with such a row.
        let meets = |cells: &[u32], watched: &[u32]| {
            watched
                .iter()
                .any(|w| cells.iter().fold(0u32, |met, c| met | u32::from(c == w)) != 0)
        };
        if !meets(&x[range.clone()], &watch.x) && !meets(&y[range.clone()], &watch.y) {
            continue;
        }
        for row in range {
            if watch.x.contains(&x[row]) || watch.y.contains(&y[row]) {
                exact.rows.push(u32::try_from(row).unwrap_or(u32::MAX));
                exact.lon.push(lon[row]);
                exact.lat.push(lat[row]);
            }
        }
    }
    exact
}

/// A file column as values of a kind.
pub(crate) fn value(kind: Kind, array: &ArrayRef) -> Result<Column, ArrowError> {
    Ok(match kind {
        Kind::I32 => plain32::<Int32Type>(kind, &cast(array, &DataType::Int32)?),
        Kind::U32 => plain32::<UInt32Type>(kind, &cast(array, &DataType::UInt32)?),
        Kind::F32 => plain32::<Float32Type>(kind, array),
        Kind::F64 => {
            let array = array.as_primitive::<Float64Type>();
            Column::new(
                kind,
                Data::Plain64(words64(array.values().inner())),
                bits(array),
            )
        }
        Kind::I64 => {
            let array = array.as_primitive::<Int64Type>();
            Column::compact(kind, words64(array.values().inner()), bits(array))
        }
        Kind::U64 => {
            let array = array.as_primitive::<UInt64Type>();
            Column::compact(kind, words64(array.values().inner()), bits(array))
        }
    })
}

/// The time column as i64 in the dataset's unit: dates become seconds, integers are widened.
pub(crate) fn time(array: &ArrayRef) -> Result<Column, ArrowError> {
    let array = match array.data_type() {
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            let seconds = days.unary::<_, Int64Type>(|day| i64::from(day) * 86_400);
            std::sync::Arc::new(seconds)
        }
        DataType::Int32 | DataType::UInt32 => cast(array, &DataType::Int64)?,
        _ => array.clone(),
    };
    let column = |values: &arrow::buffer::Buffer, validity| {
        Column::compact(Kind::I64, words64(values), validity)
    };
    macro_rules! of {
        ($type:ty) => {{
            let array = array.as_primitive::<$type>();
            column(array.values().inner(), bits(array))
        }};
    }
    Ok(match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => of!(TimestampSecondType),
        DataType::Timestamp(TimeUnit::Millisecond, _) => of!(TimestampMillisecondType),
        DataType::Timestamp(TimeUnit::Microsecond, _) => of!(TimestampMicrosecondType),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => of!(TimestampNanosecondType),
        _ => of!(Int64Type),
    })
}

fn plain32<T: ArrowPrimitiveType>(kind: Kind, array: &ArrayRef) -> Column {
    let array = array.as_primitive::<T>();
    let buffer = array.values().inner().clone();
    let words = ScalarBuffer::new(buffer, 0, array.len());
    Column::new(kind, Data::Plain32(words), bits(array))
}

fn words64(buffer: &arrow::buffer::Buffer) -> ScalarBuffer<u64> {
    ScalarBuffer::new(buffer.clone(), 0, buffer.len() / 8)
}

fn bits(array: &dyn Array) -> Option<BooleanBuffer> {
    array.nulls().map(|nulls| nulls.inner().clone())
}
