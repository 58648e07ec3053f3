use super::*;
use arrow::datatypes::DataType as T;

fn zoned(unit: TimeUnit, zone: Option<&str>) -> T {
    T::Timestamp(unit, zone.map(Into::into))
}

fn dictionary_of(values: T) -> T {
    T::Dictionary(Box::new(T::UInt8), Box::new(values))
}

fn list(of: T) -> T {
    T::List(Arc::new(Field::new("item", of, true)))
}

fn point(parts: &[(&str, T)]) -> T {
    let fields = parts
        .iter()
        .map(|(name, of)| Field::new(*name, of.clone(), true));
    T::Struct(fields.collect())
}

/// Both orders have the same in common.
fn check(one: &T, other: &T, expected: Option<&T>) {
    for (one, other) in [(one, other), (other, one)] {
        assert_eq!(common(one, other).as_ref(), expected, "{one} and {other}");
    }
}

#[test]
fn types_of_one_meaning_are_one() {
    use TimeUnit::{Microsecond as Us, Millisecond as Ms, Nanosecond as Ns, Second as S};
    let runs = T::RunEndEncoded(
        Arc::new(Field::new("run_ends", T::Int32, false)),
        Arc::new(Field::new("values", T::Utf8, true)),
    );
    let table = [
        (T::Utf8, T::LargeUtf8, T::Utf8),
        (T::Utf8View, T::LargeUtf8, T::Utf8),
        (runs, T::Utf8View, T::Utf8),
        (dictionary_of(T::LargeUtf8), T::Utf8, T::Utf8),
        (
            dictionary_of(T::Utf8View),
            dictionary_of(T::Utf8),
            dictionary(),
        ),
        (dictionary_of(T::Int64), T::Int32, T::Int64),
        // Of these, times of the day are no days.
        (T::Null, T::Date64, T::Date64),
        (T::Null, T::LargeUtf8, T::Utf8),
        (T::Binary, T::LargeBinary, T::Binary),
        (T::Binary, T::Utf8, T::Utf8),
        (T::FixedSizeBinary(4), T::FixedSizeBinary(16), T::Binary),
        (
            zoned(Us, Some("+00:00")),
            zoned(Us, Some("Etc/UTC")),
            zoned(Us, Some("UTC")),
        ),
        (
            zoned(Ms, None),
            zoned(Us, Some("utc")),
            zoned(Us, Some("UTC")),
        ),
        (zoned(Ms, None), zoned(Ns, None), zoned(Ns, None)),
        (
            zoned(S, Some("Asia/Tokyo")),
            zoned(Ms, Some("Asia/Tokyo")),
            zoned(Ms, Some("Asia/Tokyo")),
        ),
        (
            zoned(S, Some("Asia/Tokyo")),
            zoned(S, Some("Europe/Rome")),
            zoned(S, Some("UTC")),
        ),
        (T::Date32, zoned(Us, None), zoned(Us, None)),
        (T::Date32, T::Date64, T::Date32),
        (T::Time32(S), T::Time64(Us), T::Time64(Us)),
        (T::Time32(S), T::Time32(Ms), T::Time32(Ms)),
        (T::Duration(S), T::Duration(Ns), T::Duration(Ns)),
        (T::Int8, T::Int64, T::Int64),
        (T::UInt8, T::Int8, T::Int16),
        (T::UInt32, T::Int32, T::Int64),
        (T::UInt32, T::UInt64, T::UInt64),
        (T::UInt64, T::Int8, T::Decimal128(20, 0)),
        (T::Float32, T::Float64, T::Float64),
        (T::Int16, T::Float32, T::Float32),
        (T::Int32, T::Float32, T::Float64),
        (T::Int64, T::Float64, T::Float64),
        (T::Decimal128(20, 0), T::Float64, T::Float64),
        (
            T::Decimal128(9, 2),
            T::Decimal64(9, 4),
            T::Decimal128(11, 4),
        ),
        (
            T::Decimal128(38, 0),
            T::Decimal128(38, 10),
            T::Decimal256(48, 10),
        ),
        (T::Int64, T::Decimal128(9, 2), T::Decimal128(21, 2)),
        (T::Null, T::Boolean, T::Boolean),
        (T::Null, T::LargeUtf8, T::Utf8),
        (
            list(T::Int32),
            T::LargeList(Arc::new(Field::new("item", T::Int64, false))),
            list(T::Int64),
        ),
        (list(T::Null), list(T::Utf8), list(T::Utf8)),
        (
            point(&[("x", T::Float32), ("y", T::Float32)]),
            point(&[("x", T::Float64), ("z", T::Utf8)]),
            point(&[("x", T::Float64), ("y", T::Float32), ("z", T::Utf8)]),
        ),
    ];
    for (one, other, expected) in &table[..table.len() - 1] {
        check(one, other, Some(expected));
    }
    // The order of a struct's parts is that in which they are met.
    let (one, other, expected) = &table[table.len() - 1];
    assert_eq!(common(one, other).as_ref(), Some(expected));
}

#[test]
fn types_of_other_meanings_have_nothing_in_common() {
    let table = [
        (T::Utf8, T::Int64),
        (T::Boolean, T::Int8),
        (T::Date32, T::Int32),
        (T::Date32, T::Time32(TimeUnit::Second)),
        (zoned(TimeUnit::Second, None), T::Int64),
        (T::Decimal128(9, 2), T::Float64),
        (T::Decimal256(76, 0), T::Decimal256(76, 40)),
        (T::FixedSizeBinary(16), T::Utf8),
        (T::Duration(TimeUnit::Second), T::Int64),
        (list(T::Int64), T::Int64),
        (list(T::Utf8), list(T::Int64)),
        (point(&[("x", T::Utf8)]), point(&[("x", T::Int64)])),
    ];
    for (one, other) in &table {
        check(one, other, None);
    }
}

#[test]
fn a_column_that_all_files_have_alike_keeps_what_has_parts() {
    let points = T::FixedSizeList(Arc::new(Field::new("xy", T::Float64, false)), 2);
    assert_eq!(common(&points, &points), Some(points.clone()));
    assert_eq!(alone(&T::LargeUtf8), T::Utf8);
    assert_eq!(alone(&dictionary_of(T::Boolean)), T::Boolean);
}

#[test]
fn the_entries_of_a_map_are_never_null() {
    let map = |of: T| {
        let parts = [
            Field::new("key", T::Utf8, false),
            Field::new("value", of, true),
        ];
        let entries = Field::new("entries", T::Struct(parts.into_iter().collect()), false);
        T::Map(Arc::new(entries), false)
    };
    let common = common(&map(T::Int32), &map(T::Int64)).expect("a type");
    let T::Map(entries, _) = &common else {
        panic!("{common} is no map");
    };
    assert!(!entries.is_nullable(), "{common}");
    let T::Struct(parts) = entries.data_type() else {
        panic!("{common} has no entries");
    };
    assert!(
        !parts[0].is_nullable() && *parts[1].data_type() == T::Int64,
        "{common}"
    );
}
