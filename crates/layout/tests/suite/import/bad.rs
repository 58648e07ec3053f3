//! Input that is damaged or hostile, and arguments that mean nothing.

use super::support::{Place, check};
use graticule_layout::import::{Format, Import, ImportError};
use std::ops::ControlFlow;

#[test]
fn what_cannot_be_read_is_kept() {
    let place = Place::new();
    let mut text = b"id,lon,lat,name\n1,1,2,a\n2,x,2,b\n3,1\n4,1,2,b,c\n".to_vec();
    text.extend(b"5,1,2,\xff\xfe\n6,1,2,n\0l\n\"7,1,2,open\n8,1,2,z\r\n");
    let (report, rows) = place.import("a.csv", &text, |_| {}).unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|id Int64|name Utf8",
            "1.0|2.0|1|a",
            "1.0|2.0|6|n\0l",
            "1.0|2.0|8|z",
        ],
    );
    assert_eq!((report.records, report.rows, report.rejects), (8, 3, 5));
    assert_eq!(report.first_rejects[0].line, 3);
    assert_eq!(
        report.rejects_file,
        Some(place.path("out/_rejects.csv").canonicalize().unwrap())
    );
    assert_eq!(
        place.rejects(),
        "\"a.csv\",3,\"column 'lon': 'x' is not a number\",\"2,x,2,b\"\n\
        \"a.csv\",4,\"2 fields instead of 4\",\"3,1\"\n\
        \"a.csv\",5,\"5 fields instead of 4\",\"4,1,2,b,c\"\n\
        \"a.csv\",6,\"column 'name': '\u{fffd}\u{fffd}' is not UTF-8 text\",\"5,1,2,\u{fffd}\u{fffd}\"\n\
        \"a.csv\",8,\"a quote is not closed\",\"\"\"7,1,2,open\"\n"
    );
}

#[test]
fn an_import_that_begins_again_forgets_its_rejects() {
    let place = Place::new();
    let good = "1,2,7\n".repeat(10_000);
    let text = format!("lon,lat,n\n{good}x,2,7\n1,2,0.5\n");
    let (report, _) = place.import("a.csv", text, |_| {}).unwrap();
    assert_eq!((report.rows, report.rejects), (10_001, 1));
    assert_eq!(place.rejects().lines().count(), 1);
}

#[test]
fn rejects_do_not_go_where_records_come_from() {
    let place = Place::new();
    let text = "lon,lat\n1,2\nx,2\n";
    let path = place.path("a.csv");
    let error = place.import("a.csv", text, |import| import.rejects = Some(path.clone()));
    let error = error.unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("`rejects`"),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_bad_time_makes_no_texts_of_all() {
    let place = Place::new();
    let good = "1,2,2026-03-01T00:00:00Z\n";
    let text = format!("lon,lat,time\n1,2,\n1,2,soon\n{}", good.repeat(9));
    let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
    assert_eq!((report.rows, report.rejects), (10, 1));
    assert_eq!(report.first_rejects[0].line, 3);
    check(
        &rows.slice(0, 2),
        &[
            "lon Float64|lat Float64|time Time",
            "1.0|2.0|-",
            "1.0|2.0|2026-03-01T00:00:00Z",
        ],
    );
    // A column of which no more than half is times stays what it is, with all its records.
    for (rows, expected) in [(1, (2, "Utf8")), (2, (2, "Timestamp(µs, \"UTC\")"))] {
        let text = format!("lon,lat,ts\n1,2,soon\n{}", good.repeat(rows));
        let (report, _) = place.import("b.csv", text, |_| {}).unwrap();
        assert_eq!((report.rows, &*report.columns[2].1), expected);
    }
}

#[test]
fn lines_are_counted_through_quotes_and_blank_lines() {
    let place = Place::new();
    let text = "lon,lat,t\r\n\r\n1,2,\"a\r\nb\r\nc\"\r\n\r\nx,2,d\r\n1,2,e\n";
    let (report, _) = place.import("a.csv", text, |_| {}).unwrap();
    assert_eq!((report.rows, report.first_rejects[0].line), (2, 7));
}

#[test]
fn a_line_of_a_hundred_megabytes_is_one_reject() {
    let place = Place::new();
    let mut text = b"lon,lat,t\n1,2,a\n1,2,".to_vec();
    text.resize(text.len() + 100_000_000, b'z');
    text.extend(b"\n3,4,b\n");
    let (report, rows) = place.import("a.csv", &text, |_| {}).unwrap();
    check(
        &rows,
        &["lon Float64|lat Float64|t Utf8", "1.0|2.0|a", "3.0|4.0|b"],
    );
    assert_eq!((report.rejects, report.first_rejects[0].line), (1, 3));
    assert!(place.rejects().len() > 100_000_000);
    // An open quote in front of twenty megabytes of good lines costs one line.
    let mut text = b"lon,lat,t\n1,2,\"a\n".to_vec();
    for _ in 0..2_000_000 {
        text.extend(b"3,4,good\n");
    }
    let (report, _) = place.import("a.csv", &text, |_| {}).unwrap();
    assert_eq!(
        (report.rows, report.rejects, report.first_rejects[0].line),
        (2_000_000, 1, 2)
    );
}

/// A name, bytes, what is set, and what the error says.
type Case = (
    &'static str,
    &'static [u8],
    Box<dyn Fn(&mut Import)>,
    &'static str,
);

#[test]
fn errors_say_what_to_do() {
    let place = Place::new();
    let points: &'static str = "a,b,t\n1,2,5\n";
    let named = |i: &mut Import| (i.lon, i.lat) = (Some("a".into()), Some("b".into()));
    let cases: Vec<Case> = vec![
        ("a.csv", b"", Box::new(|_| {}), "no line of names"),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(|_| {}),
            "`lon` names one of its columns: a, b, t",
        ),
        (
            "a.csv",
            b"lon,lat,lon\n",
            Box::new(|_| {}),
            "two of its columns are named 'lon'",
        ),
        ("a.csv", b"\xff\xfel\0o\0", Box::new(|_| {}), "UTF-16"),
        ("a.csv", b"lo\xff,lat\n", Box::new(|_| {}), "not UTF-8"),
        (
            "a.csv",
            b"lon,lat\nx,y\nz,1\n",
            Box::new(|_| {}),
            "none of the 2 records",
        ),
        ("a.dat", points.as_bytes(), Box::new(named), "`format`"),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(move |i| {
                named(i);
                i.time = Some("t".into());
            }),
            "`time_unit`",
        ),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(move |i| {
                named(i);
                i.time = Some("z".into());
            }),
            "`time_column`",
        ),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(move |i| {
                named(i);
                i.lat = i.lon.clone();
            }),
            "only one of",
        ),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(move |i| {
                named(i);
                i.text = vec!["z".into()];
            }),
            "`text`",
        ),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(|i| i.timezone = Some("Mars/Base".into())),
            "`timezone`",
        ),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(|i| i.time_format = Some("%!".into())),
            "`time_format`",
        ),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(|i| i.delimiter = Some(b'"')),
            "`delimiter`",
        ),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(|i| i.columns = Some(vec!["a".into(), "a".into()])),
            "twice",
        ),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(|i| i.path = Some("a/b".into())),
            "{name}",
        ),
        (
            "a.csv",
            points.as_bytes(),
            Box::new(move |i| {
                named(i);
                i.path = Some("u{u}/x/{f}".into());
            }),
            "does not end as",
        ),
        (
            "a.csv",
            b"lon,lat\n1,2\nx,2\n",
            Box::new(|i| i.max_rejects = Some(0)),
            "more than 0",
        ),
        (
            "a.csv.gz",
            &[0x1f, 0x8b, 8, 0, 0],
            Box::new(|_| {}),
            "damaged or cut short",
        ),
        ("a.arrow", b"nothing", Box::new(|_| {}), "Arrow IPC"),
        (
            "a.arrow",
            b"ARROW1\0\0rubbish and more rubbish",
            Box::new(|_| {}),
            "Arrow IPC",
        ),
        ("a.gpx", b"plain text", Box::new(|_| {}), "no <gpx>"),
        ("a.geojson", b"[1,2]", Box::new(|_| {}), "a list"),
    ];
    for (name, bytes, set, expected) in cases {
        let error = place
            .import(name, bytes, set)
            .map(|(report, _)| report)
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error} ({expected})");
        assert!(!place.path("out").exists(), "{error}");
        assert!(!place.path(".out.graticule-import").exists(), "{error}");
    }
}

#[test]
fn the_destination_is_new_or_empty() {
    let place = Place::new();
    let import = Import::new([place.write("a.csv", "lon,lat\n1,2\n")]);
    std::fs::create_dir(place.path("out")).unwrap();
    import.run(&place.path("out")).unwrap();
    let error = import.run(&place.path("out")).unwrap_err();
    assert!(
        matches!(error, ImportError::NotEmpty { .. }) && error.is_usage(),
        "{error}"
    );
    assert!(import.run(&place.path("a.csv")).is_err());
    let gone = Import::new([place.path("gone.csv")])
        .run(&place.path("new"))
        .unwrap_err();
    assert!(gone.to_string().contains("check the path"), "{gone}");
    let folder = Import::new([place.path("out")])
        .run(&place.path("new"))
        .unwrap_err();
    assert!(matches!(folder, ImportError::NoFiles { .. }), "{folder}");
    place.write("b.gpx", "<gpx/>");
    let mixed = Import::new([place.path("a.csv"), place.path("b.gpx")])
        .run(&place.path("new"))
        .unwrap_err();
    assert!(matches!(mixed, ImportError::MixedFormats { .. }), "{mixed}");
    assert!(
        Import::new(Vec::<&str>::new())
            .run(&place.path("new"))
            .is_err()
    );
    assert!(!place.path("new").exists());
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_read_half() {
    let place = Place::new();
    let pipe = place.path("in/p.csv");
    place.write("in/a.csv", "lon,lat\n1,2\n");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    // Its second look would find nothing, or wait.
    let error = Import::new([&pipe]).run(&place.path("out")).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("give - for it"),
        "{error}"
    );
    let report = Import::new([place.path("in")]).run(&place.path("out"));
    let report = report.unwrap();
    assert_eq!(
        (report.files, report.files_left_out, report.rows),
        (1, 1, 1)
    );
    assert!(report.to_string().contains("or for they are no files: 1"));
}

#[test]
fn rejects_go_where_they_should() {
    let place = Place::new();
    let elsewhere = place.path("bad.csv");
    let set = |i: &mut Import| i.rejects = Some(elsewhere.clone());
    let (report, _) = place.import("a.csv", "lon,lat\n1,2\n", set).unwrap();
    assert_eq!((report.rejects_file, elsewhere.exists()), (None, false));
    let (report, _) = place.import("a.csv", "lon,lat\n1,2\nx,1\n", set).unwrap();
    assert_eq!(report.rejects_file.as_ref(), Some(&elsewhere));
    assert_eq!(
        std::fs::read_to_string(&elsewhere).unwrap().lines().count(),
        2
    );
    assert!(!place.path("out/_rejects.csv").exists());
}

#[test]
fn the_caller_can_stop_it() {
    let place = Place::new();
    for (name, bytes) in [
        ("a.csv", "lon,lat\n1,2\n"),
        ("a.gpx", "<gpx></gpx>"),
        ("a.geojson", "{}"),
    ] {
        let import = Import::new([place.write(name, bytes)]);
        let stopped = import.run_until(&place.path("out"), &mut |_, _| ControlFlow::Break(()));
        assert!(
            matches!(stopped, Err(ImportError::Stopped)),
            "{name}: {stopped:?}"
        );
        assert!(!place.path("out").exists());
    }
}

/// Every format takes any bytes without a panic, and every file cut short.
#[test]
fn any_bytes_are_an_error_or_an_answer() {
    let place = Place::new();
    let texts: [(Format, &[u8]); 3] = [
        (Format::Csv, b"\xef\xbb\xbflon,lat,\"n\"\r\n1,2,\"a\"\"b\"\r\n3,4,5\n"),
        (Format::Gpx, b"<?xml version='1.0'?><!DOCTYPE gpx [<!ENTITY a 'b'>]><gpx><trk><name>&amp;&a;&#65;</name><trkseg>\
            <trkpt lat='1' lon='2'><time>2009-01-04T02:52:00Z</time><![CDATA[x]]></trkpt></trkseg></trk></gpx>"),
        (Format::GeoJson, b"{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\
            \"coordinates\":[1,2]},\"properties\":{\"a\\\"{\":\"}\"}}],\"x\":[1]}"),
    ];
    for (format, whole) in texts {
        for cut in 0..=whole.len() {
            for noise in [
                None,
                Some(0),
                Some(b'"'),
                Some(b'<'),
                Some(b'{'),
                Some(b']'),
                Some(0xff),
            ] {
                let mut bytes = whole[..cut].to_vec();
                bytes.extend(noise);
                bytes.extend(noise.iter().flat_map(|_| &whole[cut..]));
                let _ = place.import("any", bytes, |i| i.format = Some(format));
            }
        }
    }
}

#[test]
fn elements_without_end_are_not_followed() {
    let place = Place::new();
    let deep = "<a>".repeat(1000);
    let text = format!("<gpx><wpt lon='1' lat='2'/>{deep}<wpt lon='3' lat='4'/>");
    let (report, _) = place.import("a.gpx", text, |_| {}).unwrap();
    assert_eq!((report.rows, report.rejects), (1, 1), "{report}");
    assert!(place.rejects().contains("too deep"), "{}", place.rejects());
}

/// A file of Polars 2.1.0: `pl.DataFrame({'lon':[1.5],'lat':[2.5],'c':pl.Series([-1],dtype=pl.Int128)}).write_ipc(...)`.
const INT128: &[u8] = include_bytes!("int128.arrow");

#[test]
fn what_is_of_another_format_is_named() {
    let place = Place::new();
    let said = |name: &str, bytes: &[u8]| {
        let error = place.import(name, bytes, |_| {}).unwrap_err();
        error.to_string()
    };
    let zip = b"PK\x03\x04\x14\0\0\0lon,lat\n";
    for name in ["a.csv", "a.geojson", "a.zip"] {
        assert!(said(name, zip).contains("zip archive"), "{name}");
    }
    let fit = b"\x0e\x20\x8b\x08\x24\x00\x00\x00.FIT\x00\x00";
    assert!(said("a.fit", fit).contains("FIT recording"));
    assert!(said("a.what", b"lon,lat\n").contains("give `format`"));
    let records = br#"{"locations": [{"latitudeE7": 481374300, "longitudeE7": 115754900}]}"#;
    assert!(said("Records.json", records).contains("Google's location history"));
    let column = said("a.arrow", INT128);
    assert!(
        column.contains("column 'c' is of integers of 128 bits"),
        "{column}"
    );
}
