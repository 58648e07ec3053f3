//! Bytes to chunks.

use crate::DatasetError;
use crate::fetch::Fetched;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float32Type, Float64Type, Int32Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;
use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, RowOrigin, Scan, Source, Watch};
use graticule_geo::fix_columns;
use parquet::arrow::arrow_reader::{
    ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Chunks of some rows of a row group, in order, decoded as they are asked for.
pub struct Chunks<'a> {
    fetched: &'a Fetched,
    scan: &'a Scan,
    reader: ParquetRecordBatchReader,
    /// Rows of the row group that are still to come.
    rows: Range<usize>,
    chunk_rows: usize,
}

impl Fetched {
    /// Decodes rows of the row group into chunks of the scan's slots, `chunk_rows` rows each.
    ///
    /// # Errors
    /// [`DatasetError::Data`] when the bytes are damaged.
    pub fn chunks<'a>(
        &'a self,
        scan: &'a Scan,
        rows: Range<usize>,
        chunk_rows: usize,
    ) -> Result<Chunks<'a>, DatasetError> {
        let chunk_rows = chunk_rows.max(1);
        let reader = self.guard(|| {
            let selection = vec![
                RowSelector::skip(rows.start),
                RowSelector::select(rows.len()),
            ];
            let metadata = self.footer.clone();
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(self.held.clone(), metadata)
                    .with_projection(self.mask.clone())
                    .with_row_groups(vec![self.row_group])
                    .with_batch_size(chunk_rows.min(rows.len().max(1)));
            if rows.len() < self.rows {
                Ok(builder
                    .with_row_selection(RowSelection::from(selection))
                    .build()?)
            } else {
                Ok(builder.build()?)
            }
        })?;
        Ok(Chunks {
            fetched: self,
            scan,
            reader,
            rows,
            chunk_rows,
        })
    }

    /// Damaged files can make a decoder fail or panic; either is an error of the file.
    fn guard<T>(&self, decode: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, DatasetError> {
        let wrong = |reason: String| DatasetError::Data {
            path: self.object.to_string(),
            row_group: self.row_group,
            reason,
        };
        catch_unwind(AssertUnwindSafe(decode))
            .map_err(|_| wrong("the decoder gave up".to_owned()))?
            .map_err(|e| wrong(e.to_string()))
    }

    fn chunk(
        &self,
        scan: &Scan,
        first_row: usize,
        batch: &RecordBatch,
    ) -> Result<Chunk, ArrowError> {
        let rows = batch.num_rows();
        let named = |name: &str| {
            let column = batch.column_by_name(name);
            column.ok_or_else(|| ArrowError::SchemaError(format!("column {name} is missing")))
        };
        let points = Points::fix(
            named(&scan.schema.lon.name)?,
            named(&scan.schema.lat.name)?,
            &scan.watch,
        )?;
        let fixed = |words| Column::new(Kind::U32, Data::Plain32(words), None);
        let mut columns = Vec::with_capacity(scan.sources.len());
        for source in &scan.sources {
            columns.push(match source {
                Source::FixedLon => fixed(points.x.clone()),
                Source::FixedLat => fixed(points.y.clone()),
                Source::Constant { index, .. } => {
                    let bits = u64::from(self.constants.get(*index).copied().unwrap_or(0));
                    Column::new(Kind::U32, Data::Constant { bits, rows }, None)
                }
                Source::Value { name, kind } => value(*kind, named(name)?)?,
                Source::Time => {
                    let name = scan.schema.time.as_ref().map_or("", |t| t.name.as_str());
                    time(named(name)?)?
                }
            });
        }
        Ok(Chunk {
            origin: RowOrigin {
                object: self.object.clone(),
                etag: self.etag.clone(),
                row_group: self.row_group,
                first_row,
                rows,
            },
            columns,
            valid: points.valid,
            exact: points.exact,
        })
    }
}

impl Iterator for Chunks<'_> {
    type Item = Result<Chunk, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rows.is_empty() {
            return None;
        }
        let expected = self.chunk_rows.min(self.rows.len());
        let first_row = self.rows.start;
        self.rows.start += expected;
        let (fetched, scan) = (self.fetched, self.scan);
        let chunk = fetched.guard(|| {
            let batch = self.reader.next().transpose()?;
            let batch = batch.filter(|b| b.num_rows() == expected).ok_or_else(|| {
                ArrowError::ParquetError("it has fewer rows than its footer says".to_owned())
            })?;
            fetched.chunk(scan, first_row, &batch)
        });
        if chunk.is_err() {
            self.rows = 0..0;
        }
        Some(chunk)
    }
}

/// Coordinates in fixed point.
struct Points {
    x: ScalarBuffer<u32>,
    y: ScalarBuffer<u32>,
    valid: Option<BooleanBuffer>,
    exact: ExactRows,
}

impl Points {
    fn fix(lon: &ArrayRef, lat: &ArrayRef, watch: &Watch) -> Result<Self, ArrowError> {
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

fn value(kind: Kind, array: &ArrayRef) -> Result<Column, ArrowError> {
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
fn time(array: &ArrayRef) -> Result<Column, ArrowError> {
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
