use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::country::Country;
use crate::device::{self, DeviceDay};
use crate::plan::{FilePlans, Slice};
use crate::rows::Columns;

/// Rows that are handed on at a time, about.
const FLUSH: usize = 16_384;

/// Trip ids of a device and day; a ping begins one trip at most, and no device sends so many a day.
const TRIPS: i64 = 1 << 16;

/// Generates the rows of a slice in the order in which their uploads arrive, and calls `flush` whenever
/// some thousands are ready.
pub(crate) fn generate<E>(
    country: &Country,
    plan: &FilePlans,
    slice: &Slice,
    columns: &mut Columns,
    mut flush: impl FnMut(&mut Columns) -> Result<(), E>,
) -> Result<(), E> {
    let mut devices = devices(country, plan, slice);
    let mut arrivals = BinaryHeap::with_capacity(devices.len());
    for (i, device) in devices.iter_mut().enumerate() {
        arrivals.extend(device.plan_upload(country).map(|at| Reverse((at, i))));
    }
    while let Some(Reverse((_, i))) = arrivals.pop() {
        devices[i].send_upload(country, columns);
        arrivals.extend(devices[i].plan_upload(country).map(|at| Reverse((at, i))));
        if columns.len() >= FLUSH {
            flush(columns)?;
        }
    }
    Ok(())
}

/// The devices of the slice that send anything, each with its share of the slice's rows.
fn devices(country: &Country, plan: &FilePlans, slice: &Slice) -> Vec<DeviceDay> {
    let day = &plan.days[slice.day as usize];
    let weigh = |device| device::weight(plan.seed, slice.day, device, day.weekend);
    let mut weights: Vec<u64> = slice.devices.clone().map(weigh).collect();
    if weights.iter().all(|&w| w == 0) {
        weights.fill(1); // a day on which everybody rests has its points all the same
    }
    let shares = crate::plan::share_out(slice.rows, &weights);
    let mut devices = Vec::new();
    for (device, pings) in slice.devices.clone().zip(shares) {
        if pings == 0 {
            continue;
        }
        let serial = u64::from(slice.day) * plan.devices + device;
        let trip_base = i64::try_from(serial)
            .unwrap_or(i64::MAX / TRIPS)
            .saturating_mul(TRIPS);
        let pings = u32::try_from(pings).unwrap_or(u32::MAX);
        let when = (slice.day, day.midnight);
        devices.push(DeviceDay::new(
            country, plan.seed, when, device, trip_base, pings,
        ));
    }
    devices
}
