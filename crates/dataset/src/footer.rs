//! Footers: fetched in one request where they are small, and turned into metadata.

use crate::store::Place;
use crate::{DatasetError, coordinates};
use arrow::datatypes::DataType;
use graticule_columns::{Bounds, ColumnChunk, Kind, RowGroup, Schema};
use object_store::{GetOptions, ObjectMeta, ObjectStore};
use parquet::DecodeResult;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Type;
use parquet::file::metadata::{
    ColumnChunkMetaData, PageIndexPolicy, ParquetMetaDataPushDecoder, RowGroupMetaData,
};
use parquet::file::statistics::Statistics;
use std::ops::Range;
use std::sync::Arc;

/// Most footers are smaller than this.
const FIRST_GUESS: u64 = 64 << 10;

/// Reads a range of an object, provided that it is still the given version.
pub(crate) async fn read(
    place: &Place,
    object: &ObjectMeta,
    range: Range<u64>,
) -> Result<bytes::Bytes, DatasetError> {
    let options = GetOptions {
        if_match: object.e_tag.clone(),
        range: Some(range.clone().into()),
        ..GetOptions::default()
    };
    let path = object.location.as_ref();
    let got = place.store.get_opts(&object.location, options).await;
    let bytes = got
        .map_err(|e| DatasetError::store(path, e))?
        .bytes()
        .await
        .map_err(|e| DatasetError::store(path, e))?;
    if bytes.len() as u64 != range.end - range.start {
        return Err(DatasetError::Changed {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

/// Reads a file's footer; also says how many bytes and requests that took.
pub(crate) async fn fetch(
    place: &Place,
    object: &ObjectMeta,
) -> Result<(ArrowReaderMetadata, u64, u64), DatasetError> {
    let wrong = |reason: String| DatasetError::Footer {
        path: object.location.to_string(),
        reason,
    };
    if object.size < 12 {
        return Err(wrong(format!("it has only {} bytes", object.size)));
    }
    let mut decoder = ParquetMetaDataPushDecoder::try_new(object.size)
        .map_err(|e| wrong(e.to_string()))?
        .with_page_index_policy(PageIndexPolicy::Skip);
    let tail = object.size.saturating_sub(FIRST_GUESS)..object.size;
    let mut ranges = Vec::from([tail]);
    let (mut bytes, mut requests) = (0, 0);
    let metadata = loop {
        let mut buffers = Vec::with_capacity(ranges.len());
        for range in &ranges {
            if range.end > object.size || range.start > range.end {
                return Err(wrong("its footer points outside the file".to_owned()));
            }
            bytes += range.end - range.start;
            requests += 1;
            buffers.push(read(place, object, range.clone()).await?);
        }
        decoder
            .push_ranges(ranges, buffers)
            .map_err(|e| wrong(e.to_string()))?;
        match decoder.try_decode().map_err(|e| wrong(e.to_string()))? {
            DecodeResult::NeedsData(needed) => ranges = needed,
            DecodeResult::Data(metadata) => break metadata,
            DecodeResult::Finished => return Err(wrong("its footer ends early".to_owned())),
        }
    };
    let options = ArrowReaderOptions::new();
    let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), options)
        .map_err(|e| wrong(e.to_string()))?;
    for group in metadata.metadata().row_groups() {
        check_ranges(group, object.size).map_err(wrong)?;
    }
    Ok((metadata, bytes, requests))
}

fn check_ranges(group: &RowGroupMetaData, size: u64) -> Result<(), String> {
    if group.num_rows() < 0 {
        return Err("a row group has a negative number of rows".to_owned());
    }
    for column in group.columns() {
        let offset = column
            .dictionary_page_offset()
            .unwrap_or(column.data_page_offset());
        let inside = match (
            u64::try_from(offset),
            u64::try_from(column.compressed_size()),
        ) {
            (Ok(start), Ok(length)) => start.checked_add(length).is_some_and(|end| end <= size),
            _ => false,
        };
        if !inside {
            return Err(format!(
                "column {} lies outside the file",
                column.column_path()
            ));
        }
    }
    Ok(())
}

/// What a footer says of a row group, in the order of the dataset's file columns.
pub(crate) fn row_group(schema: &Schema, group: &RowGroupMetaData) -> RowGroup {
    let kinds = schema.file_columns().enumerate().map(|(i, name)| {
        let kind = match (i, &schema.time) {
            (0, _) => Some(schema.lon.kind),
            (1, _) => Some(schema.lat.kind),
            (2, Some(time)) => return (name, Some(Kind::I64), Some(&time.data_type)),
            _ => {
                let attribute = &schema.attributes[i - 2 - usize::from(schema.time.is_some())];
                attribute.kind
            }
        };
        (name, kind, None)
    });
    let columns = kinds
        .map(|(name, kind, time)| {
            let parts = |c: &&ColumnChunkMetaData| {
                c.column_path().parts().first().map(String::as_str) == Some(name)
            };
            let found: Vec<_> = group.columns().iter().filter(parts).collect();
            let bytes = found
                .iter()
                .map(|c| u64::try_from(c.compressed_size()).unwrap_or(0))
                .sum();
            let statistics = match found[..] {
                [column] => column.statistics(),
                _ => None,
            };
            ColumnChunk {
                bytes,
                bounds: kind.and_then(|kind| match found[..] {
                    [column] if is_coordinate(schema, name) && !is_float(column) => {
                        coordinates::bounds(kind, column, group)
                    }
                    _ => bounds(kind, time, statistics?),
                }),
                nulls: statistics.and_then(Statistics::null_count_opt),
            }
        })
        .collect();
    RowGroup {
        rows: u64::try_from(group.num_rows()).unwrap_or(0),
        columns,
    }
}

fn is_coordinate(schema: &Schema, name: &str) -> bool {
    name == schema.lon.name || name == schema.lat.name
}

fn is_float(column: &ColumnChunkMetaData) -> bool {
    matches!(column.column_type(), Type::FLOAT | Type::DOUBLE)
}

/// Least and greatest value as bits of the kind; nothing where the footer is silent or senseless.
fn bounds(kind: Kind, time: Option<&DataType>, statistics: &Statistics) -> Option<Bounds> {
    let (low, high) = match statistics {
        Statistics::Int32(s) => {
            let (low, high) = (*s.min_opt()?, *s.max_opt()?);
            match (kind, time) {
                (Kind::I64, Some(DataType::Date32)) => (wide(low) * 86_400, wide(high) * 86_400),
                (Kind::I64, Some(DataType::UInt32)) => (
                    i64::from(low.cast_unsigned()),
                    i64::from(high.cast_unsigned()),
                ),
                (Kind::I64, _) => (wide(low), wide(high)),
                _ => (
                    i64::from(low.cast_unsigned()),
                    i64::from(high.cast_unsigned()),
                ),
            }
        }
        Statistics::Int64(s) => (*s.min_opt()?, *s.max_opt()?),
        Statistics::Float(s) => {
            let bits = |v: &f32| i64::from(v.to_bits());
            (bits(s.min_opt()?), bits(s.max_opt()?))
        }
        Statistics::Double(s) => {
            let bits = |v: &f64| v.to_bits().cast_signed();
            (bits(s.min_opt()?), bits(s.max_opt()?))
        }
        _ => return None,
    };
    let (low, high) = (low.cast_unsigned(), high.cast_unsigned());
    let (least, greatest) = kind.numbers();
    let in_order = least <= kind.order(low)
        && kind.order(low) <= kind.order(high)
        && kind.order(high) <= greatest;
    in_order.then_some(Bounds { low, high })
}

fn wide(v: i32) -> i64 {
    i64::from(v)
}
