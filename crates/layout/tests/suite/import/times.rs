//! Which column is the time, and times far away and in zones.

use super::support::{Place, check, read, show};
use graticule_layout::import::{Import, Report, Unit};

fn said(report: &Report, text: &str, is_warning: bool) -> bool {
    let mut notes = report.notes.iter();
    notes.any(|n| n.is_warning == is_warning && n.text.contains(text))
}

#[test]
fn the_only_column_of_times_is_the_time() {
    let place = Place::new();
    let text = "base_date_time,lon,lat\n2026-03-01T00:00:00,1,2\n,1,2\n";
    let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time",
            "1.0|2.0|2026-03-01T00:00:00Z",
            "1.0|2.0|-",
        ],
    );
    assert!(said(&report, "'base_date_time'", false), "{report}");
    // A guess costs no record: where not all are times, none is taken.
    let many = "1,2,2026-03-01\n".repeat(10_000);
    let text = format!("lon,lat,expires\n{many}1,2,never\n");
    let (report, _) = place.import("a.csv", text, |_| {}).unwrap();
    assert_eq!((report.rows, &*report.columns[2].1), (10_001, "Utf8"));
    assert!(
        said(&report, "'never' is no time; `type` 'expires=time'", false),
        "{report}"
    );
    // Of two none is, and a clock that is called time does not hide a timestamp.
    let text = "sent,received,lon,lat\n2026-03-01,2026-03-02,1,2\n";
    let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
    assert_eq!(
        show(&rows)[0],
        "lon Float64|lat Float64|sent Time|received Time"
    );
    assert!(
        said(&report, "sent, received; choose with `time_column`", true),
        "{report}"
    );
    let text = "time,timestamp,lon,lat\n12:30:00,2026-03-01 12:30:00,1,2\n";
    let (_, rows) = place.import("a.csv", text, |_| {}).unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|other_time Utf8",
            "1.0|2.0|2026-03-01T12:30:00Z|12:30:00",
        ],
    );
    let (report, rows) = place
        .import("a.csv", "# Lon (deg),Lat [deg]\n1,2\n", |_| {})
        .unwrap();
    assert_eq!(show(&rows)[1], "1.0|2.0");
    assert!(said(&report, "`time_column`", true), "{report}");
    let (report, _) = place
        .import("a.csv", "lon,lat,time\n1,2,1.3.2026\n", |_| {})
        .unwrap();
    assert!(
        said(
            &report,
            "column 'time' or more are none; `time_format`",
            true
        ),
        "{report}"
    );
    // Of few rows one bad time is a larger part, and a reject all the same.
    let text = "lon,lat,time\n1,2,2026-03-01T12:00:00Z\n3,4,oops\n5,6,2026-03-01T12:00:02Z\n";
    let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time",
            "1.0|2.0|2026-03-01T12:00:00Z",
            "5.0|6.0|2026-03-01T12:00:02Z",
        ],
    );
    assert_eq!(report.rejects, 1);
    // Numbers are a time only with a unit.
    let text = "ts,lon,lat\n1700000000,1,2\n";
    let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
    assert_eq!(show(&rows)[1], "1.0|2.0|1700000000");
    assert!(said(&report, "`time_unit`", true), "{report}");
}

#[test]
fn epochs_with_exponents_are_times() {
    let place = Place::new();
    let text = "t,lat,lon\n1.7e+09,50,10\n1700000001,50.1,10.1\n";
    let (report, rows) = place
        .import("a.csv", text, |i| {
            i.time = Some("t".into());
            i.time_unit = Some(Unit::Second);
        })
        .unwrap();
    // 19,675 days, 22:13:20: 53 years of 365 days, 13 leap days, 317 days.
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time",
            "10.0|50.0|2023-11-14T22:13:20Z",
            "10.1|50.1|2023-11-14T22:13:21Z",
        ],
    );
    assert_eq!(report.rejects, 0);
}

#[test]
fn the_last_second_and_a_zone_in_brackets() {
    let place = Place::new();
    let text = "time,lon,lat\n9999-12-31T23:59:59Z,1,2\n2026-01-01T12:00:00[Europe/Berlin],1,2\n";
    let (_, rows) = place.import("a.csv", text, |_| {}).unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time",
            "1.0|2.0|9999-12-31T23:59:59Z",
            "1.0|2.0|2026-01-01T11:00:00Z",
        ],
    );
}

#[test]
fn a_column_without_a_value_is_left_out() {
    let place = Place::new();
    let (report, rows) = place
        .import("a.csv", "lon,lat,time,draft\n1,2,,\n", |_| {})
        .unwrap();
    // The time keeps its type, for it has a name.
    check(&rows, &["lon Float64|lat Float64|time Time", "1.0|2.0|-"]);
    assert!(said(&report, "no value: draft", false), "{report}");
}

#[test]
fn tracks_of_several_files_stay_apart() {
    let place = Place::new();
    let track = "<gpx><trk><trkseg><trkpt lat='1' lon='2'/></trkseg></trk>\
        <rte><rtept lat='3' lon='4'/></rte></gpx>";
    place.write("in/a.gpx", track);
    place.write("in/b.gpx", track);
    Import::new([place.path("in")])
        .run(&place.path("out"))
        .unwrap();
    check(
        &read(&place.path("out")),
        &[
            "lon Float64|lat Float64|kind Utf8|track Int64|segment Int64",
            "2.0|1.0|track|1|1",
            "4.0|3.0|route|1|0",
            "2.0|1.0|track|2|1",
            "4.0|3.0|route|2|0",
        ],
    );
}

#[test]
fn a_clock_that_a_format_cannot_tell_is_no_midnight() {
    let place = Place::new();
    let with = |format: &'static str, text: &'static str| {
        place.import("a.csv", text, move |import: &mut Import| {
            import.time = Some("at".to_owned());
            import.time_format = Some(format.to_owned());
        })
    };
    let (_, rows) = with("%d/%m/%Y", "lon,lat,at\n1,2,01/03/2026\n").unwrap();
    assert_eq!(show(&rows)[1], "1.0|2.0|2026-03-01T00:00:00Z");
    let failed = with("%d/%m/%Y :%M", "lon,lat,at\n1,2,01/03/2026 :30\n").unwrap_err();
    assert!(
        failed.to_string().contains("is not as `time_format` says"),
        "{failed}"
    );
}
