//! What the types of a column in several files have in common.
//!
//! Writers spell one meaning in many Arrow types: texts are `Utf8`, `LargeUtf8`, `Utf8View` or
//! dictionaries of them, UTC has a dozen names, whole numbers are as wide as they happened to be. A
//! column is brought to one type, that holds every value of the others as it is:
//!
//! | in the files | together |
//! |---|---|
//! | texts of any kind | text; dictionaries only where all are |
//! | texts and bytes | text; bytes that are no UTF-8 are an error |
//! | whole numbers | the least width that holds both; `UInt64` with signed ones `Decimal128(20, 0)` |
//! | whole numbers and decimals | decimals |
//! | whole numbers and floats | floats; whole numbers that these cannot hold are an error |
//! | floats | the wider |
//! | timestamps, times, durations | the finest unit; a value that it cannot hold is an error |
//! | time zones | the zone, where all have the same, else UTC |
//! | dates and timestamps | timestamps, at UTC midnight |
//! | lists; structs; maps | lists of, structs with, maps of what the parts have in common |
//! | nothing but nulls, also by the footer, and anything | that |

use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};
use std::sync::Arc;

/// The type that a column is read as where all files have it alike. What has parts is left as it is.
pub(crate) fn alone(data_type: &DataType) -> DataType {
    // Writers put times of the day into dates in milliseconds, where all are such.
    match data_type.is_nested() || *data_type == DataType::Date64 {
        true => data_type.clone(),
        false => meaning(data_type),
    }
}

/// The type that a type is read as: the one of all that mean the same.
fn meaning(data_type: &DataType) -> DataType {
    match data_type {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView => DataType::Binary,
        // The values of dictionaries of other types are no longer than their places.
        DataType::Dictionary(_, values) => match meaning(values) {
            DataType::Utf8 => dictionary(),
            other => other,
        },
        DataType::RunEndEncoded(_, values) => meaning(values.data_type()),
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(unit, Some(zone)) => DataType::Timestamp(*unit, Some(zone_of(zone))),
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) => DataType::Decimal128(*p, *s),
        DataType::List(of)
        | DataType::LargeList(of)
        | DataType::ListView(of)
        | DataType::LargeListView(of)
        | DataType::FixedSizeList(of, _) => DataType::List(part(of, plain(of.data_type()))),
        DataType::Struct(fields) => {
            let parts = fields.iter().map(|f| part(f, plain(f.data_type())));
            DataType::Struct(parts.collect())
        }
        DataType::Map(entries, sorted) => {
            // A map's entries are never null.
            let entries = entries.as_ref().clone();
            let parts = entries_of(entries.data_type());
            DataType::Map(
                Arc::new(entries.with_data_type(parts).with_nullable(false)),
                *sorted,
            )
        }
        other => other.clone(),
    }
}

/// Texts that are told by their places among those that there are.
pub(crate) fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// As [`meaning`], of a part of a value: no dictionaries, for nobody asks by parts.
fn plain(data_type: &DataType) -> DataType {
    match meaning(data_type) {
        DataType::Dictionary(_, values) => *values,
        other => other,
    }
}

/// The entries of a map, whose parts are told by their places and not by their names.
fn entries_of(entries: &DataType) -> DataType {
    let DataType::Struct(fields) = entries else {
        return entries.clone();
    };
    let parts = fields.iter().map(|f| {
        let field = f.as_ref().clone();
        Arc::new(field.with_data_type(plain(f.data_type())))
    });
    DataType::Struct(parts.collect())
}

fn part(field: &FieldRef, data_type: DataType) -> FieldRef {
    Arc::new(Field::new(field.name(), data_type, true))
}

/// A time zone, UTC by one name however it is spelled.
fn zone_of(zone: &Arc<str>) -> Arc<str> {
    const UTC: &[&str] = &[
        "utc",
        "z",
        "zulu",
        "gmt",
        "etc/utc",
        "etc/gmt",
        "etc/uct",
        "etc/zulu",
        "uct",
        "etc/universal",
        "universal",
        "gmt0",
        "gmt+0",
        "gmt-0",
        "etc/gmt0",
        "etc/gmt+0",
        "etc/gmt-0",
        "etc/greenwich",
        "greenwich",
        "+00:00",
        "-00:00",
        "+0000",
        "-0000",
        "+00",
        "-00",
        "utc+00:00",
        "utc+0",
    ];
    match UTC.iter().any(|name| zone.eq_ignore_ascii_case(name)) {
        true => "UTC".into(),
        false => zone.clone(),
    }
}

/// The type that holds all values of two as they are, if there is one.
pub(crate) fn common(one: &DataType, other: &DataType) -> Option<DataType> {
    match (one, other) {
        (one, other) if one == other => return Some(alone(one)),
        (DataType::Null, valued) | (valued, DataType::Null) => return Some(alone(valued)),
        _ => {}
    }
    let (one, other) = (meaning(one), meaning(other));
    if one == other {
        return Some(one);
    }
    both(&one, &other).or_else(|| both(&other, &one))
}

/// As [`common`], of meanings that differ, in one of their orders.
fn both(one: &DataType, other: &DataType) -> Option<DataType> {
    use DataType as T;
    Some(match (one, other) {
        (T::Null, _) => other.clone(),
        (T::Dictionary(..), T::Utf8 | T::Binary) | (T::Utf8, T::Binary) => T::Utf8,
        (T::FixedSizeBinary(_), T::Binary | T::FixedSizeBinary(_)) => T::Binary,
        (one, other) if one.is_integer() && other.is_integer() => whole(one, other)?,
        (one, other) if one.is_integer() && other.is_floating() => floats(one, other),
        (one, other) if one.is_integer() => decimals(digits(one)?, digits(other)?)?,
        (T::Decimal128(..) | T::Decimal256(..), T::Decimal128(..) | T::Decimal256(..)) => {
            decimals(digits(one)?, digits(other)?)?
        }
        (T::Decimal128(_, 0) | T::Decimal256(_, 0), other) if other.is_floating() => T::Float64,
        (T::Float16, T::Float32 | T::Float64) | (T::Float32, T::Float64) => other.clone(),
        (T::Date32, T::Timestamp(..)) => other.clone(),
        (T::Timestamp(a, _), T::Timestamp(b, _)) => {
            // The zones differ, or there would be no doubt.
            let zone = match (one, other) {
                (T::Timestamp(_, a), T::Timestamp(_, b)) if a == b => a.clone(),
                _ => Some("UTC".into()),
            };
            T::Timestamp(finer(*a, *b), zone)
        }
        (T::Time32(a) | T::Time64(a), T::Time32(b) | T::Time64(b)) => match finer(*a, *b) {
            unit @ (TimeUnit::Second | TimeUnit::Millisecond) => T::Time32(unit),
            unit => T::Time64(unit),
        },
        (T::Duration(a), T::Duration(b)) => T::Duration(finer(*a, *b)),
        (T::List(a), T::List(b)) => T::List(part(a, plain(&common(a.data_type(), b.data_type())?))),
        (T::Struct(a), T::Struct(b)) => T::Struct(parts(a, b)?),
        (T::Map(a, _), T::Map(b, _)) => {
            let (T::Struct(x), T::Struct(y)) = (a.data_type(), b.data_type()) else {
                return None;
            };
            let parts = x.iter().zip(y).map(|(x, y)| {
                let data_type = plain(&common(x.data_type(), y.data_type())?);
                Some(Arc::new(x.as_ref().clone().with_data_type(data_type)))
            });
            let entries = T::Struct(parts.collect::<Option<Fields>>()?);
            T::Map(Arc::new(a.as_ref().clone().with_data_type(entries)), false)
        }
        _ => return None,
    })
}

/// The parts of both structs, in the order in which they are met.
fn parts(one: &Fields, other: &Fields) -> Option<Fields> {
    let shared = one.iter().map(|field| match other.find(field.name()) {
        None => Some(field.clone()),
        Some((_, there)) => {
            let both = common(field.data_type(), there.data_type())?;
            Some(part(field, plain(&both)))
        }
    });
    let mut all: Vec<FieldRef> = shared.collect::<Option<_>>()?;
    let new = other.iter().filter(|f| one.find(f.name()).is_none());
    all.extend(new.cloned());
    Some(all.into())
}

fn finer(one: TimeUnit, other: TimeUnit) -> TimeUnit {
    one.max(other)
}

/// Bits of an integer's values, the sign left out, and whether it has one.
fn width(data_type: &DataType) -> (u8, bool) {
    match data_type {
        DataType::Int8 => (7, true),
        DataType::Int16 => (15, true),
        DataType::Int32 => (31, true),
        DataType::Int64 => (63, true),
        DataType::UInt8 => (8, false),
        DataType::UInt16 => (16, false),
        DataType::UInt32 => (32, false),
        _ => (64, false),
    }
}

fn whole(one: &DataType, other: &DataType) -> Option<DataType> {
    let ((a, is_signed), (b, is_other_signed)) = (width(one), width(other));
    Some(match (a.max(b), is_signed || is_other_signed) {
        (..=7, true) => DataType::Int8,
        (..=15, true) => DataType::Int16,
        (..=31, true) => DataType::Int32,
        (..=63, true) => DataType::Int64,
        (_, true) => DataType::Decimal128(20, 0),
        (..=8, false) => DataType::UInt8,
        (..=16, false) => DataType::UInt16,
        (..=32, false) => DataType::UInt32,
        (_, false) => DataType::UInt64,
    })
}

/// Floats that hold the integers of a type; those of 64 bits only as far as they go.
fn floats(integer: &DataType, float: &DataType) -> DataType {
    match (width(integer).0, float) {
        (..=16, DataType::Float16 | DataType::Float32) => DataType::Float32,
        _ => DataType::Float64,
    }
}

/// Digits before and behind the point.
fn digits(data_type: &DataType) -> Option<(i16, i16)> {
    Some(match data_type {
        DataType::Decimal128(p, s) | DataType::Decimal256(p, s) => {
            (i16::from(*p) - i16::from(*s), i16::from(*s))
        }
        other if other.is_integer() => match width(other).0 {
            ..=8 => (3, 0),
            9..=16 => (5, 0),
            17..=32 => (10, 0),
            63 => (19, 0),
            _ => (20, 0),
        },
        _ => return None,
    })
}

fn decimals(one: (i16, i16), other: (i16, i16)) -> Option<DataType> {
    let (before, behind) = (one.0.max(other.0), one.1.max(other.1));
    let scale = i8::try_from(behind).ok()?;
    match u8::try_from(before.max(0) + behind).ok()? {
        digits @ ..=38 => Some(DataType::Decimal128(digits, scale)),
        digits @ 39..=76 => Some(DataType::Decimal256(digits, scale)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
