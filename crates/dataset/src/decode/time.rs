//! Times of a file as those of the dataset: timestamps, dates, numbers of a unit, texts.

use crate::decode::fit::{Unfit, fit as fit_values, not_null, scaled, timestamps};
use crate::file::footer::{self, Ends};
use crate::file::text::nulls;
use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, TimeUnit as ArrowUnit};
use arrow::error::ArrowError;
use graticule_columns::{TimeColumn, TimeUnit};
use jiff::civil::Date;
use jiff::fmt::temporal::{DateTimeParser, PiecesOffset};

pub(crate) fn utc(unit: ArrowUnit) -> DataType {
    DataType::Timestamp(unit, Some("UTC".into()))
}

/// The type that times of a file's type are read as. Of a unit that numbers have.
pub(crate) fn time_type(own: &DataType, numbers: Option<TimeUnit>) -> Option<DataType> {
    match own {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Null => Some(own.clone()),
        DataType::Date64 => Some(DataType::Timestamp(ArrowUnit::Millisecond, None)),
        DataType::Dictionary(_, values) => time_type(values, numbers),
        DataType::RunEndEncoded(_, values) => time_type(values.data_type(), numbers),
        own if is_text(own) => Some(utc(numbers.map_or(ArrowUnit::Microsecond, arrow_unit))),
        own if own.is_integer() => numbers.map(|_| DataType::Int64),
        own if own.is_floating() => numbers.map(|_| utc(ArrowUnit::Nanosecond)),
        DataType::Decimal32(_, s) | DataType::Decimal64(_, s) | DataType::Decimal128(_, s) => {
            numbers.map(|_| match s {
                0 => DataType::Int64,
                _ => utc(ArrowUnit::Nanosecond),
            })
        }
        _ => None,
    }
}

pub(crate) fn is_text(own: &DataType) -> bool {
    match own {
        DataType::Dictionary(_, values) => is_text(values),
        DataType::RunEndEncoded(_, values) => is_text(values.data_type()),
        own => matches!(
            own,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        ),
    }
}

pub(crate) fn arrow_unit(unit: TimeUnit) -> ArrowUnit {
    match unit {
        TimeUnit::Second => ArrowUnit::Second,
        TimeUnit::Millisecond => ArrowUnit::Millisecond,
        TimeUnit::Microsecond => ArrowUnit::Microsecond,
        TimeUnit::Nanosecond => ArrowUnit::Nanosecond,
    }
}

pub(crate) fn unit_of(unit: ArrowUnit) -> TimeUnit {
    match unit {
        ArrowUnit::Second => TimeUnit::Second,
        ArrowUnit::Millisecond => TimeUnit::Millisecond,
        ArrowUnit::Microsecond => TimeUnit::Microsecond,
        ArrowUnit::Nanosecond => TimeUnit::Nanosecond,
    }
}

/// The time column of a file as that of the dataset.
///
/// # Errors
/// [`Unfit`] with the first value that is no time, or none that the unit can hold.
pub(crate) fn fit(column: &TimeColumn, array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let (from, to) = (array.data_type(), &column.data_type);
    if from == to {
        return Ok(array.clone());
    }
    if let Some(nulls) = nulls(array, to) {
        return Ok(nulls);
    }
    if time_type(from, column.numbers).is_none() {
        return Err(not_null(&column.name, from));
    }
    let wrong = |reason: String| Unfit::of(&column.name, reason);
    let numbers = column.numbers.map_or(ArrowUnit::Second, arrow_unit);
    let (unit, zone) = match to {
        DataType::Timestamp(unit, zone) => (*unit, zone.as_ref()),
        _ => return fit_values(&column.name, array, to),
    };
    match from {
        DataType::Dictionary(_, values) => fit(column, &cast(array, values)?),
        DataType::RunEndEncoded(_, values) => fit(column, &cast(array, values.data_type())?),
        from if is_text(from) => {
            let texts = cast(array, &DataType::Utf8)?;
            let texts = texts.as_string::<i32>();
            let parser = DateTimeParser::new();
            let counts = counted(column, texts, |text| of_text(&parser, text, unit))?;
            Ok(timestamps(&counts, unit, zone))
        }
        from if from.is_integer() => {
            let counts = fit_values(&column.name, array, &DataType::Int64)?;
            let counts = scaled(counts.as_primitive(), numbers, unit).map_err(wrong)?;
            Ok(timestamps(&counts, unit, zone))
        }
        from if from.is_floating() => {
            let floats = cast(array, &DataType::Float64)?;
            let floats = floats.as_primitive::<Float64Type>();
            let numbered = floats.iter().map(|v| v.filter(|v| !v.is_nan()));
            let counts = counted(column, numbered, |v| of_float(v, numbers))?;
            let counts = scaled(&counts, ArrowUnit::Nanosecond, unit).map_err(wrong)?;
            Ok(timestamps(&counts, unit, zone))
        }
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale) => {
            let whole = cast(array, &DataType::Decimal128(38, *scale))?;
            let whole = whole.as_primitive::<Decimal128Type>();
            let counts = counted(column, whole, |v| of_decimal(v, *scale, numbers, unit))?;
            Ok(timestamps(&counts, unit, zone))
        }
        _ => fit_values(&column.name, array, to),
    }
}

/// Values as counts, or the first row whose value is none.
fn counted<T>(
    column: &TimeColumn,
    values: impl IntoIterator<Item = Option<T>>,
    count: impl Fn(T) -> Result<i64, String>,
) -> Result<Int64Array, ArrowError> {
    let counts = values.into_iter().enumerate().map(|(row, value)| {
        let counted = value.map(&count).transpose();
        counted.map_err(|reason| Unfit::at(&column.name, row, reason))
    });
    counts.collect()
}

/// A text in ISO 8601 as a count of a unit from 1970; without a zone it is UTC.
fn of_text(parser: &DateTimeParser, text: &str, unit: ArrowUnit) -> Result<i64, String> {
    let wrong = || format!("'{text}' is no time in ISO 8601, such as 2026-03-01T06:30:00Z");
    let pieces = parser.parse_pieces(text.trim()).map_err(|_| wrong())?;
    let time = pieces.time().unwrap_or_default();
    let civil = pieces.date().to_datetime(time);
    let offset = match (pieces.offset(), pieces.to_time_zone()) {
        (Some(PiecesOffset::Numeric(offset)), _) => i64::from(offset.offset().seconds()),
        (Some(_), _) | (None, Ok(None)) => 0,
        (None, Ok(Some(zone))) => {
            let instant = zone.to_timestamp(civil).map_err(|_| wrong())?;
            i64::from(zone.to_offset(instant).seconds())
        }
        (None, Err(_)) => return Err(wrong()),
    };
    // Not by jiff's own instants, which end a day before the year 9999 does.
    let days = i64::from((civil.date() - Date::constant(1970, 1, 1)).get_days());
    let clock =
        3600 * i64::from(time.hour()) + 60 * i64::from(time.minute()) + i64::from(time.second());
    let per_second = unit_of(unit).per_second();
    let nanos = i64::from(time.subsec_nanosecond());
    let rest = 1_000_000_000 / per_second;
    if nanos % rest != 0 {
        return Err(format!(
            "'{text}' is finer than its unit; give a finer one with `time_unit`, as far as ns"
        ));
    }
    let seconds = days * 86_400 + clock - offset;
    let count = seconds
        .checked_mul(per_second)
        .and_then(|count| count.checked_add(nanos / rest));
    count.ok_or_else(|| {
        format!(
            "'{text}' is more than 64 bits hold in its unit; give a coarser one with `time_unit`"
        )
    })
}

/// A number of a unit in nanoseconds, those before it where it is between two.
fn of_float(value: f64, unit: ArrowUnit) -> Result<i64, String> {
    let beyond = || format!("{value} is a time that 64 bits do not hold in nanoseconds");
    if !value.is_finite() {
        return Err(beyond());
    }
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    let fraction = i128::from(bits & ((1 << 52) - 1));
    let mantissa = match exponent {
        0 => fraction,
        _ => fraction | (1 << 52),
    };
    let factor = i128::from(1_000_000_000 / unit_of(unit).per_second());
    let signed = factor
        * if value.is_sign_negative() {
            -mantissa
        } else {
            mantissa
        };
    // The value is signed * 2^shift.
    let nanos = match exponent.max(1) - 1075 {
        shift @ ..0 => signed >> shift.unsigned_abs().min(127),
        shift @ 0..=20 => signed << shift,
        _ => return Err(beyond()),
    };
    i64::try_from(nanos).map_err(|_| beyond())
}

/// A decimal of a unit in another one, those before it where it is between two.
fn of_decimal(value: i128, scale: i8, from: ArrowUnit, to: ArrowUnit) -> Result<i64, String> {
    let (from, to) = (unit_of(from).per_second(), unit_of(to).per_second());
    let count = || {
        let whole = value.checked_mul(i128::from(to))?;
        let places = 10i128.checked_pow(scale.unsigned_abs().into())?;
        let whole = match scale {
            ..0 => whole.checked_mul(places)?.div_euclid(from.into()),
            _ => whole.div_euclid(places.checked_mul(from.into())?),
        };
        i64::try_from(whole).ok()
    };
    count().ok_or_else(|| {
        format!(
            "{value}e{} is a time that 64 bits do not hold in its unit",
            -i16::from(scale)
        )
    })
}

/// Bounds of a file's times, as a footer states them of its own type, as those of the dataset.
pub(crate) fn bounds(column: &TimeColumn, own: &DataType, ends: Ends) -> Option<(i64, i64)> {
    let numbers = column.numbers.map_or(ArrowUnit::Second, arrow_unit);
    let per_second = column.unit.per_second();
    let (low, high) = match (own, ends) {
        (own, Ends::Float(low, high)) if own.is_floating() => {
            let of = |value: f32| of_float(value.into(), numbers).ok();
            (of(low)?, of(high)?)
        }
        (own, Ends::Double(low, high)) if own.is_floating() => {
            (of_float(low, numbers).ok()?, of_float(high, numbers).ok()?)
        }
        _ => footer::whole(own, ends)?,
    };
    let from = match own {
        DataType::Timestamp(unit, _) => unit_of(*unit).per_second(),
        own if own.is_integer() => unit_of(numbers).per_second(),
        own if own.is_floating() => 1_000_000_000,
        DataType::Date32 => {
            let factor = per_second * 86_400;
            return low.checked_mul(factor).zip(high.checked_mul(factor));
        }
        _ => return None,
    };
    let factor = per_second / from;
    (factor > 0).then_some(())?;
    low.checked_mul(factor).zip(high.checked_mul(factor))
}

#[cfg(test)]
mod tests;
