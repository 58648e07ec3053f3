//! Each fault does what it says, at the request that it names, through a memory and a local store.

use std::sync::Arc;

use futures::{FutureExt, TryStreamExt};
use graticule_testing::faults::{Fault, FaultyStore, When};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{Error, GetOptions, ObjectStore, ObjectStoreExt};
use pollster::block_on;

fn path() -> Path {
    Path::from("a/b.parquet")
}

/// A store that holds one object of ten bytes.
fn store(when: When, fault: Fault) -> FaultyStore {
    let inner = InMemory::new();
    block_on(inner.put(&path(), "0123456789".into())).expect("memory takes it");
    FaultyStore::new(Arc::new(inner)).with(when, fault)
}

fn read(store: &FaultyStore) -> object_store::Result<bytes::Bytes> {
    block_on(store.get_range(&path(), 2..8))
}

#[test]
fn the_nth_read_fails_and_the_next_does_not() {
    for fault in [Fault::Error, Fault::TimeOut, Fault::Throttle] {
        let store = store(When::Read(2), fault);
        block_on(store.head(&path())).expect("a head is no read");
        assert_eq!(read(&store).expect("the first read"), "234567");
        assert!(matches!(read(&store), Err(Error::Generic { .. })));
        assert_eq!(read(&store).expect("the third read"), "234567");
        assert_eq!((store.reads(), store.requests()), (3, 4));
    }
}

#[test]
fn a_failure_can_last_and_meet_lists() {
    let store = store(When::RequestsFrom(2), Fault::Error);
    block_on(store.head(&path())).expect("the first request");
    assert!(block_on(store.list(None).try_collect::<Vec<_>>()).is_err());
    assert!(block_on(store.list_with_delimiter(None)).is_err());
    assert!(block_on(store.put(&path(), "x".into())).is_err());
    assert!(read(&store).is_err());
}

#[test]
fn a_read_hangs() {
    let store = store(When::Read(1), Fault::Hang);
    let path = path();
    assert!(store.get_range(&path, 0..4).now_or_never().is_none());
    assert!(store.get_range(&path, 0..4).now_or_never().is_some());
}

#[test]
fn a_truncated_read_has_half_of_the_bytes() {
    let store = store(When::Read(1), Fault::Truncate);
    let result = block_on(store.get(&path())).expect("it claims to be well");
    assert_eq!(result.range, 0..10);
    assert_eq!(block_on(result.bytes()).expect("it ends early"), "01234");
    assert_eq!(read(&store).expect("the second read"), "234567");
}

#[test]
fn a_local_file_is_truncated_too() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("x"), "0123456789").expect("written");
    let local =
        object_store::local::LocalFileSystem::new_with_prefix(folder.path()).expect("a store");
    let store = FaultyStore::new(Arc::new(local)).with(When::Read(1), Fault::Truncate);
    let ranges = block_on(store.get_ranges(&Path::from("x"), std::slice::from_ref(&(0..4))))
        .expect("it claims to be well");
    assert_eq!(ranges[0], "01");
}

#[test]
fn a_replaced_object_stays_replaced() {
    let store = store(When::Read(2), Fault::Replace);
    let first = block_on(store.get(&path())).expect("the first read").meta;
    assert_eq!(
        block_on(store.head(&path())).expect("a head").e_tag,
        first.e_tag
    );
    for _ in 0..2 {
        let later = block_on(store.get(&path())).expect("a read").meta;
        assert!(later.e_tag != first.e_tag && later.last_modified > first.last_modified);
        assert_eq!(
            block_on(store.head(&path())).expect("a head").e_tag,
            later.e_tag
        );
    }
    let options = GetOptions {
        if_match: first.e_tag,
        ..GetOptions::default()
    };
    assert!(matches!(
        block_on(store.get_opts(&path(), options)),
        Err(Error::Precondition { .. })
    ));
}
