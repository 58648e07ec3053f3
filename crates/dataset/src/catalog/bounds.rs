//! Bounds that files state, as those of the dataset's columns.

use crate::decode::{fit, time};
use crate::file::coordinates;
use crate::file::footer::{Ends, whole};
use arrow::datatypes::DataType;
use graticule_columns::{Bounds, Kind, Schema, TimeColumn};
use graticule_geo::CoordinateUnit;

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
            let (low, high) = time::bounds(time, own, ends)?;
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
