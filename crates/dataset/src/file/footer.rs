//! Parquet footers: fetched in one request where they are small, and turned into metadata.

use crate::DatasetError;
use crate::file::guard::guarded;
use crate::file::{coordinates, geometry, hint, thrift};
use crate::store::{Object, StoreRoot};
use arrow::datatypes::DataType;
use bytes::Bytes;
use parquet::DecodeResult;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::Type as PhysicalType;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataPushDecoder, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescriptor;
use std::sync::Arc;

/// Most footers are smaller than this.
pub(crate) const FIRST_GUESS: u64 = 64 << 10;

/// Bytes behind the footer: its length, and the magic.
const TRAILER: u64 = 8;

/// Reads a file's footer; of the file the last bytes are there. Adds bytes and requests to the cost.
pub(crate) async fn fetch(
    place: &StoreRoot,
    object: &Object,
    tail: Bytes,
    cost: &mut (u64, u64),
) -> Result<ArrowReaderMetadata, DatasetError> {
    let wrong = |reason: String| DatasetError::Footer {
        path: object.path().to_owned(),
        reason,
    };
    let start = start(object.size, &tail).map_err(wrong)?;
    let before = object.size - tail.len() as u64;
    let tail = if start < before {
        let (bytes, tries) = place.read(object, start..before).await?;
        *cost = (cost.0 + bytes.len() as u64, cost.1 + tries);
        [bytes, tail].concat().into()
    } else {
        tail
    };
    guarded(|| decode(object.size, tail))
        .map_err(|_| wrong("its footer is damaged: the decoder gave up".to_owned()))?
        .map_err(wrong)
}

/// Where the footer begins that a file's last bytes end.
fn start(size: u64, tail: &[u8]) -> Result<u64, String> {
    let length = tail.strip_suffix(b"PAR1").and_then(<[u8]>::last_chunk);
    let length = length.ok_or("its last bytes are not those of a Parquet file")?;
    let end = size.checked_sub(TRAILER);
    let start = end.and_then(|end| end.checked_sub(u32::from_le_bytes(*length).into()));
    start.ok_or_else(|| "its footer points outside the file".to_owned())
}

/// Whether a whole file's footer claims no more than it has.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check(file: &[u8]) -> Result<(), String> {
    let size = file.len() as u64;
    let place = |at: u64| usize::try_from(at).map_err(|e| e.to_string());
    Ok(thrift::check(
        &file[place(start(size, file)?)?..place(size - TRAILER)?],
    )?)
}

/// The footer in the last bytes of a file of so many bytes.
fn decode(size: u64, tail: Bytes) -> Result<ArrowReaderMetadata, String> {
    let before = size - tail.len() as u64;
    let range = start(size, &tail)? - before..size - TRAILER - before;
    let place = |at: u64| usize::try_from(at).map_err(|e| e.to_string());
    thrift::check(&tail[place(range.start)?..place(range.end)?])?;
    let text = |e: ParquetError| e.to_string();
    let mut decoder = ParquetMetaDataPushDecoder::try_new(size)
        .map_err(text)?
        .with_page_index_policy(PageIndexPolicy::Skip);
    decoder.push_range(before..size, tail).map_err(text)?;
    let DecodeResult::Data(metadata) = decoder.try_decode().map_err(text)? else {
        return Err("its footer ends early".to_owned());
    };
    let metadata = geometry::as_bytes(metadata);
    let metadata = hint::reader(Arc::new(metadata))?;
    for group in metadata.metadata().row_groups() {
        check_ranges(group, size)?;
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

impl Ends {
    /// From a number of their type and their bits; `None` where it is no type's.
    #[expect(clippy::cast_possible_truncation, reason = "32-bit types hold 32 bits")]
    pub(crate) fn of_bits(of: u8, low: u64, high: u64) -> Option<Self> {
        let narrow = |bits: u64| bits as u32;
        Some(match of {
            1 => Self::Int32(narrow(low).cast_signed(), narrow(high).cast_signed()),
            2 => Self::Int64(low.cast_signed(), high.cast_signed()),
            3 => Self::Float(f32::from_bits(narrow(low)), f32::from_bits(narrow(high))),
            4 => Self::Double(f64::from_bits(low), f64::from_bits(high)),
            _ => return None,
        })
    }

    /// A number of their type, 0 where there are none, and their bits.
    pub(crate) fn bits(ends: Option<Self>) -> (u8, u64, u64) {
        let wide = |v: i32| u64::from(v.cast_unsigned());
        match ends {
            None => (0, 0, 0),
            Some(Self::Int32(low, high)) => (1, wide(low), wide(high)),
            Some(Self::Int64(low, high)) => (2, low.cast_unsigned(), high.cast_unsigned()),
            Some(Self::Float(low, high)) => (3, low.to_bits().into(), high.to_bits().into()),
            Some(Self::Double(low, high)) => (4, low.to_bits(), high.to_bits()),
        }
    }

    /// As floats, each the nearest.
    #[expect(clippy::cast_precision_loss, reason = "the nearest f64 is meant")]
    pub(crate) fn numbers(self) -> [f64; 2] {
        match self {
            Self::Int32(low, high) => [low.into(), high.into()],
            Self::Int64(low, high) => [low as f64, high as f64],
            Self::Float(low, high) => [low.into(), high.into()],
            Self::Double(low, high) => [low, high],
        }
    }
}

/// What a footer says of one column of a row group.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Chunk {
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// Compressed bytes.
    pub(crate) bytes: u64,
    pub(crate) ends: Option<Ends>,
    pub(crate) nulls: Option<u64>,
}

/// Those of a leaf column's statistics. Decimals are whole numbers, in bytes too.
pub(crate) fn ends(statistics: &Statistics, leaf: &ColumnDescriptor) -> Option<Ends> {
    Some(match statistics {
        Statistics::Int32(s) => Ends::Int32(*s.min_opt()?, *s.max_opt()?),
        Statistics::Int64(s) => Ends::Int64(*s.min_opt()?, *s.max_opt()?),
        Statistics::Float(s) => Ends::Float(*s.min_opt()?, *s.max_opt()?),
        Statistics::Double(s) => Ends::Double(*s.min_opt()?, *s.max_opt()?),
        Statistics::FixedLenByteArray(_) | Statistics::ByteArray(_)
            // The older fields are in the order of bytes.
            if !statistics.is_min_max_deprecated() && coordinates::scale(leaf).is_some() =>
        {
            decimal_ends(leaf, statistics.min_bytes_opt()?, statistics.max_bytes_opt()?)?
        }
        _ => return None,
    })
}

/// Whole numbers of at most 64 bits from bytes, the most significant first.
pub(crate) fn decimal_ends(leaf: &ColumnDescriptor, low: &[u8], high: &[u8]) -> Option<Ends> {
    // What was cut off would make another number.
    let is_whole = |bytes: &[u8]| match leaf.physical_type() {
        PhysicalType::FIXED_LEN_BYTE_ARRAY => i32::try_from(bytes.len()) == Ok(leaf.type_length()),
        _ => true,
    };
    match is_whole(low) && is_whole(high) {
        true => whole_ends(low, high),
        false => None,
    }
}

fn whole_ends(low: &[u8], high: &[u8]) -> Option<Ends> {
    let number = |bytes: &[u8]| -> Option<i64> {
        let fill = if *bytes.first()? < 128 { 0 } else { 255 };
        let cut = bytes.len().saturating_sub(8);
        let (above, below) = bytes.split_at(cut);
        let mut whole = [fill; 8];
        whole[8 - below.len()..].copy_from_slice(below);
        let number = i64::from_be_bytes(whole);
        let is_whole = above.iter().all(|byte| *byte == fill) && (number < 0) == (fill == 255);
        is_whole.then_some(number)
    };
    Some(Ends::Int64(number(low)?, number(high)?))
}

/// Whole numbers by the type that they are of.
pub(crate) fn whole(own: &DataType, ends: Ends) -> Option<(i64, i64)> {
    let unsigned = |v: i32| i64::from(v.cast_unsigned());
    match ends {
        Ends::Int32(low, high) if own.is_unsigned_integer() => {
            Some((unsigned(low), unsigned(high)))
        }
        Ends::Int32(low, high) => Some((low.into(), high.into())),
        // Beyond 2^63 they are no i64.
        Ends::Int64(low, high) if *own == DataType::UInt64 => {
            (low >= 0 && high >= 0).then_some((low, high))
        }
        Ends::Int64(low, high) => Some((low, high)),
        Ends::Float(..) | Ends::Double(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Ends, whole_ends};

    #[test]
    fn decimals_in_bytes_are_whole_numbers() {
        let minus_three = [&[255; 15][..], &[253]].concat();
        let three = [&[0; 15][..], &[3]].concat();
        assert_eq!(whole_ends(&minus_three, &three), Some(Ends::Int64(-3, 3)));
        assert_eq!(
            whole_ends(&[0x80], &[0x01, 0x00]),
            Some(Ends::Int64(-128, 256))
        );
        // 2^63 and -2^63 - 1 have no 64 bits.
        let beyond = [&[0; 8][..], &[0x80], &[0; 7]].concat();
        assert_eq!(whole_ends(&three, &beyond), None);
        let below = [&[255; 8][..], &[0x7f], &[255; 7]].concat();
        assert_eq!(whole_ends(&below, &three), None);
        assert_eq!(whole_ends(&[], &three), None);
    }
}
