//! What lies in a folder: what is read, and what is left out and said to be.

use crate::common::{open, runtime};
use graticule_columns::{DatasetMetadata, PartitionValue};
use graticule_dataset::{Dataset, DatasetError, OpenOptions};
use graticule_testing::Table;
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use std::path::Path;
use std::sync::Arc;

/// A file of so many points.
fn bytes(rows: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let degrees = vec![Some(1.0); rows];
    let table = Table::new(degrees.clone(), degrees, vec![Some(1); rows], vec![]);
    table.write_parquet(&path, 20).expect("it is written");
    std::fs::read(path).expect("it is there")
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("there is room");
    std::fs::write(path, bytes).expect("it is written");
}

fn of(folder: &Path) -> Result<DatasetMetadata, DatasetError> {
    open(folder, &OpenOptions::default()).map(|dataset| dataset.metadata().clone())
}

/// The notes, warnings with a mark before them.
fn notes(metadata: &DatasetMetadata) -> Vec<String> {
    let mark = |is_warning| if is_warning { "! " } else { "" };
    let notes = metadata.notes.iter();
    notes
        .map(|note| format!("{}{}", mark(note.is_warning), note.text))
        .collect()
}

#[test]
fn data_files_are_known_by_their_extension_in_any_case() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.parquet", "b.PARQUET", "c.pq", "d.geoparquet", "e.Parq"] {
        put(folder.path(), name, &bytes(1));
    }
    let metadata = of(folder.path()).expect("it opens");
    assert_eq!((metadata.rows(), notes(&metadata)), (5, vec![]));
}

#[test]
fn what_is_left_out_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = bytes(2);
    put(folder.path(), "a.parquet", &whole);
    for name in [
        "b.parquet.tmp",
        "c.csv",
        "d.md",
        "e.txt",
        "f.json",
        "_old/g.parquet",
    ] {
        put(folder.path(), name, &whole);
    }
    // Other programs' own, and not missed.
    for name in ["_SUCCESS", ".a.parquet.crc", "_temporary/1.parquet"] {
        put(folder.path(), name, &whole);
    }
    put(folder.path(), "h.parquet", b"");
    let metadata = of(folder.path()).expect("it opens");
    assert_eq!(metadata.rows(), 2);
    assert_eq!(
        notes(&metadata),
        [
            "! left out, for their names, though they look like data (`all_files` reads what is data): 1 file, 'b.parquet.tmp'",
            "left out, for their names: 4 files, such as 'c.csv', 'd.md', 'e.txt'",
            "left out, for names that begin with . or _ are other programs': 1 file, '_old/g.parquet'",
            "! left out, for they hold no byte: 1 file, 'h.parquet'",
        ]
    );
}

#[test]
fn files_without_an_extension_are_looked_into() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, rows) in [("part-0", 1), ("day=2/part-1", 2)] {
        put(folder.path(), name, &bytes(rows));
    }
    put(folder.path(), "LICENSE", b"Do what is right with it.");
    put(folder.path(), "a.dat", &bytes(4));
    // There is nothing else.
    let metadata = of(folder.path()).expect("it opens");
    assert_eq!(metadata.rows(), 3);
    assert_eq!(
        notes(&metadata)[..1],
        ["left out, for their names: 2 files, 'LICENSE', 'a.dat'"]
    );
    put(folder.path(), "b.parquet", &bytes(8));
    let metadata = of(folder.path()).expect("it opens");
    assert_eq!(metadata.rows(), 8);
    assert_eq!(
        notes(&metadata)[0],
        "! left out, for their names, though they look like data (`all_files` reads what is data): 2 files, 'day=2/part-1', 'part-0'"
    );
    let all = OpenOptions {
        all_files: true,
        ..OpenOptions::default()
    };
    let metadata = open(folder.path(), &all)
        .expect("it opens")
        .metadata()
        .clone();
    assert_eq!(metadata.rows(), 15);
    assert_eq!(
        notes(&metadata)[0],
        "left out, for their names: 1 file, 'LICENSE'"
    );
}

#[test]
fn strangers_are_not_looked_into_by_the_thousand() {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "z.parquet", &bytes(1));
    for i in 0..40 {
        put(folder.path(), &format!("log-{i:02}"), b"nothing of ours");
    }
    let options = OpenOptions::default();
    let dataset = open(folder.path(), &options).expect("it opens");
    // A listing, a footer and 32 looks.
    assert_eq!(dataset.opening_cost().1, 34);
    assert_eq!(
        notes(dataset.metadata()),
        [
            "left out, for their names: 32 files, such as 'log-00', 'log-01', 'log-02'",
            "left out, for their names, and not looked into (`all_files` does): 8 files, such as 'log-32', 'log-33', 'log-34'",
        ]
    );
}

#[test]
fn a_folder_without_data_says_what_it_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "a.csv", b"lon,lat\n1,2\n");
    let error = of(folder.path()).expect_err("no data").to_string();
    assert!(
        error.contains("1 file, 'a.csv'") && error.contains("graticule import"),
        "{error}"
    );
    put(folder.path(), "b.parquet", b"");
    let error = of(folder.path()).expect_err("an empty file").to_string();
    assert!(
        error.contains("holds no data file")
            && error.contains("1 file, 'a.csv'")
            && error.contains("it holds 1 file, 'b.parquet', of 0 bytes"),
        "{error}"
    );
    // Alone it is what was asked for.
    let error = of(&folder.path().join("b.parquet")).expect_err("an empty file");
    assert!(error.to_string().contains("copy it again"), "{error}");
}

#[cfg(unix)]
#[test]
fn pipes_are_told_and_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "a.parquet", &bytes(2));
    let pipe = |name: &str| {
        let path = folder.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo").success());
        path
    };
    pipe("control");
    let told = of(folder.path()).expect("it opens");
    assert_eq!(
        notes(&told),
        ["left out, for they are pipes, sockets or devices: 1 file, 'control'"]
    );
    let alone = pipe("p.parquet");
    pipe(".hidden.parquet");
    let told = of(folder.path()).expect("it opens");
    assert_eq!(
        notes(&told),
        ["! left out, for they are pipes, sockets or devices: 2 files, 'control', 'p.parquet'"]
    );
    let error = of(&alone).expect_err("a pipe").to_string();
    assert!(error.contains("save what comes from it"), "{error}");
    std::fs::remove_file(folder.path().join("a.parquet")).expect("removed");
    let error = of(folder.path()).expect_err("no data").to_string();
    assert!(
        error.contains("holds no data file") && error.contains("2 files, 'control', 'p.parquet'"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_back_are_errors() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "day=1/a.parquet", &bytes(1));
    let link = |name: &str, to: &str| symlink(to, folder.path().join(name)).expect("a link");
    // An editor's lock is such a link.
    link(".#a.parquet", "nobody@nowhere:1");
    link("day=1/b.parquet", "a.parquet");
    assert_eq!(of(folder.path()).expect("it opens").rows(), 2);
    for (name, to) in [
        ("day=2", "/nowhere/at/all"),
        ("day=1/c.parquet", "gone.parquet"),
    ] {
        link(name, to);
        match of(folder.path()) {
            Err(DatasetError::Dangling { path, target }) => {
                assert!(path.ends_with(name) && target == to, "{path} {target}");
            }
            other => panic!("{name}: {other:?}"),
        }
        // A glob that does not ask for it does not miss it.
        let only = folder.path().join("day=1/[ab].parquet");
        assert_eq!(of(&only).expect("it opens").rows(), 2);
        std::fs::remove_file(folder.path().join(name)).expect("it goes");
    }
    link("day=1/day=1", "../day=1");
    let error = of(folder.path()).expect_err("a circle").to_string();
    assert!(
        error.contains("link back to") && error.contains("day=1/day=1"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_name_that_no_request_can_hold_does_not_stop_the_others() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "a.parquet", &bytes(1));
    put(folder.path(), "b\nc.parquet", &bytes(1));
    std::fs::write(folder.path().join(OsStr::from_bytes(b"\xff.txt")), b"x").expect("written");
    let metadata = of(folder.path()).expect("it opens");
    assert_eq!(metadata.rows(), 1);
    assert_eq!(
        notes(&metadata),
        [
            "! left out, for no request can hold their names; rename them: 2 files, 'b\\nc.parquet', '\u{fffd}.txt'"
        ]
    );
}

#[test]
fn a_listed_file_is_the_one_that_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "a.parquet", &bytes(1));
    let listed = of(folder.path()).expect("it opens");
    let asked = of(&folder.path().join("a.parquet")).expect("it opens");
    assert_eq!(listed.files[0].etag, asked.files[0].etag);
    assert_eq!(listed.files[0].path, asked.files[0].path);
}

/// The values of a folder's column, by path.
fn values(metadata: &DatasetMetadata) -> Vec<PartitionValue> {
    let files = metadata.files.iter();
    files.map(|file| file.partitions[0].clone()).collect()
}

fn texts(texts: &[&str]) -> Vec<PartitionValue> {
    texts
        .iter()
        .map(|t| PartitionValue::Text((*t).to_owned()))
        .collect()
}

/// A store of keys and what they hold.
fn store(keys: &[(&str, &[u8])]) -> Arc<InMemory> {
    let store = InMemory::new();
    for (key, bytes) in keys {
        let key = Key::parse(key).expect("a key");
        let put = store.put(&key, bytes.to_vec().into());
        runtime().block_on(put).expect("it is put");
    }
    Arc::new(store)
}

fn in_store(store: Arc<dyn ObjectStore>, root: &str) -> Result<DatasetMetadata, DatasetError> {
    let (root, options) = (Key::from(root), OpenOptions::default());
    let opened = runtime().block_on(Dataset::open_in(store, &root, &options));
    opened.map(|dataset| dataset.metadata().clone())
}

#[test]
fn escapes_of_folders_are_undone_once_on_disks_and_in_stores() {
    let names = [
        "k=50%2525/x.parquet",
        "k=a%252Fb/x.parquet",
        "k=a%2Fb/x.parquet",
    ];
    let expected = texts(&["50%25", "a%2Fb", "a/b"]);
    let folder = tempfile::tempdir().expect("a folder");
    let whole = bytes(1);
    names
        .iter()
        .for_each(|name| put(folder.path(), name, &whole));
    assert_eq!(values(&of(folder.path()).expect("it opens")), expected);
    let keys: Vec<_> = names.iter().map(|name| (*name, &*whole)).collect();
    assert_eq!(
        values(&in_store(store(&keys), "").expect("it opens")),
        expected
    );
}

#[test]
fn a_file_beside_the_folders_has_no_value() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["day=3/a.parquet", "old.parquet"] {
        put(folder.path(), name, &bytes(1));
    }
    let metadata = of(folder.path()).expect("it opens");
    assert_eq!(
        values(&metadata),
        [PartitionValue::Integer(3), PartitionValue::Null]
    );
    let notes = notes(&metadata);
    assert!(
        notes[0].starts_with("! in no folder 'day=...'") && notes[0].ends_with("/old.parquet'"),
        "{notes:?}"
    );
}

#[test]
fn a_key_without_bytes_that_others_lie_below_is_a_folder() {
    let whole = bytes(3);
    let keys: [(&str, &[u8]); 2] = [
        ("d/pings.parquet", b""),
        ("d/pings.parquet/part-0.parquet", &whole),
    ];
    for root in ["d", "d/pings.parquet"] {
        let metadata = in_store(store(&keys), root).expect("it opens");
        assert_eq!((metadata.rows(), notes(&metadata)), (3, vec![]), "{root}");
    }
    let error = in_store(store(&keys[..1]), "d/pings.parquet").expect_err("it is empty");
    assert!(error.to_string().contains("0 bytes"), "{error}");
    // It may stand for a folder as well as for a file that was cut short.
    let error = in_store(store(&keys[..1]), "d").expect_err("it is empty");
    let error = error.to_string();
    assert!(
        error.contains("'d' holds no data file")
            && error.contains("1 file, 'pings.parquet', of 0 bytes"),
        "{error}"
    );
    let keys: [(&str, &[u8]); 2] = [("d/a.parquet", b""), ("d/b.parquet", &whole)];
    let metadata = in_store(store(&keys), "d").expect("it opens");
    assert_eq!(
        notes(&metadata),
        ["! left out, for they hold no byte: 1 file, 'a.parquet'"]
    );
}
