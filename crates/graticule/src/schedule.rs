//! A schedule fits a plan to this machine.

use crate::{Device, Engine, Error};
use graticule_columns::{Scan, ScanGroup, Source};
use graticule_plan::Plan;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How a plan runs here, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    /// `cpu` or `gpu`.
    pub(crate) on_gpu: bool,
    /// Why that one.
    pub(crate) why: String,
    /// Threads that decode and, on the CPU, compute.
    pub(crate) threads: usize,
    /// Rows of a chunk.
    pub(crate) chunk_rows: usize,
    /// Bytes of row groups that may be held at once.
    pub(crate) held_bytes: u64,
    /// Bytes that the groups of one thread may take.
    pub(crate) table_bytes: usize,
}

/// Rows of a CPU chunk: its columns stay in the second-level cache.
const CPU_CHUNK: usize = 1 << 16;
/// Rows of a GPU chunk: kernels number them with 20 bits.
pub(crate) const GPU_CHUNK: usize = 1 << 20;
/// Below so many rows a GPU cannot win back the time to open it.
const GPU_ROWS: u64 = 4 << 20;

impl Schedule {
    pub(crate) fn new(engine: &Engine, scan: &Scan) -> Result<Self, Error> {
        let (on_gpu, why) = choose(engine, scan);
        if on_gpu && cfg!(not(feature = "gpu")) {
            return Err(Error::NoGpuSupport);
        }
        let threads = engine.threads;
        let chunk_rows = if on_gpu { GPU_CHUNK } else { CPU_CHUNK };
        let mut chunk_rows = engine
            .chunk_rows
            .map_or(chunk_rows, |rows| rows.min(GPU_CHUNK));
        // Half of the memory holds row groups and chunks, half the groups; a thread's chunk and
        // what the decoder keeps beside it come to about 64 bytes a row and slot.
        #[cfg(feature = "gpu")]
        let memory = if on_gpu {
            crate::gpu::host_memory(engine)
        } else {
            engine.memory
        };
        #[cfg(not(feature = "gpu"))]
        let memory = engine.memory;
        let half = memory / 2;
        let columns = (scan.sources.len() + scan.carried.len()) as u64;
        let chunk_bytes = |rows: usize| 24 * columns * rows as u64;
        // Selected rows are taken from chunks that hold all columns of the question.
        let is_much = |rows: usize| chunk_bytes(rows) * threads as u64 > half / 2;
        while !scan.carried.is_empty() && chunk_rows > CPU_CHUNK && is_much(chunk_rows) {
            chunk_rows /= 2;
        }
        let chunk = chunk_bytes(chunk_rows);
        let held_bytes = half.saturating_sub(chunk * threads as u64).max(half / 4);
        let largest = scan.groups.iter().max_by_key(|g| g.bytes);
        if let Some(largest) = largest.filter(|g| g.bytes > held_bytes) {
            return Err(Error::RowGroup {
                path: scan.files[largest.file].path.clone(),
                needed: 4 * (largest.bytes + chunk),
                allowed: engine.memory,
            });
        }
        Ok(Self {
            on_gpu,
            why,
            threads,
            chunk_rows,
            held_bytes,
            table_bytes: usize::try_from(half / (threads as u64 + 1)).unwrap_or(usize::MAX),
        })
    }

    /// The row ranges in which a row group is worked on: whole, but for the last few groups, which
    /// are cut so that all threads end together.
    pub(crate) fn cuts(&self, scan: &Scan, place: usize) -> Vec<Range<usize>> {
        let group: &ScanGroup = &scan.groups[place];
        let rows = usize::try_from(group.rows).unwrap_or(usize::MAX);
        let tail = scan.groups.len() % self.threads;
        let is_tail = place + tail >= scan.groups.len();
        let parts = if is_tail && tail > 0 {
            self.threads.div_ceil(tail)
        } else {
            1
        };
        let chunks = rows.div_ceil(self.chunk_rows).max(1);
        let parts = parts.min(chunks);
        // Cuts at multiples of a chunk, so that a chunk's origin does not depend on the threads.
        let cut = |i: usize| (chunks * i / parts * self.chunk_rows).min(rows);
        (0..parts).map(|i| cut(i)..cut(i + 1)).collect()
    }
}

fn choose(engine: &Engine, scan: &Scan) -> (bool, String) {
    match &engine.device {
        Device::Cpu => (false, "asked for".to_owned()),
        Device::Gpu(_) => (true, "asked for".to_owned()),
        Device::Auto => {
            if let Some(rows) = engine.gpu_from_rows {
                return (
                    scan.rows() >= rows,
                    format!("{rows} rows were set as the least for a GPU"),
                );
            }
            if scan.rows() < GPU_ROWS {
                return (false, format!("{} rows are too few for a GPU", scan.rows()));
            }
            #[cfg(feature = "gpu")]
            if engine.gpu.has_hardware() {
                return (
                    true,
                    "there is a hardware GPU and the question is large".to_owned(),
                );
            }
            (false, "there is no hardware GPU".to_owned())
        }
    }
}

/// What each slot is called: the identity of its column within a row group, so that nothing else that
/// its values depend on is left out.
#[cfg_attr(
    not(feature = "gpu"),
    expect(dead_code, reason = "it names columns on a device")
)]
pub(crate) fn slot_names(scan: &Scan) -> Vec<String> {
    let point = format!("{}:{}", scan.schema.lon.name, scan.schema.lat.name);
    let unit = scan.schema.time.as_ref().map(|t| t.unit);
    let time = scan.schema.time.as_ref().map_or("", |t| t.name.as_str());
    scan.sources
        .iter()
        .map(|source| match source {
            Source::FixedLon => format!("fixed:{}", scan.schema.lon.name),
            Source::FixedLat => format!("fixed:{}", scan.schema.lat.name),
            Source::Time => format!("time:{time}"),
            Source::Value { name, .. } => format!("value:{name}"),
            Source::Constant { name, values, .. } => format!("constant:{name}:{values:x}"),
            Source::H3 { resolution } => format!("h3:{resolution}:{point}"),
            Source::TileRow { zoom } => format!("tile-row:{zoom}:{point}"),
            Source::Calendar(calendar) => {
                let (part, zone) = (calendar.unit, &calendar.zone);
                format!("calendar:{part:?}:{zone}:{time}:{unit:?}")
            }
            Source::Text { name } => format!("text:{name}"),
            Source::Matches { name, test } => format!("test:{name}:{test:?}"),
        })
        .collect()
}

/// The schedule of a plan as explain prints it.
pub(crate) fn of_plan(engine: &Engine, plan: &Plan) -> Result<Schedule, Error> {
    Schedule::new(engine, &plan.part.scan)
}
