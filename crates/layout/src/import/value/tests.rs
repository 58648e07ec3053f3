use super::*;

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
        ("1e9", Second, None),
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
        assert_eq!(scaled(text.as_bytes(), unit), expected, "{text} {unit:?}");
    }
}
