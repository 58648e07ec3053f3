//! One value of an answer, and its order.

use std::cmp::Ordering;

use arrow::array::{Array, AsArray, RecordBatch, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt64Type,
};

use crate::table::{Number, Values};

/// One value of an answer. Floats are equal when their bits are.
#[derive(Clone, Debug)]
pub enum Cell {
    /// A boolean key or value.
    Bool(bool),
    /// A count, an integer sum, an integer key, a value of an integer column.
    Int(i128),
    /// A float sum, a mean, a variance, a value of a 64-bit float column.
    Float(f64),
    /// A value of a 32-bit float column.
    Float32(f32),
    /// A geohash, an H3 cell, a tile, a zone, a text or a partition value.
    Text(String),
    /// A time or the start of a bucket, week, month or year, in source units.
    Time(i64),
    /// Where values lie.
    Histogram {
        /// The smallest value.
        low: f64,
        /// The greatest value.
        high: f64,
        /// How many lie in each bin.
        counts: Vec<i64>,
    },
    /// No value: after all others in either order.
    Null,
}

impl Cell {
    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) => 1,
            Self::Float(_) => 2,
            Self::Float32(_) => 3,
            Self::Text(_) => 4,
            Self::Time(_) => 5,
            Self::Histogram { .. } => 6,
            Self::Null => 7,
        }
    }

    /// Greatest first, nulls last.
    pub fn descending(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, _) | (_, Self::Null) => self.cmp(other),
            _ => other.cmp(self),
        }
    }
}

/// Ascending, nulls last. Floats in IEEE total order: -0.0 below 0.0, NaN above infinity.
impl Ord for Cell {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Float32(a), Self::Float32(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (
                Self::Histogram { low, high, counts },
                Self::Histogram {
                    low: b_low,
                    high: b_high,
                    counts: b_counts,
                },
            ) => (low.total_cmp(b_low))
                .then(high.total_cmp(b_high))
                .then_with(|| counts.cmp(b_counts)),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Cell {}

/// The value of a column at a row.
pub(crate) fn value(values: &Values, row: usize) -> Cell {
    match values {
        Values::Bool(v) => v[row].map_or(Cell::Null, Cell::Bool),
        Values::Text(v) => v[row].clone().map_or(Cell::Null, Cell::Text),
        numbers => numbers.number(row).map_or(Cell::Null, Cell::from),
    }
}

impl From<Number> for Cell {
    fn from(number: Number) -> Self {
        match number {
            Number::Int(value) => Self::Int(value),
            Number::F32(value) => Self::Float32(value),
            Number::F64(value) => Self::Float(value),
        }
    }
}

/// The rows of record batches as cells, to hold an engine's answer against [`crate::Answer::rows`]. Integers of any
/// width become `Int`, timestamps of any unit `Time`, strings (of a dictionary, too) `Text`.
///
/// # Panics
/// On a type that no answer of the oracle has.
pub fn rows_of(batches: &[RecordBatch]) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<Vec<Cell>> = batch.columns().iter().map(|column| cells(column)).collect();
        rows.extend(
            (0..batch.num_rows())
                .map(|row| columns.iter().map(|column| column[row].clone()).collect()),
        );
    }
    rows
}

fn cells(array: &dyn Array) -> Vec<Cell> {
    /// Every value through one function, nulls as `Cell::Null`.
    macro_rules! all {
        ($values:expr, $cell:expr) => {
            $values
                .iter()
                .map(|value| value.map_or(Cell::Null, $cell))
                .collect()
        };
    }
    let as_type = |wanted: &DataType| cast(array, wanted).expect("a cast that loses nothing");
    match array.data_type() {
        DataType::Boolean => all!(array.as_boolean(), Cell::Bool),
        DataType::Float32 => all!(array.as_primitive::<Float32Type>(), Cell::Float32),
        DataType::Float64 => all!(array.as_primitive::<Float64Type>(), Cell::Float),
        wanted if wanted.is_signed_integer() => {
            all!(as_type(&DataType::Int64).as_primitive::<Int64Type>(), |v| {
                Cell::Int(v.into())
            })
        }
        wanted if wanted.is_unsigned_integer() => {
            all!(
                as_type(&DataType::UInt64).as_primitive::<UInt64Type>(),
                |v| Cell::Int(v.into())
            )
        }
        DataType::Timestamp(TimeUnit::Second, _) => {
            all!(array.as_primitive::<TimestampSecondType>(), Cell::Time)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            all!(array.as_primitive::<TimestampMillisecondType>(), Cell::Time)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            all!(array.as_primitive::<TimestampMicrosecondType>(), Cell::Time)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            all!(array.as_primitive::<TimestampNanosecondType>(), Cell::Time)
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(_, _) => {
            all!(as_type(&DataType::Utf8).as_string::<i32>(), |v: &str| {
                Cell::Text(v.to_owned())
            })
        }
        DataType::Struct(_) => histograms(array.as_struct()),
        other => panic!("no answer has a column of type {other}"),
    }
}

fn histograms(array: &StructArray) -> Vec<Cell> {
    let end = |name: &str| {
        let column = array.column_by_name(name).expect("an end of the bins");
        column.as_primitive::<Float64Type>()
    };
    let counts = array.column_by_name("counts").expect("counts");
    let histogram = |row| match array.is_null(row) {
        true => Cell::Null,
        false => Cell::Histogram {
            low: end("low").value(row),
            high: end("high").value(row),
            counts: (counts.as_list::<i32>().value(row))
                .as_primitive::<Int64Type>()
                .values()
                .to_vec(),
        },
    };
    (0..array.len()).map(histogram).collect()
}
