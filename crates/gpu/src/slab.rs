//! Columns on the device: slabs of storage, allocated first-fit, and the least recently used chunks
//! making room.

use crate::ColumnShape;
use crate::GpuError;
use crate::device::Inner;
use crate::memory::{Budget, Held};
use crate::params::word;
use graticule_columns::RowOrigin;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use wgpu::BufferUsages;

/// What a column of a chunk is called: the source column and the form that it has here, such as
/// `fixed:lon`. Equal keys of equal origins are equal columns.
pub type ColumnKey = Arc<str>;

/// What is known of a column that lies on the device.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// `None` for the bitmap of valid rows.
    pub(crate) shape: Option<ColumnShape>,
    pub(crate) base: u64,
    /// Words from the beginning at which the validity bitmap lies.
    pub(crate) validity: u32,
    /// Limbs that a sum of the column touches.
    pub(crate) window: Range<u32>,
    /// Rows that are no points, for the bitmap of valid rows.
    pub(crate) invalid: u64,
    /// Words.
    pub(crate) words: u32,
}

/// A column's place.
#[derive(Debug, Clone)]
pub(crate) struct ColumnPlace {
    pub(crate) slab: usize,
    pub(crate) first: u32,
    pub(crate) stored: Stored,
}

#[derive(Debug)]
struct Allocation {
    place: ColumnPlace,
    stamp: u64,
    key: Option<(RowOrigin, ColumnKey)>,
}

#[derive(Debug)]
struct Slab {
    /// Nothing once the memory was needed elsewhere.
    held: Option<Held>,
    /// First word and length of each free range, ascending, never touching.
    free: Vec<(u32, u32)>,
}

/// The slabs of a device and what lies in them.
#[derive(Debug)]
pub(crate) struct Slabs {
    slabs: Vec<Slab>,
    index: HashMap<(RowOrigin, ColumnKey), u64>,
    allocations: HashMap<u64, Allocation>,
    /// Stamps and ids, least recently used first.
    order: BTreeSet<(u64, u64)>,
    /// Sessions with work that is not recorded yet, and the stamp from which it needs its columns.
    open: BTreeMap<u64, u64>,
    clock: u64,
    most_bytes: u64,
    reserve: u64,
}

/// Bytes of the first slab, where nothing needs more; each further one is twice as large.
const FIRST_SLAB: u64 = 16 << 20;

impl Slabs {
    pub(crate) fn new(budget: Budget) -> Self {
        Self {
            slabs: Vec::new(),
            index: HashMap::new(),
            allocations: HashMap::new(),
            order: BTreeSet::new(),
            open: BTreeMap::new(),
            clock: 0,
            most_bytes: budget.slab,
            reserve: budget.reserve,
        }
    }

    /// The most words of one chunk.
    pub(crate) fn most_words(&self) -> u64 {
        self.most_bytes / 4
    }

    /// A new number, for a session or a stamp.
    pub(crate) fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Keeps for a session what is used from now on, until [`Self::close`]; gives the time.
    pub(crate) fn open(&mut self, session: u64) -> u64 {
        let now = self.tick();
        self.open.entry(session).or_insert(now);
        now
    }

    /// Ends a session's hold of what was used before `since`, or of everything.
    pub(crate) fn close(&mut self, session: u64, since: Option<u64>) {
        match since {
            Some(since) => self.open.insert(session, since),
            None => self.open.remove(&session),
        };
    }

    pub(crate) fn buffer(&self, slab: usize) -> Option<&wgpu::Buffer> {
        Some(&self.slabs.get(slab)?.held.as_ref()?.buffer)
    }

    fn id(&self, origin: &RowOrigin, key: &ColumnKey) -> Option<u64> {
        self.index.get(&(origin.clone(), key.clone())).copied()
    }

    /// Whether columns are here, all in one slab.
    pub(crate) fn has(&self, origin: &RowOrigin, keys: &[ColumnKey]) -> bool {
        let mut slab = None;
        keys.iter().all(|key| {
            let place = self.id(origin, key).map(|id| &self.allocations[&id].place);
            place.is_some_and(|p| p.stored.words == 0 || *slab.get_or_insert(p.slab) == p.slab)
        })
    }

    /// A column's place, which counts as used now.
    pub(crate) fn touch(&mut self, origin: &RowOrigin, key: &ColumnKey) -> Option<ColumnPlace> {
        let id = self.id(origin, key)?;
        let now = self.tick();
        let allocation = self.allocations.get_mut(&id)?;
        self.order.remove(&(allocation.stamp, id));
        allocation.stamp = now;
        self.order.insert((now, id));
        Some(allocation.place.clone())
    }

    /// Places for some columns in one slab, `slab` if given, making room. `None` where only work that
    /// is not recorded yet could make room. The columns are found once [`Self::publish`] names them.
    pub(crate) fn reserve(
        &mut self,
        inner: &Inner,
        columns: &[Stored],
        slab: Option<usize>,
    ) -> Result<Option<Vec<(u64, ColumnPlace)>>, GpuError> {
        let words: u64 = columns.iter().map(|c| u64::from(aligned(c.words))).sum();
        loop {
            let candidates = slab.map_or(0..self.slabs.len(), |s| s..s + 1);
            for candidate in candidates {
                if let Some(places) = self.allocate(candidate, columns) {
                    return Ok(Some(places));
                }
            }
            if slab.is_none() && self.grow(inner, words * 4)? {
                continue;
            }
            if !self.evict(slab) {
                return Ok(None);
            }
        }
    }

    /// Names a column whose words are recorded.
    pub(crate) fn publish(&mut self, id: u64, origin: &RowOrigin, key: &ColumnKey) {
        if let Some(allocation) = self.allocations.get_mut(&id) {
            let name = (origin.clone(), key.clone());
            allocation.key = Some(name.clone());
            self.index.insert(name, id);
        }
    }

    fn allocate(&mut self, slab: usize, columns: &[Stored]) -> Option<Vec<(u64, ColumnPlace)>> {
        let before = self.slabs[slab].free.clone();
        let mut firsts = Vec::with_capacity(columns.len());
        for column in columns {
            match first_fit(&mut self.slabs[slab].free, aligned(column.words)) {
                Some(first) => firsts.push(first),
                None => {
                    self.slabs[slab].free = before;
                    return None;
                }
            }
        }
        let mut places = Vec::with_capacity(columns.len());
        for (stored, first) in columns.iter().zip(firsts) {
            let (id, stamp) = (self.tick(), self.tick());
            let place = ColumnPlace {
                slab,
                first,
                stored: stored.clone(),
            };
            self.order.insert((stamp, id));
            let allocation = Allocation {
                place: place.clone(),
                stamp,
                key: None,
            };
            self.allocations.insert(id, allocation);
            places.push((id, place));
        }
        Some(places)
    }

    /// Makes another slab that holds `needed` bytes; says whether it did.
    fn grow(&mut self, inner: &Inner, needed: u64) -> Result<bool, GpuError> {
        let others = inner.ledger.used().saturating_sub(self.bytes());
        let kept = self.reserve.max(others);
        let room = inner.ledger.allowed.saturating_sub(kept + self.bytes());
        let most = room.min(self.most_bytes) & !255;
        let count = self.slabs.iter().filter(|s| s.held.is_some()).count();
        let wanted = (FIRST_SLAB << count.min(16)).max(needed);
        let mut bytes = wanted.min(most);
        while bytes >= needed.max(4096) {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
            match inner.buffer("columns", bytes, usage) {
                Ok(held) => {
                    let free = vec![(0, word(held.bytes / 4))];
                    let held = Some(held);
                    let slab = Slab { held, free };
                    match self.slabs.iter_mut().find(|s| s.held.is_none()) {
                        Some(gone) => *gone = slab,
                        None => self.slabs.push(slab),
                    }
                    return Ok(true);
                }
                Err(GpuError::OutOfMemory { .. }) => bytes = (bytes / 2) & !255,
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Gives up a slab, the last that no unrecorded work needs; says whether there was one. Recorded
    /// commands keep its memory until they have run.
    pub(crate) fn shed(&mut self) -> bool {
        let pinned = self.open.values().copied().min().unwrap_or(u64::MAX);
        let mut needed = BTreeSet::new();
        for (_, id) in self.order.range((pinned, 0)..) {
            needed.insert(self.allocations[id].place.slab);
        }
        let idle = |slab: &usize| self.slabs[*slab].held.is_some() && !needed.contains(slab);
        let Some(slab) = (0..self.slabs.len()).rev().find(idle) else {
            return false;
        };
        while self.evict(Some(slab)) {}
        self.slabs[slab].held = None;
        self.slabs[slab].free.clear();
        true
    }

    /// Frees every chunk that no unrecorded work needs.
    pub(crate) fn clear(&mut self) {
        while self.evict(None) {}
    }

    fn bytes(&self) -> u64 {
        self.slabs
            .iter()
            .flat_map(|s| &s.held)
            .map(|h| h.bytes)
            .sum()
    }

    /// Frees the least recently used chunk, of the slab if given; says whether there was one.
    fn evict(&mut self, slab: Option<usize>) -> bool {
        let pinned = self.open.values().copied().min().unwrap_or(u64::MAX);
        let ids = self.order.range(..(pinned, 0)).map(|(_, id)| *id);
        let mut ids = ids.filter(|id| {
            let place = &self.allocations[id].place;
            slab.is_none_or(|s| s == place.slab)
        });
        let Some(oldest) = ids.next() else {
            return false;
        };
        // The columns of a chunk lie together and are used together.
        let origin = |id: &u64| self.allocations[id].key.as_ref().map(|k| &k.0);
        let first = origin(&oldest);
        let mut gone = vec![oldest];
        gone.extend(ids.take_while(|id| first.is_some() && origin(id) == first));
        for id in gone {
            self.free(id);
        }
        true
    }

    fn free(&mut self, id: u64) {
        let Some(allocation) = self.allocations.remove(&id) else {
            return;
        };
        self.order.remove(&(allocation.stamp, id));
        if let Some(key) = &allocation.key
            && self.index.get(key) == Some(&id)
        {
            self.index.remove(key);
        }
        let place = &allocation.place;
        let words = aligned(place.stored.words);
        give_back(&mut self.slabs[place.slab].free, place.first, words);
    }
}

/// Columns begin at multiples of 16 bytes.
fn aligned(words: u32) -> u32 {
    words.next_multiple_of(4)
}

fn first_fit(free: &mut Vec<(u32, u32)>, words: u32) -> Option<u32> {
    if words == 0 {
        return Some(0);
    }
    let at = free.iter().position(|(_, len)| *len >= words)?;
    let (first, len) = free[at];
    if len == words {
        free.remove(at);
    } else {
        free[at] = (first + words, len - words);
    }
    Some(first)
}

fn give_back(free: &mut Vec<(u32, u32)>, first: u32, words: u32) {
    if words == 0 {
        return;
    }
    let at = free.partition_point(|(f, _)| *f < first);
    free.insert(at, (first, words));
    if let Some(&(next, len)) = free.get(at + 1)
        && free[at].0 + free[at].1 == next
    {
        free[at].1 += len;
        free.remove(at + 1);
    }
    if at > 0 && free[at - 1].0 + free[at - 1].1 == free[at].0 {
        free[at - 1].1 += free[at].1;
        free.remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ranges_join_again() {
        let mut free = vec![(0, 100)];
        let places: Vec<u32> = (0..5)
            .map(|_| first_fit(&mut free, 20).expect("room"))
            .collect();
        assert_eq!(places, [0, 20, 40, 60, 80]);
        assert_eq!(first_fit(&mut free, 4), None);
        for first in [20, 60, 0, 80, 40] {
            give_back(&mut free, first, 20);
        }
        assert_eq!(free, [(0, 100)]);
    }
}
