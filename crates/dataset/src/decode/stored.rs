//! Columns as Parquet files hold them so that every reader sees their types.
//!
//! Parquet has no unit of seconds and no dates in milliseconds: such columns would be bare numbers there.
//! They are written in milliseconds.

use crate::file::guard::guarded;
use crate::file::text::{plain, plain_type};
use arrow::array::{ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field, FieldRef, Schema, TimeUnit, TimestampMillisecondType, TimestampSecondType,
};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use std::sync::Arc;

/// The type that a column of a type has in Parquet files.
pub fn stored_type(data_type: &DataType) -> DataType {
    let part = |field: &FieldRef| -> FieldRef {
        let stored = stored_type(field.data_type());
        Arc::new(field.as_ref().clone().with_data_type(stored))
    };
    match plain_type(data_type) {
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        DataType::Date64 => DataType::Timestamp(TimeUnit::Millisecond, None),
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::List(of) => DataType::List(part(of)),
        DataType::LargeList(of) => DataType::LargeList(part(of)),
        DataType::FixedSizeList(of, size) => DataType::FixedSizeList(part(of), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(part).collect()),
        other => other.clone(),
    }
}

/// Whether Parquet can hold a column of a type. The writer is asked, within a guard, for it stops at some.
pub fn is_storable(data_type: &DataType) -> bool {
    let write = || {
        let field = Field::new("probe", data_type.clone(), true);
        let schema = Arc::new(Schema::new(vec![field]));
        let batch = RecordBatch::try_new(schema.clone(), vec![new_null_array(data_type, 1)])?;
        let mut writer = ArrowWriter::try_new(Vec::new(), schema, None)?;
        writer.write(&batch)?;
        writer.close()
    };
    matches!(guarded(write), Ok(Ok(_)))
}

/// A column as its [stored type](stored_type). Seconds that milliseconds cannot hold, 292 million years
/// away, become the last that they do.
///
/// # Errors
/// When the array is not what its type says.
pub fn stored(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    let array = plain(array)?;
    match (array.data_type(), to) {
        (from, to) if from == to => Ok(array),
        (
            DataType::Timestamp(TimeUnit::Second, _),
            DataType::Timestamp(TimeUnit::Millisecond, zone),
        ) => {
            let seconds = array.as_primitive::<TimestampSecondType>();
            let counts =
                seconds.unary::<_, TimestampMillisecondType>(|second| second.saturating_mul(1_000));
            Ok(Arc::new(counts.with_timezone_opt(zone.clone())))
        }
        _ => cast(&array, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, Date64Array, Int64Array, Time32SecondArray, TimestampSecondArray};
    use arrow::datatypes::{Fields, Int64Type, IntervalUnit};

    fn counts(array: ArrayRef) -> Vec<i64> {
        let to = stored_type(array.data_type());
        let stored = stored(&array, &to).expect("an array");
        assert_eq!(*stored.data_type(), to);
        let counts = match to {
            DataType::Time32(_) => cast(&stored, &DataType::Int32),
            _ => Ok(stored),
        };
        let counts = cast(&counts.expect("counts"), &DataType::Int64).expect("counts");
        let counts: &Int64Array = counts.as_primitive::<Int64Type>();
        counts.values().to_vec()
    }

    #[test]
    fn seconds_become_milliseconds() {
        let seconds = TimestampSecondArray::from(vec![1_772_323_200, i64::MAX, -1]);
        let seconds = Arc::new(seconds.with_timezone("UTC"));
        assert_eq!(counts(seconds), [1_772_323_200_000, i64::MAX, -1_000]);
        assert_eq!(
            counts(Arc::new(Date64Array::from(vec![86_400_000, 1]))),
            [86_400_000, 1]
        );
        assert_eq!(
            counts(Arc::new(Time32SecondArray::from(vec![30_600]))),
            [30_600_000]
        );
    }

    #[test]
    fn what_parquet_cannot_hold_is_told() {
        let of = |data_type| Arc::new(Field::new("item", data_type, true));
        for data_type in [
            DataType::Float16,
            DataType::Utf8View,
            DataType::List(of(DataType::Struct(
                [of(DataType::Int8)].into_iter().collect(),
            ))),
            DataType::Interval(IntervalUnit::DayTime),
        ] {
            assert!(is_storable(&data_type), "{data_type}");
        }
        for data_type in [
            DataType::Interval(IntervalUnit::MonthDayNano),
            DataType::Struct(Fields::empty()),
            DataType::List(of(DataType::Struct(Fields::empty()))),
        ] {
            assert!(!is_storable(&data_type), "{data_type}");
        }
    }

    #[test]
    fn parts_are_stored_alike() {
        let seconds = DataType::Timestamp(TimeUnit::Second, None);
        let list = |of| DataType::List(Arc::new(Field::new("item", of, true)));
        assert_eq!(
            stored_type(&list(seconds)),
            list(DataType::Timestamp(TimeUnit::Millisecond, None))
        );
    }
}
