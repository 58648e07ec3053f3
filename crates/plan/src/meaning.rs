//! What a column's numbers mean, and literals as numbers of that meaning.

use crate::lower::Number;
use crate::{Literal, Timestamp};
use arrow::datatypes::{DataType, TimeUnit as ArrowUnit};
use graticule_columns::{Kind, TimeUnit, Unit};
use jiff::tz::TimeZone;

/// What the numbers of a column mean. Of times it says how many nanoseconds one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Themselves.
    Number,
    /// 1 is true, 0 is false.
    Boolean,
    /// A decimal without its point, which has so many digits behind it.
    Decimal(i8),
    /// Time since 1970-01-01T00:00:00Z.
    Moment(i128),
    /// The same of what is a date, the same for all clocks.
    Date(i128),
    /// Time since midnight.
    TimeOfDay(i128),
    /// A length of time.
    Span(i128),
    /// Nothing: they are all null.
    Nothing,
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

impl Meaning {
    /// Of the values of a type.
    pub(crate) fn of(data_type: &DataType) -> Self {
        let nanoseconds = |unit: &ArrowUnit| match unit {
            ArrowUnit::Second => SECOND,
            ArrowUnit::Millisecond => 1_000_000,
            ArrowUnit::Microsecond => 1_000,
            ArrowUnit::Nanosecond => 1,
        };
        match data_type {
            DataType::Null => Self::Nothing,
            DataType::Boolean => Self::Boolean,
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => Self::Decimal(*scale),
            DataType::Date32 => Self::Date(DAY),
            DataType::Date64 => Self::Date(1_000_000),
            DataType::Timestamp(unit, _) => Self::Moment(nanoseconds(unit)),
            DataType::Time32(unit) | DataType::Time64(unit) => Self::TimeOfDay(nanoseconds(unit)),
            DataType::Duration(unit) => Self::Span(nanoseconds(unit)),
            _ => Self::Number,
        }
    }

    /// Of a time column that counts a unit.
    pub(crate) fn instants(unit: TimeUnit) -> Self {
        Self::Moment(SECOND / i128::from(unit.per_second()))
    }

    /// What the numbers of two columns stand for, if they compare.
    pub(crate) fn units(self, other: Self) -> Option<[Unit; 2]> {
        let each = |nanoseconds: i128| {
            let times = u64::try_from(nanoseconds).ok()?;
            Some(Unit { times, digits: 0 })
        };
        let number = |meaning| match meaning {
            Self::Number => Some(Unit::ONE),
            Self::Decimal(scale) if scale >= 0 => Some(Unit {
                times: 1,
                digits: scale.unsigned_abs(),
            }),
            Self::Decimal(scale) => Some(Unit {
                times: 10u64.checked_pow(scale.unsigned_abs().into())?,
                digits: 0,
            }),
            _ => None,
        };
        let units = match (self, other) {
            (Self::Nothing, _) | (_, Self::Nothing) | (Self::Boolean, Self::Boolean) => {
                [Unit::ONE; 2]
            }
            (Self::Moment(here), Self::Moment(there))
            | (Self::Date(here), Self::Date(there))
            | (Self::TimeOfDay(here), Self::TimeOfDay(there))
            | (Self::Span(here), Self::Span(there)) => [each(here)?, each(there)?],
            _ => [number(self)?, number(other)?],
        };
        units.iter().all(|unit| unit.is_valid()).then_some(units)
    }

    /// A literal as a number that compares with those of the column. A time without an offset is of the zone.
    ///
    /// # Errors
    /// What to compare with instead.
    pub(crate) fn number(
        self,
        kind: Kind,
        literal: &Literal,
        zone: &TimeZone,
    ) -> Result<Number, &'static str> {
        let text = match literal {
            Literal::Text(text) => Some(text.trim()),
            _ => None,
        };
        match self {
            // With null every literal compares, and passes nowhere.
            Self::Nothing => Ok(Number::Integer(0)),
            Self::Boolean => match literal {
                Literal::Boolean(value) => Ok(Number::Integer(i128::from(*value))),
                _ => Err("compare it with true or false"),
            },
            Self::Number => match literal {
                Literal::Text(_) => Err("compare it with a number, without quotes"),
                Literal::Boolean(_) => Err("compare it with a number"),
                Literal::Integer(integer) => Ok(Number::Integer(*integer)),
                Literal::Float(float) => Ok(Number::Float(*float)),
                Literal::Decimal(decimal) if kind.is_float() => {
                    Ok(Number::Float(decimal.to_float()))
                }
                Literal::Decimal(decimal) => Ok(decimal.counted(0)),
            },
            Self::Decimal(scale) => match literal.decimal() {
                Some(decimal) => Ok(decimal.counted(scale)),
                None => Err("compare it with a number, without quotes"),
            },
            Self::Moment(each) | Self::Date(each) => text
                .and_then(|text| match self {
                    Self::Date(_) => Timestamp::read(text, &TimeZone::UTC),
                    _ => Timestamp::read(text, zone),
                })
                .map(|instant| counted(instant.nanoseconds(), each))
                .ok_or(
                    "compare it with a date or a time in 'single quotes', such as '2026-03-02' or '2026-03-02T08:30:00Z'",
                ),
            Self::TimeOfDay(each) => text
                .and_then(|text| text.parse::<jiff::civil::Time>().ok())
                .map(|time| {
                    let since = time.duration_since(jiff::civil::Time::midnight());
                    counted(since.as_nanos(), each)
                })
                .ok_or("compare it with a time of day in 'single quotes', such as '08:30:00'"),
            Self::Span(each) => text
                .and_then(|text| text.parse::<jiff::SignedDuration>().ok())
                .map(|span| counted(span.as_nanos(), each))
                .ok_or("compare it with a duration in 'single quotes', such as 'PT90S' or '1h 30m'"),
        }
    }
}

/// Nanoseconds as a count of so many each.
fn counted(nanoseconds: i128, each: i128) -> Number {
    let whole = nanoseconds.div_euclid(each);
    match nanoseconds.rem_euclid(each) {
        0 => Number::Integer(whole),
        _ => Number::Above(whole),
    }
}
