//! What whole numbers mean as coordinates: told by the file, by names and size, or refused.

use crate::common::{open, read, scan_of, write as write_ipc};
use arrow::array::{
    ArrayRef, AsArray, Decimal128Array, Float64Array, Int16Array, Int32Array, Int64Array,
    RecordBatch,
};
use arrow::datatypes::{Field, Float64Type, Schema};
use graticule_dataset::{Dataset, DatasetError, OpenOptions};
use parquet::arrow::ArrowWriter;
use std::path::Path;
use std::sync::Arc;

fn whole(values: [i64; 2]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn short(values: [i32; 2]) -> ArrayRef {
    Arc::new(Int32Array::from(values.to_vec()))
}

fn write(path: &Path, names: [&str; 2], columns: [ArrayRef; 2], unit: Option<&str>) {
    let fields = names.iter().zip(&columns).map(|(name, column)| {
        let field = Field::new(*name, column.data_type().clone(), true);
        let told = unit.map(|unit| ("unit".to_owned(), unit.to_owned()));
        field.with_metadata(told.into_iter().collect())
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(schema, columns.to_vec()).expect("a batch");
    if path.extension().is_some_and(|e| e == "arrow") {
        return write_ipc(path, &batch, &[2], None);
    }
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

/// The unit, the points, and what is said of it; with a `!` before what is a guess.
fn opened(
    path: &Path,
    options: &OpenOptions,
) -> Result<(String, Vec<[f64; 2]>, String), DatasetError> {
    let dataset: Dataset = open(path, options)?;
    let schema = &dataset.metadata().schema;
    let names = [schema.lon.name.as_str(), schema.lat.name.as_str()];
    let (batches, _) = read(&dataset, &scan_of(&dataset, &names), 10);
    let column = |name: &str| {
        let column = batches[0].column_by_name(name).expect("it was read");
        column.as_primitive::<Float64Type>().values().to_vec()
    };
    let (lon, lat) = (column(names[0]), column(names[1]));
    let group = &dataset.metadata().files[0].row_groups[0];
    for (axis, values) in [&lon, &lat].into_iter().enumerate() {
        if let Some(bounds) = group.columns.at(axis).bounds {
            let ends = [bounds.low, bounds.high].map(f64::from_bits);
            assert_eq!(
                ends,
                [values[0], values[1]],
                "bounds are of the same numbers"
            );
        }
    }
    let notes = dataset.metadata().notes.iter();
    let notes = notes.map(|n| format!("{}{}", if n.is_warning { "!" } else { "" }, n.text));
    let points = lon.into_iter().zip(lat).map(|(x, y)| [x, y]).collect();
    Ok((schema.lon.unit.to_string(), points, notes.collect()))
}

fn unit(text: &str) -> OpenOptions {
    OpenOptions {
        coordinate_unit: Some(text.parse().expect("a unit")),
        ..OpenOptions::default()
    }
}

fn fit() -> OpenOptions {
    OpenOptions {
        lon: Some("position_long".to_owned()),
        lat: Some("position_lat".to_owned()),
        ..OpenOptions::default()
    }
}

#[test]
fn whole_degrees_are_degrees_in_either_format() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.parquet", "a.arrow"] {
        let path = folder.path().join(name);
        let columns: [[ArrayRef; 2]; 3] = [
            [whole([10, 11]), short([50, 51])],
            [
                Arc::new(Int16Array::from(vec![10, 11])),
                Arc::new(Int16Array::from(vec![50, 51])),
            ],
            [[10, 11], [50, 51]].map(|values| -> ArrayRef {
                let array = Decimal128Array::from(values.map(i128::from).to_vec());
                Arc::new(array.with_precision_and_scale(38, 0).expect("a decimal"))
            }),
        ];
        for columns in columns {
            write(&path, ["lon", "lat"], columns, None);
            let (unit, points, note) = opened(&path, &OpenOptions::default()).expect("it opens");
            assert_eq!(
                (unit.as_str(), points),
                ("degrees", vec![[10.0, 50.0], [11.0, 51.0]])
            );
            assert!(
                note.starts_with("lon and lat") && note.contains("degrees"),
                "{note}"
            );
        }
    }
}

#[test]
fn names_and_declarations_tell_the_unit() {
    let folder = tempfile::tempdir().expect("a folder");
    // 2^30 semicircles are 90 degrees, 2^29 are 45.
    let semicircles = || [short([1 << 29, 1 << 30]), short([-(1 << 29), 1 << 29])];
    let turned = vec![[45.0, -45.0], [90.0, 45.0]];
    for name in ["a.parquet", "a.arrow"] {
        let path = folder.path().join(name);
        write(
            &path,
            ["position_long", "position_lat"],
            semicircles(),
            None,
        );
        let (unit, points, note) = opened(&path, &fit()).expect("it opens");
        assert_eq!((unit.as_str(), &points), ("semicircles", &turned));
        assert!(
            note.contains("by their names") && !note.contains('!'),
            "{note}"
        );
        write(&path, ["lon", "lat"], semicircles(), Some("semicircles"));
        let (_, points, note) = opened(&path, &OpenOptions::default()).expect("it opens");
        assert_eq!(points, turned);
        assert!(note.contains("the file declares"), "{note}");
        let e7 = [
            whole([100_000_000, 110_000_001]),
            whole([500_000_000, 510_000_000]),
        ];
        write(&path, ["lonE7", "latE7"], e7, None);
        let named = OpenOptions {
            lon: Some("lonE7".to_owned()),
            lat: Some("latE7".to_owned()),
            ..OpenOptions::default()
        };
        let (_, points, _) = opened(&path, &named).expect("it opens");
        assert_eq!(points, [[10.0, 50.0], [11.000_000_1, 51.0]]);
    }
}

#[test]
fn the_usual_guess_is_said_and_others_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let numbers = || {
        [
            whole([119_304_647, 1_200_000_000]),
            whole([596_523_235, 600_000_000]),
        ]
    };
    for name in ["a.parquet", "a.arrow"] {
        let path = folder.path().join(name);
        write(&path, ["lng", "lat"], numbers(), None);
        let (_, points, note) = opened(&path, &OpenOptions::default()).expect("it opens");
        assert_eq!(points, [[11.930_464_7, 59.652_323_5], [120.0, 60.0]]);
        assert!(
            note.starts_with('!') && note.contains("`coordinate_unit`"),
            "{note}"
        );
        let (_, points, note) = opened(&path, &unit("1e-6")).expect("it opens");
        assert_eq!(points[0], [119.304_647, 596.523_235]);
        assert!(note.contains("as `coordinate_unit` says"), "{note}");
        // Pixels, metres of a grid, anything.
        write(&path, ["x", "y"], numbers(), None);
        let error = opened(&path, &OpenOptions::default())
            .expect_err("nobody knows")
            .to_string();
        for part in ["x and y", "119304647", "`coordinate_unit`"] {
            assert!(error.contains(part), "{error}");
        }
        // As 1e-7 degrees they would be north of the pole.
        write(
            &path,
            ["lon", "lat"],
            [short([0, 1 << 29]), short([0, 1_000_000_000])],
            None,
        );
        let (unit, _, note) = opened(&path, &OpenOptions::default()).expect("it opens");
        assert_eq!(unit, "semicircles");
        assert!(note.contains("in no other unit"), "{note}");
    }
}

#[test]
fn files_of_different_units_are_not_one_dataset() {
    let folder = tempfile::tempdir().expect("a folder");
    let columns = |lon, lat| [whole(lon), whole(lat)];
    let large = columns([100_000_000, 110_000_000], [500_000_000, 510_000_000]);
    write(
        &folder.path().join("a.parquet"),
        ["lon", "lat"],
        large,
        None,
    );
    let small = columns([10, 11], [50, 51]);
    write(
        &folder.path().join("b.parquet"),
        ["lon", "lat"],
        small,
        None,
    );
    let error = open(folder.path(), &OpenOptions::default())
        .expect_err("they differ")
        .to_string();
    assert!(error.contains("in some files"), "{error}");
}

/// Writers narrow columns in which all numbers are whole, or null.
#[test]
fn whole_degrees_beside_floats_are_degrees() {
    let floats = |values: [f64; 2]| -> ArrayRef { Arc::new(Float64Array::from(values.to_vec())) };
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.parquet", "a.arrow"] {
        let path = folder.path().join(name);
        let mixed = [whole([10, 11]), floats([50.5, 51.5])];
        write(&path, ["lon", "lat"], mixed, None);
        let (unit, points, note) = opened(&path, &OpenOptions::default()).expect("it opens");
        assert_eq!(
            (&*unit, points),
            ("degrees", vec![[10.0, 50.5], [11.0, 51.5]])
        );
        assert!(note.contains("no more than three digits"), "{note}");
        let large = [whole([0, 100_000_000]), floats([50.5, 51.5])];
        write(&path, ["lon", "lat"], large, None);
        let error = opened(&path, &OpenOptions::default()).expect_err("any unit");
        let said = error.to_string();
        assert!(
            said.contains("some are floats") && said.contains("100000000"),
            "{said}"
        );
        std::fs::remove_file(&path).expect("removed");
    }
    let nothing: [ArrayRef; 2] = [0, 1].map(|_| -> ArrayRef { Arc::new(Int64Array::new_null(2)) });
    let parts = [
        ("a.parquet", [whole([10, 11]), whole([50, 51])]),
        ("b.parquet", [floats([0.5, 1.5]), floats([0.5, 1.5])]),
        ("c.parquet", nothing),
    ];
    for (name, columns) in parts {
        write(&folder.path().join(name), ["lon", "lat"], columns, None);
    }
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let (batches, _) = read(&dataset, &scan_of(&dataset, &["lon"]), 10);
    let lon = |batch: &RecordBatch| batch.column(0).as_primitive::<Float64Type>().value(0);
    assert_eq!([lon(&batches[0]), lon(&batches[1])], [10.0, 0.5]);
    assert_eq!(batches[2].column(0).null_count(), 2);
}

#[test]
fn whole_degrees_of_columns_that_may_be_pixels_are_a_guess() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    for (names, is_guess) in [(["x", "y"], true), (["lon", "lat"], false)] {
        write(&path, names, [whole([100, 120]), whole([50, 60])], None);
        let (_, _, note) = opened(&path, &OpenOptions::default()).expect("it opens");
        assert!(note.contains("are read as degrees"), "{note}");
        assert_eq!(note.starts_with('!'), is_guess, "{note}");
    }
}

#[test]
fn floats_that_are_no_degrees_are_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let floats = |values: [f64; 2]| -> ArrayRef { Arc::new(Float64Array::from(values.to_vec())) };
    let semicircles = || {
        [
            floats([536_870_912.0, 1_073_741_824.0]),
            floats([268_435_456.0, 536_870_912.0]),
        ]
    };
    write(&path, ["lon", "lat"], semicircles(), None);
    let (_, points, note) = opened(&path, &OpenOptions::default()).expect("it opens");
    assert_eq!(points[0], [536_870_912.0, 268_435_456.0]);
    assert!(
        note.starts_with('!') && note.contains("semicircles"),
        "{note}"
    );
    let (_, points, _) = opened(&path, &unit("semicircles")).expect("it opens");
    assert_eq!(points, [[45.0, 22.5], [90.0, 45.0]]);
    write(
        &path,
        ["position_long", "position_lat"],
        semicircles(),
        None,
    );
    assert_eq!(opened(&path, &fit()).expect("it opens").1, points);
    // Degrees in columns of such names are degrees.
    write(
        &path,
        ["position_long", "position_lat"],
        [floats([8.0, 9.0]), floats([47.0, 48.0])],
        None,
    );
    let (_, points, note) = opened(&path, &fit()).expect("it opens");
    assert_eq!(
        (points, note.as_str()),
        (vec![[8.0, 47.0], [9.0, 48.0]], "")
    );
}

#[test]
fn decimals_in_bytes_have_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let decimals = |values: [i128; 2]| -> ArrayRef {
        let array = Decimal128Array::from(values.to_vec());
        Arc::new(array.with_precision_and_scale(38, 2).expect("a decimal"))
    };
    write(
        &path,
        ["lon", "lat"],
        [decimals([-1050, 1150]), decimals([4800, 4825])],
        None,
    );
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    let columns = &dataset.metadata().files[0].row_groups[0].columns;
    let ends = |axis: usize| {
        let bounds = columns.at(axis).bounds.expect("bounds");
        [bounds.low, bounds.high].map(f64::from_bits)
    };
    assert_eq!((ends(0), ends(1)), ([-10.5, 11.5], [48.0, 48.25]));
    assert_eq!(
        opened(&path, &OpenOptions::default()).expect("it opens").2,
        ""
    );
}

#[test]
fn statistics_need_not_be_believed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    write(
        &path,
        ["lon", "lat"],
        [whole([10, 11]), whole([50, 51])],
        None,
    );
    let options = OpenOptions {
        ignore_statistics: true,
        ..OpenOptions::default()
    };
    let dataset = open(&path, &options).expect("it opens");
    let columns = &dataset.metadata().files[0].row_groups[0].columns;
    assert!(
        columns
            .iter()
            .all(|c| c.bounds.is_none() && c.nulls.is_none() && c.bytes > 0)
    );
    let scan = scan_of(&dataset, &[]);
    let pages = crate::common::runtime()
        .block_on(dataset.pages(&scan, &[0, 1]))
        .expect("nothing is read");
    assert!(pages.iter().all(Option::is_none));
}

#[test]
fn numbers_that_tell_nothing_are_read_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.arrow");
    let columns: [ArrayRef; 2] = [whole([0, 119_304_647]), whole([0, 596_523_235])];
    let fields = ["lon", "lat"].map(|name| Field::new(name, columns[0].data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.to_vec()));
    let batch = RecordBatch::try_new(schema, columns.to_vec()).expect("a batch");
    // A tracker without a fix yet sends zeros, here in a batch of their own.
    write_ipc(&path, &batch, &[1, 1], None);
    let dataset = open(&path, &OpenOptions::default()).expect("it opens");
    assert_eq!(dataset.metadata().schema.lon.unit.to_string(), "1e-7");
}
