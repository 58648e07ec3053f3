use super::support::{Place, check};
use std::io::Write;

const POINTS: &str = "id,lon,lat,time,name,moving,note\n\
    1,9.5,50,2009-01-04 02:52:00,a,true,\n\
    2,-200,50.25,2009-01-04T03:52:00.5+01:00,\"b, \"\"c\"\"\",False,\n\
    3,,5,,\"two\nlines\",,\n";

const TYPES: &str = "lon Float64|lat Float64|time Time|id Int64|name Utf8|moving Boolean";

const ROWS: [&str; 4] = [
    TYPES,
    "9.5|50.0|2009-01-04T02:52:00Z|1|a|true",
    "-200.0|50.25|2009-01-04T02:52:00.500Z|2|b, \"c\"|false",
    "-|5.0|-|3|two\nlines|-",
];

#[test]
fn types_are_told_by_the_values() {
    let place = Place::new();
    let (report, rows) = place.import("a.csv", POINTS, |_| {}).unwrap();
    check(&rows, &ROWS);
    assert_eq!((report.files, report.records, report.rows), (1, 3, 3));
    assert_eq!(
        (report.invalid, report.rejects, report.rejects_file),
        (2, 0, None)
    );
    let left: Vec<_> = std::fs::read_dir(place.path(""))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(
        left.len(),
        2,
        "only the source and the dataset stay: {left:?}"
    );
}

#[test]
fn marks_line_ends_delimiters_and_compression_change_nothing() {
    let place = Place::new();
    let marked = format!("\u{feff}{POINTS}");
    // The line end within the quotes is text, and stays.
    let crlf = POINTS.replace('\n', "\r\n").replace("two\r\n", "two\n");
    let cr = POINTS.replace('\n', "\r").replace("two\r", "two\n");
    let blank = POINTS.replace("\n1", "\n\n\r\n1");
    let unended = POINTS.trim_end();
    let extra = POINTS.replace(",\n", ",,,\n");
    for text in [marked.as_str(), &crlf, &cr, &blank, unended, &extra] {
        let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
        check(&rows, &ROWS);
        assert_eq!(report.rejects, 0);
    }
    for delimiter in [";", "\t", "|"] {
        let text = POINTS
            .replace("b, ", "b# ")
            .replace(',', delimiter)
            .replace("b# ", "b, ");
        let (_, rows) = place.import("a.csv", text, |_| {}).unwrap();
        check(&rows, &ROWS);
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(POINTS.as_bytes()).unwrap();
    let zstd = zstd::encode_all(POINTS.as_bytes(), 1).unwrap();
    // The bytes tell, and not the name.
    for (name, bytes) in [("a.csv.gz", gzip.finish().unwrap()), ("a.csv", zstd)] {
        let (_, rows) = place.import(name, bytes, |_| {}).unwrap();
        check(&rows, &ROWS);
    }
}

#[test]
fn a_second_look_widens_what_the_sample_told() {
    let place = Place::new();
    let mut text = "lon,lat,speed,late,code,flag,seen,time\n".to_owned();
    for _ in 0..10_000 {
        text += "1,2,3,,7,true,2009-01-04,\n";
    }
    text += "1,2,3.5,x,8,false,2009-01-05,\n1,2,4,4,007,maybe,soon,\n";
    let (report, rows) = place.import("a.csv", text, |_| {}).unwrap();
    // No record is lost for what it holds beside its place, wherever it stands.
    assert_eq!(
        (report.records, report.rows, report.rejects),
        (10_002, 10_002, 0)
    );
    check(
        &rows.slice(9_999, 3),
        &[
            "lon Float64|lat Float64|time Time|speed Float64|late Utf8|code Utf8|flag Utf8|seen Utf8",
            "1.0|2.0|-|3.0|-|7|true|2009-01-04",
            "1.0|2.0|-|3.5|x|8|false|2009-01-05",
            "1.0|2.0|-|4.0|4|007|maybe|soon",
        ],
    );
}

#[test]
fn names_and_numbers_are_told_apart() {
    let place = Place::new();
    let text = "x,y,zip,big,huge,word,date,mixed,inf\n1,2,007,9007199254740993,12345678901234567890,nan,2009-01-04,1,inf\n\
        1,2,12,1,1,inf,2009-01-05,1.5,1\n";
    let (_, rows) = place.import("a.csv", text, |_| {}).unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|zip Utf8|big Int64|huge Utf8|word Utf8|mixed Float64|inf Float64",
            "1.0|2.0|2009-01-04T00:00:00Z|007|9007199254740993|12345678901234567890|nan|1.0|inf",
            "1.0|2.0|2009-01-05T00:00:00Z|12|1|1|inf|1.5|1.0",
        ],
    );
    let (_, rows) = place
        .import("a.csv", text, |i| {
            i.text = vec!["mixed".into(), "inf".into()];
        })
        .unwrap();
    assert_eq!(
        super::support::show(&rows)[1]
            .rsplit('|')
            .take(2)
            .collect::<Vec<_>>(),
        ["inf", "1"]
    );
}

#[test]
fn columns_are_named_joined_left_out_and_renamed() {
    let place = Place::new();
    let text = "title\n52.5;13.4;junk;4.1.2009;02:52;a\n";
    let set = |i: &mut graticule_layout::import::Import| {
        i.skip_lines = 1;
        i.columns = Some(["b", "l", "", "d", "c", "lon"].map(str::to_owned).to_vec());
        (i.lon, i.lat) = (Some("l".into()), Some("b".into()));
        i.time = Some("d+c".into());
        i.time_format = Some("%d.%m.%Y %H:%M".into());
        i.timezone = Some("Europe/Berlin".into());
    };
    let (_, rows) = place.import("a.csv", text, set).unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|other_lon Utf8",
            "13.4|52.5|2009-01-04T01:52:00Z|a",
        ],
    );
}

#[test]
fn files_of_a_folder_are_one_dataset() {
    let place = Place::new();
    place.write("in/b/2.csv", "lat,lon,n\n4,3,2\n");
    place.write("in/a/1.csv", "lon,lat,n\n1,2,1.5\n");
    place.write("in/c.csv", "");
    place.write("in/d.csv", "lon,lat,n\n");
    place.write("in/labels.txt", "not a point");
    place.write("in/.hidden/3.csv", "lon,lat,n\n1,2,3\n");
    let import = graticule_layout::import::Import::new([place.path("in")]);
    let report = import.run(&place.path("out")).unwrap();
    check(
        &super::support::read(&place.path("out")),
        &[
            "lon Float64|lat Float64|n Float64",
            "1.0|2.0|1.5",
            "3.0|4.0|2.0",
        ],
    );
    assert_eq!(
        (report.files, report.files_empty, report.files_left_out),
        (4, 2, 1)
    );
    place.write("in/e.csv", "lon,lat,m\n1,2,3\n");
    let error = import.run(&place.path("out2")).unwrap_err().to_string();
    assert!(
        error.contains("e.csv") && error.contains("[m]") && error.contains("[n]"),
        "{error}"
    );
    assert!(!place.path("out2").exists());
}

#[test]
fn a_line_of_names_alone_is_an_empty_dataset() {
    let place = Place::new();
    let (report, rows) = place.import("a.csv", "lon,lat,time\r\n", |_| {}).unwrap();
    assert_eq!(
        (report.rows, rows.num_rows(), report.files_empty),
        (0, 0, 1)
    );
}

#[test]
fn many_rows_are_the_same_bytes_every_time() {
    let place = Place::new();
    let mut text = "lon,lat,time,id\n".to_owned();
    for i in 0..150_000 {
        text += &format!(
            "{}.5,{},2009-01-04 02:{:02}:00,{i}\n",
            i % 360 - 180,
            i % 180 - 90,
            i % 60
        );
    }
    let (report, rows) = place.import("a.csv", &text, |_| {}).unwrap();
    // Every round of 360 begins at -180.5, and there are 416 and a part of one.
    assert_eq!(
        (report.rows, report.invalid, rows.num_rows()),
        (150_000, 417, 150_000)
    );
    let bytes = std::fs::read(place.path("out/part-0000.parquet")).unwrap();
    place.import("a.csv", &text, |_| {}).unwrap();
    assert!(bytes == std::fs::read(place.path("out/part-0000.parquet")).unwrap());
}
