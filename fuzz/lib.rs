//! What the fuzz targets share.

use graticule_columns::{Keep, Scan, Source};
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

/// Opens bytes as a file of a dataset and decodes all rows of all columns.
pub fn read_all(name: &str, bytes: &[u8]) {
    quiet();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build();
    let _ = runtime.expect("a runtime").block_on(all_rows(name, bytes));
}

async fn all_rows(name: &str, bytes: &[u8]) -> Result<u64, DatasetError> {
    let store = Arc::new(InMemory::new());
    let path = Path::from(name);
    let put = store.put(&path, bytes.to_vec().into()).await;
    put.expect("memory takes what is put");
    let store: Arc<dyn ObjectStore> = store;
    let dataset = Dataset::open_in(store, &path, &OpenOptions::default()).await?;
    let schema = &dataset.metadata().schema;
    let mut sources = vec![Source::FixedLon, Source::FixedLat];
    sources.extend(schema.time.as_ref().map(|_| Source::Time));
    for attribute in &schema.attributes {
        let name = attribute.name.clone();
        sources.extend(attribute.kind.map(|kind| Source::Value { name, kind }));
    }
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
