//! What the fuzz targets share.

use graticule_columns::{Chunk, Column, Keep, Scan, Schema, Source};
use graticule_dataset::{Dataset, DatasetError, OpenOptions};
use graticule_layout::import::{Format, Import};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::sync::{Arc, Once};

/// Lets guarded panics of decoders be what they are in production: errors. Those that nothing guards still end
/// the run.
pub fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}

/// Decodes all rows of a file's numbers twice, page by page and by the library; where both can, they agree.
pub fn read_both(name: &str, bytes: &[u8]) {
    quiet();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build().expect("a runtime");
    let Ok(dataset) = runtime.block_on(opened(name, bytes)) else {
        return;
    };
    let schema = &dataset.metadata().schema;
    let sources = sources(schema);
    let read = |carried: Vec<&str>| {
        let scan = Arc::new(Scan::everything(dataset.metadata(), sources.clone(), carried));
        let group = scan.groups.first()?;
        let fetched = runtime.block_on(dataset.fetch(&scan, group)).ok()?;
        let chunks = fetched.chunks(&scan, 0..fetched.rows(), 1 << 12, Keep::All);
        chunks.ok()?.collect::<Result<Vec<Chunk>, _>>().ok()
    };
    // What is carried along is the library's.
    if let (Some(ours), Some(theirs)) = (read(Vec::new()), read(schema.file_columns().collect())) {
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours.valid, theirs.valid);
            for (a, b) in ours.columns.iter().zip(&theirs.columns).skip(2) {
                assert_eq!(values(a), values(b));
            }
        }
    }
}

/// The bits of each row that is not null.
fn values(column: &Column) -> Vec<Option<u64>> {
    let rows = 0..column.len();
    let (mut narrow, mut wide) = (vec![0; column.len()], vec![0; column.len()]);
    let words: Vec<u64> = match column.kind().is_wide() {
        true => column.read64(rows, &mut wide).to_vec(),
        false => {
            let words = column.read32(rows, &mut narrow).iter();
            words.map(|word| u64::from(*word)).collect()
        }
    };
    let is_live = |row: usize| column.validity().is_none_or(|v| v.value(row));
    let rows = words.into_iter().enumerate();
    rows.map(|(row, word)| is_live(row).then_some(word)).collect()
}

/// Opens bytes as a file of a dataset and decodes all rows of all columns.
pub fn read_all(name: &str, bytes: &[u8]) {
    quiet();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build();
    let _ = runtime.expect("a runtime").block_on(all_rows(name, bytes));
}

async fn opened(name: &str, bytes: &[u8]) -> Result<Dataset, DatasetError> {
    let store = Arc::new(InMemory::new());
    let path = Path::from(name);
    let put = store.put(&path, bytes.to_vec().into()).await;
    put.expect("memory takes what is put");
    let store: Arc<dyn ObjectStore> = store;
    Dataset::open_in(store, &path, &OpenOptions::default()).await
}

/// The points, the times and all numbers.
fn sources(schema: &Schema) -> Vec<Source> {
    let mut sources = vec![Source::FixedLon, Source::FixedLat];
    sources.extend(schema.time.as_ref().map(|_| Source::Time));
    for attribute in &schema.attributes {
        let name = attribute.name.clone();
        sources.extend(attribute.kind.map(|kind| Source::Value { name, kind }));
    }
    sources
}

async fn all_rows(name: &str, bytes: &[u8]) -> Result<u64, DatasetError> {
    let dataset = opened(name, bytes).await?;
    let schema = &dataset.metadata().schema;
    let sources = sources(schema);
    let carried: Vec<String> = schema.attributes.iter().map(|a| a.name.clone()).collect();
    let scan = Arc::new(Scan::everything(dataset.metadata(), sources, carried));
    let mut rows = 0;
    for group in &scan.groups {
        let fetched = dataset.fetch(&scan, group).await?;
        let mut chunks = fetched.chunks(&scan, 0..fetched.rows(), 1 << 16, Keep::All)?;
        while let Some(chunk) = chunks.next_carried() {
            rows += chunk?.0.len() as u64;
        }
    }
    Ok(rows)
}

/// Imports bytes as a file of a format.
pub fn import(name: &str, format: Format, bytes: &[u8]) {
    quiet();
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join(name);
    std::fs::write(&source, bytes).expect("a file");
    let mut import = Import::new([&source]);
    import.format = Some(format);
    let _ = import.run(&folder.path().join("made"));
}
