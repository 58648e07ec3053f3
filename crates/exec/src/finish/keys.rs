//! From digits to keys.

use super::groups::Lexicon;
use super::values::typed;
use crate::Error;
use crate::text::format_time;
use arrow::array::{
    Array, ArrayRef, Decimal128Array, Float64Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use graticule_columns::{Bins, CalendarReader, CalendarUnit, Kind, PartitionValue, TimeUnit};
use graticule_geo::{geohash, h3};
use graticule_kernels::Partial;
use graticule_plan::{KeyColumn, KeyForm};
use std::sync::Arc;

/// A null key's word: beyond every u64, so that it sorts last.
pub(super) const NULL: u128 = 1 << 64;

fn digit(key: &KeyColumn, partial: &Partial, i: usize, group: usize) -> u32 {
    partial.digits[key.digit + i][group]
}

/// The code of a key in one digit or two, behind the one that tells of nulls.
pub(super) fn code(key: &KeyColumn, partial: &Partial, group: usize) -> u64 {
    let skip = usize::from(key.nullable);
    let digits = match &key.form {
        KeyForm::Time { digits, .. }
        | KeyForm::Integer { digits, .. }
        | KeyForm::H3 { digits, .. }
        | KeyForm::Bins { digits, .. }
        | KeyForm::Zone { digits, .. } => *digits,
        KeyForm::Text { .. } => 2,
        _ => 1,
    };
    let first = u64::from(digit(key, partial, skip, group));
    match digits {
        1 => first,
        _ => first << 32 | u64::from(digit(key, partial, skip + 1, group)),
    }
}

pub(super) fn is_null(key: &KeyColumn, partial: &Partial, group: usize) -> bool {
    key.nullable && digit(key, partial, 0, group) == 1
}

/// The hashes of a text key's groups.
pub(super) fn hashes<'a>(
    key: &'a KeyColumn,
    partial: &'a Partial,
) -> impl Iterator<Item = u64> + 'a {
    (0..partial.groups())
        .filter(|&g| !is_null(key, partial, g))
        .map(|g| code(key, partial, g))
}

/// Words of a key that is no zone, one a group, that sort as the key does.
pub(super) fn words(key: &KeyColumn, lexicon: &Lexicon, partial: &Partial) -> Vec<u128> {
    let skip = usize::from(key.nullable);
    let word = |group: usize| match &key.form {
        _ if is_null(key, partial, group) => NULL,
        KeyForm::Geohash { precision, first } => {
            let bits = geohash::bits(*precision).unwrap_or((32, 32));
            let cell = |axis: usize, bits: u32| {
                digit(key, partial, axis, group).wrapping_add(first[axis])
                    & (u32::MAX >> (32 - bits))
            };
            let code = geohash::code(cell(0, bits.0), cell(1, bits.1), *precision);
            u128::from(code.unwrap_or(0))
        }
        KeyForm::Tile { zoom: 0, .. } => 0,
        KeyForm::Tile { first, .. } => {
            let at =
                |axis: usize| u128::from(digit(key, partial, skip + axis, group) + first[axis]);
            at(0) << 32 | at(1)
        }
        KeyForm::Text { .. } | KeyForm::Near { .. } => lexicon.number(code(key, partial, group)),
        _ => u128::from(code(key, partial, group)),
    };
    (0..partial.groups()).map(word).collect()
}

/// The values that words of a key stand for.
pub(super) fn column(
    key: &KeyColumn,
    lexicon: &Lexicon,
    words: &[u128],
) -> Result<ArrayRef, Error> {
    let value = |word: u128| u64::try_from(word).ok();
    let texts = |text: &dyn Fn(u64) -> Option<String>| -> ArrayRef {
        let texts = words.iter().map(|w| value(*w).and_then(text));
        Arc::new(texts.collect::<StringArray>())
    };
    Ok(match &key.form {
        KeyForm::Geohash { precision, .. } => texts(&|w| geohash::text(w, *precision).ok()),
        KeyForm::H3 { resolution, .. } => texts(&|w| Some(h3::text(h3::whole(w, *resolution)))),
        KeyForm::Tile { zoom, .. } => {
            texts(&|w| Some(format!("{zoom}/{}/{}", w >> 32, w & 0xffff_ffff)))
        }
        KeyForm::Text { .. } | KeyForm::Zone { .. } | KeyForm::Near { .. } => {
            texts(&|w| lexicon.texts.get(usize::try_from(w).ok()?).cloned())
        }
        KeyForm::Calendar {
            calendar,
            first,
            unit,
            ..
        } => {
            let ordinal = |w: u64| {
                let bits = Kind::I32.unorder(w.wrapping_add(*first));
                u32::try_from(bits).unwrap_or(0).cast_signed()
            };
            let ordinals = words.iter().map(|w| value(*w).map(ordinal));
            if matches!(
                calendar.unit,
                CalendarUnit::HourOfDay | CalendarUnit::DayOfWeek
            ) {
                return Ok(Arc::new(ordinals.collect::<Int32Array>()));
            }
            let reader = calendar.reader(*unit);
            let reader = reader.map_err(Error::Worker)?;
            let begin = |ordinal: i32| {
                let begin = reader.start(ordinal);
                begin.ok_or_else(|| beyond_calendar(key, &reader, *unit, ordinal))
            };
            let begins = ordinals.map(|o| o.map(begin).transpose());
            in_zone(
                timestamps(*unit, begins.collect::<Result<_, _>>()?),
                &calendar.zone,
            )?
        }
        KeyForm::Time {
            first,
            width,
            unit,
            told,
            zone,
            ..
        } => {
            let coarser = i128::from(unit.per_second() / told.per_second());
            let begin = |word: u64| {
                let at = |word: i128| (first + word * i128::from(*width)).div_euclid(coarser);
                let begin = i64::try_from(at(word.into()));
                // Only the first bucket can begin before all times that the type holds.
                begin.map_err(|_| {
                    let next = i64::try_from(at(i128::from(word) + 1)).unwrap_or(i64::MAX);
                    beyond(key, "before", next, *told)
                })
            };
            let values = words.iter().map(|&w| value(w).map(begin).transpose());
            in_zone(timestamps(*told, values.collect::<Result<_, _>>()?), zone)?
        }
        KeyForm::Integer {
            low,
            kind,
            data_type,
            ..
        } => {
            let bits = words
                .iter()
                .map(|&w| value(w).map(|w| kind.unorder(w.wrapping_add(*low))));
            typed(*kind, data_type, bits.collect())?
        }
        KeyForm::Bins {
            bins,
            low,
            scale,
            is_unsigned,
            ..
        } => {
            let bin = |word: &u128| {
                let bits = Kind::I64.unorder(value(*word)?.wrapping_add(*low));
                Some(bits.cast_signed())
            };
            let told = words.iter().map(bin);
            let least = if *is_unsigned { Bins::UNSIGNED } else { 0 };
            let whole = |bin: i64| bins.told_whole(i128::from(bin) + least);
            match scale {
                None => {
                    let floats = told.map(|bin| bin.map(|bin| bins.told(bin)));
                    Arc::new(floats.collect::<Float64Array>())
                }
                // An edge below all integers of 64 bits is told as the least of them.
                Some(0) if *is_unsigned => {
                    let integers = told
                        .map(|bin| bin.map(|bin| u64::try_from(whole(bin)).unwrap_or(u64::MAX)));
                    Arc::new(integers.collect::<UInt64Array>())
                }
                Some(0) => {
                    let integers = told.map(|bin| {
                        bin.map(|bin| whole(bin).clamp(i64::MIN.into(), i64::MAX.into()))
                    });
                    let integers = integers.map(|bin| i64::try_from(bin?).ok());
                    Arc::new(integers.collect::<Int64Array>())
                }
                Some(scale) => {
                    let decimals = told.map(|bin| bin.map(whole)).collect::<Decimal128Array>();
                    Arc::new(decimals.with_precision_and_scale(38, *scale)?)
                }
            }
        }
        KeyForm::Partition { values, is_integer } => {
            let value = |w: &u128| usize::try_from(*w).ok().and_then(|i| values.get(i));
            if *is_integer {
                let integer = |w: &u128| match value(w) {
                    Some(PartitionValue::Integer(v)) => Some(*v),
                    _ => None,
                };
                Arc::new(words.iter().map(integer).collect::<Int64Array>())
            } else {
                let text = |w: &u128| match value(w) {
                    Some(PartitionValue::Text(v)) => Some(v.clone()),
                    Some(PartitionValue::Integer(v)) => Some(v.to_string()),
                    _ => None,
                };
                Arc::new(words.iter().map(text).collect::<StringArray>())
            }
        }
    })
}

/// That a group begins where nothing can tell it, by the nearest time that can be told.
fn beyond(key: &KeyColumn, side: &str, nearest: i64, unit: TimeUnit) -> Error {
    Error::TimeRange {
        key: key.name.clone(),
        times: format!("{side} {}", format_time(nearest, unit)),
    }
}

fn beyond_calendar(
    key: &KeyColumn,
    reader: &CalendarReader,
    unit: TimeUnit,
    ordinal: i32,
) -> Error {
    let (side, nearest) = match ordinal {
        i32::MAX => (
            "after",
            (1..=3).find_map(|less| reader.start(ordinal - less)),
        ),
        _ => (
            "before",
            (1..=3).find_map(|more| reader.start(ordinal + more)),
        ),
    };
    beyond(key, side, nearest.unwrap_or(0), unit)
}

/// Instants, told in a time zone.
pub(super) fn in_zone(instants: ArrayRef, zone: &str) -> Result<ArrayRef, Error> {
    match instants.data_type() {
        DataType::Timestamp(unit, _) => {
            // A cast of what has no zone would read it by the clocks of the new one.
            let utc = cast(&instants, &DataType::Timestamp(*unit, Some("UTC".into())))?;
            Ok(cast(&utc, &DataType::Timestamp(*unit, Some(zone.into())))?)
        }
        _ => Ok(instants),
    }
}

/// Counts of a unit as an array of instants.
pub(crate) fn timestamps(unit: TimeUnit, values: Vec<Option<i64>>) -> ArrayRef {
    match unit {
        TimeUnit::Second => Arc::new(TimestampSecondArray::from(values).with_timezone("UTC")),
        TimeUnit::Millisecond => {
            Arc::new(TimestampMillisecondArray::from(values).with_timezone("UTC"))
        }
        TimeUnit::Microsecond => {
            Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
        }
        TimeUnit::Nanosecond => {
            Arc::new(TimestampNanosecondArray::from(values).with_timezone("UTC"))
        }
    }
}
