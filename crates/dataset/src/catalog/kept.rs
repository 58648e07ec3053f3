//! Footers that were read and may be wanted again, within a bound of bytes: those that were used last.

use crate::catalog::open_file::OpenFile;
use crate::catalog::options::OpenOptions;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use twox_hash::XxHash64;

/// Bytes of footers that stay at hand; others are read again when their file's turn comes.
const MOST_BYTES: u64 = OpenOptions::FOOTERS;

/// Footers by path, and when each was used last.
#[derive(Debug)]
pub(crate) struct Kept {
    most: u64,
    files: HashMap<String, Held>,
    /// Paths by their stamps.
    order: BTreeMap<u64, String>,
    clock: u64,
    bytes: u64,
}

#[derive(Debug)]
struct Held {
    file: Arc<OpenFile>,
    stamp: u64,
    bytes: u64,
}

impl Kept {
    /// None yet, and never more than so many bytes of them; [`MOST_BYTES`] where nobody says.
    pub(crate) fn within(most: Option<u64>) -> Self {
        Self {
            most: most.unwrap_or(MOST_BYTES),
            files: HashMap::new(),
            order: BTreeMap::new(),
            clock: 0,
            bytes: 0,
        }
    }

    /// A footer, if it is at hand.
    pub(crate) fn get(&mut self, path: &str) -> Option<Arc<OpenFile>> {
        let held = self.files.get_mut(path)?;
        self.order.remove(&held.stamp);
        self.clock += 1;
        held.stamp = self.clock;
        self.order.insert(held.stamp, path.to_owned());
        Some(held.file.clone())
    }

    /// Keeps a footer; gives those that had to go for it.
    pub(crate) fn insert(&mut self, file: Arc<OpenFile>) -> Vec<Arc<OpenFile>> {
        let path = file.object.path().to_owned();
        self.remove(&path);
        let bytes = file.contents.bytes();
        self.clock += 1;
        let stamp = self.clock;
        self.bytes += bytes;
        self.order.insert(stamp, path.clone());
        self.files.insert(path, Held { file, stamp, bytes });
        let mut gone = Vec::new();
        // The one that was just read is wanted now, whatever its size.
        while self.bytes > self.most && self.files.len() > 1 {
            let Some((_, oldest)) = self.order.first_key_value() else {
                break;
            };
            let oldest = oldest.clone();
            gone.extend(self.remove(&oldest));
        }
        gone
    }

    /// Whether there is room for more.
    pub(crate) fn has_room(&self) -> bool {
        self.bytes < self.most
    }

    /// All that are at hand.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Arc<OpenFile>> {
        self.order
            .values()
            .filter_map(|path| Some(&self.files.get(path)?.file))
    }

    fn remove(&mut self, path: &str) -> Option<Arc<OpenFile>> {
        let held = self.files.remove(path)?;
        self.order.remove(&held.stamp);
        self.bytes -= held.bytes;
        Some(held.file)
    }
}

/// Turns at reading what a file says of itself, so that the row groups of one file do not all read it; files that
/// share a turn by chance wait for each other.
#[derive(Debug)]
pub(crate) struct Turns(Vec<tokio::sync::Mutex<()>>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..256).map(|_| tokio::sync::Mutex::default()).collect())
    }
}

impl Turns {
    /// The turn of a file, as long as what comes back lives.
    pub(crate) async fn of(&self, path: &str) -> tokio::sync::MutexGuard<'_, ()> {
        let hash = XxHash64::oneshot(0, path.as_bytes());
        let place = usize::try_from(hash % self.0.len() as u64).unwrap_or(0);
        self.0[place].lock().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::contents::Contents;
    use crate::store::Object;
    use arrow::array::{ArrayRef, Float64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

    /// An open file of so many columns.
    fn file(path: &str, columns: usize) -> Arc<OpenFile> {
        let column = |i| -> (String, ArrayRef) {
            (
                format!("column {i}"),
                Arc::new(Float64Array::from(vec![1.0])),
            )
        };
        let batch = RecordBatch::try_from_iter((0..columns).map(column)).expect("columns");
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("written");
        writer.close().expect("closed");
        let footer =
            ArrowReaderMetadata::load(&bytes::Bytes::from(bytes), ArrowReaderOptions::new());
        let contents = Contents::Parquet(footer.expect("a footer"));
        let object = Object::new(path, 100, "1").expect("an object");
        Arc::new(OpenFile::new(object, contents).expect("a file"))
    }

    #[test]
    fn the_footers_that_were_used_last_stay() {
        let wide = file("wide", 2000);
        let bytes = wide.contents.bytes();
        // A column's metadata, its name and its bounds.
        assert!((400_000..8_000_000).contains(&bytes), "{bytes}");
        let most = usize::try_from(MOST_BYTES / bytes).expect("few");
        let mut kept = Kept::within(None);
        let named = |i: usize| {
            let contents = wide.contents.clone();
            let object = Object::new(&format!("file {i}"), 100, "1").expect("an object");
            Arc::new(OpenFile::new(object, contents).expect("a file"))
        };
        let path = |i: usize| named(i).object.path().to_owned();
        for i in 0..most {
            assert!(kept.has_room() && kept.insert(named(i)).is_empty());
        }
        // The first is used again, so that the second is the oldest.
        assert!(kept.get(&path(0)).is_some());
        let gone = kept.insert(named(most));
        assert_eq!(gone.len(), 1);
        assert_eq!(gone[0].object.path(), path(1));
        assert!(kept.get(&path(0)).is_some() && kept.get(&path(1)).is_none());
        assert!(kept.bytes <= MOST_BYTES);
        // The same file anew takes no more room.
        let before = kept.bytes;
        kept.insert(named(most));
        assert_eq!(kept.bytes, before);
        assert_eq!(kept.files().count(), most);
        // Of two that a bound has no room for, the last one stays.
        let mut few = Kept::within(Some(bytes + bytes / 2));
        assert!(few.insert(named(0)).is_empty() && few.has_room());
        assert_eq!(few.insert(named(1)).len(), 1);
        assert!(few.get(&path(0)).is_none() && few.get(&path(1)).is_some());
    }
}
