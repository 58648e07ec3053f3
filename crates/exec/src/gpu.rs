//! The GPU backend: workers decode and take turns at the device, and columns stay there.

mod select;
#[cfg(test)]
mod tests;

use crate::aggregate::Aggregator;
use crate::cost::{self, Choice};
use crate::ran::Found;
use crate::run::Run;
use crate::runtime::{Runtime, io};
use crate::schedule::{Schedule, slot_names};
use crate::stages::Stage;
use crate::{Cache, Dataset, Device, DeviceUsed, Error, partials};
use graticule_columns::{Chunk, Keep, RowOrigin, Scan, Source};
use graticule_gpu::{ColumnKey, Gpu, GpuCost, GpuError, GpuOutcome, GpuSession, SessionOptions};
use graticule_kernels::{Derive, Outcome, Partial, Session};
use graticule_plan::Part;
pub(crate) use select::GpuRows;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Device memory where none is given: what small cards and software adapters have to spare.
const DEFAULT_DEVICE_MEMORY: u64 = 1 << 30;

/// The engine's device, opened when a question first needs it.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    opened: Mutex<Option<Gpu>>,
    hardware: OnceLock<bool>,
}

/// The share of a part's rows whose columns are on the device.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(crate) fn resident(gpu: &Gpu, runtime: &Runtime, dataset: &Dataset, part: &Part) -> f64 {
    let scan = part.scan();
    let choice = Choice::of(true, "");
    let Ok(schedule) = Schedule::new(runtime, runtime.memory(), scan, choice) else {
        return 0.0;
    };
    // Rows are selected from what is fetched.
    if has_texts(scan) || !scan.carried.is_empty() {
        return 0.0;
    }
    let names: Vec<ColumnKey> = slot_names(scan).into_iter().map(Into::into).collect();
    let keys = part
        .programs()
        .iter()
        .map(|program| GpuSession::keys_of(program, &names));
    let mut keys: Vec<ColumnKey> = keys.flatten().collect();
    keys.sort_unstable();
    keys.dedup();
    let is_there = |place: usize, is_all: bool| {
        let mut chunks = chunks(scan, dataset.files.store(), &schedule, place, is_all);
        chunks.all(|origin| gpu.has_resident(&origin, &keys))
    };
    let places = 0..scan.groups.len();
    let there = places.filter(|&place| is_there(place, false) || is_there(place, true));
    let there: u64 = there.map(|place| scan.groups[place].rows).sum();
    let all: u64 = scan.groups.iter().map(|group| group.rows).sum();
    there as f64 / all.max(1) as f64
}

/// Whether hashes of texts are among the columns: on the device they do not tell their texts.
fn has_texts(scan: &Scan) -> bool {
    let mut sources = scan.sources.iter();
    sources.any(Source::is_text)
}

impl Slot {
    /// Gives up the columns that are on the device.
    pub(crate) fn forget_columns(&self) {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gpu) = opened.as_ref() {
            gpu.forget_columns();
        }
    }

    /// The device, where it was opened and still answers; none while it is being opened, for nobody waits for that who only
    /// asks.
    pub(crate) fn opened(&self) -> Option<Gpu> {
        let opened = self.opened.try_lock().ok()?;
        opened.as_ref().filter(|gpu| gpu.is_usable()).cloned()
    }

    /// Whether there may be a GPU, which costs nothing to ask.
    pub(crate) fn may_have_hardware(&self) -> bool {
        self.hardware
            .get()
            .copied()
            .unwrap_or_else(graticule_gpu::may_have_hardware)
    }

    /// Whether there is a GPU that is no program.
    pub(crate) fn has_hardware(&self) -> bool {
        *self.hardware.get_or_init(graticule_gpu::has_hardware)
    }
}

/// Bytes that the device may use.
pub(crate) fn device_memory(runtime: &Runtime) -> u64 {
    let settings = &runtime.settings;
    let asked = match (settings.device_memory, &settings.gpu) {
        (0, None) => DEFAULT_DEVICE_MEMORY,
        (0, Some(options)) => options.device_memory,
        (asked, _) => return asked,
    };
    match runtime.gpu.has_hardware() {
        true => asked,
        false => asked.min(settings.memory / 4),
    }
}

/// What is left of host memory when the device's is taken out of it, as a software adapter's is.
pub(crate) fn host_memory(runtime: &Runtime, memory: u64) -> u64 {
    match runtime.gpu.has_hardware() {
        true => memory,
        false => memory
            .saturating_sub(device_memory(runtime))
            .max(memory / 4),
    }
}

/// Opens the device, or takes the one of earlier questions.
pub(crate) fn open(runtime: &Runtime) -> Result<Gpu, Error> {
    let slot = &runtime.gpu;
    let mut opened = slot.opened.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(gpu) = opened.as_ref().filter(|g| g.is_usable()) {
        return Ok(gpu.clone());
    }
    let settings = &runtime.settings;
    let mut options = settings.gpu.clone().unwrap_or_default();
    options.device_memory = device_memory(runtime);
    if let Device::Gpu(Some(name)) = &settings.device {
        options.name = Some(name.clone());
    }
    let begin = Instant::now();
    let gpu = Gpu::open(&options)?;
    *opened = Some(gpu.clone());
    drop(opened);
    if settings.device == Device::Auto && !gpu.describe().is_software {
        cost::learn(&gpu, begin.elapsed().as_secs_f64());
    }
    Ok(gpu)
}

/// Failures of the kernels are the question's, not the device's.
pub(crate) fn error_of(error: GpuError) -> Error {
    match error {
        GpuError::Kernel(error) => Error::Kernel(error),
        error => Error::Gpu(error),
    }
}

/// Adds chunks up to groups on a device: workers take turns at it.
pub(crate) struct GpuGroups {
    gpu: Gpu,
    /// A session for each program.
    sessions: Mutex<Vec<GpuSession>>,
    /// What was on the device already.
    done: Done,
    all_resident: bool,
}

impl Aggregator for GpuGroups {
    fn push(&self, run: &Run, chunk: &Chunk) -> Result<(), Error> {
        if self.done.contains(&chunk.origin) {
            return Ok(());
        }
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        // While this worker waited, another one may have met the device's end.
        run.check()?;
        let before = costs(&sessions);
        for (program, session) in sessions.iter_mut().enumerate() {
            let pushed = session.push(chunk).map_err(error_of);
            // Before another worker finds the session, which is of no more use.
            pushed
                .and_then(|()| spill(run, program, session))
                .map_err(|error| {
                    run.fail(error);
                    Error::Stopped
                })?;
        }
        note_cost(run, before, costs(&sessions));
        run.note_rows(chunk.len());
        Ok(())
    }
}

impl GpuGroups {
    /// Pushes what is on the device already; tells which row groups are not wholly there.
    pub(crate) fn begin(run: &Run, gpu: Gpu) -> Result<(Self, Vec<usize>), Error> {
        let mut sessions = Vec::new();
        for program in run.programs.iter() {
            let keys = slot_names(&run.scan).into_iter().map(Into::into).collect();
            let options = SessionOptions {
                host_memory: run.schedule.table_bytes / run.programs.len(),
                rows: run.scan.rows(),
                ..SessionOptions::default()
            };
            let program = Arc::new(program.clone());
            sessions.push(GpuSession::new(&gpu, program, keys, options).map_err(error_of)?);
        }
        let (done, wanted) = push_resident(run, &gpu, &mut sessions)?;
        let groups = Self {
            gpu,
            sessions: Mutex::new(sessions),
            done,
            all_resident: wanted.is_empty(),
        };
        Ok((groups, wanted))
    }

    /// What was found, and what it took.
    pub(crate) fn finish(&self, run: &Run) -> Result<Found, Error> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let sessions = std::mem::take(&mut *sessions);
        let before = costs(&sessions);
        let begin = Instant::now();
        let mut outcomes: Vec<GpuOutcome> = Vec::new();
        for session in sessions {
            let finished = session.finish(&mut |origin, rows| again(run, origin, rows));
            outcomes.push(finished.map_err(|error| run.named(error_of(error), None))?);
        }
        let partials = merge(run, &mut outcomes)?;
        // All sessions meet the same rows; the first one counts them.
        let (mut counters, mut cost) = (outcomes[0].outcome.counters, GpuCost::default());
        counters.nan = 0;
        for GpuOutcome {
            outcome,
            cost: part,
            ..
        } in outcomes
        {
            counters.nan += outcome.counters.nan;
            cost.method = cost.method.or(part.method);
            cost.bytes_uploaded += part.bytes_uploaded;
            cost.upload += part.upload;
            cost.kernel += part.kernel;
            cost.readback += part.readback;
        }
        let device = note_cost(run, before, [cost.upload, cost.kernel, cost.readback]);
        let merging = begin.elapsed().saturating_sub(device);
        run.clock.add(Stage::Merge, merging);
        Ok(Found {
            grouping: cost
                .method
                .map_or_else(String::new, |m| format!("{m:?}").to_lowercase()),
            device: device_used(run, &self.gpu),
            cpu_steps: cpu_steps(run, counters.rechecked),
            cache: match (self.all_resident, self.done.is_empty()) {
                (_, true) => Cache::Store,
                (true, _) => Cache::Resident,
                (false, _) => Cache::Partly,
            },
            uploaded: cost.bytes_uploaded,
            outcome: Outcome { partials, counters },
        })
    }
}

/// Seconds that sessions took for uploads, kernels and reading back.
fn costs(sessions: &[GpuSession]) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for cost in sessions.iter().map(GpuSession::cost) {
        for (sum, part) in sums
            .iter_mut()
            .zip([cost.upload, cost.kernel, cost.readback])
        {
            *sum += part;
        }
    }
    sums
}

/// Notes what a device took meanwhile, and tells all of it.
pub(super) fn note_cost(run: &Run, before: [f64; 3], after: [f64; 3]) -> Duration {
    let stages = [Stage::Upload, Stage::Kernel, Stage::Readback];
    let mut all = Duration::ZERO;
    for (stage, (before, after)) in stages.into_iter().zip(before.into_iter().zip(after)) {
        let time = Duration::from_secs_f64((after - before).max(0.0));
        run.clock.add(stage, time);
        all += time;
    }
    all
}

fn device_used(run: &Run, gpu: &Gpu) -> DeviceUsed {
    let description = gpu.describe();
    DeviceUsed {
        name: description.name,
        backend: description.backend,
        is_software: description.is_software,
        threads: run.schedule.threads,
    }
}

/// The groups of each session, or none if any had to be spilled.
fn merge(run: &Run, outcomes: &mut [GpuOutcome]) -> Result<Vec<Partial>, Error> {
    let allowed = run.schedule.table_bytes.saturating_mul(2);
    let is_full = outcomes.iter().any(|outcome| !outcome.full.is_empty());
    let found = |program: usize| outcomes[program].outcome.partials.iter();
    let is_much = is_full || partials::are_many(run, allowed, found);
    let mut merged = Vec::new();
    for (program, outcome) in outcomes.iter_mut().enumerate() {
        let mut all = std::mem::take(&mut outcome.outcome.partials);
        all.append(&mut outcome.full);
        if program == 0 {
            all.extend(run.answered.clone());
        }
        if run.spilled().is_some() || is_much {
            for partial in all {
                run.spill(program, &partial)?;
            }
        } else {
            merged.push(partials::merge(&run.programs[program], all, allowed)?);
        }
    }
    Ok(merged)
}

/// Takes groups out of a session whose host memory is full.
fn spill(run: &Run, program: usize, session: &mut GpuSession) -> Result<(), Error> {
    for partial in session.take_full() {
        run.spill(program, &partial)?;
    }
    Ok(())
}

/// What the CPU does by design.
fn cpu_steps(run: &Run, rechecked: u64) -> Vec<String> {
    let mut steps = Vec::new();
    for source in &run.scan.sources {
        steps.extend(match source {
            Source::H3 { resolution } => Some(format!(
                "h3:{resolution} of {} rows, whose cells are those of h3o",
                run.scan.rows()
            )),
            Source::TileRow { zoom } => Some(format!("rows of tile:{zoom}, decided in f64")),
            Source::Calendar(calendar) => Some(format!("{:?} in {}", calendar.unit, calendar.zone)),
            Source::Text { name } => Some(format!("hashes of the texts of '{name}'")),
            Source::Matches { name, .. } => Some(format!("a test of the texts of '{name}'")),
            Source::Where { .. } | Source::Holds(_) => {
                Some("the test of an aggregate's rows".to_owned())
            }
            Source::Nearest(places) => Some(format!(
                "the nearest of {} places, decided in f64",
                places.points.len()
            )),
            Source::Bins { .. } => Some("bins, decided in f64".to_owned()),
            Source::Among { values, .. } => Some(format!(
                "a look into a list of {} values or ranges",
                values.as_slice().len()
            )),
            Source::Order { .. } => Some("a column compared with another".to_owned()),
            _ => None,
        });
    }
    if rechecked > 0 {
        steps.push(format!(
            "{rechecked} rows in cells that a region's edge cuts, tested again in f64"
        ));
    }
    steps
}

/// Chunks of a row group as the schedule cuts it: those to be read, or all.
fn chunks(
    scan: &Scan,
    store: &Arc<str>,
    schedule: &Schedule,
    place: usize,
    is_all: bool,
) -> impl Iterator<Item = RowOrigin> {
    let group = &scan.groups[place];
    let file = &scan.files[group.file];
    let store = store.clone();
    let (object, etag): (Arc<str>, Arc<str>) =
        (file.path.as_str().into(), file.etag.as_str().into());
    let rows = usize::try_from(group.rows).unwrap_or(usize::MAX);
    let (step, row_group) = (schedule.chunk_rows, group.row_group);
    let pieces = match is_all {
        true => graticule_columns::pieces(None, 0..rows, step),
        false => group.pieces(0..rows, step),
    };
    pieces.into_iter().map(move |rows| RowOrigin {
        store: store.clone(),
        object: object.clone(),
        etag: etag.clone(),
        row_group,
        first_row: rows.start,
        rows: rows.len(),
    })
}

type Done = HashSet<RowOrigin>;

/// Pushes what is on the device; returns it, and the row groups that are not wholly there.
fn push_resident(
    run: &Run,
    gpu: &Gpu,
    sessions: &mut [GpuSession],
) -> Result<(Done, Vec<usize>), Error> {
    let (mut done, mut wanted) = (Done::new(), Vec::new());
    if has_texts(&run.scan) {
        return Ok((done, (0..run.scan.groups.len()).collect()));
    }
    let mut keys: Vec<_> = sessions.iter().flat_map(GpuSession::keys).collect();
    keys.sort_unstable();
    keys.dedup();
    let chunks = |place, is_all| {
        let store = run.dataset.files.store();
        chunks(&run.scan, store, &run.schedule, place, is_all)
    };
    for place in 0..run.scan.groups.len() {
        run.check()?;
        let mut whole = true;
        // Rows that cannot matter do no harm where the whole chunk is on the device anyway.
        let group = &run.scan.groups[place];
        let is_all = group.kept.is_some()
            && !group.answered
            && chunks(place, true).all(|origin| gpu.has_resident(&origin, &keys));
        for origin in chunks(place, is_all) {
            // A row group has to be fetched as a whole, so half of one saves nothing.
            whole = whole && gpu.has_resident(&origin, &keys);
            for (program, session) in sessions.iter_mut().enumerate().filter(|_| whole) {
                if !session.push_resident(&origin).map_err(error_of)? {
                    // Another session's table took their place in the meantime.
                    let rows: Vec<u32> = (0u32..).take(origin.rows).collect();
                    let chunk = again(run, &origin, &rows).map_err(GpuError::Recheck)?;
                    session.push(&chunk).map_err(error_of)?;
                }
                spill(run, program, session)?;
            }
            if whole {
                run.note_rows(origin.rows);
                done.insert(origin);
            }
        }
        if !whole {
            wanted.push(place);
        }
    }
    Ok((done, wanted))
}

/// Goes back to the source for rows of a chunk that was on the device.
fn again(
    run: &Run,
    origin: &RowOrigin,
    rows: &[u32],
) -> Result<Chunk, Box<dyn std::error::Error + Send + Sync>> {
    let scan = &run.scan;
    let group = scan
        .groups
        .iter()
        .find(|g| *scan.files[g.file].path == *origin.object && g.row_group == origin.row_group);
    let mut group = group.ok_or("the rows are of another scan")?.clone();
    let range = origin.first_row..origin.first_row + origin.rows;
    // A chunk on the device may be wider than what this question reads.
    group.kept = group
        .kept
        .map(|_| std::iter::once(range.start as u64..range.end as u64).collect());
    let (files, hot) = (&run.dataset.files, &run.runtime.columns);
    let fetched = io().block_on(files.fetch_hot(scan, &group, hot, false))?;
    run.note_fetched(&fetched);
    let mut chunks = fetched.chunks(scan, range, origin.rows, Keep::All)?;
    let mut chunk = chunks.next().ok_or("the rows are gone")??.take(rows);
    Derive::new(scan)?.fill(&mut chunk)?;
    Ok(chunk)
}
