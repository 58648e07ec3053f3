//! Tables are known by what lies in their folders.

use super::{open, refusal, values, write};
use graticule_dataset::{AsOf, OpenOptions};

const NAMES: [super::Named; 3] = [("lon", None), ("lat", None), ("id", None)];

/// A folder with a data file, and an empty file as a sign.
fn folder(data: &str, sign: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join(data), NAMES, &[1, 2]);
    let sign = folder.path().join(sign);
    std::fs::create_dir_all(sign.parent().expect("a folder")).expect("made");
    std::fs::write(sign, "").expect("written");
    folder
}

#[test]
fn other_tables_are_refused_and_read_as_files() {
    let duck = "ducklake-019a3c5e-7d8f-7b1a-9c2d-0e1f2a3b4c5d.parquet";
    for (data, sign, format) in [
        ("a.parquet", ".hoodie/hoodie.properties", "Hudi"),
        ("a.parquet", "lake.ducklake", "DuckLake"),
        (duck, "notes.txt", "DuckLake"),
        (
            "delta_0000001_0000001_0000/bucket_00000.parquet",
            "_SUCCESS",
            "Hive ACID",
        ),
        (
            "base_0000002/bucket_00000.parquet",
            "base_0000002/_orc_acid_version",
            "Hive ACID",
        ),
    ] {
        let folder = folder(data, sign);
        let said = refusal(folder.path(), &OpenOptions::default());
        assert!(said.contains(&format!("is a table of {format}")), "{said}");
        assert!(
            said.contains("export the table") && said.contains("`as_files`"),
            "{said}"
        );
        let as_files = OpenOptions {
            as_files: true,
            ..OpenOptions::default()
        };
        let dataset = open(folder.path(), &as_files).expect("it opens");
        assert_eq!(values(&dataset, "id"), [1, 2]);
        let notes = &dataset.metadata().notes;
        assert!(
            notes
                .iter()
                .any(|n| n.is_warning && n.text.contains(format) && n.text.contains("`as_files`")),
            "{notes:?}"
        );
    }
}

#[test]
fn an_empty_log_is_a_sign_too() {
    let folder = folder("a.parquet", "notes.txt");
    std::fs::create_dir(folder.path().join("_delta_log")).expect("made");
    let said = refusal(folder.path(), &OpenOptions::default());
    assert!(
        said.contains("is a table of Delta Lake") && said.contains("`as_files`"),
        "{said}"
    );
}

#[test]
fn a_part_of_a_table_is_no_dataset() {
    let folder = folder("day=1/a.parquet", "_delta_log/00000000000000000000.json");
    let said = refusal(&folder.path().join("day=1"), &OpenOptions::default());
    assert!(said.contains("is only a part of it"), "{said}");
    let said = refusal(&folder.path().join("*/*.parquet"), &OpenOptions::default());
    assert!(
        said.contains("does not say which rows of its files"),
        "{said}"
    );
}

#[test]
fn a_table_below_is_named() {
    let folder = folder("eu/pings/a.parquet", "eu/pings/metadata/v1.metadata.json");
    let said = refusal(folder.path(), &OpenOptions::default());
    assert!(
        said.contains("/eu/pings' is a table of Iceberg: it lies below"),
        "{said}"
    );
    let said = refusal(
        &folder.path().join("eu/*/*.parquet"),
        &OpenOptions::default(),
    );
    assert!(said.contains("is a table of Iceberg: the glob"), "{said}");
}

#[test]
fn folders_that_are_no_tables_have_no_versions() {
    let folder = folder("metadata/stations.parquet", "metadata/readme.json");
    let options = |as_of: Option<AsOf>| OpenOptions {
        as_of,
        ..OpenOptions::default()
    };
    let dataset = open(folder.path(), &options(None)).expect("it opens");
    assert_eq!(values(&dataset, "id"), [1, 2]);
    assert!(dataset.metadata().notes.is_empty());
    let said = refusal(folder.path(), &options(Some(AsOf::Version(3))));
    assert!(
        said.contains("there is no version 3 of it") && said.contains("`as_of`"),
        "{said}"
    );
    let said = refusal(
        &folder.path().join("metadata/stations.parquet"),
        &options(Some(AsOf::Version(3))),
    );
    assert!(said.contains("`as_of`"), "{said}");
}

#[test]
fn a_file_of_a_table_says_that_it_is_one() {
    let delta = "_delta_log/00000000000000000000.json";
    for (data, sign, format) in [
        ("a.parquet", delta, Some("Delta Lake")),
        ("day=1/hour=2/a.parquet", delta, Some("Delta Lake")),
        (
            "data/k=1/a.parquet",
            "metadata/v1.metadata.json",
            Some("Iceberg"),
        ),
        ("day=1/a.parquet", "metadata/stations.csv", None),
        ("days/a.parquet", delta, None),
    ] {
        let folder = folder(data, sign);
        let file = folder.path().join(data);
        let dataset = open(&file, &OpenOptions::default()).expect("it opens");
        let notes = &dataset.metadata().notes;
        match format {
            None => assert!(notes.is_empty(), "{notes:?}"),
            Some(format) => {
                let said = format!("is a file of the {format} table");
                assert!(
                    notes[0].text.contains(&said) && notes[0].is_warning,
                    "{notes:?}"
                );
            }
        }
    }
}
