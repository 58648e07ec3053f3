//! The one stream of commands that all sessions of a device write to. Commands run in the order in
//! which they are recorded, so a column that was recorded is as good as resident.

use crate::GpuError;
use crate::device::Inner;
use crate::memory::{Budget, Held, RING};
use crate::params::size;
use crate::slab::Slabs;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use wgpu::{BufferUsages, CommandEncoder, MapMode};

/// Columns on the device, and the way there.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) slabs: Slabs,
    encoder: Option<CommandEncoder>,
    /// The staging buffer that is being filled.
    current: Option<Staging>,
    free: Vec<Staging>,
    /// Staging buffers that commands still read, oldest first.
    flying: VecDeque<Staging>,
    readbacks: Vec<Held>,
    staging_bytes: u64,
    readback_bytes: u64,
}

/// A mapped buffer that is filled from its beginning.
#[derive(Debug)]
struct Staging {
    held: Held,
    filled: u64,
    mapped: Arc<AtomicU8>,
}

const PENDING: u8 = 0;
const MAPPED: u8 = 1;
const FAILED: u8 = 2;

impl Stream {
    pub(crate) fn new(budget: Budget) -> Self {
        Self {
            slabs: Slabs::new(budget),
            encoder: None,
            current: None,
            free: Vec::new(),
            flying: VecDeque::new(),
            readbacks: Vec::new(),
            staging_bytes: budget.staging,
            readback_bytes: budget.readback,
        }
    }

    /// Makes the staging buffers, smaller ones where memory is short.
    pub(crate) fn fill_ring(&mut self, inner: &Inner) -> Result<(), GpuError> {
        let usage = BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC;
        while (self.free.len() as u64) < RING {
            match inner.buffer("staging", self.staging_bytes, usage) {
                Ok(held) => self.free.push(Staging {
                    held,
                    filled: 0,
                    mapped: Arc::new(AtomicU8::new(MAPPED)),
                }),
                Err(GpuError::OutOfMemory { .. }) if self.staging_bytes > 4096 => {
                    self.free.clear();
                    self.staging_bytes /= 2;
                    self.readback_bytes = self.readback_bytes.min(self.staging_bytes);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(crate) fn encoder(&mut self, inner: &Inner) -> &mut CommandEncoder {
        let make = || {
            let descriptor = wgpu::CommandEncoderDescriptor::default();
            inner.device.create_command_encoder(&descriptor)
        };
        self.encoder.get_or_insert_with(make)
    }

    /// Records a copy of words to a buffer.
    pub(crate) fn write(
        &mut self,
        inner: &Inner,
        bytes: &[u8],
        target: &wgpu::Buffer,
        offset: u64,
    ) -> Result<(), GpuError> {
        let (mut bytes, mut offset) = (bytes, offset);
        while !bytes.is_empty() {
            self.ready(inner)?;
            let Some(staging) = &mut self.current else {
                break;
            };
            let from = staging.filled;
            let step = (bytes.len() as u64).min(self.staging_bytes - from);
            let (now, later) = bytes.split_at(size(step));
            let view = staging.held.buffer.get_mapped_range_mut(from..from + step);
            match view {
                Ok(mut view) => view.copy_from_slice(now),
                Err(error) => return Err(inner.lose(&error.to_string())),
            }
            // Mapped ranges begin at multiples of 8.
            staging.filled = (from + step).next_multiple_of(8);
            let source = staging.held.buffer.clone();
            self.encoder(inner)
                .copy_buffer_to_buffer(&source, from, target, offset, step);
            bytes = later;
            offset += step;
        }
        Ok(())
    }

    /// Sees to it that there is a staging buffer with room.
    fn ready(&mut self, inner: &Inner) -> Result<(), GpuError> {
        let is_full = |staging: &Staging| staging.filled + 8 > self.staging_bytes;
        if self.current.as_ref().is_some_and(is_full) {
            self.submit(inner)?;
        }
        if self.current.is_none() {
            if self.free.is_empty() {
                self.land(inner)?;
            }
            self.current = self.free.pop();
        }
        Ok(())
    }

    /// Waits until the oldest flying buffer can be filled again.
    fn land(&mut self, inner: &Inner) -> Result<(), GpuError> {
        let Some(mut staging) = self.flying.pop_front() else {
            return Err(inner.lose("no staging buffer is left"));
        };
        let state = Arc::clone(&staging.mapped);
        inner.wait(|| state.load(Ordering::Acquire) != PENDING)?;
        if state.load(Ordering::Acquire) == FAILED {
            return Err(inner.lose("a staging buffer could not be mapped"));
        }
        staging.filled = 0;
        self.free.push(staging);
        Ok(())
    }

    /// Submits what was recorded.
    pub(crate) fn submit(&mut self, inner: &Inner) -> Result<(), GpuError> {
        inner.check()?;
        if inner.faults.submitted() {
            inner.device.destroy();
            return Err(inner.lose("injected"));
        }
        if let Some(staging) = &self.current {
            staging.held.buffer.unmap();
        }
        let commands = self.encoder.take().map(CommandEncoder::finish);
        inner.queue.submit(commands);
        if let Some(staging) = self.current.take() {
            staging.mapped.store(PENDING, Ordering::Release);
            let state = Arc::clone(&staging.mapped);
            let done = move |result: Result<(), wgpu::BufferAsyncError>| {
                let new = if result.is_ok() { MAPPED } else { FAILED };
                state.store(new, Ordering::Release);
            };
            staging.held.buffer.map_async(MapMode::Write, .., done);
            self.flying.push_back(staging);
        }
        inner.check()
    }

    /// A buffer to read back with.
    pub(crate) fn take_readback(&mut self, inner: &Inner) -> Result<Held, GpuError> {
        if let Some(held) = self.readbacks.pop() {
            return Ok(held);
        }
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let mut bytes = self.readback_bytes;
        loop {
            match inner.buffer("readback", bytes, usage) {
                Err(GpuError::OutOfMemory { .. }) if bytes > 4096 => bytes /= 2,
                other => return other,
            }
        }
    }

    /// Hands a readback buffer back.
    pub(crate) fn give_readback(&mut self, held: Held) {
        if self.readbacks.len() < 2 {
            self.readbacks.push(held);
        }
    }
}
