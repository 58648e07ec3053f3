use super::*;
use arrow::array::StringArray;
use arrow::array::{Decimal128Array, Float64Array, TimestampMicrosecondArray, UInt64Array};
use arrow::datatypes::{TimestampMicrosecondType, TimestampNanosecondType};
use std::sync::Arc;

fn column(data_type: DataType, numbers: Option<TimeUnit>) -> TimeColumn {
    let unit = match &data_type {
        DataType::Timestamp(unit, _) => unit_of(*unit),
        _ => numbers.unwrap_or(TimeUnit::Second),
    };
    TimeColumn {
        name: "t".to_owned(),
        unit,
        data_type,
        numbers,
    }
}

fn utc(unit: ArrowUnit) -> DataType {
    DataType::Timestamp(unit, Some("UTC".into()))
}

fn fitted(column: &TimeColumn, array: impl Array + 'static) -> Result<ArrayRef, String> {
    let array: ArrayRef = Arc::new(array);
    fit(column, &array).map_err(|e| e.to_string())
}

#[test]
fn texts_are_times() {
    let micros = column(utc(ArrowUnit::Microsecond), None);
    let texts = [
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("1970-01-01", 0),
        (" 1970-01-01 00:00:00.000001 ", 1),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T16:00:00-08:00", 0),
        ("2026-01-01T12:00:00[Europe/Berlin]", 1_767_265_200_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
        ("20260301T000000Z", 1_772_323_200_000_000),
    ];
    let (written, expected): (Vec<&str>, Vec<i64>) = texts.into_iter().unzip();
    let times = fitted(&micros, StringArray::from(written)).expect("times");
    assert_eq!(
        times.as_primitive::<TimestampMicrosecondType>().values(),
        &expected[..]
    );
    let none = fitted(&micros, StringArray::from(vec![None::<&str>])).expect("a null");
    assert!(none.is_null(0));
    for wrong in [
        "",
        "yesterday",
        "2026-13-01",
        "2026-03-01T25:00:00Z",
        "1772323200",
    ] {
        let error = fitted(&micros, StringArray::from(vec![wrong])).expect_err("no time");
        assert!(
            error.contains("column 't'") && error.contains(&format!("'{wrong}'")),
            "{error}"
        );
    }
    let fine = "2026-03-01T00:00:00.123456789Z";
    let error = fitted(&micros, StringArray::from(vec![fine])).expect_err("too fine");
    assert!(error.contains("`time_unit`"), "{error}");
    let nanos = column(utc(ArrowUnit::Nanosecond), Some(TimeUnit::Nanosecond));
    let times = fitted(&nanos, StringArray::from(vec![fine])).expect("times");
    assert_eq!(
        times.as_primitive::<TimestampNanosecondType>().value(0),
        1_772_323_200_123_456_789
    );
    assert!(fitted(&nanos, StringArray::from(vec!["9999-12-31"])).is_err());
}

#[test]
fn floats_are_the_nanosecond_that_they_lie_in() {
    let nanos = column(utc(ArrowUnit::Nanosecond), Some(TimeUnit::Second));
    // 1772323200.1 is 1772323200.099999904632568359375.
    let floats = [
        Some(1_772_323_200.5),
        Some(1_772_323_200.1),
        Some(-0.25),
        Some(-1e-12),
        None,
        Some(f64::NAN),
    ];
    let times = fitted(&nanos, Float64Array::from(floats.to_vec())).expect("times");
    let times: Vec<Option<i64>> = times
        .as_primitive::<TimestampNanosecondType>()
        .iter()
        .collect();
    let expected = [
        Some(1_772_323_200_500_000_000),
        Some(1_772_323_200_099_999_904),
        Some(-250_000_000),
        Some(-1),
        None,
        None,
    ];
    assert_eq!(times, expected);
    for far in [253_402_214_400.0, f64::INFINITY, 1e300] {
        let error = fitted(&nanos, Float64Array::from(vec![far])).expect_err("too far");
        assert!(error.contains("64 bits"), "{error}");
    }
    let millis = column(utc(ArrowUnit::Nanosecond), Some(TimeUnit::Millisecond));
    let times = fitted(&millis, Float64Array::from(vec![1.5])).expect("times");
    assert_eq!(
        times.as_primitive::<TimestampNanosecondType>().value(0),
        1_500_000
    );
    let float = |low, high| bounds(&nanos, &DataType::Float64, Ends::Double(low, high));
    assert_eq!(float(-1e-12, 2.0), Some((-1, 2_000_000_000)));
    assert_eq!(float(0.0, 1e300), None);
}

#[test]
fn numbers_are_counts_of_their_unit() {
    let whole = column(DataType::Int64, Some(TimeUnit::Second));
    let times = fitted(&whole, UInt64Array::from(vec![1_772_323_200])).expect("times");
    assert_eq!(
        times.as_primitive::<arrow::datatypes::Int64Type>().value(0),
        1_772_323_200
    );
    assert!(fitted(&whole, UInt64Array::from(vec![u64::MAX])).is_err());
    let micros = column(utc(ArrowUnit::Microsecond), Some(TimeUnit::Second));
    let times = fitted(&micros, Int64Array::from(vec![-3])).expect("times");
    assert_eq!(
        times.as_primitive::<TimestampMicrosecondType>().value(0),
        -3_000_000
    );
    assert!(fitted(&micros, Int64Array::from(vec![i64::MAX])).is_err());
    let ends = Ends::Int32(-1, 1);
    assert_eq!(
        bounds(&micros, &DataType::Int32, ends),
        Some((-1_000_000, 1_000_000))
    );
    assert_eq!(
        bounds(&micros, &DataType::UInt32, Ends::Int32(1, -1)),
        Some((1_000_000, 4_294_967_295_000_000))
    );
    assert_eq!(
        bounds(&micros, &DataType::Date32, ends),
        Some((-86_400_000_000, 86_400_000_000))
    );
    let millis = DataType::Timestamp(ArrowUnit::Millisecond, None);
    assert_eq!(bounds(&micros, &millis, Ends::Int64(-1, i64::MAX)), None);
    assert_eq!(
        bounds(&micros, &millis, Ends::Int64(-1, 5)),
        Some((-1000, 5000))
    );
    let decimals = Decimal128Array::from(vec![15, -15]).with_precision_and_scale(10, 1);
    let nanos = column(utc(ArrowUnit::Nanosecond), Some(TimeUnit::Nanosecond));
    let times = fitted(&nanos, decimals.expect("a type")).expect("times");
    assert_eq!(
        times.as_primitive::<TimestampNanosecondType>().values(),
        &[1, -2]
    );
    let same = TimestampMicrosecondArray::from(vec![5]).with_timezone("UTC");
    let times = fitted(&micros, same).expect("times");
    assert_eq!(times.as_primitive::<TimestampMicrosecondType>().value(0), 5);
}
