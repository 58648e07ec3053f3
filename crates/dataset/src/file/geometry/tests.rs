use super::wkb::point;
use crate::Dataset;
use crate::catalog::options::OpenOptions;
use arrow::array::{
    ArrayRef, BinaryArray, Float32Array, Float64Array, Int64Array, RecordBatch, StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Fields};
use graticule_columns::{Keep, Kind, Scan, Source};
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use std::sync::Arc;

/// Point (1 2) as PostGIS prints it, and as others do.
#[test]
fn points_of_all_dialects() {
    let hex = |text: &str| -> Vec<u8> {
        let digits = |i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex");
        (0..text.len()).step_by(2).map(digits).collect()
    };
    let (one, two) = ("000000000000f03f", "0000000000000040");
    let good = [
        format!("0101000000{one}{two}"),
        "00000000013ff00000000000004000000000000000".to_owned(),
        format!("0101000020e6100000{one}{two}"),
        format!("01e9030000{one}{two}{one}"),
        format!("0101000080{one}{two}{one}"),
        format!("01b90b0000{one}{two}{one}{one}"),
    ];
    for text in good {
        assert_eq!(point(&hex(&text)), Ok((1.0, 2.0)), "{text}");
    }
    let (x, y) = point(&hex("0101000000000000000000f87f000000000000f87f")).expect("an empty point");
    assert!(x.is_nan() && y.is_nan());
    let whole = hex(&format!("0101000020e6100000{one}{two}"));
    for cut in 0..whole.len() {
        assert!(point(&whole[..cut]).is_err(), "{cut}");
    }
    for (srid, is_wgs84) in [("e6100000", true), ("73130000", true), ("e8640000", false)] {
        let point = point(&hex(&format!("0101000020{srid}{one}{two}")));
        assert_eq!(point.is_ok(), is_wgs84, "{point:?}");
    }
    for bad in ["0201000000", "0102000000", "0103000000", "01a10f0000"] {
        assert!(point(&hex(&format!("{bad}{one}{two}"))).is_err(), "{bad}");
    }
}

fn wkb() -> ArrayRef {
    let value =
        |x: f64, y: f64| [&[1, 1, 0, 0, 0][..], &x.to_le_bytes(), &y.to_le_bytes()].concat();
    let values = [
        Some(value(9.5, 50.0)),
        None,
        Some(value(200.0, 1.0)),
        Some(value(-1.0, -2.0)),
    ];
    Arc::new(BinaryArray::from_iter(values))
}

fn separated() -> ArrayRef {
    let part = |name| Field::new(name, DataType::Float64, false);
    let fields = Fields::from(vec![part("x"), part("y")]);
    let array = |values: [f64; 4]| -> ArrayRef { Arc::new(Float64Array::from(values.to_vec())) };
    let columns = vec![
        array([9.5, 7.0, 200.0, -1.0]),
        array([50.0, 7.0, 1.0, -2.0]),
    ];
    let nulls = NullBuffer::from(vec![true, false, true, true]);
    Arc::new(StructArray::new(fields, columns, Some(nulls)))
}

/// Boxes a little larger than the points, of 32-bit floats, as others write them.
fn bbox() -> ArrayRef {
    let side = |name: &str, values: [Option<f32>; 4]| -> (Arc<Field>, ArrayRef) {
        let field = Field::new(name, DataType::Float32, true);
        (
            Arc::new(field),
            Arc::new(Float32Array::from(values.to_vec())),
        )
    };
    Arc::new(StructArray::from(vec![
        side("xmin", [Some(9.0), None, Some(200.0), Some(-1.5)]),
        side("xmax", [Some(10.0), None, Some(200.5), Some(-0.5)]),
        side("ymin", [Some(49.5), None, Some(0.5), Some(-2.25)]),
        side("ymax", [Some(50.5), None, Some(1.5), Some(-1.75)]),
    ]))
}

fn write(geometry: ArrayRef, described: &str) -> tempfile::TempDir {
    let id: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3, 4]));
    let batch = RecordBatch::try_from_iter([("id", id), ("geom", geometry), ("bbox", bbox())])
        .expect("a batch");
    let dir = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::create(dir.path().join("a.parquet")).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    let geo = format!(
        r#"{{"version":"1.1.0","primary_column":"geom","columns":{{"geom":{{"covering":{{"bbox":{{"xmin":["bbox","xmin"],"ymin":["bbox","ymin"],"xmax":["bbox","xmax"],"ymax":["bbox","ymax"]}}}},{described}}}}}}}"#
    );
    writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo));
    writer.close().expect("closed");
    dir
}

fn open(dir: &tempfile::TempDir) -> Result<Dataset, crate::DatasetError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .build()
        .expect("a runtime");
    let path = dir.path().display().to_string();
    runtime.block_on(Dataset::open(&path, &OpenOptions::default()))
}

#[test]
fn both_encodings_are_two_columns() {
    let cases = [
        (wkb(), r#""encoding":"WKB","geometry_types":["Point"]"#),
        (
            separated(),
            r#""encoding":"point","geometry_types":[],"crs":{"id":{"authority":"EPSG","code":4326}}"#,
        ),
    ];
    for (geometry, described) in cases {
        let dir = write(geometry, described);
        let dataset = open(&dir).expect("a dataset");
        let metadata = dataset.metadata();
        let names: Vec<_> = metadata.schema.file_columns().collect();
        assert_eq!(names, ["lon", "lat", "id", "geom"]);
        // Separated points have statistics of their own; those of WKB are the boxes', one step of an f32
        // wider: from 1 to 2 that is 2^-23.
        let bounds = |place: usize| {
            let bounds = metadata.files[0].row_groups[0].columns.at(place).bounds;
            bounds.map(|b| (f64::from_bits(b.low), f64::from_bits(b.high)))
        };
        let (lon, lat) = match described.contains("point") {
            true => ((-1.0, 200.0), (-2.0, 50.0)),
            false => (
                (-1.5 - 2f64.powi(-23), 200.5 + 2f64.powi(-16)),
                (-2.25 - 2f64.powi(-22), 50.5 + 2f64.powi(-18)),
            ),
        };
        assert_eq!((bounds(0), bounds(1)), (Some(lon), Some(lat)));
        let id = Source::Value {
            name: "id".to_owned(),
            kind: Kind::I64,
        };
        let sources = vec![Source::FixedLon, Source::FixedLat, id];
        let scan = Arc::new(Scan::everything(metadata, sources, [""; 0]));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .build()
            .expect("a runtime");
        let fetched = runtime
            .block_on(dataset.fetch(&scan, &scan.groups[0]))
            .expect("bytes");
        let mut chunks = fetched.chunks(&scan, 0..4, 2, Keep::All).expect("chunks");
        let chunk = chunks.next().expect("two").expect("read");
        assert_eq!(chunk.exact.get(0), Some((9.5, 50.0)));
        let valid = |chunk: &graticule_columns::Chunk| -> Vec<bool> {
            let valid = chunk.valid.clone().expect("some are not");
            valid.iter().collect()
        };
        assert_eq!(valid(&chunk), [true, false]);
        let chunk = chunks.next().expect("two more").expect("read");
        assert_eq!(valid(&chunk), [false, true]);
        assert_eq!(chunk.exact.get(1), Some((-1.0, -2.0)));
    }
}

#[test]
fn what_is_no_point_in_degrees_is_refused() {
    let cases = [
        (
            r#""encoding":"WKB","geometry_types":["Polygon"]"#,
            "Polygon",
        ),
        (r#""encoding":"linestring""#, "linestring"),
        (r#""encoding":"point""#, "unlike its encoding"),
        (
            r#""encoding":"WKB","crs":{"name":"Web Mercator","id":{"authority":"EPSG","code":3857}}"#,
            "EPSG:3857",
        ),
    ];
    for (described, expected) in cases {
        let error = open(&write(wkb(), described))
            .expect_err("no points")
            .to_string();
        assert!(
            error.contains(expected) && error.contains("a.parquet"),
            "{error}"
        );
    }
}
