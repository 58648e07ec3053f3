//! Groups met so far, found by hashing their keys.

use crate::marks;
use std::hint::black_box;

/// Key words of groups, and where they are found.
#[derive(Debug)]
pub(crate) struct Sparse {
    /// Words of a key.
    width: usize,
    /// Key words of each group, in the order of the groups.
    keys: Vec<u64>,
    /// Open addressing from the top bits of a key's hash on: 0 for none, or the group's place + 1 in as many low
    /// bits as the table has index bits, and above them bits of the hash, so that hardly another group's key
    /// is looked at. A power of two, at most half full.
    slots: Vec<u32>,
    heads: Heads,
}

/// The rows whose key is not that of the row before, and their hashes.
#[derive(Debug, Default)]
struct Heads {
    marks: Vec<u8>,
    rows: Vec<u32>,
    hashes: Vec<u64>,
}

/// Slots at the beginning.
const FEWEST: usize = 1024;

/// So many slots are asked for before the first is looked at, for they come from far.
const BATCH: usize = 32;

impl Sparse {
    pub(crate) fn new(width: usize) -> Self {
        Self {
            width,
            keys: Vec::new(),
            slots: vec![0; FEWEST],
            heads: Heads::default(),
        }
    }

    /// None of the groups any more, with room for as many.
    pub(crate) fn emptied(&self) -> Self {
        Self {
            width: self.width,
            keys: Vec::new(),
            slots: vec![0; self.slots.len()],
            heads: Heads::default(),
        }
    }

    /// Makes room for so many groups at once.
    pub(crate) fn expect(&mut self, groups: usize) {
        self.reserve::<0>(groups);
        self.keys.reserve(groups * self.width);
    }

    pub(crate) fn groups(&self) -> usize {
        self.keys.len() / self.width
    }

    pub(crate) fn bytes(&self) -> usize {
        8 * self.keys.capacity() + 4 * self.slots.capacity()
    }

    /// Bytes that suffice for one more group, growth by doubling included.
    pub(crate) fn bytes_per_group(&self) -> usize {
        2 * 8 * self.width + 4 * 4
    }

    /// The key words of a group.
    pub(crate) fn key(&self, place: u32) -> &[u64] {
        &self.keys[place as usize * self.width..][..self.width]
    }

    /// Places of keys that lie one after the other; new keys are groups from now on.
    pub(crate) fn find(&mut self, keys: &[u64], out: &mut [u32]) {
        match self.width {
            1 => self.find_of::<1>(keys, out),
            2 => self.find_of::<2>(keys, out),
            3 => self.find_of::<3>(keys, out),
            4 => self.find_of::<4>(keys, out),
            _ => self.find_of::<0>(keys, out),
        }
    }

    /// With `N` words a key, or as many as there are where it is 0.
    fn find_of<const N: usize>(&mut self, keys: &[u64], out: &mut [u32]) {
        let width = if N == 0 { self.width } else { N };
        let key = |row: usize| &keys[row * width..][..width];
        let mut heads = std::mem::take(&mut self.heads);
        let count = heads.of::<N>(keys, width);
        let all = heads.rows[..count]
            .chunks(BATCH)
            .zip(heads.hashes.chunks(BATCH));
        for (rows, hashes) in all {
            self.reserve::<N>(rows.len());
            self.fetch(hashes);
            for (&row, &hash) in rows.iter().zip(hashes) {
                out[row as usize] = self.place::<N>(key(row as usize), hash);
            }
        }
        // Tracks stay in a cell for many rows.
        let mut place = 0;
        for (out, head) in out.iter_mut().zip(&heads.marks[..keys.len() / width]) {
            place = if *head == 1 { *out } else { place };
            *out = place;
        }
        self.heads = heads;
    }

    fn index_bits(&self) -> u32 {
        self.slots.len().ilog2()
    }

    /// Brings the slots and keys of some hashes near, all at a time.
    #[inline]
    fn fetch(&self, hashes: &[u64]) {
        let bits = self.index_bits();
        let mask = (1 << bits) - 1;
        let mut near = [0; BATCH];
        for (near, hash) in near.iter_mut().zip(hashes) {
            *near = self.slots[at(*hash, bits)];
        }
        let mut sum = 0;
        for (near, hash) in near.iter().zip(hashes) {
            let place = (near & mask) as usize;
            if place > 0 && near & !mask == tag(*hash, mask) {
                sum ^= self.keys[(place - 1) * self.width];
            }
        }
        black_box(sum);
    }

    /// The place of a key; there is room for one more.
    #[inline(always)]
    fn place<const N: usize>(&mut self, key: &[u64], hash: u64) -> u32 {
        let bits = self.index_bits();
        let mask = (1 << bits) - 1;
        let tag = tag(hash, mask);
        let mut slot = at(hash, bits);
        loop {
            let taken = self.slots[slot];
            if taken == 0 {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a table has at most MOST_GROUPS"
                )]
                let place = (self.keys.len() / key.len()) as u32;
                self.slots[slot] = tag | (place + 1);
                self.keys.extend_from_slice(key);
                return place;
            }
            if taken & !mask == tag {
                let place = (taken & mask) - 1;
                if is_same::<N>(&self.keys[place as usize * key.len()..][..key.len()], key) {
                    return place;
                }
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    /// Makes room for more groups.
    fn reserve<const N: usize>(&mut self, more: usize) {
        let groups = self.groups() + more;
        if 2 * groups <= self.slots.len() {
            return;
        }
        let width = if N == 0 { self.width } else { N };
        let size = (2 * groups).next_power_of_two();
        self.slots.clear();
        self.slots.resize(size, 0);
        let (bits, mask) = (self.index_bits(), u32::MAX >> (32 - size.ilog2()));
        let mut hashes = [0; BATCH];
        let mut place = 0;
        for keys in self.keys.chunks(BATCH * width) {
            let mut sum = 0;
            for (hash, key) in hashes.iter_mut().zip(keys.chunks_exact(width)) {
                *hash = hash_of(key);
                sum ^= self.slots[at(*hash, bits)];
            }
            black_box(sum);
            for hash in &hashes[..keys.len() / width] {
                let mut slot = at(*hash, bits);
                while self.slots[slot] != 0 {
                    slot = (slot + 1) & (size - 1);
                }
                place += 1;
                self.slots[slot] = tag(*hash, mask) | place;
            }
        }
    }
}

impl Heads {
    /// Finds the heads among keys; returns how many there are.
    fn of<const N: usize>(&mut self, keys: &[u64], width: usize) -> usize {
        let width = if N == 0 { width } else { N };
        let rows = keys.len() / width;
        self.marks.clear();
        self.marks.resize(rows, 1);
        let others = self.marks.iter_mut().skip(1);
        let pairs = keys
            .chunks_exact(width)
            .zip(keys[width.min(keys.len())..].chunks_exact(width));
        for (mark, (before, key)) in others.zip(pairs) {
            *mark = u8::from(!is_same::<N>(before, key));
        }
        let count = marks::list(&self.marks, &mut self.rows);
        self.hashes.clear();
        let key = |row: &u32| &keys[*row as usize * width..][..width];
        let hashes = self.rows[..count].iter().map(|row| hash_of(key(row)));
        self.hashes.extend(hashes);
        count
    }
}

/// Whether two keys, of `N` words or as many as there are where it is 0, are the same.
#[inline(always)]
fn is_same<const N: usize>(one: &[u64], other: &[u64]) -> bool {
    match (one.first_chunk::<N>(), other.first_chunk::<N>()) {
        // Without a call.
        (Some(one), Some(other)) if N > 0 => {
            let differ = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
            differ == 0
        }
        _ => one == other,
    }
}

/// The first slot to look at.
#[inline(always)]
fn at(hash: u64, index_bits: u32) -> usize {
    usize::try_from(hash >> (64 - index_bits)).unwrap_or(0)
}

/// The bits of a hash that stand in a slot beside a place.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the low half")]
fn tag(hash: u64, mask: u32) -> u32 {
    hash as u32 & !mask
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014), folded over the key's words.
#[inline(always)]
fn hash_of(key: &[u64]) -> u64 {
    let mut h = 0u64;
    for &word in key {
        h = (h ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        h ^= h >> 31;
    }
    h
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn keys_of_any_width_keep_their_places() {
        for width in 1..=6usize {
            let mut sparse = Sparse::new(width);
            let mut known = HashMap::new();
            let mut out = vec![0; 1024];
            for turn in 0..40 {
                // Runs of two, new keys and old ones; keys differ in one word only.
                let all = (0..100 + 20 * turn).map(|row| (row / 2) * (turn % 5 + 1) * 31);
                let keys: Vec<u64> = all
                    .flat_map(|key| {
                        (0..width).map(move |word| if word == key % width { key as u64 } else { 7 })
                    })
                    .collect();
                sparse.find(&keys, &mut out);
                for (key, place) in keys.chunks(width).zip(&out) {
                    let next = u32::try_from(known.len()).expect("few");
                    assert_eq!(*known.entry(key.to_vec()).or_insert(next), *place);
                    assert_eq!(sparse.key(*place), key);
                }
            }
            assert!(sparse.groups() > FEWEST, "it has grown");
            assert_eq!(sparse.groups(), known.len());
        }
    }
}
