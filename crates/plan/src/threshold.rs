//! Values of an answer, compared with what a question names.

use crate::Literal;
use crate::lower::{Number, compare_float, compare_integer};
use crate::meaning::Meaning;
use arrow::datatypes::DataType;
use graticule_columns::{Kind, time_zone};
use std::cmp::Ordering;

/// A value of an answer that is not null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Datum<'a> {
    /// An integer, a boolean as 0 or 1, a decimal without its point, or the count of a unit of time.
    Integer(i128),
    /// A float.
    Float(f64),
    /// A text.
    Text(&'a str),
}

/// A literal as values of a type compare with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold(Bound);

#[derive(Debug, Clone, PartialEq)]
enum Bound {
    Number(Number),
    Text(String),
}

impl Threshold {
    /// A literal, for values of a type; a time without an offset is of the zone.
    ///
    /// # Errors
    /// What to compare with instead.
    pub fn new(data_type: &DataType, literal: &Literal, zone: &str) -> Result<Self, &'static str> {
        Ok(Self(match (data_type, literal) {
            (DataType::Utf8, Literal::Text(text)) => Bound::Text(text.clone()),
            (DataType::Utf8, _) => return Err("compare it with a text in 'single quotes'"),
            _ if data_type.is_nested() => return Err("it is no single value"),
            _ => {
                let kind = match data_type.is_floating() {
                    true => Kind::F64,
                    false => Kind::I64,
                };
                let zone = time_zone(zone).map_err(|_| "name a time zone that there is")?;
                Bound::Number(Meaning::of(data_type).number(kind, literal, &zone)?)
            }
        }))
    }

    /// How a value compares with it; NaN in no way.
    pub fn compare(&self, value: Datum<'_>) -> Option<Ordering> {
        match (value, &self.0) {
            (Datum::Text(text), Bound::Text(bound)) => Some(text.cmp(bound)),
            (Datum::Integer(integer), Bound::Number(number)) => {
                Some(compare_integer(integer, *number))
            }
            (Datum::Float(float), Bound::Number(number)) if !float.is_nan() => {
                Some(compare_float(float, *number))
            }
            _ => None,
        }
    }
}
