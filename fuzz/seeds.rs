//! Writes the seeds that the targets begin from: small, valid inputs of each kind.
//!
//!     cargo run --manifest-path fuzz/Cargo.toml --bin seeds

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int32Array, RecordBatch, StringArray,
    StructArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Fields, Float64Type, UInt32Type, UInt64Type};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use graticule::{Dataset, Engine, Query, count, mean, run_part};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterVersion};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/sample");

type Anything = Result<(), Box<dyn std::error::Error>>;

fn main() -> Anything {
    for (name, properties) in [
        ("dictionary", WriterProperties::builder().set_max_row_group_row_count(Some(3))),
        ("plain", WriterProperties::builder().set_dictionary_enabled(false)),
        (
            "delta",
            WriterProperties::builder()
                .set_writer_version(WriterVersion::PARQUET_2_0)
                .set_dictionary_enabled(false)
                .set_column_encoding("time".into(), Encoding::DELTA_BINARY_PACKED)
                .set_compression(Compression::SNAPPY),
        ),
    ] {
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, rows()?.schema(), Some(properties.build()))?;
        writer.write(&rows()?)?;
        writer.close()?;
        keep("parquet", name, &bytes)?;
        keep("pages", name, &bytes)?;
    }
    for (name, compression) in [("plain", None), ("lz4", Some(CompressionType::LZ4_FRAME))] {
        let mut bytes = Vec::new();
        let options = IpcWriteOptions::default().try_with_compression(compression)?;
        let mut writer = FileWriter::try_new_with_options(&mut bytes, &rows()?.schema(), options)?;
        writer.write(&rows()?)?;
        writer.write(&rows()?.slice(1, 2))?;
        writer.finish()?;
        keep("ipc", name, &bytes)?;
    }
    keep("csv", "comma", b"time,lat,lon,speed,id\n2026-03-01T00:00:00Z,50.1,10.1,1.5,007\n1772323200,50,10,,4e0071\n")?;
    keep("csv", "semicolon", b"\xef\xbb\xbflon;lat;note\r\n10,5;50;\"a \"\"quote\"\";\nand a line\"\r\n11;51;\\N\r\n")?;
    keep("gpx", "track", br#"<?xml version="1.0"?><gpx version="1.1"><trk><name>a&amp;b</name><trkseg><trkpt lat="50" lon="10"><ele>5.5</ele><time>2026-03-01T00:00:00Z</time></trkpt></trkseg></trk><wpt lat="51" lon="11"/></gpx>"#)?;
    keep("geojson", "points", br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"a","v":1.5},"geometry":{"type":"Point","coordinates":[10,50,3]}},{"type":"Feature","properties":null,"geometry":null}]}"#)?;
    keep("geojson", "polygons", br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"z"},"geometry":{"type":"MultiPolygon","coordinates":[[[[9,49],[11,49],[11,51],[9,49]],[[9.5,49.5],[10,49.5],[10,50],[9.5,49.5]]]]}}]}"#)?;
    keep("geojson", "lines", b"{\"type\":\"Feature\",\"properties\":{\"t\":\"2026-03-01T00:00:00Z\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[10,50]}}\n\x1e{\"type\":\"Point\",\"coordinates\":[1,2]}\n")?;
    for (name, text) in [
        ("and", "speed > 20 and (trip_id in (7, 9) or mode = 'bus')"),
        ("not", "not (a between -1 and 2.5e3 or b is not null) and hour_of_day() != 7 and c = true"),
        ("quoted", "\"a column\" = 'it''s' and d < 18446744073709551615"),
    ] {
        keep("expression", name, text.as_bytes())?;
    }
    pollster::block_on(parts())
}

fn rows() -> Result<RecordBatch, arrow::error::ArrowError> {
    let names: ArrayRef = Arc::new(StringArray::from(vec![Some("bus"), None, Some("tram"), Some("bus")]));
    let inner: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3, 4]));
    let fields = Fields::from(vec![arrow::datatypes::Field::new("v", DataType::Int32, true)]);
    let times = TimestampMicrosecondArray::from(vec![Some(0), None, Some(1_772_323_200_000_000), Some(-1)]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("lon", Arc::new(Float64Array::from(vec![Some(10.0), Some(-180.0), None, Some(f64::NAN)]))),
        ("lat", Arc::new(Float64Array::from(vec![50.0, 90.0, 0.0, 1.5]))),
        ("time", Arc::new(times.with_timezone("UTC"))),
        ("mode", cast(&names, &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)))?),
        ("name", names),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]))),
        ("day", Arc::new(Date32Array::from(vec![0, 20_513, -1, 5]))),
        ("st", Arc::new(StructArray::new(fields, vec![inner], None))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
}

async fn parts() -> Anything {
    let dataset = Dataset::open(SAMPLE).await?;
    let query = Query::new()
        .within("9,49,12,52".parse()?)
        .by(["geohash:4".parse()?, "moving".parse()?])
        .aggregate([count(), mean("speed_mps")])
        .filter(graticule::Filter::Where("accuracy_m > 3 or trip_id is null".parse()?));
    let plan = dataset.plan(&query).await?;
    for (number, part) in plan.split(2).into_iter().enumerate() {
        let engine = Engine::cpu().threads(1);
        let batches = run_part(&part, &engine).await?;
        // Where the sample lies is not for the seeds.
        let mut json = serde_json::to_value(&part)?;
        json["scan"]["url"] = "".into();
        keep("part", &number.to_string(), &serde_json::to_vec(&json)?)?;
        for batch in &batches {
            keep("partial", &number.to_string(), &written(&batch.slice(0, batch.num_rows().min(3)))?)?;
        }
    }
    Ok(())
}

/// A batch as the target reads it.
fn written(batch: &RecordBatch) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut bytes = serde_json::to_vec(batch.schema().metadata())?;
    bytes.push(b'\n');
    bytes.push(u8::try_from(batch.num_rows())?);
    for column in batch.columns() {
        if let Some(words) = column.as_primitive_opt::<UInt32Type>() {
            bytes.push(4);
            bytes.extend(words.values().iter().flat_map(|word| word.to_le_bytes()));
        } else if let Some(words) = column.as_primitive_opt::<UInt64Type>() {
            bytes.push(1);
            bytes.extend(words.values().iter().flat_map(|word| word.to_le_bytes()));
        } else {
            assert!(column.as_primitive_opt::<Float64Type>().is_none());
        }
    }
    Ok(bytes)
}

fn keep(target: &str, name: &str, bytes: &[u8]) -> Anything {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds")).join(target);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(name), bytes)?)
}
