//! Files whose columns or formats differ, and folders that say the time.

use crate::common::{open, read, scan_of, write};
use arrow::array::Int64Array;
use arrow::compute::concat_batches;
use graticule_columns::PartitionValue;
use graticule_dataset::OpenOptions;
use graticule_testing::{Table, Values};

fn table(columns: Vec<(&str, Values)>) -> Table {
    let columns = columns
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values));
    Table::new(
        vec![Some(1.0); 3],
        vec![Some(2.0); 3],
        vec![Some(5); 3],
        columns.collect(),
    )
}

#[test]
fn files_may_lack_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let numbers = || Values::I64(vec![Some(1), None, Some(3)]);
    let texts = || Values::Text(vec![Some("a".to_owned()), None, None]);
    let write = |name: &str, table: &Table| {
        table
            .write_parquet(&folder.path().join(name), 10)
            .expect("it is written");
    };
    write("a.parquet", &table(vec![("n", numbers())]));
    write("b.parquet", &table(vec![("t", texts())]));
    write("c.parquet", &table(vec![("t", texts()), ("n", numbers())]));
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let metadata = dataset.metadata();
    let names: Vec<&str> = metadata
        .schema
        .attributes
        .iter()
        .map(|a| a.name.as_str())
        .collect();
    assert_eq!(names, ["n", "t"]);
    let column = |file: usize, name: &str| {
        let place = metadata.schema.file_column(name).expect("it is known");
        metadata.files[file].row_groups[0].columns.at(place)
    };
    assert_eq!(
        (column(0, "n").nulls, column(2, "n").nulls),
        (Some(1), Some(1))
    );
    let absent = column(1, "n");
    assert_eq!(
        (absent.nulls, absent.bytes, absent.bounds),
        (Some(3), 0, None)
    );
}

#[test]
fn folders_say_the_time_where_it_is_declared() {
    use parquet::file::properties::{EnabledStatistics, WriterProperties};
    let folder = tempfile::tempdir().expect("a folder");
    for day in ["1970-01-01", "1970-01-02", "__HIVE_DEFAULT_PARTITION__"] {
        let folder = folder.path().join(format!("day={day}"));
        std::fs::create_dir(&folder).expect("there is room");
        let silent = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None);
        let table = table(vec![]);
        let path = folder.join("a.parquet");
        table
            .write_parquet_with(&path, silent.build())
            .expect("it is written");
    }
    let bounds = |options: &OpenOptions| {
        let dataset = open(folder.path(), options).expect("it opens");
        let bounds = |f: &graticule_columns::FileMetadata| {
            let bounds = f.row_groups[0].columns.at(2).bounds;
            (f.partitions[0].clone(), bounds.map(|b| (b.low, b.high)))
        };
        dataset
            .metadata()
            .files
            .iter()
            .map(bounds)
            .collect::<Vec<_>>()
    };
    let mut options = OpenOptions::default();
    assert!(bounds(&options).iter().all(|(_, bounds)| bounds.is_none()));
    options.partition_time = Some("day".to_owned());
    let text = |day: &str| PartitionValue::Text(day.to_owned());
    assert_eq!(
        bounds(&options),
        [
            (text("1970-01-01"), Some((0, 86_399_999))),
            (text("1970-01-02"), Some((86_400_000, 172_799_999))),
            (PartitionValue::Null, None),
        ]
    );
    options.partition_time = Some("month".to_owned());
    let error = open(folder.path(), &options)
        .expect_err("no such folders")
        .to_string();
    assert!(
        error.contains("`partition_time` month") && error.contains("day"),
        "{error}"
    );
}

#[test]
fn a_directory_may_hold_both_formats() {
    let points = |v: f64| (0..50).map(|i| Some(v + f64::from(i))).collect();
    let columns = vec![("n".to_owned(), Values::I64(vec![Some(7); 50]))];
    let table = Table::new(points(0.0), points(1.0), vec![Some(1); 50], columns);
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    table.write_parquet(&at("a.parquet"), 20).expect("written");
    write(&at("b.arrow"), &table.to_record_batch(), &[30, 20], None);
    // It lacks a column.
    write(
        &at("c.feather"),
        &table.without("n").to_record_batch(),
        &[50],
        None,
    );
    let dataset = open(folder.path(), &OpenOptions::default()).expect("it opens");
    let groups: Vec<usize> = dataset
        .metadata()
        .files
        .iter()
        .map(|f| f.row_groups.len())
        .collect();
    assert_eq!(groups, [3, 2, 1]);
    let (batches, _) = read(&dataset, &scan_of(&dataset, &["n"]), 1000);
    let whole = concat_batches(&batches[0].schema(), &batches).expect("one schema");
    let numbers = whole.column_by_name("n").expect("it is carried");
    let numbers = arrow::array::AsArray::as_primitive::<arrow::datatypes::Int64Type>(numbers);
    let expected = [Some(7); 100].into_iter().chain([None; 50]);
    assert_eq!(numbers, &expected.collect::<Int64Array>());
}
