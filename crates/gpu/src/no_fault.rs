//! Builds without tests have no faults to inject.

use crate::GpuOptions;

/// None.
#[derive(Debug)]
pub(crate) struct Faults;

impl Faults {
    pub(crate) fn new(_: &GpuOptions) -> Self {
        Self
    }

    pub(crate) fn read_back(&self, _: &mut [u32]) {}

    pub(crate) fn submitted(&self) -> bool {
        false
    }

    pub(crate) fn hangs(&self) -> bool {
        false
    }

    pub(crate) fn allocated(&self) -> bool {
        false
    }
}
