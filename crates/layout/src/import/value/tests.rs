use super::number::{Number, int, number, scaled};
use super::*;
use crate::import::options::Unit;
use jiff::tz::TimeZone;

#[test]
fn integers_are_written_one_way() {
    assert_eq!(int(b"0"), Some(0));
    assert_eq!(int(b"-12"), Some(-12));
    assert_eq!(int(b"9223372036854775807"), Some(i64::MAX));
    assert_eq!(int(b"-9223372036854775808"), Some(i64::MIN));
    let others: [&[u8]; 9] = [
        b"",
        b"-",
        b"-0",
        b"007",
        b"+7",
        b"1.0",
        b"9223372036854775808",
        b" 1",
        b"1e3",
    ];
    for other in others {
        assert_eq!(int(other), None, "{other:?}");
    }
}

fn clock(zone: &str, format: Option<&str>) -> Clock {
    Clock {
        zone: TimeZone::get(zone).expect("a zone"),
        format: format.map(str::to_owned),
    }
}

#[test]
fn numbers_that_count_and_numbers_that_name() {
    use Number::{Padded, Plus, Real, Whole, Word};
    let all = [
        ("7", Some(Whole(7))),
        ("087.4", Some(Real(87.4))),
        ("1.", Some(Real(1.0))),
        ("-.5", Some(Real(-0.5))),
        ("1.7e+09", Some(Real(1.7e9))),
        ("1e-3", Some(Real(0.001))),
        ("1.5E3", Some(Real(1500.0))),
        ("-4e2", Some(Real(-400.0))),
        ("007", Some(Padded(7.0))),
        ("-05", Some(Padded(-5.0))),
        ("+7", Some(Plus(7.0))),
        ("inf", Some(Word(f64::INFINITY))),
        ("-Infinity", Some(Word(f64::NEG_INFINITY))),
        // Names, not numbers.
        ("4e0071", None),
        ("4071e2", None),
        ("4071E2", None),
        ("12345678901234567890", None),
        // More than a double holds.
        ("1.5e999", None),
        ("1,234", None),
        ("1,234.5", None),
        ("nan", None),
        ("0x10", None),
        ("1_000", None),
        (".", None),
        ("-", None),
        ("1.2.3", None),
        ("1.5e", None),
        ("1.5 ", None),
    ];
    for (text, expected) in all {
        assert_eq!(number(text.as_bytes(), b'.'), expected, "{text}");
    }
    let commas = [
        ("48,1234", Some(Real(48.1234))),
        ("-0,5e-1", Some(Real(-0.05))),
        ("12", Some(Whole(12))),
        ("1.234", None),
        ("1.234,5", None),
        ("1,2,3", None),
    ];
    for (text, expected) in commas {
        assert_eq!(number(text.as_bytes(), b','), expected, "{text}");
    }
}

#[test]
fn words_for_null() {
    let notation = Notation {
        clock: clock("UTC", None),
        decimal: b'.',
        nulls: vec!["-9999".to_owned()],
    };
    for text in ["\\N", "-9999"] {
        assert!(notation.is_null(text.as_bytes()), "{text}");
    }
    for text in [
        "", "NULL", "null", "NA", "n/a", "NaN", "nan", "None", "-", "--", "#N/A", "<na>", "\\N",
        "-9999",
    ] {
        assert!(notation.is_null_word(text.as_bytes()), "{text}");
    }
    for text in ["\\n", "0", "no", "unknown", "nano"] {
        assert!(!notation.is_null_word(text.as_bytes()), "{text}");
    }
    assert!(!notation.is_null(b"NA"));
}

#[test]
fn zones_and_far_years() {
    let utc = clock("UTC", None);
    // 2026-01-01 is day 20,454: 56 years of 365 days and 14 leap days. Berlin is an hour ahead.
    let at = (20_454 * 86_400 + 11 * 3600) * 1_000_000;
    for text in [
        "2026-01-01T12:00:00[Europe/Berlin]",
        "2026-01-01 12:00:00[Europe/Berlin]",
        "2026-01-01T12:00:00+01:00[Europe/Berlin]",
        "2026-01-01T11:00:00Z[Europe/Berlin]",
        "2026-01-01T12:00:00[+01:00]",
        "2026-01-01 12:00:00 Europe/Berlin",
        "2026-01-01 12:00:00 +0100",
        "2026-01-01 11:00:00 GMT",
    ] {
        assert_eq!(utc.moment(text.as_bytes()), Some((at, false)), "{text}");
    }
    // A zone that nobody knows must not be left out.
    for text in [
        "2026-01-01T12:00:00[Mars/Base]",
        "2026-01-01 12:00:00 Mars/Base",
        "2026-01-01 12:00:00 CET",
    ] {
        assert_eq!(utc.moment(text.as_bytes()), None, "{text}");
    }
    // Day 2,932,896 is the last of the year 9999.
    let last = (2_932_896 * 86_400 + 86_399) * 1_000_000;
    assert_eq!(utc.moment(b"9999-12-31T23:59:59Z"), Some((last, false)));
    assert_eq!(utc.moment(b"9999-12-31 23:59:59"), Some((last, false)));
    assert_eq!(
        utc.moment(b"9999-12-31T23:59:59.999999-01:00"),
        Some((last + 3_600_000_000 + 999_999, false))
    );
    // In winter New York is five hours behind, also then.
    assert_eq!(
        clock("America/New_York", None).moment(b"9999-12-31 18:59:59"),
        Some((last, false))
    );
    let format = clock("UTC", Some("%d.%m.%Y %H:%M:%S"));
    assert_eq!(format.moment(b"31.12.9999 23:59:59"), Some((last, false)));
    assert_eq!(
        utc.moment(b"0001-01-01T00:00:00Z"),
        Some((-62_135_596_800_000_000, false))
    );
}

#[test]
fn times() {
    let utc = clock("UTC", None);
    // 2009-01-04 is day 14,248: 39 years of 365 days, 10 leap days, 3 days.
    let at = 14_248 * 86_400_000_000 + (2 * 3600 + 52 * 60) * 1_000_000;
    for text in [
        "2009-01-04 02:52:00",
        "2009-01-04T02:52:00",
        "2009-01-04T02:52:00Z",
        "2009-01-04 03:52:00+01",
        "2009-01-03T21:52:00-05:00",
        "2009-01-04 02:52:00 UTC",
        "2009-01-04 02:52",
        "2009-01-04 02:52:00.000000",
    ] {
        assert_eq!(utc.moment(text.as_bytes()), Some((at, false)), "{text}");
    }
    assert_eq!(
        utc.moment(b"2009-01-04"),
        Some((14_248 * 86_400_000_000, false))
    );
    assert_eq!(
        utc.moment(b"1969-12-31T23:59:59.9999999Z"),
        Some((-1, true))
    );
    for text in [
        "",
        "now",
        "20090104",
        "2009",
        "2009-13-01",
        "2009-01-04 25:00:00",
        "12:00:00",
        "2009-01-0",
        "-2009-01-04",
    ] {
        assert_eq!(utc.moment(text.as_bytes()), None, "{text}");
    }
    assert_eq!(utc.moment(&[0xff; 12]), None);
    // New York is five hours behind in winter.
    let there = clock("America/New_York", None);
    assert_eq!(there.moment(b"2009-01-03 21:52:00"), Some((at, false)));
    let format = clock("UTC", Some("%d/%m/%Y %H:%M"));
    assert_eq!(format.moment(b"04/01/2009 02:52"), Some((at, false)));
    assert_eq!(
        clock("UTC", Some("%d.%m.%Y")).moment(b"04.01.2009"),
        Some((14_248 * 86_400_000_000, false))
    );
    assert_eq!(
        clock("UTC", Some("%s")).moment(b"1231037520"),
        Some((at, false))
    );
}

#[test]
fn numbers_are_times_exactly() {
    use Unit::{Microsecond, Millisecond, Nanosecond, Second};
    let all = [
        ("1372636858", Second, Some((1_372_636_858_000_000, false))),
        (
            "1372636858.25",
            Second,
            Some((1_372_636_858_250_000, false)),
        ),
        ("1.0000005", Second, Some((1_000_000, true))),
        ("-0.0000005", Second, Some((-1, true))),
        ("-0.00000000000000000001", Second, Some((-1, true))),
        ("-1", Millisecond, Some((-1000, false))),
        ("7", Microsecond, Some((7, false))),
        ("1999", Nanosecond, Some((1, true))),
        ("-1", Nanosecond, Some((-1, true))),
        ("1.", Second, Some((1_000_000, false))),
        ("", Second, None),
        ("-", Second, None),
        ("1e9", Second, Some((1_000_000_000_000_000, false))),
        ("1.7e+09", Second, Some((1_700_000_000_000_000, false))),
        (
            "1.7723232e12",
            Millisecond,
            Some((1_772_323_200_000_000, false)),
        ),
        (
            "17000000000E-1",
            Second,
            Some((1_700_000_000_000_000, false)),
        ),
        ("+1.5e-3", Second, Some((1500, false))),
        ("25e-8", Second, Some((0, true))),
        ("-25e-8", Second, Some((-1, true))),
        ("1e-60", Second, Some((0, true))),
        ("-1e-60", Second, Some((-1, true))),
        ("1e60", Second, None),
        ("1e61", Second, None),
        ("1e", Second, None),
        ("e5", Second, None),
        ("1.2.3", Second, None),
        ("9223372036854775807", Second, None),
        ("9223372036854775807", Microsecond, Some((i64::MAX, false))),
        (
            "99999999999999999999",
            Nanosecond,
            Some((99_999_999_999_999_999, true)),
        ),
    ];
    for (text, unit, expected) in all {
        assert_eq!(
            scaled(text.as_bytes(), unit, b'.'),
            expected,
            "{text} {unit:?}"
        );
    }
}
