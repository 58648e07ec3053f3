use super::*;
use arrow::array::{
    Date64Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
    LargeListArray, LargeStringArray, NullArray, StringArray, TimestampMicrosecondArray,
    TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{Field, Int8Type};

fn fitted(array: impl Array + 'static, to: &DataType) -> Result<ArrayRef, String> {
    let array: ArrayRef = Arc::new(array);
    fit("c", &array, to).map_err(|e| e.to_string())
}

#[test]
fn values_stay_what_they_are() {
    let texts = fitted(
        LargeStringArray::from(vec![Some("a"), None]),
        &DataType::Utf8,
    );
    assert_eq!(
        texts.expect("texts").as_string::<i32>(),
        &StringArray::from(vec![Some("a"), None])
    );
    let places: DictionaryArray<Int8Type> = vec![Some("b"), None, Some("b")].into_iter().collect();
    let texts = fitted(places, &DataType::Utf8).expect("texts");
    assert_eq!(
        texts.as_string::<i32>(),
        &StringArray::from(vec![Some("b"), None, Some("b")])
    );
    let utc = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let rome = TimestampMicrosecondArray::from(vec![Some(-1), None]).with_timezone("Europe/Rome");
    let expected = TimestampNanosecondArray::from(vec![Some(-1000), None]).with_timezone("UTC");
    assert_eq!(
        &fitted(rome, &utc).expect("times").into_data(),
        &expected.into_data()
    );
    let days = fitted(Date64Array::from(vec![-86_400_000]), &DataType::Date32).expect("days");
    assert_eq!(days.as_primitive::<Date32Type>().value(0), -1);
    let midnight = fitted(arrow::array::Date32Array::from(vec![2]), &utc).expect("times");
    assert_eq!(
        midnight.as_primitive::<TimestampNanosecondType>().value(0),
        172_800_000_000_000
    );
    let floats = fitted(
        Int64Array::from(vec![Some(1 << 53), None]),
        &DataType::Float64,
    );
    assert_eq!(
        floats.expect("floats").as_primitive::<Float64Type>(),
        &Float64Array::from(vec![Some(9_007_199_254_740_992.0), None])
    );
    let nulls = fitted(NullArray::new(2), &DataType::Boolean).expect("nulls");
    assert_eq!(
        (nulls.null_count(), nulls.data_type()),
        (2, &DataType::Boolean)
    );
    let wide = fitted(
        UInt64Array::from(vec![u64::MAX]),
        &DataType::Decimal128(20, 0),
    )
    .expect("decimals");
    assert_eq!(
        wide.as_primitive::<Decimal128Type>().value(0),
        18_446_744_073_709_551_615
    );
}

#[test]
fn what_has_parts_is_fitted_part_by_part() {
    let items = LargeListArray::from_iter_primitive::<arrow::datatypes::Int32Type, _, _>([
        Some(vec![Some(1), None]),
        None,
        Some(vec![]),
    ]);
    let to = DataType::List(Arc::new(Field::new("item", DataType::Float64, true)));
    let lists = fitted(items, &to).expect("lists");
    let lists = lists.as_list::<i32>();
    assert_eq!(
        (
            lists.value_length(0),
            lists.is_null(1),
            lists.value_length(2)
        ),
        (2, true, 0)
    );
    assert_eq!(
        lists.values().as_primitive::<Float64Type>(),
        &Float64Array::from(vec![Some(1.0), None])
    );
    let x: ArrayRef = Arc::new(Int32Array::from(vec![7]));
    let one = StructArray::from(vec![(Arc::new(Field::new("x", DataType::Int32, false)), x)]);
    let to = DataType::Struct(
        [("y", DataType::Utf8), ("x", DataType::Int64)]
            .map(|(name, of)| Field::new(name, of, true))
            .into_iter()
            .collect(),
    );
    let structs = fitted(one, &to).expect("structs");
    let structs = structs.as_struct();
    assert!(structs.column(0).is_null(0));
    assert_eq!(structs.column(1).as_primitive::<Int64Type>().value(0), 7);
}

#[test]
fn what_does_not_fit_is_an_error_of_the_column() {
    let nanos = DataType::Timestamp(TimeUnit::Nanosecond, None);
    let far = TimestampMicrosecondArray::from(vec![253_402_214_400_000_000]);
    let error = fitted(far, &nanos).expect_err("it is beyond");
    for part in [
        "column 'c'",
        "253402214400000000 microseconds",
        "nanoseconds",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let odd = fitted(
        Int64Array::from(vec![1, 9_007_199_254_740_993]),
        &DataType::Float64,
    );
    assert!(odd.expect_err("it is odd").contains("9007199254740993"));
    let last = fitted(UInt64Array::from(vec![u64::MAX]), &DataType::Float64);
    assert!(
        last.expect_err("it is 2^64 - 1")
            .contains("18446744073709551615")
    );
    let half = Decimal128Array::from(vec![10_000_000_000_000_001]).with_precision_and_scale(20, 0);
    assert!(fitted(half.expect("a type"), &DataType::Float64).is_err());
    assert!(fitted(Date64Array::from(vec![1]), &DataType::Date32).is_err());
    let bytes = arrow::array::BinaryArray::from_vec(vec![&[0xff]]);
    assert!(fitted(bytes, &DataType::Utf8).is_err());
}

#[test]
fn values_where_a_footer_says_that_there_are_none_are_an_error() {
    let nulls = fitted(Float64Array::from(vec![None, None]), &DataType::Utf8);
    assert_eq!(nulls.expect("nulls").null_count(), 2);
    let wrong = fitted(Float64Array::from(vec![None, Some(1.5)]), &DataType::Utf8);
    let wrong = wrong.expect_err("a number is no text");
    assert!(wrong.contains("says that all are null"), "{wrong}");
    let wrong = fitted(Float64Array::from(vec![None, Some(1.5)]), &DataType::Null);
    let wrong = wrong.expect_err("a number is no null");
    assert!(wrong.contains("says that all are null"), "{wrong}");
}
