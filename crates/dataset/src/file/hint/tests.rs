use super::*;
use DataType as T;
use TimeUnit::{Microsecond as Us, Millisecond as Ms, Nanosecond as Ns, Second as S};

fn dictionary_of(values: T) -> T {
    T::Dictionary(Box::new(T::Int8), Box::new(values))
}

#[test]
fn of_a_hint_is_taken_what_the_decoder_can_do() {
    let zoned = |unit, zone: &str| T::Timestamp(unit, Some(zone.into()));
    let of = |base: &T, hint: &T, physical| leaf_taken(base, Some(hint), Some(physical), true);
    let table = [
        (T::Utf8, T::LargeUtf8, T::Utf8),
        (T::Utf8, dictionary_of(T::Utf8View), dictionary()),
        (T::Binary, T::LargeUtf8, T::Utf8),
        (T::Binary, T::BinaryView, T::Binary),
        (T::Boolean, dictionary_of(T::Boolean), T::Boolean),
        (T::Int64, dictionary_of(T::Int64), T::Int64),
        (T::Int64, T::Timestamp(S, None), T::Timestamp(S, None)),
        (
            T::Int64,
            dictionary_of(T::Timestamp(S, None)),
            T::Timestamp(S, None),
        ),
        (T::Int64, T::Duration(Ms), T::Duration(Ms)),
        (T::Int64, T::Utf8, T::Int64),
        (T::Date32, T::Date64, T::Date32),
        (
            zoned(Us, "UTC"),
            zoned(Us, "Asia/Tokyo"),
            zoned(Us, "Asia/Tokyo"),
        ),
        (zoned(Us, "UTC"), zoned(Ns, "Asia/Tokyo"), zoned(Us, "UTC")),
        (T::Decimal128(9, 2), T::Decimal32(9, 2), T::Decimal128(9, 2)),
        (T::FixedSizeBinary(16), T::Int64, T::FixedSizeBinary(16)),
    ];
    for (base, hint, expected) in &table {
        assert_eq!(
            of(base, hint, Physical::INT64),
            *expected,
            "{base} with {hint}"
        );
    }
    // A part of a value is plain.
    let part = leaf_taken(&T::Utf8, Some(&dictionary_of(T::Utf8)), None, false);
    assert_eq!(part, T::Utf8);
}

#[test]
fn int96_is_in_microseconds_unless_the_hint_has_a_unit() {
    let base = T::Timestamp(Ns, None);
    let of = |hint: Option<&T>, physical| leaf_taken(&base, hint, Some(physical), true);
    assert_eq!(of(None, Physical::INT96), T::Timestamp(Us, None));
    assert_eq!(of(Some(&T::Utf8), Physical::INT96), T::Timestamp(Us, None));
    assert_eq!(of(Some(&base), Physical::INT96), base);
    let millis = T::Timestamp(Ms, Some("UTC".into()));
    assert_eq!(of(Some(&millis), Physical::INT96), millis);
    assert_eq!(of(None, Physical::INT64), base);
}

#[test]
fn parts_are_hinted_by_their_names() {
    let field = |name: &str, of: T| Arc::new(Field::new(name, of, true));
    let base = T::Struct(
        [field("t", T::Int64), field("n", T::Int64)]
            .into_iter()
            .collect(),
    );
    let hint = T::Struct(
        [field("n", T::Utf8), field("t", T::Timestamp(S, None))]
            .into_iter()
            .collect(),
    );
    let mut leaves = [Physical::INT64, Physical::INT96, Physical::INT96].into_iter();
    let taken = type_taken(&base, Some(&hint), &mut leaves, true);
    let expected = [field("t", T::Timestamp(S, None)), field("n", T::Int64)];
    assert_eq!(taken, T::Struct(expected.into_iter().collect()));
    // The leaf that is next in the file.
    let times = T::List(field("item", T::Timestamp(Ns, None)));
    let sized = T::FixedSizeList(field("x", T::Utf8), 2);
    let taken = type_taken(&times, Some(&sized), &mut leaves, true);
    assert_eq!(
        taken,
        T::FixedSizeList(field("item", T::Timestamp(Us, None)), 2)
    );
    assert_eq!(leaves.count(), 0);
}
