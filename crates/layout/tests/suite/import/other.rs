//! GPX, GeoJSON and Arrow.

use super::support::{Place, check};
use arrow::array::{
    Array, ArrayRef, DictionaryArray, Float32Array, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray, StringViewArray, StructArray, TimestampSecondArray, UInt64Array,
    new_null_array,
};
use arrow::datatypes::{DataType, Field, TimeUnit, UnionFields, UnionMode};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use graticule_layout::import::{Import, Unit};
use std::sync::Arc;

const GPX: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="hand" xmlns="http://www.topografix.com/GPX/1/1" xmlns:e="http://example.org/e">
  <wpt lat="48.5" lon="9.25"><ele>3</ele><name>Caf&#233; &amp; Bar</name></wpt>
  <rte><rtept lat="1" lon="2"/></rte>
  <trk><name>Morning</name>
    <trkseg>
      <trkpt lat="50.1" lon="10.1"><ele>101.5</ele><time>2009-01-04T02:52:00Z</time>
        <extensions><e:TrackPointExtension><e:hr>120</e:hr><e:speed>3.5</e:speed></e:TrackPointExtension></extensions>
      </trkpt>
      <trkpt lat="north" lon="10.2"></trkpt>
      <trkpt lon="10.2"><ele>1</ele></trkpt>
    </trkseg>
    <trkseg><trkpt lat="95" lon="10.3"><time>2009-01-04T02:53:00.25Z</time></trkpt></trkseg>
  </trk>
</gpx>
"#;

#[test]
fn gpx() {
    let place = Place::new();
    let (report, rows) = place.import("a.gpx", GPX, |_| {}).unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|kind Utf8|ele Float64|name Utf8|track Int64|segment Int64|track_name Utf8|hr Int64|speed Float64",
            "9.25|48.5|-|waypoint|3.0|Café & Bar|-|-|-|-|-",
            "2.0|1.0|-|route|-|-|1|0|-|-|-",
            "10.1|50.1|2009-01-04T02:52:00Z|track|101.5|-|1|1|Morning|120|3.5",
            "10.3|95.0|2009-01-04T02:53:00.250Z|track|-|-|1|2|Morning|-|-",
        ],
    );
    assert_eq!((report.records, report.invalid, report.rejects), (6, 1, 2));
    assert_eq!(
        place.rejects(),
        "\"a.gpx\",10,\"column 'lat': 'north' is not a number\",\"<trkpt lat=\"\"north\"\" lon=\"\"10.2\"\"></trkpt>\"\n\
         \"a.gpx\",11,\"the point has no lat\",\"<trkpt lon=\"\"10.2\"\"><ele>1</ele></trkpt>\"\n"
    );
}

#[test]
fn gpx_cut_short_keeps_what_was_whole() {
    let place = Place::new();
    let cut = GPX.find("      <trkpt lat=\"north\"").unwrap();
    let text = format!("{}<trkpt lat=\"1\" lon", &GPX[..cut]);
    let (report, rows) = place.import("a.gpx", text, |_| {}).unwrap();
    assert_eq!(
        (
            rows.num_rows(),
            report.rejects,
            report.first_rejects[0].line
        ),
        (3, 1, 10)
    );
    assert!(place.rejects().contains("lon\"\n"), "{}", place.rejects());
    // Latin-1, which many old devices wrote.
    let text =
        [&b"<gpx><wpt lat='1' lon='2'><name>Caf\xe9</name></wpt><wpt lat='3' lon='4'/></gpx>"[..]]
            .concat();
    let (report, rows) = place.import("a.gpx", text, |_| {}).unwrap();
    assert_eq!((rows.num_rows(), report.rejects), (1, 1));
    assert!(
        report.first_rejects[0].reason.contains("not UTF-8"),
        "{report}"
    );
}

#[test]
fn geojson_in_all_its_forms() {
    let place = Place::new();
    let features = [
        r#"{"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[9.5,50,12.5]},"properties":{"name":"a \"}{\"","n":1,"ok":true,"lon":"east","tags":[1,{"b":2}],"time":"2009-01-04T02:52:00Z"}}"#,
        r#"{"type":"Feature","geometry":{"type":"MultiPoint","coordinates":[[1,2],[3,4]]},"properties":{"n":2.5,"zip":"12"}}"#,
        r#"{"type":"Feature","geometry":null,"properties":null}"#,
        r#"{"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]},"properties":{}}"#,
    ];
    let [a, b, c, d] = features;
    let collection = format!(
        "{{\"type\":\"FeatureCollection\",\"name\":\"features\",\"features\":[\n{a},\n{b},\n{c},\n{d}\n],\"bbox\":[1,2,3,4]}}"
    );
    let lines = format!("{a}\n{b}\n{c}\n{d}\n");
    let sequence = format!("\u{1e}{a}\n\u{1e}{b}\n\u{1e}{c}\n\u{1e}{d}");
    let glued = format!("{a}{b}{c}{d}");
    for text in [collection, lines, sequence, glued] {
        let (report, rows) = place.import("a.geojson", &text, |_| {}).unwrap();
        check(
            &rows,
            &[
                "lon Float64|lat Float64|time Time|z Float64|feature_id Int64|property_lon Utf8|n Float64|name Utf8|ok Boolean|tags Utf8|zip Utf8",
                "9.5|50.0|2009-01-04T02:52:00Z|12.5|7|east|1.0|a \"}{\"|true|[1,{\"b\":2}]|-",
                "1.0|2.0|-|-|-|-|2.5|-|-|-|12",
                "3.0|4.0|-|-|-|-|2.5|-|-|-|12",
                "-|-|-|-|-|-|-|-|-|-|-",
            ],
        );
        assert_eq!(
            (report.records, report.invalid, report.rejects),
            (5, 1, 1),
            "{text}"
        );
        assert!(
            report.first_rejects[0].reason.contains("LineString"),
            "{report}"
        );
    }
}

#[test]
fn geojson_of_another_crs_is_refused() {
    let place = Place::new();
    let crs = |name: &str| format!(r#""crs":{{"type":"name","properties":{{"name":"{name}"}}}}"#);
    let point = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"n":1}}"#;
    let (mercator, wgs84) = (
        crs("urn:ogc:def:crs:EPSG::3857"),
        crs("urn:ogc:def:crs:OGC:1.3:CRS84"),
    );
    for text in [
        format!(r#"{{"type":"FeatureCollection",{mercator},"features":[{point}]}}"#),
        format!(r#"{{"type":"FeatureCollection","features":[{point}],{mercator}}}"#),
        format!(
            r#"{{"type":"FeatureCollection","features":[{point}]}}{{"type":"FeatureCollection",{mercator},"features":[]}}"#
        ),
    ] {
        let error = place.import("a.geojson", &text, |_| {}).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains("of 'urn:ogc:def:crs:EPSG::3857'; convert them"),
            "{said}"
        );
    }
    let text = format!(r#"{{"type":"FeatureCollection",{wgs84},"features":[{point}],"crs":null}}"#);
    let (report, _) = place.import("a.geojson", &text, |_| {}).unwrap();
    assert_eq!((report.rows, report.rejects), (1, 0));
    let foreign = point.replacen('{', &format!("{{{mercator},"), 1);
    let within = point.replacen(
        r#"{"type":"Point""#,
        &format!(r#"{{{mercator},"type":"Point""#),
        1,
    );
    let (report, _) = place
        .import(
            "a.geojson",
            format!("{foreign}\n{point}\n{within}\n"),
            |_| {},
        )
        .unwrap();
    assert_eq!((report.rows, report.rejects), (1, 2));
    assert!(
        report.first_rejects[0].reason.contains("EPSG::3857"),
        "{report}"
    );
}

#[test]
fn a_damaged_line_of_geojson_costs_one_line() {
    let place = Place::new();
    let point = |x: i32| format!("{{\"type\":\"Point\",\"coordinates\":[{x},2]}}\n");
    let text = format!(
        "{}{}{}{}",
        point(1),
        "{\"type\":\"Point\",\"coord\n",
        "{\"type\":\"Point\",\"coordinates\":[1]}\n\n",
        point(3)
    );
    let (report, rows) = place.import("a.ndjson", text, |_| {}).unwrap();
    check(&rows, &["lon Float64|lat Float64", "1.0|2.0", "3.0|2.0"]);
    let lines: Vec<u64> = report.first_rejects.iter().map(|r| r.line).collect();
    assert_eq!(lines, [2, 3]);
}

#[test]
fn a_late_property_is_a_column() {
    let place = Place::new();
    let mut text = String::new();
    for i in 0..10_001 {
        let more = if i == 10_000 { r#""late":5"# } else { "" };
        text += &format!(
            "{{\"type\":\"Feature\",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[1,2]}},\"properties\":{{{more}}}}}\n"
        );
    }
    let (_, rows) = place.import("a.ndjson", text, |_| {}).unwrap();
    check(
        &rows.slice(9_999, 2),
        &[
            "lon Float64|lat Float64|late Int64",
            "1.0|2.0|-",
            "1.0|2.0|5",
        ],
    );
}

#[test]
fn arrow_keeps_its_types() {
    let place = Place::new();
    let columns: [(&str, ArrayRef); 4] = [
        ("name", Arc::new(StringArray::from(vec!["a", "b"]))),
        (
            "when",
            Arc::new(Int64Array::from(vec![Some(1_231_037_520_500), None])),
        ),
        (
            "Latitude",
            Arc::new(Float32Array::from(vec![50.5, f32::NAN])),
        ),
        ("Longitude", Arc::new(Float32Array::from(vec![9.5, 1.0]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut file = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    file.write(&batch).unwrap();
    stream.write(&batch).unwrap();
    let (file, stream) = (file.into_inner().unwrap(), stream.into_inner().unwrap());
    let packed = zstd::encode_all(&stream[..], 1).unwrap();
    for (name, bytes) in [
        ("a.feather", &file),
        ("a.arrows", &stream),
        ("a.arrows.zst", &packed),
    ] {
        let (report, rows) = place
            .import(name, bytes, |i| {
                i.time = Some("when".into());
                i.time_unit = Some(Unit::Millisecond);
            })
            .unwrap();
        check(
            &rows,
            &[
                "lon Float64|lat Float64|time Time|name Utf8",
                "9.5|50.5|2009-01-04T02:52:00.500Z|a",
                "1.0|NaN|-|b",
            ],
        );
        assert_eq!((report.records, report.rows, report.invalid), (2, 2, 1));
    }
    // No cut or changed byte may make it panic or hang.
    for cut in (0..file.len()).step_by(7) {
        let _ = place.import("a.arrow", &file[..cut], |_| {});
        let mut bytes = file.clone();
        bytes[cut] ^= 0x55;
        let _ = place.import("a.arrow", bytes, |_| {});
    }
}

/// As a data-frame library's categories come: texts of the newer kind in a dictionary.
#[test]
fn arrow_dictionaries_are_unpacked() {
    let place = Place::new();
    let views: ArrayRef = Arc::new(StringViewArray::from(vec![
        Some("bus"),
        None,
        Some("a text that is longer than twelve bytes"),
    ]));
    let keys = Int32Array::from(vec![Some(2), None, Some(1), Some(0)]);
    let modes = DictionaryArray::try_new(keys, views).unwrap();
    let lists = StructArray::from(vec![(
        Arc::new(Field::new("mode", modes.data_type().clone(), true)),
        Arc::new(modes.clone()) as ArrayRef,
    )]);
    let union = DataType::Union(
        UnionFields::try_new([0], [Field::new("a", DataType::Int32, true)]).unwrap(),
        UnionMode::Sparse,
    );
    let columns: [(&str, ArrayRef); 6] = [
        ("lon", Arc::new(Float32Array::from(vec![1.0; 4]))),
        ("lat", Arc::new(Float32Array::from(vec![2.0; 4]))),
        (
            "seen",
            Arc::new(TimestampSecondArray::from(vec![
                Some(60),
                None,
                Some(0),
                Some(1),
            ])),
        ),
        ("mode", Arc::new(modes)),
        ("nested", Arc::new(lists)),
        ("union", new_null_array(&union, 4)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    stream.write(&batch).unwrap();
    let (report, rows) = place
        .import("a.arrows", stream.into_inner().unwrap(), |_| {})
        .unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|mode Utf8View|nested Struct(\"mode\": Utf8View)",
            "1.0|2.0|1970-01-01T00:01:00|a text that is longer than twelve bytes|{mode: a text that is longer than twelve bytes}",
            "1.0|2.0|-|-|{mode: -}",
            "1.0|2.0|1970-01-01T00:00:00|-|{mode: -}",
            "1.0|2.0|1970-01-01T00:00:01|bus|{mode: bus}",
        ],
    );
    // Seconds have no word in Parquet.
    assert_eq!(
        rows.column(2).data_type(),
        &DataType::Timestamp(TimeUnit::Millisecond, None)
    );
    let notes: Vec<&str> = report.notes.iter().map(|n| n.text.as_str()).collect();
    assert!(
        notes.iter().any(|n| n.contains("'union' is left out")),
        "{notes:?}"
    );
    assert!(
        notes.iter().any(|n| n.contains("'seen', the only one")),
        "{notes:?}"
    );
}

#[test]
fn arrow_numbers_of_all_kinds_are_times() {
    let place = Place::new();
    let numbers: [ArrayRef; 2] = [
        Arc::new(UInt64Array::from(vec![1_700_000_000])),
        Arc::new(Float64Array::from(vec![1_700_000_000.25])),
    ];
    for (seen, fraction) in numbers.into_iter().zip(["", ".250"]) {
        let columns: [(&str, ArrayRef); 3] = [
            ("seen", seen),
            ("lon", Arc::new(Float32Array::from(vec![1.0]))),
            ("lat", Arc::new(Float32Array::from(vec![2.0]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        stream.write(&batch).unwrap();
        let set = |i: &mut Import| {
            i.time = Some("seen".into());
            i.time_unit = Some(Unit::Second);
        };
        let (_, rows) = place
            .import("a.arrows", stream.into_inner().unwrap(), set)
            .unwrap();
        let expected = format!("1.0|2.0|2023-11-14T22:13:20{fraction}Z");
        check(&rows, &["lon Float64|lat Float64|time Time", &expected]);
    }
}

#[test]
fn properties_without_end_are_an_error() {
    let place = Place::new();
    let feature = |i: usize| {
        format!(
            "{{\"type\":\"Feature\",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[1,2]}},\"properties\":{{\"p{i}\":1}}}}\n"
        )
    };
    let text: String = (0..10_001).map(feature).collect();
    let error = place.import("a.ndjson", text, |_| {});
    let error = error.map(|(report, _)| report).unwrap_err().to_string();
    assert!(error.contains("10000 different properties"), "{error}");
}
