//! Times: far ones, those of zones, and those of which a footer lies.

use super::{agg, arrow, by, csv, filter, logical, parquet, run};
use arrow::array::{
    Date32Array, TimestampMicrosecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use arrow::datatypes::DataType;
use graticule::{Format, Key, Query};
use parquet::basic::LogicalType;
use std::sync::Arc;

#[test]
fn a_far_time_falsifies_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("far.parquet");
    let near = 1_772_323_200_000_000;
    let times =
        TimestampMicrosecondArray::from(vec![near, -i64::MAX, 253_402_214_400_000_000, i64::MAX]);
    let days = Date32Array::from(vec![0, i32::MAX, 0, 0]);
    parquet(
        &path,
        vec![("time", Arc::new(times)), ("d", Arc::new(days))],
    );
    assert_eq!(
        csv(&path, &by("time:1h")),
        "time:1h,count -9223372040400000 ms,1 2026-03-01T00:00:00Z,1 9999-12-31T00:00:00Z,1 9223372036800000 ms,1 "
    );
    // Each of the years -290308, 2026, 9999 and 294247 begins where it does, and no row is of none.
    assert_eq!(
        csv(&path, &by("time:year")),
        "time:year,count -9223402780800000 ms,1 2026,1 9999,1 9223371244800000 ms,1 "
    );
    // At 19:59:05, 0, 0 and 4:00:54, of a Sunday, a Sunday, a Friday and a Sunday.
    assert_eq!(
        csv(&path, &by("hour_of_day")),
        "hour_of_day,count 0,2 4,1 19,1 "
    );
    assert_eq!(csv(&path, &by("day_of_week")), "day_of_week,count 5,1 7,3 ");
    let mut kiritimati = filter("time >= '9999-12-31' and time < '9999-12-31T23:59:59'");
    kiritimati = kiritimati.by(Key::parse_all("time:day").expect("keys"));
    kiritimati.timezone = Some("Pacific/Kiritimati".to_owned());
    assert_eq!(csv(&path, &kiritimati), "time:day,count 9999-12-31,1 ");
    let rows = csv(&path, &Query::new().select(["time", "d"]));
    assert_eq!(
        rows,
        "time,d 2026-03-01T00:00:00Z,1970-01-01 -9223372036854775807 us,2147483647 days 9999-12-31T00:00:00Z,1970-01-01 9223372036854775807 us,1970-01-01 "
    );
    let path = folder.path().join("ends.parquet");
    let times = TimestampNanosecondArray::from(vec![i64::MIN, 0, i64::MAX]);
    parquet(&path, vec![("time", Arc::new(times))]);
    assert_eq!(
        csv(&path, &by("time:1m")),
        "time:1m,count 1677-09-21T00:12:00Z,1 1970-01-01T00:00:00Z,1 2262-04-11T23:47:00Z,1 "
    );
    assert_eq!(
        csv(&path, &by("time:year")),
        "time:year,count 1677,1 1970,1 2262,1 "
    );
    let path = folder.path().join("ends.arrow");
    let times = TimestampSecondArray::from(vec![i64::MIN, 0, i64::MAX]);
    arrow(&path, vec![("time", Arc::new(times))]);
    assert_eq!(
        csv(&path, &by("time:1s")),
        "time:1s,count -9223372036854775808 s,1 1970-01-01T00:00:00Z,1 9223372036854775807 s,1 "
    );
}

#[test]
fn seconds_leave_in_milliseconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("seconds.arrow");
    let times = TimestampSecondArray::from(vec![1_772_323_200, 1_772_326_800]);
    arrow(&path, vec![("time", Arc::new(times))]);
    let selected = Query::new().select(["time", "lon", "lat"]);
    for (query, format) in [
        (selected.clone(), Format::Parquet),
        (selected, Format::GeoParquet),
        (by("time:1h"), Format::Parquet),
        (agg("min(time)"), Format::Parquet),
    ] {
        let bytes = run(&path, &query, format).expect("an answer");
        let found = logical(&folder.path().join("answer.parquet"), &bytes, 0);
        assert!(
            matches!(found, Some(LogicalType::Timestamp { .. })),
            "{found:?}"
        );
    }
}

#[test]
fn days_are_those_of_the_zone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("days.parquet");
    // 2026-03-08T04:59:59Z is 23:59:59 of the 7th in New York; the 8th has 23 hours there.
    let times = TimestampSecondArray::from(vec![
        1_772_945_999,
        1_772_946_000,
        1_773_028_799,
        1_773_028_800,
    ]);
    let times = arrow::compute::cast(
        &times,
        &DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, None),
    );
    parquet(&path, vec![("time", times.expect("times"))]);
    for (key, days) in [
        (
            "time:1d",
            [
                "2026-03-07T00:00:00-05:00",
                "2026-03-08T00:00:00-05:00",
                "2026-03-09T00:00:00-04:00",
            ],
        ),
        ("time:day", ["2026-03-07", "2026-03-08", "2026-03-09"]),
    ] {
        let [first, second, third] = days;
        assert_eq!(
            csv(&path, &by(key).timezone("America/New_York")),
            format!("{key},count {first},1 {second},2 {third},1 ")
        );
    }
    assert_eq!(
        csv(&path, &by("time:day").timezone("Asia/Kathmandu")),
        "time:day,count 2026-03-08,2 2026-03-09,2 "
    );
}

#[test]
fn a_time_below_the_footers_minimum_is_an_error_or_of_its_own_group() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lies.parquet");
    // 05:00, 10:00 and 11:00 of 2026-03-01; the footer is made to say that the least is 10:00.
    let hour = |hour: i64| (1_772_323_200 + 3_600 * hour) * 1_000_000;
    let times = TimestampMicrosecondArray::from(vec![hour(5), hour(10), hour(11)]);
    parquet(&path, vec![("time", Arc::new(times))]);
    let mut bytes = std::fs::read(&path).expect("the file");
    let end = bytes.len() - 8;
    let length = u32::from_le_bytes(bytes[end..end + 4].try_into().expect("four bytes"));
    let footer = &mut bytes[end - length as usize..end];
    let mut patched = 0;
    for at in 0..footer.len() - 8 {
        if footer[at..at + 8] == hour(5).to_le_bytes() {
            footer[at..at + 8].copy_from_slice(&hour(10).to_le_bytes());
            patched += 1;
        }
    }
    assert!(patched > 0, "statistics");
    std::fs::write(&path, bytes).expect("a file");
    let failed = run(&path, &by("time:1h"), Format::Csv).expect_err("no answer");
    let begin = format!("'{}', row group 0: a row has a key outside", path.display());
    assert!(failed.to_string().starts_with(&begin), "{failed}");
    assert_eq!(
        csv(&path, &by("hour_of_day")),
        "hour_of_day,count 5,1 10,1 11,1 "
    );
}
