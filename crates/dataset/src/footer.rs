//! Parquet footers: fetched in one request where they are small, and turned into metadata.

use crate::DatasetError;
use crate::coordinates;
use crate::store::{Object, Place};
use arrow::datatypes::DataType;
use bytes::Bytes;
use graticule_columns::{Bounds, Kind, Schema};
use parquet::DecodeResult;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataPushDecoder, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use std::sync::Arc;

/// Most footers are smaller than this.
pub(crate) const FIRST_GUESS: u64 = 64 << 10;

/// Reads a file's footer; of the file the last bytes are there. Adds bytes and requests to the cost.
pub(crate) async fn fetch(
    place: &Place,
    object: &Object,
    tail: Bytes,
    cost: &mut (u64, u64),
) -> Result<ArrowReaderMetadata, DatasetError> {
    let wrong = |reason: String| DatasetError::Footer {
        path: object.path().to_owned(),
        reason,
    };
    let mut decoder = ParquetMetaDataPushDecoder::try_new(object.size)
        .map_err(|e| wrong(e.to_string()))?
        .with_page_index_policy(PageIndexPolicy::Skip);
    let start = object.size - tail.len() as u64;
    decoder
        .push_range(start..object.size, tail)
        .map_err(|e| wrong(e.to_string()))?;
    let metadata = loop {
        let ranges = match decoder.try_decode().map_err(|e| wrong(e.to_string()))? {
            DecodeResult::NeedsData(needed) => needed,
            DecodeResult::Data(metadata) => break metadata,
            DecodeResult::Finished => return Err(wrong("its footer ends early".to_owned())),
        };
        let mut buffers = Vec::with_capacity(ranges.len());
        for range in &ranges {
            if range.end > object.size || range.start > range.end {
                return Err(wrong("its footer points outside the file".to_owned()));
            }
            let (buffer, tries) = place.read(object, range.clone()).await?;
            *cost = (cost.0 + buffer.len() as u64, cost.1 + tries);
            buffers.push(buffer);
        }
        decoder
            .push_ranges(ranges, buffers)
            .map_err(|e| wrong(e.to_string()))?;
    };
    let options = ArrowReaderOptions::new();
    let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), options)
        .map_err(|e| wrong(e.to_string()))?;
    for group in metadata.metadata().row_groups() {
        check_ranges(group, object.size).map_err(wrong)?;
    }
    Ok(metadata)
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

/// A least and a greatest value, as a footer or a page index has them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ends {
    Int32(i32, i32),
    Int64(i64, i64),
    Float(f32, f32),
    Double(f64, f64),
}

pub(crate) fn ends(statistics: &Statistics) -> Option<Ends> {
    Some(match statistics {
        Statistics::Int32(s) => Ends::Int32(*s.min_opt()?, *s.max_opt()?),
        Statistics::Int64(s) => Ends::Int64(*s.min_opt()?, *s.max_opt()?),
        Statistics::Float(s) => Ends::Float(*s.min_opt()?, *s.max_opt()?),
        Statistics::Double(s) => Ends::Double(*s.min_opt()?, *s.max_opt()?),
        _ => return None,
    })
}

/// Least and greatest value as bits of the kind; nothing where the file is senseless.
pub(crate) fn bounds(role: &Role<'_>, ends: Ends) -> Option<Bounds> {
    let kind = role.kind?;
    let ends = match role.is_coordinate {
        true => coordinates::degree_ends(ends),
        false => ends,
    };
    if !kind.is_float() && matches!(ends, Ends::Float(..) | Ends::Double(..)) {
        // Those of decimals, as if these were coordinates; kernels see integers.
        return None;
    }
    let unsigned = |v: i32| i64::from(v.cast_unsigned());
    let (low, high) = match ends {
        Ends::Int32(low, high) => match (kind, role.time) {
            (Kind::I64, Some(DataType::Date32)) => {
                (i64::from(low) * 86_400, i64::from(high) * 86_400)
            }
            (Kind::I64, Some(DataType::UInt32)) => (unsigned(low), unsigned(high)),
            (Kind::I64, _) => (i64::from(low), i64::from(high)),
            _ => (unsigned(low), unsigned(high)),
        },
        Ends::Int64(low, high) => (low, high),
        Ends::Float(low, high) => (i64::from(low.to_bits()), i64::from(high.to_bits())),
        Ends::Double(low, high) => (low.to_bits().cast_signed(), high.to_bits().cast_signed()),
    };
    let (low, high) = (low.cast_unsigned(), high.cast_unsigned());
    let (least, greatest) = kind.numbers();
    let in_order = least <= kind.order(low)
        && kind.order(low) <= kind.order(high)
        && kind.order(high) <= greatest;
    in_order.then_some(Bounds { low, high })
}

/// What a file column is to the dataset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Role<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Option<Kind>,
    pub(crate) is_coordinate: bool,
    /// Type of the time column, if it is that.
    time: Option<&'a DataType>,
}

/// What each of the file columns is, in their order.
pub(crate) fn roles(schema: &Schema) -> Vec<Role<'_>> {
    let role = |(i, name)| {
        let time = schema.time.as_ref();
        let (kind, time) = match (i, time) {
            (0, _) => (Some(schema.lon.kind), None),
            (1, _) => (Some(schema.lat.kind), None),
            (2, Some(time)) => (Some(Kind::I64), Some(&time.data_type)),
            _ => (
                schema.attributes[i - 2 - usize::from(time.is_some())].kind,
                None,
            ),
        };
        Role {
            name,
            kind,
            is_coordinate: i < 2,
            time,
        }
    };
    schema.file_columns().enumerate().map(role).collect()
}
