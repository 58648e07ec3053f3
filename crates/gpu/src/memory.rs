//! What device memory is for, and how much of it is in use.

use crate::GpuError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes in use against a bound.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) allowed: u64,
    used: AtomicU64,
    peak: AtomicU64,
}

impl Ledger {
    pub(crate) fn new(allowed: u64) -> Arc<Self> {
        Arc::new(Self {
            allowed,
            used: AtomicU64::new(0),
            peak: AtomicU64::new(0),
        })
    }

    pub(crate) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(crate) fn room(&self) -> u64 {
        self.allowed.saturating_sub(self.used())
    }

    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Notes an allocation, or refuses it.
    pub(crate) fn take(&self, what: &'static str, bytes: u64) -> Result<(), GpuError> {
        let allowed = self.allowed;
        let update = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|sum| *sum <= allowed)
            });
        match update {
            Ok(before) => {
                self.peak.fetch_max(before + bytes, Ordering::Relaxed);
                Ok(())
            }
            Err(_) => Err(GpuError::OutOfMemory {
                what,
                bytes,
                allowed,
            }),
        }
    }

    pub(crate) fn give(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// A buffer whose bytes are in the ledger while it lives.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) buffer: wgpu::Buffer,
    pub(crate) bytes: u64,
    pub(crate) ledger: Arc<Ledger>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.ledger.give(self.bytes);
    }
}

/// How the bound is shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Bytes of each staging buffer.
    pub(crate) staging: u64,
    /// The most bytes of a table.
    pub(crate) table: u64,
    /// Bytes of a piece that is read back.
    pub(crate) readback: u64,
    /// Rows of the recheck list.
    pub(crate) recheck: u32,
    /// The most bytes of a slab.
    pub(crate) slab: u64,
    /// Bytes that slabs leave to everything else.
    pub(crate) reserve: u64,
}

/// Staging buffers.
pub(crate) const RING: u64 = 3;
/// The least bound that makes sense.
pub(crate) const LEAST_MEMORY: u64 = 256 << 10;
/// Bytes of parameters and chunk descriptors of a session.
pub(crate) const DESCRIPTORS: u64 = 16 << 10;

impl Budget {
    pub(crate) fn new(allowed: u64, limits: &wgpu::Limits) -> Self {
        let binding = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        let binding = binding & !255;
        let staging = power_of_two_below(allowed / 32).clamp(8 << 10, 32 << 20);
        let table = (allowed / 4).min(binding) & !255;
        let recheck = crate::params::word((allowed / 64 / 8).clamp(256, 1 << 18));
        let aux = 4 * u64::from(crate::params::AUX_LIST) + 8 * u64::from(recheck);
        let reserve = RING * staging + table + staging + aux + DESCRIPTORS + margin(allowed);
        Self {
            staging,
            table,
            readback: staging,
            recheck,
            slab: binding.min(allowed.saturating_sub(reserve)) & !255,
            reserve,
        }
    }
}

/// What neither slabs nor a first session's table take, so that a second session finds a little.
pub(crate) fn margin(allowed: u64) -> u64 {
    allowed / 16
}

pub(crate) fn power_of_two_below(value: u64) -> u64 {
    1 << (63 - value.max(1).leading_zeros())
}
