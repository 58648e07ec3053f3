//! Bytes that were read and may be wanted again, as they lie in their files.

use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of columns, as they lie in their files, within a bound: those that were used last stay. They are of a version of
/// a file, so that a file which has changed since finds none.
#[derive(Debug, Default)]
pub struct Hot {
    most: u64,
    state: Mutex<Blocks>,
}

/// Bytes by which a block is found, beside its own.
const INDEXED: u64 = 256;

/// A version of a file: the store, the path, the tag.
pub(crate) type Version = Arc<(Arc<str>, Arc<str>, Arc<str>)>;

#[derive(Debug, Default)]
struct Blocks {
    /// Blocks by where they begin.
    files: HashMap<Version, BTreeMap<u64, Block>>,
    /// Blocks by their stamps.
    order: BTreeMap<u64, (Version, u64)>,
    clock: u64,
    bytes: u64,
}

#[derive(Debug)]
struct Block {
    bytes: Bytes,
    stamp: u64,
}

impl Hot {
    /// None yet, and never more than so many bytes.
    pub fn within(most: u64) -> Self {
        Self {
            most,
            state: Mutex::default(),
        }
    }

    /// Whether so many bytes, which one question reads, are to be kept: more would push each other out before they are
    /// wanted again.
    pub fn takes(&self, bytes: u64) -> bool {
        self.most > 0 && bytes <= self.most
    }

    /// Drops what is of a version of a file, for it may be damaged.
    pub fn forget(&self, store: &str, path: &str, etag: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let version: Version = Arc::new((store.into(), path.into(), etag.into()));
        while let Some(&start) = state.files.get(&version).and_then(|of| of.keys().next()) {
            state.remove(&version, start);
        }
    }

    /// A range, where one block holds all of it.
    pub(crate) fn find(&self, version: &Version, range: &Range<u64>) -> Option<Bytes> {
        if self.most == 0 {
            return None;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        let blocks = state.files.get_mut(version)?;
        let (start, block) = blocks.range_mut(..=range.start).next_back()?;
        let within = usize::try_from(range.start - start).ok()?;
        let length = usize::try_from(range.end - range.start).ok()?;
        let end = within.checked_add(length)?;
        if end > block.bytes.len() {
            return None;
        }
        state.clock += 1;
        let place = state.order.remove(&block.stamp)?;
        block.stamp = state.clock;
        state.order.insert(state.clock, place);
        Some(block.bytes.slice(within..end))
    }

    /// Keeps a block; those that were not used for the longest go for it.
    pub(crate) fn keep(&self, version: &Version, start: u64, bytes: &Bytes) {
        let length = bytes.len() as u64 + INDEXED;
        if bytes.is_empty() || length > self.most {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.remove(version, start);
        state.clock += 1;
        let stamp = state.clock;
        state.bytes += length;
        state.order.insert(stamp, (version.clone(), start));
        let blocks = state.files.entry(version.clone()).or_default();
        // A copy: what came over a network may be a piece of a larger buffer, which it would keep.
        let bytes = Bytes::copy_from_slice(bytes);
        blocks.insert(start, Block { bytes, stamp });
        while state.bytes > self.most {
            let Some((_, (version, start))) = state.order.first_key_value() else {
                return;
            };
            let (version, start) = (version.clone(), *start);
            state.remove(&version, start);
        }
    }
}

impl Blocks {
    fn remove(&mut self, version: &Version, start: u64) {
        let Some(blocks) = self.files.get_mut(version) else {
            return;
        };
        if let Some(block) = blocks.remove(&start) {
            self.order.remove(&block.stamp);
            self.bytes -= block.bytes.len() as u64 + INDEXED;
        }
        if blocks.is_empty() {
            self.files.remove(version);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(path: &str, tag: &str) -> Version {
        Arc::new(("store".into(), path.into(), tag.into()))
    }

    #[test]
    fn a_range_is_found_within_one_block_of_the_same_version() {
        let hot = Hot::within(1000);
        let file = version("a", "1");
        hot.keep(&file, 100, &Bytes::from_static(b"0123456789"));
        hot.keep(&file, 110, &Bytes::from_static(b"abc"));
        assert_eq!(hot.find(&file, &(102..105)).as_deref(), Some(&b"234"[..]));
        assert_eq!(hot.find(&file, &(110..113)).as_deref(), Some(&b"abc"[..]));
        // Across two blocks, beyond one, before the first.
        for range in [108..112, 110..114, 99..101] {
            assert_eq!(hot.find(&file, &range), None, "{range:?}");
        }
        assert_eq!(hot.find(&version("a", "2"), &(102..105)), None);
        assert_eq!(hot.find(&version("b", "1"), &(102..105)), None);
    }

    #[test]
    fn what_was_not_used_for_the_longest_goes_first() {
        let hot = Hot::within(30 + 3 * INDEXED);
        let (one, other) = (version("a", "1"), version("b", "1"));
        let ten = Bytes::from_static(b"0123456789");
        hot.keep(&one, 0, &ten);
        hot.keep(&one, 10, &ten);
        hot.keep(&other, 0, &ten);
        assert!(hot.find(&one, &(0..10)).is_some());
        hot.keep(&other, 10, &ten);
        let found = |version, start| hot.find(version, &(start..start + 10)).is_some();
        assert!(found(&one, 0) && !found(&one, 10) && found(&other, 0) && found(&other, 10));
        // The same again takes no more room, what is more than there is room for is not kept.
        hot.keep(&other, 10, &ten);
        hot.keep(&other, 40, &Bytes::from(vec![0; 31 + 512]));
        assert!(found(&one, 0) && found(&other, 0) && !found(&other, 40));
        assert_eq!(hot.state.lock().expect("a lock").bytes, 30 + 3 * INDEXED);
        hot.keep(&other, 40, &Bytes::from(vec![0; 30 + 512]));
        let state = hot.state.lock().expect("a lock");
        assert_eq!(
            (state.bytes, state.files.len(), state.order.len()),
            (30 + 3 * INDEXED, 1, 1)
        );
        drop(state);
        hot.forget("store", "b", "1");
        assert!(!found(&other, 40) && hot.state.lock().expect("a lock").bytes == 0);
    }

    #[test]
    fn without_room_nothing_is_kept() {
        let hot = Hot::default();
        hot.keep(&version("a", "1"), 0, &Bytes::from_static(b"a"));
        assert!(!hot.takes(1) && hot.find(&version("a", "1"), &(0..1)).is_none());
        assert!(Hot::within(5).takes(5) && !Hot::within(5).takes(6));
    }
}
