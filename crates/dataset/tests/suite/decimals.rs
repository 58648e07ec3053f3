//! Statistics of decimals, in whichever width they are stored.

use crate::common::open;
use arrow::array::{ArrayRef, Decimal128Array, Float64Array, RecordBatch};
use graticule_columns::Bounds;
use graticule_dataset::OpenOptions;
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// A file of points and -1.50 and 12.25 as decimals of so many digits and places.
fn decimals(path: &Path, digits: u8, scale: i8, values: [i128; 2]) {
    let points: ArrayRef = Arc::new(Float64Array::from(vec![10.0; 2]));
    let numbers = Decimal128Array::from(values.to_vec());
    let numbers: ArrayRef = Arc::new(
        numbers
            .with_precision_and_scale(digits, scale)
            .expect("decimals"),
    );
    let columns = [("lon", points.clone()), ("lat", points), ("d", numbers)];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let file = File::create(path).expect("there is room");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

fn bounds(path: &Path) -> Vec<Option<Bounds>> {
    let dataset = open(path, &OpenOptions::default()).expect("it opens");
    let metadata = dataset.metadata();
    let place = metadata.schema.file_column("d").expect("it is known");
    let files = metadata.files.iter();
    files
        .map(|f| f.row_groups[0].columns.at(place).bounds)
        .collect()
}

fn ends(low: i64, high: i64) -> Option<Bounds> {
    Some(Bounds {
        low: low.cast_unsigned(),
        high: high.cast_unsigned(),
    })
}

#[test]
fn decimals_that_are_no_coordinates_have_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    for digits in [9, 18, 38] {
        decimals(&path, digits, 2, [-150, 1225]);
        assert_eq!(bounds(&path), [ends(-150, 1225)], "{digits} digits");
    }
    // More than 64 bits are no bound.
    decimals(&path, 38, 2, [-150, 1 << 64]);
    assert_eq!(bounds(&path), [None]);
}

/// 7 and -1.50 are -1500 and 7000 thousandths, where a third file has three places.
#[test]
fn bounds_are_of_the_places_of_all_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    decimals(&at("a.parquet"), 9, 2, [-150, 700]);
    decimals(&at("b.parquet"), 12, 3, [1, 2]);
    decimals(&at("c.parquet"), 5, 0, [7, 8]);
    assert_eq!(
        bounds(folder.path()),
        [ends(-1500, 7000), ends(1, 2), ends(7000, 8000)]
    );
}
