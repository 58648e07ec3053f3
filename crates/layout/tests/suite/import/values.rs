//! Values as people write them: names that look like numbers, words for null, padding, commas.

use super::support::{Place, check, show};
use arrow::array::AsArray;
use graticule_layout::import::{ColumnType, Import, Report};

/// The columns beside the place, of lines behind `lon,lat,` and `1,2,`.
fn columns(names: &str, lines: &[&str], set: impl FnOnce(&mut Import)) -> (Report, Vec<String>) {
    let lines = lines.iter().map(|line| format!("1,2,{line}\n"));
    let text = format!("lon,lat,{names}\n{}", lines.collect::<String>());
    let (report, rows) = Place::new().import("a.csv", text, set).unwrap();
    let shown = show(&rows);
    let behind = |line: &String| line.splitn(3, '|').nth(2).unwrap_or("").to_owned();
    (report, shown.iter().map(behind).collect())
}

#[track_caller]
fn is(names: &str, lines: &[&str], expected: &[&str]) {
    assert_eq!(columns(names, lines, |_| {}).1, expected);
}

fn said(report: &Report, text: &str) -> bool {
    report.notes.iter().any(|note| note.text.contains(text))
}

#[test]
fn ids_of_digits_and_a_letter_stay_texts() {
    is(
        "icao24,b",
        &["4e0071,1.5", "\"4071e2\",3e2", "407122,1"],
        &["icao24 Utf8|b Utf8", "4e0071|1.5", "4071e2|3e2", "407122|1"],
    );
    // A sign or a point shows an exponent.
    is(
        "v,w",
        &["1.7e+09,2e-3", "1700000001,-4E2"],
        &[
            "v Float64|w Float64",
            "1700000000.0|0.002",
            "1700000001.0|-400.0",
        ],
    );
    let (report, lines) = columns("v", &["4e2", "1.5"], |i| {
        i.types = vec![("v".into(), ColumnType::Float)];
    });
    assert_eq!(lines, ["v Float64", "400.0", "1.5"]);
    assert!(!said(&report, "may be"), "{report}");
    let (report, _) = columns("v", &["4e2", "1.5"], |_| {});
    assert!(
        said(&report, "'4e2' may be a name; `type` 'v=float'"),
        "{report}"
    );
    // Telephone numbers, and whole numbers with signs.
    is(
        "phone,change",
        &["+49301234,+5", "+49301235,-3"],
        &[
            "phone Utf8|change Float64",
            "+49301234|5.0",
            "+49301235|-3.0",
        ],
    );
    // More than the largest double is no infinity.
    is("v", &["1.5e999", "1.5"], &["v Utf8", "1.5e999", "1.5"]);
}

#[test]
fn padding_counts_where_there_are_fractions() {
    is(
        "cog,heading,zip,both",
        &["087.4,087,007,-05", "132.5,132.5,123,1.5"],
        &[
            "cog Float64|heading Float64|zip Utf8|both Float64",
            "87.4|87.0|007|-5.0",
            "132.5|132.5|123|1.5",
        ],
    );
    let (_, lines) = columns("zip", &["007", "+12"], |i| {
        i.types = vec![("zip".into(), ColumnType::Int)];
    });
    assert_eq!(lines, ["zip Int64", "7", "12"]);
}

#[test]
fn words_for_null_are_null_where_no_text_is() {
    is(
        "speed,count,ok,seen,country",
        &[
            "1.5,1,true,2009-01-04,NA",
            "\\N,NULL,n/a,-,\\N",
            "nan,NaN,None,0000-00-00,DE",
            "2.5,<NA>,,null,-",
        ],
        &[
            "time Time|speed Float64|count Int64|ok Boolean|country Utf8",
            "2009-01-04T00:00:00Z|1.5|1|true|NA",
            "-|-|-|-|-",
            "-|-|-|-|DE",
            // The last is a text, and not null.
            "-|2.5|-|-|-",
        ],
    );
    let (report, lines) = columns(
        "speed,note",
        &["-9999,-9999", "1.5,x", "unknown,unknown"],
        |i| {
            i.nulls = vec!["-9999".into(), "unknown".into()];
        },
    );
    assert_eq!(lines, ["speed Float64|note Utf8", "-|-", "1.5|x", "-|-"]);
    assert_eq!(report.rejects, 0);
    // Nobody knows what a column of nothing else is.
    let (report, lines) = columns("a,b", &["NA,1", "NA,2"], |_| {});
    assert_eq!(lines, ["b Int64", "1", "2"]);
    assert!(
        said(&report, "'a' is left out") && said(&report, "'NA'"),
        "{report}"
    );
    let (_, lines) = columns("a,b", &["NA,1", "-,2"], |i| i.text = vec!["a".into()]);
    assert_eq!(lines, ["a Utf8|b Int64", "NA|1", "-|2"]);
    // A place may be null as well, and is counted.
    let (report, rows) = Place::new()
        .import("a.csv", "lon,lat,v\n1,2,3\nNA,\\N,4\n", |_| {})
        .unwrap();
    check(
        &rows,
        &["lon Float64|lat Float64|v Int64", "1.0|2.0|3", "-|-|4"],
    );
    assert_eq!((report.invalid, report.rejects), (1, 0));
}

#[test]
fn a_late_null_loses_no_record() {
    let place = Place::new();
    let text = format!("lat,lon,speed\n{}51,11,NA\n", "50,10,1.5\n".repeat(10_500));
    let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
    assert_eq!((report.rows, report.rejects), (10_501, 0));
    check(
        &rows.slice(10_499, 2),
        &[
            "lon Float64|lat Float64|speed Float64",
            "10.0|50.0|1.5",
            "11.0|51.0|-",
        ],
    );
}

#[test]
fn a_record_that_is_rejected_decides_no_type() {
    let place = Place::new();
    let head = "time,latitude,longitude,speed\n";
    let units = "UTC,degrees_north,degrees_east,m s-1\n";
    let line = |i: usize| format!("2026-03-01T00:{i:02}:00Z,50.5,10.5,{}.25\n", i % 7);
    for count in [5, 50] {
        let lines: String = (0..count).map(line).collect();
        // The names again in the middle, as in files put together.
        let text = format!("{head}{units}{lines}{head}{lines}");
        let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
        check(
            &rows.slice(0, 2),
            &[
                "lon Float64|lat Float64|time Time|speed Float64",
                "10.5|50.5|2026-03-01T00:00:00Z|0.25",
                "10.5|50.5|2026-03-01T00:01:00Z|1.25",
            ],
        );
        assert_eq!((report.rows, report.rejects), (2 * count as u64, 2));
    }
    // Units without those of the place make a record without a place, which decides nothing either.
    let text = "lon,lat,speed\n,,m/s\n1,2,3.5\n1,2,4\n";
    let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|speed Float64",
            "1.0|2.0|3.5",
            "1.0|2.0|4.0",
        ],
    );
    assert_eq!(report.rejects, 1);
    // Where a time is said, a record without one says nothing of the others.
    let text = "t,lon,lat,v\nsoon,1,2,x\n2026-03-01,1,2,3\n";
    let (report, rows) = place
        .import("a.csv", text, |i| i.time = Some("t".into()))
        .unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|v Int64",
            "1.0|2.0|2026-03-01T00:00:00Z|3",
        ],
    );
    assert!(
        report.first_rejects[0].reason.contains("`time_format`"),
        "{report}"
    );
}

#[test]
fn types_that_are_said() {
    let (report, lines) = columns(
        "a,b,c,d,e",
        &[
            "1,2,TRUE,2009-01-04,1",
            "x,2,true,2009-01-04,2",
            "1.5,007,false,-,3",
        ],
        |i| {
            i.types = [
                ("a", ColumnType::Float),
                ("b", ColumnType::Int),
                ("c", ColumnType::Bool),
                ("d", ColumnType::Time),
                ("e", ColumnType::Text),
            ]
            .map(|(name, kind)| (name.to_owned(), kind))
            .to_vec();
            i.time = None;
        },
    );
    assert_eq!(
        lines,
        [
            "time Time|a Float64|b Int64|c Boolean|e Utf8",
            "2009-01-04T00:00:00Z|1.0|2|true|1",
            "-|1.5|7|false|3",
        ]
    );
    assert_eq!(report.rejects, 1);
    assert_eq!(
        report.first_rejects[0].reason,
        "column 'a': 'x' is not a number"
    );
}

#[test]
fn decimal_commas() {
    let place = Place::new();
    let text = "time;lat;lon;speed;n;big\n2026-03-01 00:00:00;48,1234;11,5678;3,5;1;1.234,5\n\
        2026-03-01 00:00:01;48.25;11,5;4;2;2\n";
    let (_, rows) = place.import("a.csv", text, |i| i.decimal = b',').unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|speed Float64|n Int64|big Float64",
            "11.5678|48.1234|2026-03-01T00:00:00Z|3.5|1|1234.5",
            "11.5|48.25|2026-03-01T00:00:01Z|4.0|2|2.0",
        ],
    );
    let error = place.import("a.csv", "lat;lon\n48,5;11,5\n", |_| {});
    let error = error.map(|(report, _)| report).unwrap_err().to_string();
    assert!(error.contains("`decimal` ,"), "{error}");
    // Where only another column is so, it is text, and that is said.
    let (report, rows) = place
        .import("a.csv", "lat;lon;v\n48.5;11.5;3,5\n48.5;11.5;4,5\n", |_| {})
        .unwrap();
    assert_eq!(show(&rows)[1], "11.5|48.5|3,5");
    assert!(said(&report, "`decimal` ,"), "{report}");
}

#[test]
fn what_stands_behind_a_closing_quote_is_told() {
    let place = Place::new();
    let text = "lon,lat,note\n1,2,\"he said \\\"hi\\\"\"\n3,4,\"a \"\"b\"\"\"\n";
    let (report, _) = place.import("a.csv", text, |_| {}).unwrap();
    assert!(
        said(&report, "a.csv:2") && said(&report, "`escape`"),
        "{report}"
    );
    let (report, rows) = place
        .import("a.csv", text, |i| i.escape = Some(b'\\'))
        .unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|note Utf8",
            "1.0|2.0|he said \"hi\"",
            "3.0|4.0|a \"b\"",
        ],
    );
    assert!(!said(&report, "`escape`"), "{report}");
    // A quote within a field that does not begin with one is a letter.
    let (report, _) = place
        .import("a.csv", "lon,lat,note\n1,2,a 5\" pipe\n", |_| {})
        .unwrap();
    assert!(!said(&report, "`escape`"), "{report}");
}

#[test]
fn a_first_line_tells_the_delimiter() {
    let place = Place::new();
    for line in ["sep=;\r\n", "\u{feff}SEP=;\n", "\"sep=;\"\n"] {
        let text = format!("{line}lat;long;a,b,c,d\n48;11;x\n");
        let (_, rows) = place.import("a.csv", text, |_| {}).unwrap();
        check(
            &rows,
            &["lon Float64|lat Float64|a,b,c,d Utf8", "11.0|48.0|x"],
        );
    }
}

#[test]
fn numbers_whose_thousands_are_parted_are_told() {
    let place = Place::new();
    for (values, told) in [
        (
            ["1,234.5", "12"],
            Some("'1,234.5' has something between its thousands"),
        ),
        (
            ["-1 234", "12 345 678.5"],
            Some("'-1 234' has something between"),
        ),
        (["1'234", "7"], Some("' has something between")),
        (["1\u{202f}234,5", "2"], Some("' has something between")),
        (
            ["1.234,5", "2.345.678,9"],
            Some("points between its thousands, which `decimal` , reads"),
        ),
        (
            ["1,234", "2,345"],
            Some("'1,234' may have a decimal comma, which `decimal` , reads, or"),
        ),
        (
            ["Infinity", "nan"],
            Some("for words for infinity, and no other number,"),
        ),
        (["020 123", "030 456"], None),
        (["12 34", "56 78"], None),
        (["1,234.5,6", "x"], None),
    ] {
        let [one, other] = values;
        let text = format!("lon;lat;v\n1;2;{one}\n1;2;{other}\n");
        let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
        assert!(
            rows.column_by_name("v")
                .unwrap()
                .as_string_opt::<i32>()
                .is_some()
        );
        match told {
            Some(told) => {
                assert!(
                    said(&report, "column 'v' is text, ") && said(&report, told),
                    "{report}"
                );
                assert!(!said(&report, "zeros or a plus"), "{report}");
            }
            None => assert!(!said(&report, "thousands"), "{report}"),
        }
    }
    let text = "lon;lat;v\n1;2;1\n1;2;1 234\n";
    let (report, _) = place
        .import("a.csv", text, |i| {
            i.types = vec![("v".to_owned(), ColumnType::Float)];
        })
        .unwrap();
    let reason = &report.first_rejects[0].reason;
    assert!(
        reason.contains("take out what stands between its thousands"),
        "{reason}"
    );
}

#[test]
fn points_may_part_thousands_before_a_decimal_comma() {
    let place = Place::new();
    let text = "lon;lat;v;w\n1,5;2,5;1.234,5;1.234,5\n1,5;2,5;-12.345.678,25;2.000\n";
    let (report, rows) = place
        .import("a.csv", text, |import| import.decimal = b',')
        .unwrap();
    let said = report.notes.iter().map(|note| note.text.as_str());
    let said = said.collect::<Vec<_>>().join("\n");
    assert!(
        said.contains("'w' is text, for '2.000' is no number (its point may"),
        "{said}"
    );
    // Of 2.000 nobody knows whether it is 2.
    check(
        &rows,
        &[
            "lon Float64|lat Float64|v Float64|w Utf8",
            "1.5|2.5|1234.5|1.234,5",
            "1.5|2.5|-12345678.25|2.000",
        ],
    );
}
