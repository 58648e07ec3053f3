//! From the device to the host.

use crate::GpuError;
use crate::device::Inner;
use crate::epoch::Epoch;
use crate::memory::Held;
use crate::params::{AUX_CHECK_AUX, AUX_CHECK_TABLE, AUX_LIST, AUX_RECHECK, size};
use crate::table::checksum;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;
use wgpu::MapMode;

/// What was read back of a table, and how long it took.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    pub(crate) table: Vec<u32>,
    /// The counters, then the list as far as it is filled.
    pub(crate) aux: Vec<u32>,
    pub(crate) waited: f64,
    pub(crate) copied: f64,
}

/// Entries of the list that come along with the counters.
const EAGER: u64 = 512;

/// Reads a table and its counters, whose checksums were recorded.
pub(crate) fn fetch(inner: &Inner, epoch: &Epoch) -> Result<Fetched, GpuError> {
    let mut fetched = Fetched::default();
    let eager = (4 * u64::from(AUX_LIST) + 8 * EAGER).min(epoch.aux.bytes);
    let pieces = [(&epoch.table, 0, epoch.table.bytes), (&epoch.aux, 0, eager)];
    let mut words = read(inner, &pieces, &mut fetched)?;
    fetched.aux = words.split_off(size(epoch.table.bytes / 4));
    fetched.table = words;
    let count = fetched.aux[AUX_RECHECK as usize].min(epoch.recheck_capacity);
    let needed = 4 * u64::from(AUX_LIST) + 8 * u64::from(count);
    if needed > eager {
        let more = read(inner, &[(&epoch.aux, eager, needed - eager)], &mut fetched)?;
        fetched.aux.extend(more);
    }
    fetched.aux.truncate(size(needed / 4));
    let aux = &mut fetched.aux;
    let table_sum = std::mem::take(&mut aux[AUX_CHECK_TABLE as usize]);
    let aux_sum = std::mem::take(&mut aux[AUX_CHECK_AUX as usize]);
    if table_sum != checksum(&fetched.table, 0) || aux_sum != checksum(aux, 0) {
        return Err(GpuError::Damaged {
            what: "its checksum differs",
        });
    }
    Ok(fetched)
}

/// Reads ranges of buffers, in bytes, one after the other.
pub(crate) fn read(
    inner: &Inner,
    ranges: &[(&Held, u64, u64)],
    times: &mut Fetched,
) -> Result<Vec<u32>, GpuError> {
    let total: u64 = ranges.iter().map(|(_, _, len)| len).sum();
    let mut words = Vec::with_capacity(size(total / 4));
    let mut queue: Vec<(&Held, u64, u64)> = ranges.to_vec();
    queue.reverse();
    while !queue.is_empty() {
        let mut stream = inner.stream();
        let target = stream.take_readback(inner)?;
        let mut filled = 0;
        while let Some((held, from, len)) = queue.pop() {
            let step = len.min(target.bytes - filled);
            if step > 0 {
                stream.encoder(inner).copy_buffer_to_buffer(
                    &held.buffer,
                    from,
                    &target.buffer,
                    filled,
                    step,
                );
            }
            filled += step;
            if step < len {
                queue.push((held, from + step, len - step));
                break;
            }
        }
        stream.submit(inner)?;
        drop(stream);
        map(inner, &target, filled, &mut words, times)?;
        inner.stream().give_readback(target);
    }
    Ok(words)
}

/// Appends the words of a readback buffer once its submission has ended.
fn map(
    inner: &Inner,
    target: &Held,
    bytes: u64,
    words: &mut Vec<u32>,
    times: &mut Fetched,
) -> Result<(), GpuError> {
    let begin = Instant::now();
    let state = Arc::new(AtomicU8::new(0));
    let done = Arc::clone(&state);
    target
        .buffer
        .map_async(MapMode::Read, ..bytes, move |result| {
            done.store(if result.is_ok() { 1 } else { 2 }, Ordering::Release);
        });
    inner.wait(|| state.load(Ordering::Acquire) != 0)?;
    times.waited += begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    if state.load(Ordering::Acquire) == 2 {
        return Err(inner.lose("a readback buffer could not be mapped"));
    }
    let view = target.buffer.get_mapped_range(..bytes);
    let view = view.map_err(|e| inner.lose(&e.to_string()))?;
    let before = words.len();
    words.extend_from_slice(bytemuck::cast_slice(&view));
    drop(view);
    target.buffer.unmap();
    inner.faults.read_back(&mut words[before..]);
    times.copied += begin.elapsed().as_secs_f64();
    Ok(())
}
