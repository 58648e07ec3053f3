//! The GPU backend: threads decode, one thread feeds the device, columns stay there.

mod phases;
mod select;
#[cfg(test)]
mod tests;

use crate::dataset::io;
use crate::schedule::{Schedule, slot_names};
use crate::stages::Stage;
use crate::stream::Jobs;
use crate::work::Work;
use crate::workers::{self, At};
use crate::{Cache, Device, DeviceUsed, Engine, Error, Seconds, partials};
use graticule_columns::{Chunk, Keep, RowOrigin, Source};
use graticule_gpu::{Gpu, GpuCost, GpuError, GpuOptions, GpuOutcome, GpuSession, SessionOptions};
use graticule_kernels::{Outcome, Partial, Session};
use phases::Phases;
pub(crate) use select::{Marks, select};
use std::collections::HashSet;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Device memory where none is given: what small cards and software adapters have to spare.
const DEFAULT_DEVICE_MEMORY: u64 = 1 << 30;

/// The engine's device, opened when a question first needs it.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// What tests ask for beyond the engine's own settings.
    pub(crate) options: Option<GpuOptions>,
    opened: Mutex<Option<Gpu>>,
    hardware: OnceLock<bool>,
}

impl Slot {
    /// Gives up the columns that are on the device.
    pub(crate) fn forget_columns(&self) {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gpu) = opened.as_ref() {
            gpu.forget_columns();
        }
    }

    /// Whether there is a GPU that is no program.
    pub(crate) fn has_hardware(&self) -> bool {
        *self.hardware.get_or_init(|| {
            let adapters = graticule_gpu::adapters();
            adapters
                .iter()
                .any(|a| !a.is_software && a.unusable.is_none())
        })
    }
}

/// A device for one question.
pub(crate) struct Opened {
    gpu: Gpu,
}

/// Bytes that the device may use.
pub(crate) fn device_memory(engine: &Engine) -> u64 {
    let asked = match (engine.device_memory, &engine.gpu.options) {
        (0, None) => DEFAULT_DEVICE_MEMORY,
        (0, Some(options)) => options.device_memory,
        (asked, _) => return asked,
    };
    if engine.gpu.has_hardware() {
        asked
    } else {
        asked.min(engine.memory / 4)
    }
}

/// What is left of the host's memory when the device's is taken out of it, as a software adapter's is.
pub(crate) fn host_memory(engine: &Engine) -> u64 {
    if engine.gpu.has_hardware() {
        engine.memory
    } else {
        engine
            .memory
            .saturating_sub(device_memory(engine))
            .max(engine.memory / 4)
    }
}

/// The device, if the schedule wants one; opens it, or takes the one of earlier questions.
pub(crate) fn open(engine: &Engine, schedule: &Schedule) -> Result<Option<Opened>, Error> {
    if !schedule.on_gpu {
        return Ok(None);
    }
    let mut opened = engine
        .gpu
        .opened
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(gpu) = opened.as_ref().filter(|g| g.is_usable()) {
        return Ok(Some(Opened { gpu: gpu.clone() }));
    }
    let mut options = engine.gpu.options.clone().unwrap_or_default();
    options.device_memory = device_memory(engine);
    if let Device::Gpu(Some(name)) = &engine.device {
        options.name = Some(name.clone());
    }
    let gpu = Gpu::open(&options)?;
    *opened = Some(gpu.clone());
    Ok(Some(Opened { gpu }))
}

/// What a run on the device found and took.
pub(crate) struct Found {
    pub(crate) outcome: Outcome,
    pub(crate) grouping: String,
    pub(crate) device: DeviceUsed,
    pub(crate) cpu_steps: Vec<String>,
    pub(crate) cache: Cache,
    pub(crate) uploaded: u64,
    pub(crate) seconds: Option<Seconds>,
}

/// Failures of the kernels are the question's, not the device's.
fn error_of(error: GpuError) -> Error {
    match error {
        GpuError::Kernel(error) => Error::Kernel(error),
        error => Error::Gpu(error),
    }
}

/// Runs the program over all row groups: those whose columns are on the device first.
pub(crate) fn run(work: &Work<'_>, opened: &Opened) -> Result<Found, Error> {
    let mut phases = Phases::begin();
    let gpu = &opened.gpu;
    let mut sessions = Vec::new();
    for program in work.programs {
        let keys = slot_names(work.scan).into_iter().map(Into::into).collect();
        let options = SessionOptions {
            host_memory: work.schedule.table_bytes / work.programs.len(),
            rows: work.scan.rows(),
            ..SessionOptions::default()
        };
        let program = Arc::new(program.clone());
        sessions.push(GpuSession::new(gpu, program, keys, options).map_err(error_of)?);
    }
    let (done, wanted) = push_resident(work, gpu, &mut sessions)?;
    phases.pushed(&sessions);
    let all_resident = wanted.is_empty();
    feed(work, &mut sessions, wanted, &done)?;
    phases.fed(&sessions);
    let mut outcomes: Vec<GpuOutcome> = Vec::new();
    for session in sessions {
        let finished = session.finish(&mut |origin, rows| again(work, origin, rows));
        outcomes.push(finished.map_err(|error| workers::named(work, error_of(error), None))?);
    }
    let partials = merge(work, &mut outcomes)?;
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
    Ok(Found {
        grouping: cost
            .method
            .map_or_else(String::new, |m| format!("{m:?}").to_lowercase()),
        device: device_used(work, gpu),
        cpu_steps: cpu_steps(work, counters.rechecked),
        cache: match (all_resident, done.is_empty()) {
            (_, true) => Cache::Store,
            (true, _) => Cache::Resident,
            (false, _) => Cache::Partly,
        },
        uploaded: cost.bytes_uploaded,
        seconds: Some(phases.seconds(work, &cost)),
        outcome: Outcome { partials, counters },
    })
}

fn device_used(work: &Work<'_>, gpu: &Gpu) -> DeviceUsed {
    let description = gpu.describe();
    DeviceUsed {
        name: description.name,
        backend: description.backend,
        is_software: description.is_software,
        threads: work.schedule.threads,
    }
}

/// The groups of each session, or none if any had to be spilled.
fn merge(work: &Work<'_>, outcomes: &mut [GpuOutcome]) -> Result<Vec<Partial>, Error> {
    let allowed = work.schedule.table_bytes.saturating_mul(2);
    let is_full = outcomes.iter().any(|outcome| !outcome.full.is_empty());
    let found = |program: usize| outcomes[program].outcome.partials.iter();
    let is_much = is_full || partials::outgrow(work, allowed, found);
    let mut merged = Vec::new();
    for (program, outcome) in outcomes.iter_mut().enumerate() {
        let mut all = std::mem::take(&mut outcome.outcome.partials);
        all.append(&mut outcome.full);
        if program == 0 {
            all.extend(work.answered.cloned());
        }
        if work.spilled().is_some() || is_much {
            for partial in all {
                work.spill(program, &partial)?;
            }
        } else {
            merged.push(partials::merge(&work.programs[program], all, allowed)?);
        }
    }
    Ok(merged)
}

/// Takes groups out of a session whose host memory is full.
fn spill(work: &Work<'_>, program: usize, session: &mut GpuSession) -> Result<(), Error> {
    for partial in session.take_full() {
        work.spill(program, &partial)?;
    }
    Ok(())
}

/// What the CPU does by design.
fn cpu_steps(work: &Work<'_>, rechecked: u64) -> Vec<String> {
    let mut steps = Vec::new();
    for source in &work.scan.sources {
        steps.extend(match source {
            Source::H3 { resolution } => Some(format!(
                "h3:{resolution} of {} rows, decided by h3o",
                work.scan.rows()
            )),
            Source::TileRow { zoom } => Some(format!("rows of tile:{zoom}, decided in f64")),
            Source::Calendar(calendar) => Some(format!("{:?} in {}", calendar.unit, calendar.zone)),
            Source::Text { name } => Some(format!("hashes of the texts of '{name}'")),
            Source::Matches { name, .. } => Some(format!("a test of the texts of '{name}'")),
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
fn chunks(work: &Work<'_>, place: usize, is_all: bool) -> impl Iterator<Item = RowOrigin> {
    let group = &work.scan.groups[place];
    let file = &work.scan.files[group.file];
    let store = work.dataset.files.store().clone();
    let (object, etag): (Arc<str>, Arc<str>) =
        (file.path.as_str().into(), file.etag.as_str().into());
    let rows = usize::try_from(group.rows).unwrap_or(usize::MAX);
    let (step, row_group) = (work.schedule.chunk_rows, group.row_group);
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
    work: &Work<'_>,
    gpu: &Gpu,
    sessions: &mut [GpuSession],
) -> Result<(Done, Vec<usize>), Error> {
    let (mut done, mut wanted) = (Done::new(), Vec::new());
    // Hashes on the device do not tell their texts.
    let sources = &work.scan.sources;
    if sources.iter().any(|s| matches!(s, Source::Text { .. })) {
        return Ok((done, (0..work.scan.groups.len()).collect()));
    }
    let mut keys: Vec<_> = sessions.iter().flat_map(GpuSession::keys).collect();
    keys.sort_unstable();
    keys.dedup();
    for place in 0..work.scan.groups.len() {
        work.check()?;
        let mut whole = true;
        // Rows that cannot matter do no harm where the whole chunk is on the device anyway.
        let group = &work.scan.groups[place];
        let is_all = group.kept.is_some()
            && !group.answered
            && chunks(work, place, true).all(|origin| gpu.has_resident(&origin, &keys));
        for origin in chunks(work, place, is_all) {
            // A row group has to be fetched as a whole, so half of one saves nothing.
            whole = whole && gpu.has_resident(&origin, &keys);
            for (program, session) in sessions.iter_mut().enumerate().filter(|_| whole) {
                if !session.push_resident(&origin).map_err(error_of)? {
                    // Another session's table took their place in the meantime.
                    let rows: Vec<u32> = (0u32..).take(origin.rows).collect();
                    let chunk = again(work, &origin, &rows).map_err(GpuError::Recheck)?;
                    session.push(&chunk).map_err(error_of)?;
                }
                spill(work, program, session)?;
            }
            if whole {
                work.note_rows(origin.rows);
                done.insert(origin);
            }
        }
        if !whole {
            wanted.push(place);
        }
    }
    Ok((done, wanted))
}

/// Decodes row groups on threads and pushes their chunks from this one.
fn feed(
    work: &Work<'_>,
    sessions: &mut [GpuSession],
    wanted: Vec<usize>,
    done: &Done,
) -> Result<(), Error> {
    if wanted.is_empty() {
        return Ok(());
    }
    let jobs = work.jobs(wanted);
    let (send, receive) = sync_channel::<Result<Chunk, Error>>(2);
    let fed = std::thread::scope(|scope| {
        for i in 0..work.schedule.threads {
            let (send, jobs) = (send.clone(), &jobs);
            let decoder = std::thread::Builder::new().name(format!("graticule-{i}"));
            let decode = move || {
                match workers::guard(work, |at| decode(work, jobs, &send, at)) {
                    // Stopped by the asker, or by a failure that another one tells.
                    Ok(()) | Err(Error::Stopped) => {}
                    // The receiver is gone only when it has failed itself.
                    Err(error) => drop(send.send(Err(error))),
                }
            };
            if let Err(error) = decoder.spawn_scoped(scope, decode) {
                work.stop();
                return Err(Error::Threads(error));
            }
        }
        drop(send);
        let fed = workers::guard(work, |_| push(work, sessions, receive, done));
        if fed.is_err() {
            work.stop();
        }
        fed
    });
    fed.and_then(|()| work.check()).and_then(|()| jobs.check())
}

/// Pushes chunks as they come.
fn push(
    work: &Work<'_>,
    sessions: &mut [GpuSession],
    chunks: Receiver<Result<Chunk, Error>>,
    done: &Done,
) -> Result<(), Error> {
    for chunk in chunks {
        let chunk = chunk?;
        work.check()?;
        if done.contains(&chunk.origin) {
            continue;
        }
        for (program, session) in sessions.iter_mut().enumerate() {
            session.push(&chunk).map_err(error_of)?;
            spill(work, program, session)?;
        }
        work.note_rows(chunk.len());
    }
    Ok(())
}

fn decode(
    work: &Work<'_>,
    jobs: &Jobs,
    send: &SyncSender<Result<Chunk, Error>>,
    at: &At,
) -> Result<(), Error> {
    while let Some(mut job) = work.clock.time(Stage::Fetch, || jobs.next(work))? {
        at.set(Some(job.place));
        if job.rows.start == 0 {
            work.note_fetched(&job.fetched);
        }
        let mut chunks = work.clock.time(Stage::Decode, || {
            job.fetched.chunks(
                work.scan,
                job.rows.clone(),
                work.schedule.chunk_rows,
                work.marked(),
            )
        })?;
        while let Some(chunk) = work.clock.time(Stage::Decode, || chunks.next()) {
            work.check()?;
            let chunk = chunk?;
            work.note_decoded(&mut job.texts, &chunk)?;
            if send.send(Ok(chunk)).is_err() {
                return Ok(());
            }
        }
        jobs.done(&job);
    }
    Ok(())
}

/// Goes back to the source for rows of a chunk that was on the device.
fn again(
    work: &Work<'_>,
    origin: &RowOrigin,
    rows: &[u32],
) -> Result<Chunk, Box<dyn std::error::Error + Send + Sync>> {
    let scan = work.scan;
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
    let fetched = io().block_on(work.dataset.files.fetch(scan, &group))?;
    work.note_fetched(&fetched);
    let mut chunks = fetched.chunks(scan, range, origin.rows, Keep::All)?;
    let chunk = chunks.next().ok_or("the rows are gone")??;
    Ok(chunk.take(rows))
}
