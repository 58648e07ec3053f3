//! Parquet footers: fetched in one request where they are small, and turned into metadata.

use crate::guard::guarded;
use crate::store::{Object, Place};
use crate::{DatasetError, coordinates, fit, geometry, hint, schema, thrift};
use arrow::datatypes::DataType;
use bytes::Bytes;
use graticule_columns::{Bounds, Kind, Schema, TimeColumn};
use graticule_geo::CoordinateUnit;
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
    place: &Place,
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

/// Least and greatest value as bits of the dataset's kind, from those that a file states of its own type;
/// nothing where the file is senseless, or where the kind does not hold them.
pub(crate) fn bounds(role: &Role<'_>, own: &DataType, ends: Ends) -> Option<Bounds> {
    let kind = role.kind?;
    let bits = |v: i64| v.cast_unsigned();
    let (low, high) = match (role.time, role.data_type) {
        _ if role.unit.is_some() => {
            let unit = role.unit.unwrap_or_default();
            let ends = coordinates::plain_ends(own, ends)?;
            float_bits(kind, coordinates::degree_ends(ends, unit))?
        }
        (Some(time), _) => {
            let (low, high) = schema::time_bounds(time, own, ends)?;
            (bits(low), bits(high))
        }
        (None, Some(to)) if places(own) == Some(0) && to.is_floating() => {
            // Beyond these the floats would be others.
            let limit = if kind == Kind::F32 { 1 << 24 } else { 1 << 53 };
            let (low, high) = whole(own, ends).filter(|(l, h)| *l >= -limit && *h <= limit)?;
            #[expect(clippy::cast_precision_loss, reason = "it has at most 53 bits")]
            float_bits(kind, Ends::Double(low as f64, high as f64))?
        }
        _ if matches!(ends, Ends::Float(..) | Ends::Double(..)) => float_bits(kind, ends)?,
        (None, to) => {
            let factor = factor(own, to.unwrap_or(own))?;
            match (kind, ends) {
                (Kind::U64, Ends::Int64(low, high)) if factor == 1 => (bits(low), bits(high)),
                _ => {
                    let (low, high) = whole(own, ends)?;
                    let word = |v: i64| word(kind, v.checked_mul(factor)?);
                    (word(low)?, word(high)?)
                }
            }
        }
    };
    let (least, greatest) = kind.numbers();
    let in_order = least <= kind.order(low)
        && kind.order(low) <= kind.order(high)
        && kind.order(high) <= greatest;
    in_order.then_some(Bounds { low, high })
}

/// How many of the dataset's units one of the file's is.
fn factor(own: &DataType, to: &DataType) -> Option<i64> {
    use DataType as T;
    let per_second = fit::per_second;
    let (from, to) = match (own, to) {
        (T::Timestamp(a, _), T::Timestamp(b, _))
        | (T::Time32(a) | T::Time64(a), T::Time32(b) | T::Time64(b))
        | (T::Duration(a), T::Duration(b)) => (per_second(*a), per_second(*b)),
        (T::Date32, T::Timestamp(unit, _)) => (1, 86_400 * per_second(*unit)),
        (own, to) if own == to || (own.is_integer() && to.is_integer()) => (1, 1),
        (own, to) => {
            let more = u32::try_from(i16::from(places(to)?) - i16::from(places(own)?)).ok()?;
            (1, 10i64.checked_pow(more)?)
        }
    };
    let factor = to / from;
    (factor > 0).then_some(factor)
}

/// Places behind the point of whole numbers and decimals.
fn places(data_type: &DataType) -> Option<i8> {
    match data_type {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => Some(*scale),
        whole if whole.is_integer() => Some(0),
        _ => None,
    }
}

/// The bits of a whole number of a kind, if it is one of these.
fn word(kind: Kind, value: i64) -> Option<u64> {
    match kind {
        Kind::I32 => Some(i32::try_from(value).ok()?.cast_unsigned().into()),
        Kind::U32 => Some(u32::try_from(value).ok()?.into()),
        Kind::I64 => Some(value.cast_unsigned()),
        Kind::U64 => u64::try_from(value).ok(),
        Kind::F32 | Kind::F64 => None,
    }
}

fn float_bits(kind: Kind, ends: Ends) -> Option<(u64, u64)> {
    Some(match (kind, ends) {
        (Kind::F32, Ends::Float(low, high)) => (low.to_bits().into(), high.to_bits().into()),
        (Kind::F64, Ends::Float(low, high)) => {
            (f64::from(low).to_bits(), f64::from(high).to_bits())
        }
        (Kind::F64, Ends::Double(low, high)) => (low.to_bits(), high.to_bits()),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is a whole number of 24 bits"
        )]
        (Kind::F32, Ends::Double(low, high)) => {
            let is_same = |v: f64| f64::from(v as f32) == v;
            (is_same(low) && is_same(high)).then_some(())?;
            (
                (low as f32).to_bits().into(),
                (high as f32).to_bits().into(),
            )
        }
        _ => return None,
    })
}

/// What a file column is to the dataset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Role<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Option<Kind>,
    /// Unit of the coordinates in the files, if it is one of these.
    pub(crate) unit: Option<CoordinateUnit>,
    /// The time column, if it is that.
    time: Option<&'a TimeColumn>,
    /// The dataset's type of an attribute.
    pub(crate) data_type: Option<&'a DataType>,
}

impl<'a> Role<'a> {
    /// Of a column that is neither a coordinate nor the time.
    pub(crate) fn of_attribute(name: &'a str, kind: Option<Kind>, data_type: &'a DataType) -> Self {
        Self {
            name,
            kind,
            unit: None,
            time: None,
            data_type: Some(data_type),
        }
    }

    /// The time column, if it is that.
    pub(crate) fn time(&self) -> Option<&'a TimeColumn> {
        self.time
    }

    /// Whether values of a file's type may be null in the dataset that are none in the file: a float may be
    /// no time.
    pub(crate) fn gains_nulls(&self, own: &DataType) -> bool {
        self.time.is_some() && own.is_floating()
    }
}

/// What each of the file columns is, in their order.
pub(crate) fn roles(schema: &Schema) -> Vec<Role<'_>> {
    let role = |(i, name)| {
        let time = schema.time.as_ref();
        let (kind, time) = match (i, time) {
            (0, _) => (schema.lon.kind, None),
            (1, _) => (schema.lat.kind, None),
            (2, Some(time)) => (Kind::I64, Some(time)),
            _ => {
                let attribute = &schema.attributes[i - 2 - usize::from(time.is_some())];
                return Role::of_attribute(name, attribute.kind, &attribute.data_type);
            }
        };
        Role {
            name,
            kind: Some(kind),
            unit: [schema.lon.unit, schema.lat.unit].get(i).copied(),
            time,
            data_type: None,
        }
    };
    schema.file_columns().enumerate().map(role).collect()
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
