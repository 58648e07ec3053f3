//! A schedule fits a plan to this machine.

use crate::cost::{Choice, choose};
use crate::morsels::in_flight;
use crate::run::has_text_digits;
use crate::runtime::Runtime;
use crate::{Dataset, Engine, Error};
use graticule_columns::{ColumnMapping, Coordinate, Scan, ScanGroup, Source};
use graticule_kernels::{Program, RecordLayout, limbs};
use graticule_plan::Plan;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How a plan runs here, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    /// Which device, and why that one.
    pub(crate) choice: Choice,
    /// Threads that decode and, on the CPU, compute.
    pub(crate) threads: usize,
    /// Rows of a chunk.
    pub(crate) chunk_rows: usize,
    /// Bytes of row groups that may be held at once.
    pub(crate) held_bytes: u64,
    /// Bytes that several jobs may hold decompressed at once; one alone may hold twice as many.
    pub(crate) decoded_bytes: u64,
    /// Bytes that texts of keys may take.
    pub(crate) text_bytes: u64,
    /// Bytes that the groups of one thread may take.
    pub(crate) table_bytes: usize,
    /// Bytes of host memory, all in all.
    pub(crate) memory: u64,
}

/// Rows of a CPU chunk: its columns stay in the second-level cache.
const CPU_CHUNK: usize = 1 << 16;
/// Rows of a GPU chunk: kernels number them with 20 bits.
pub(crate) const GPU_CHUNK: usize = 1 << 20;
/// Rows of a CPU chunk where memory is scarce.
const LEAST_CHUNK: usize = 1 << 13;
/// As few rows as a chunk has, however long they are.
const LEAST_ROWS: usize = 64;
/// Bytes for the groups of a thread, with fewer of which they are on their way to disk more than they are counted.
const LEAST_TABLE: u64 = 4 << 20;
/// Bytes that a row takes in a thread's chunk and in what the decoder keeps beside it, by slot.
const ROW_BYTES: u64 = 48;
/// Bytes of rows that are worth having ready.
const MOST_READY: u64 = 64 << 20;
/// Bytes by which a group is found.
const INDEXED: usize = 32;
/// How many times its bytes a row group is thought to have decompressed.
const COMPRESSED: u64 = 4;

impl Schedule {
    /// Of a scan within so many bytes of host memory.
    pub(crate) fn new(
        runtime: &Runtime,
        memory: u64,
        scan: &Scan,
        choice: Choice,
    ) -> Result<Self, Error> {
        let settings = &runtime.settings;
        let on_gpu = choice.on_gpu;
        if on_gpu && cfg!(not(feature = "gpu")) {
            return Err(Error::NoGpuSupport);
        }
        let chunk_rows = if on_gpu { GPU_CHUNK } else { CPU_CHUNK };
        let mut chunk_rows = settings
            .chunk_rows
            .map_or(chunk_rows, |rows| rows.min(GPU_CHUNK));
        // Half of the memory holds row groups and chunks, half the groups.
        #[cfg(feature = "gpu")]
        let memory = match on_gpu {
            true => crate::gpu::host_memory(runtime, memory),
            false => memory,
        };
        let half = memory / 2;
        let columns = (scan.sources.len() + scan.carried.len()) as u64;
        let chunk_bytes = |rows: usize| ROW_BYTES * columns * rows as u64;
        // Chunks have at most a quarter of the memory: smaller ones, and then fewer threads.
        let is_much = |rows: usize| chunk_bytes(rows) * settings.threads() as u64 > half / 2;
        // Those on a device are named by their rows, which is why they are not cut without need.
        let least = if on_gpu { CPU_CHUNK } else { LEAST_CHUNK };
        while settings.chunk_rows.is_none() && chunk_rows > least && is_much(chunk_rows) {
            chunk_rows /= 2;
        }
        let chunk = chunk_bytes(chunk_rows);
        let fit = usize::try_from(half / 2 / chunk.max(1)).unwrap_or(usize::MAX);
        let threads = settings.threads().min(fit).min(most_threads(memory)).max(1);
        let held_bytes = half.saturating_sub(chunk * threads as u64).max(half / 4);
        let largest = scan.groups.iter().max_by_key(|g| g.bytes);
        if let Some(largest) = largest.filter(|g| g.bytes > held_bytes) {
            return Err(Error::RowGroup {
                path: scan.files[largest.file].path.clone(),
                needed: 4 * (largest.bytes + chunk),
                allowed: settings.free(),
            });
        }
        Ok(Self {
            choice,
            threads,
            chunk_rows,
            held_bytes,
            decoded_bytes: half / 2,
            // To be finished they are sorted, in a copy.
            text_bytes: half / 2,
            memory,
            table_bytes: usize::try_from(half / (threads as u64 + 1)).unwrap_or(usize::MAX),
        })
    }

    /// Bytes that groups may take that have left the tables of threads: until they are merged the tables are there, and then
    /// what is made of them, which takes several times as many.
    pub(crate) fn parted_bytes(&self) -> u64 {
        (self.table_bytes as u64).min(self.memory / 16)
    }

    /// Bytes of rows that may be ready before the caller takes them, and before it is their turn.
    pub(crate) fn ready_bytes(&self) -> u64 {
        (self.memory / 16).min(MOST_READY)
    }

    /// Bytes of rows that a thread decodes at once where they are copied.
    fn copied_bytes(&self) -> u64 {
        self.memory / 16 / self.threads as u64
    }

    /// Morsels that may be under way: with fewer threads than there are each has one, or else there is one more for each,
    /// so that none waits for the next.
    pub(crate) fn morsels_under_way(&self, runtime: &Runtime) -> usize {
        match self.threads < runtime.settings.threads() {
            true => self.threads,
            false => 2 * self.threads,
        }
    }

    /// Rows of a chunk of rows of so many bytes, which are copied. Those on a device are named by their rows.
    pub(crate) fn rows_of(&self, row_bytes: u64) -> usize {
        let fit = self.copied_bytes() / row_bytes.max(1);
        let fit = usize::try_from(fit).unwrap_or(usize::MAX);
        match self.choice.on_gpu {
            true => self.chunk_rows,
            false => fit.max(LEAST_ROWS).min(self.chunk_rows),
        }
    }

    /// Bytes of memory with which so many may be held decompressed at once.
    pub(crate) fn memory_for(&self, decoded_bytes: u64) -> u64 {
        2 * decoded_bytes
    }

    /// Bytes of memory with which texts may take so many.
    pub(crate) fn memory_for_texts(&self, text_bytes: u64) -> u64 {
        4 * text_bytes
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

/// Threads of which each has a table within so many bytes of memory.
pub(crate) fn most_threads(memory: u64) -> usize {
    let most = usize::try_from(memory / 2 / LEAST_TABLE);
    most.unwrap_or(usize::MAX).max(1)
}

/// Bytes of memory that a question on the CPU is thought to need: row groups in flight and what they decompress, chunks
/// and groups of all threads. Texts and groups whose number is not known may take all there is.
pub(crate) fn wanted(runtime: &Runtime, scan: &Scan, programs: &[Program], is_remote: bool) -> u64 {
    let threads = runtime.settings.threads() as u64;
    let columns = (scan.sources.len() + scan.carried.len()) as u64;
    let chunks = (ROW_BYTES * columns * CPU_CHUNK as u64).saturating_mul(threads);
    let largest = scan.groups.iter().map(|g| g.bytes).max().unwrap_or(0);
    let all = scan.groups.iter().map(|g| g.bytes);
    let all = all.fold(0, u64::saturating_add);
    let groups = in_flight(is_remote, runtime.settings.threads()) as u64;
    let held = all.min(largest.saturating_mul(groups));
    let decoded = largest.saturating_mul(COMPRESSED * 2 * threads);
    if has_text_digits(scan, programs) {
        return u64::MAX;
    }
    let groups = programs.iter().map(|program| {
        // What is left over of a table, doubled when it grows, is as much again.
        let record = 8 * (8 * widest(program) + 4 * program.digits.len() + INDEXED);
        let groups = program.most_groups().min(u128::from(scan.rows()));
        u64::try_from(groups.saturating_mul(record as u128)).unwrap_or(u64::MAX)
    });
    // Each program has an equal share, and so has each thread, whose groups may be all.
    let tables = groups.max().unwrap_or(0);
    let tables = tables.saturating_mul(programs.len() as u64);
    let half = chunks.saturating_add(held).max(chunks.saturating_mul(2));
    let half = half.max(decoded.saturating_mul(2));
    let half = half.max(tables.max(LEAST_TABLE).saturating_mul(threads + 1));
    half.saturating_mul(2)
}

/// Words of a record whose sums touch all limbs.
fn widest(program: &Program) -> usize {
    let layout = RecordLayout::new(&program.accumulators, |accumulator| {
        let kind = accumulator.slot().map(|slot| program.slots[slot].kind);
        match kind {
            Some(kind) if !kind.is_float() => limbs::of_integers(accumulator, kind),
            _ => 0..limbs::most(accumulator),
        }
    });
    layout.stride
}

/// What each slot is called: the identity of its column within a row group, so that nothing else that
/// its values depend on is left out.
#[cfg_attr(
    not(feature = "gpu"),
    expect(dead_code, reason = "it names columns on a device")
)]
pub(crate) fn slot_names(scan: &Scan) -> Vec<String> {
    let schema = &scan.schema;
    let fixed = |of: &Coordinate| format!("{}:{}", of.name, of.unit);
    let point = format!("{}:{}", fixed(&schema.lon), fixed(&schema.lat));
    // Other files of the dataset may widen a column's type.
    let type_of = |name: &str| {
        let attribute = schema.attributes.iter().find(|a| a.name == name);
        attribute.map_or_else(String::new, |a| a.data_type.to_string())
    };
    // Of a table's versions the same name may be another column of the file.
    let mapping = match &scan.schema.mapping {
        ColumnMapping::Same => String::new(),
        mapping => format!("@{mapping:?}"),
    };
    let time = schema.time.as_ref().map_or_else(String::new, |t| {
        format!("{}:{:?}:{:?}:{}", t.name, t.unit, t.numbers, t.data_type)
    });
    let mut names: Vec<String> = Vec::with_capacity(scan.sources.len());
    for source in &scan.sources {
        let name = match source {
            Source::FixedLon => format!("fixed:{}", fixed(&schema.lon)),
            Source::FixedLat => format!("fixed:{}", fixed(&schema.lat)),
            Source::Time => format!("time:{time}"),
            Source::Value { name, kind } => format!("value:{name}:{kind:?}:{}", type_of(name)),
            Source::Constant { name, values, .. } => format!("constant:{name}:{values:x}"),
            Source::H3 { resolution } => format!("h3:{resolution}:{point}"),
            Source::TileRow { zoom } => format!("tile-row:{zoom}:{point}"),
            Source::Nearest(places) => format!("nearest:{places:?}:{point}"),
            Source::Calendar(calendar) => {
                let (part, zone) = (calendar.unit, &calendar.zone);
                format!("calendar:{part:?}:{zone}:{time}")
            }
            Source::Text { name } => format!("text:{}:{name}:{}", scan.text_hash, type_of(name)),
            Source::Matches { name, test } => format!("test:{name}:{test:?}:{}", type_of(name)),
            Source::Where { .. }
            | Source::Holds(_)
            | Source::Bins { .. }
            | Source::Among { .. }
            | Source::Order { .. } => {
                let inputs = source.inputs().into_iter();
                let slots = inputs.filter_map(|input| scan.sources.iter().position(|s| s == input));
                let inputs: Vec<&str> = slots
                    .filter_map(|slot| Some(names.get(slot)?.as_str()))
                    .collect();
                format!("composed:{source:?}:{}", inputs.join(","))
            }
        };
        names.push(name + &mapping);
    }
    names
}

/// The schedule of a plan as explain prints it.
pub(crate) fn of_plan(engine: &Engine, dataset: &Dataset, plan: &Plan) -> Result<Schedule, Error> {
    let (runtime, part) = (&engine.runtime, plan.part());
    let choice = choose(runtime, dataset, part);
    Schedule::new(runtime, runtime.memory(), part.scan(), choice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dataset;
    use graticule_plan::Query;

    fn schedule_of(engine: &Engine, scan: &Scan) -> Schedule {
        let (runtime, memory) = (&engine.runtime, engine.memory_bytes());
        let schedule = Schedule::new(runtime, memory, scan, Choice::of(false, "asked for"));
        schedule.expect("a schedule")
    }

    #[test]
    fn chunks_of_all_threads_stay_within_a_quarter() {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
        let dataset = Dataset::open_blocking(sample).expect("a dataset");
        let query = Query::new().select(["lon", "lat", "time"]);
        let plan = dataset.plan_blocking(&query).expect("a plan");
        let scan = plan.part().scan();
        let columns = (scan.sources.len() + scan.carried.len()) as u64;
        for memory in [16u64 << 20, 64 << 20, 1 << 30] {
            for threads in [1, 2, 8, 32, 1024] {
                let engine = Engine::cpu().threads(threads).memory(memory);
                let schedule = schedule_of(&engine, scan);
                let chunks = ROW_BYTES * columns * (schedule.chunk_rows * schedule.threads) as u64;
                assert!(chunks <= memory / 4, "{schedule:?}");
                assert!(chunks + schedule.held_bytes <= memory / 2, "{schedule:?}");
                assert!((1..=threads).contains(&schedule.threads));
            }
        }
        let few = schedule_of(&Engine::cpu().threads(2).memory(64 << 20), scan);
        assert_eq!(few.threads, 2);
        // With memory to spare all is as it was asked for.
        let engine = Engine::cpu().threads(32).memory(64 << 30);
        let schedule = schedule_of(&engine, scan);
        assert_eq!((schedule.threads, schedule.chunk_rows), (32, CPU_CHUNK));
    }
}
