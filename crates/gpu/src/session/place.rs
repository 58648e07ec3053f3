//! Chunks on their way to the device and into the batch.

use super::dispatch::{MOST_DESCRIPTORS, Waited};
use super::{GpuSession, Wish};
use crate::device::Inner;
use crate::glue::chunk_words;
use crate::params::{high, low, word};
use crate::recheck::Pushed;
use crate::slab::{ColumnPlace, Stored};
use crate::stream::Stream;
use crate::upload::{of_column, of_valid, write_column, write_valid};
use crate::{GpuError, Shape};
use graticule_columns::Chunk;
use graticule_kernels::{Accumulator, RecordLayout, limbs};
use std::collections::HashMap;

impl GpuSession {
    /// The columns that the program reads, and what is to be known of them.
    pub(super) fn wanted(&self, chunk: &Chunk) -> Vec<Wish> {
        let slots = (0..self.keys.len()).filter(|slot| self.used[*slot]);
        let columns = slots.map(|slot| {
            let stored = of_column(&chunk.columns[slot]);
            (self.keys[slot].clone(), Some(slot), stored)
        });
        let valid = (self.valid_key.clone(), None, of_valid(chunk));
        columns.chain([valid]).collect()
    }

    /// Puts a chunk's columns on the device, as far as they are not there.
    pub(super) fn upload(
        &mut self,
        chunk: &Chunk,
        wanted: &[Wish],
    ) -> Result<Vec<ColumnPlace>, GpuError> {
        let gpu = self.gpu.clone();
        let inner: &Inner = &gpu.inner;
        for attempt in 0..3 {
            let mut stream = inner.stream();
            inner.check()?;
            self.fresh = Some(stream.slabs.open(self.number));
            // At last all of them together, wherever some may be.
            let places = self.place(&mut stream, wanted, chunk, attempt < 2)?;
            drop(stream);
            if let Some(places) = places {
                return Ok(places);
            }
            self.close_batch()?;
            inner.stream().slabs.close(self.number, None);
        }
        Err(GpuError::OutOfMemory {
            what: "a chunk's columns beside those of other running queries",
            bytes: wanted.iter().map(|w| 4 * u64::from(w.2.words)).sum(),
            allowed: inner.ledger.allowed,
        })
    }

    /// One try of [`Self::upload`]; `None` where the batch must be recorded first.
    fn place(
        &mut self,
        stream: &mut Stream,
        wanted: &[Wish],
        chunk: &Chunk,
        keep: bool,
    ) -> Result<Option<Vec<ColumnPlace>>, GpuError> {
        let gpu = self.gpu.clone();
        let (inner, origin) = (&*gpu.inner, &chunk.origin);
        let touch = |(key, _, _): &Wish| stream.slabs.touch(origin, key);
        let mut places: Vec<Option<ColumnPlace>> = wanted.iter().map(touch).collect();
        let resident = places.iter().flatten().filter(|p| p.stored.words > 0);
        let slab = resident.clone().map(|p| p.slab).next();
        if !keep || resident.clone().any(|p| Some(p.slab) != slab) {
            // One kernel reaches one slab.
            places.fill(None);
        }
        let slab = slab.filter(|_| places.iter().flatten().any(|p| p.stored.words > 0));
        let resident = places.iter().flatten();
        let there: u64 = resident.map(|p| 4 * u64::from(p.stored.words)).sum();
        let missing: Vec<usize> = (0..wanted.len()).filter(|i| places[*i].is_none()).collect();
        let columns: Vec<Stored> = missing.iter().map(|i| wanted[*i].2.clone()).collect();
        let Some(new) = stream.slabs.reserve(inner, &columns, slab)? else {
            return Ok(None);
        };
        self.cost.bytes_resident += there;
        for (i, (id, place)) in missing.into_iter().zip(new) {
            let (key, slot, _) = &wanted[i];
            let valid = chunk.valid.as_ref().filter(|_| place.stored.words > 0);
            self.cost.bytes_uploaded += match (slot, valid) {
                (Some(slot), _) => write_column(stream, inner, &chunk.columns[*slot], &place)?,
                (None, Some(valid)) => write_valid(stream, inner, valid, &place)?,
                (None, None) => 0,
            };
            stream.slabs.publish(id, origin, key);
            places[i] = Some(place);
        }
        Ok(Some(places.into_iter().flatten().collect()))
    }

    /// Puts rows that are on the device in the batch.
    pub(super) fn take(&mut self, pushed: Pushed, places: &[ColumnPlace]) -> Result<(), GpuError> {
        let Some((valid, columns)) = places.split_last() else {
            return Err(GpuError::Chunk("a chunk without columns".to_owned()));
        };
        let mut shape = Shape {
            columns: vec![None; self.used.len()],
            has_invalid: valid.stored.words > 0,
        };
        let mut rest = vec![valid.first];
        let mut windows = HashMap::new();
        let slots = (0..self.used.len()).filter(|slot| self.used[*slot]);
        for (slot, place) in slots.zip(columns) {
            let stored = &place.stored;
            shape.columns[slot] = stored.shape;
            windows.insert(slot, stored.window.clone());
            let bitmap = place.first + stored.validity;
            rest.extend([place.first, bitmap, low(stored.base), high(stored.base)]);
        }
        let window = |accumulator: Accumulator| {
            let slot = accumulator.slot().unwrap_or(0);
            let sums = windows.get(&slot).cloned().unwrap_or(0..0);
            limbs::window(accumulator, self.program.slots[slot].kind, &sums)
        };
        self.widen(&RecordLayout::new(&self.program.accumulators, window))?;
        let slab = places.iter().find(|p| p.stored.words > 0);
        let slab = slab.map_or(0, |p| p.slab);
        let most = MOST_DESCRIPTORS / 4 / u64::from(chunk_words(&shape));
        let fits = self.batch.slab == slab && self.batch.shape.as_ref() == Some(&shape);
        if !fits || self.batch.chunks.len() as u64 >= most {
            self.close_batch()?;
        }
        self.counters.scanned += pushed.origin.rows as u64;
        self.counters.invalid += valid.stored.invalid;
        self.batch.slab = slab;
        self.batch.shape = Some(shape);
        self.batch.chunks.push(Waited {
            number: word(self.pushed.len() as u64),
            from: 0,
            to: word(pushed.origin.rows as u64),
            rest,
        });
        self.pushed.push(pushed);
        self.fresh = None;
        Ok(())
    }

    /// Makes room for a chunk's limbs; what has gone in is read back first.
    fn widen(&mut self, chunk: &RecordLayout) -> Result<(), GpuError> {
        let wide = self.layout.widened(chunk);
        if wide != self.layout {
            self.close_batch()?;
            self.flush()?;
            self.layout = wide;
        }
        Ok(())
    }
}
