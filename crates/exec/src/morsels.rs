//! The loop: row groups are fetched, many requests in flight, cut into morsels, and each morsel is decoded and worked on
//! by whichever thread of the pool is free.

use crate::Error;
use crate::run::Run;
use crate::runtime::{io, kilobytes};
use crate::stages::Stage;
use futures::future::{Either, select};
use futures::{StreamExt, stream};
use graticule_columns::{Chunk, Keep, Source};
use graticule_dataset::{Chunks, Fetched, spawned};
use graticule_kernels::Derive;
use std::convert::Infallible;
use std::ops::Range;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

/// Row groups fetched at the same time from a server.
const IN_FLIGHT: usize = 16;

/// Row groups fetched at the same time: from a disk one more than there are threads, for what waits takes memory.
pub(crate) fn in_flight(is_remote: bool, threads: usize) -> usize {
    match is_remote {
        true => IN_FLIGHT,
        false => IN_FLIGHT.min(threads + 1),
    }
}

/// What is done with morsels.
pub(crate) trait Operator: Send + Sync + 'static {
    /// Works on a morsel to its end, or lays it aside in itself and lets a later one go on with it.
    fn take(self: &Arc<Self>, run: &Arc<Run>, morsel: Morsel) -> Result<(), Error>;

    /// Rows of a chunk of a row group.
    fn chunk_rows(&self, run: &Run, _fetched: &Fetched) -> usize {
        run.schedule.chunk_rows
    }

    /// Whether no more morsels are wanted.
    fn is_enough(&self) -> bool {
        false
    }

    /// Called when there is room again for what it hands out.
    fn resume(self: &Arc<Self>, _run: &Arc<Run>) {}

    /// Drops what was laid aside, for the run has failed.
    fn give_up(&self) {}
}

/// Rows of a fetched row group, which one thread at a time decodes and works on.
pub(crate) struct Morsel {
    pub(crate) fetched: Arc<Fetched>,
    rows: Range<usize>,
    /// The row group's place in the scan.
    pub(crate) place: usize,
    /// How many morsels came before.
    pub(crate) number: usize,
    chunks: Option<Chunks>,
    derive: Option<Derive>,
    /// Bytes of the texts that were met.
    texts: Share,
    /// Memory of the fetched bytes, given back with the last morsel of the row group.
    _held: Arc<OwnedSemaphorePermit>,
    /// Memory of what is decompressed.
    _decoding: OwnedSemaphorePermit,
    /// The run has only so many morsels under way.
    _slot: OwnedSemaphorePermit,
    /// Morsels that were begun and done, for the scan to compare.
    count: Arc<Mutex<Count>>,
    running: Arc<AtomicUsize>,
    /// Gone when no morsel is left.
    _alive: mpsc::Sender<Infallible>,
}

/// A morsel's share of bytes that all morsels count together, given back when this goes.
#[derive(Default)]
pub(crate) struct Share {
    bytes: u64,
    all: Option<Arc<AtomicU64>>,
}

impl Share {
    /// Takes so many bytes more.
    pub(crate) fn take(&mut self, all: &Arc<AtomicU64>, bytes: u64) {
        all.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        self.all = Some(all.clone());
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(all) = &self.all {
            all.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

/// Morsels and the rows of their ranges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    morsels: u64,
    rows: u64,
}

impl Morsel {
    fn chunks<W: Operator>(&self, run: &Run, work: &W) -> Result<Chunks, Error> {
        let chunk_rows = work.chunk_rows(run, &self.fetched);
        // What is resident of one question serves the next.
        let keep = match run.schedule.choice.on_gpu {
            true => Keep::All,
            false => Keep::Gathered,
        };
        let rows = self.rows.clone();
        let chunks = self.fetched.chunks(&run.scan, rows, chunk_rows, keep)?;
        run.note_by_library(&chunks.by_library());
        Ok(chunks)
    }

    /// The next chunk and what the scan carries of its rows; `None` after the last.
    pub(crate) fn next<W: Operator>(
        &mut self,
        run: &Run,
        work: &W,
    ) -> Result<Option<(Chunk, arrow::array::RecordBatch)>, Error> {
        run.check()?;
        let decoded = run.clock.time(Stage::Decode, || {
            let mut chunks = match self.chunks.take() {
                Some(chunks) => chunks,
                None => self.chunks(run, work)?,
            };
            let next = chunks.next_carried().transpose()?;
            self.chunks = Some(chunks);
            Ok::<_, Error>(next)
        })?;
        let Some((mut chunk, carried)) = decoded else {
            return Ok(None);
        };
        run.check()?;
        self.derive(run, &mut chunk)?;
        if run.schedule.choice.on_gpu {
            let mark = || run.regions.keep_marked(&mut chunk);
            run.clock.time(Stage::Decode, mark);
        }
        run.note_decoded(&mut self.texts, &chunk)?;
        Ok(Some((chunk, carried)))
    }

    /// Adds the columns that are computed from others of the chunk.
    fn derive(&mut self, run: &Run, chunk: &mut Chunk) -> Result<(), Error> {
        if !run.scan.sources.iter().any(Source::is_derived) {
            return Ok(());
        }
        run.clock.time(Stage::Derive, || {
            let derive = match &mut self.derive {
                Some(derive) => derive,
                none => none.insert(Derive::new(&run.scan)?),
            };
            Ok(derive.fill(chunk)?)
        })
    }

    /// Notes that all rows were worked on.
    pub(crate) fn done(self) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        count.morsels += 1;
        count.rows += self.rows.len() as u64;
    }
}

/// Hands a morsel to the pool.
pub(crate) fn spawn<W: Operator>(
    run: &Arc<Run>,
    work: &Arc<W>,
    morsel: Morsel,
) -> Result<(), Error> {
    let (pool, run, work) = (run.runtime.pool()?, run.clone(), work.clone());
    let running = morsel.running.clone();
    running.fetch_add(1, Ordering::Relaxed);
    pool.spawn(move || {
        // Those who wait for the last morsel must find its failure.
        let alive = morsel._alive.clone();
        let place = morsel.place;
        let worked = run.guard(place, || {
            run.check()?;
            work.take(&run, morsel)
        });
        running.fetch_sub(1, Ordering::Relaxed);
        if let Err(error) = worked {
            run.forget(place);
            run.fail(error);
            work.give_up();
        }
        drop(alive);
    });
    Ok(())
}

/// Works on the wanted row groups of a run's scan, to the last row. `room` tells of room for what the work hands out.
///
/// # Errors
/// The first failure of a fetch or of the work; [`Error::Worker`] where rows were not worked on.
pub(crate) async fn scan<W: Operator>(
    run: &Arc<Run>,
    wanted: Vec<usize>,
    work: &Arc<W>,
    room: Option<Arc<Notify>>,
) -> Result<(), Error> {
    let mut planned = Count::default();
    for &place in &wanted {
        planned.morsels += run.schedule.cuts(&run.scan, place).len() as u64;
        planned.rows += run.scan.groups[place].rows;
    }
    let done: Arc<Mutex<Count>> = Arc::default();
    let working = pin!(async {
        let (alive, mut ended) = mpsc::channel::<Infallible>(1);
        if let Err(error) = feed(run, wanted, work, &done, alive).await {
            run.fail(error);
            work.give_up();
        }
        ended.recv().await;
    });
    let resuming = pin!(async {
        match &room {
            None => std::future::pending().await,
            Some(room) => loop {
                room.notified().await;
                work.resume(run);
            },
        }
    });
    match select(working, resuming).await {
        Either::Left(((), _)) => {}
        Either::Right((never, _)) => match never {},
    }
    if work.is_enough() {
        return Ok(());
    }
    if let Some(failure) = run.failure() {
        return Err(failure);
    }
    run.check()?;
    let done = *done.lock().unwrap_or_else(PoisonError::into_inner);
    if done == planned {
        return Ok(());
    }
    Err(Error::Worker(format!(
        "{} morsels with {} rows were done of {} morsels with {} rows",
        done.morsels, done.rows, planned.morsels, planned.rows
    )))
}

/// Fetches row groups, cuts them into morsels and hands those to the pool, in the order of the scan: none waits for
/// memory that a later one has.
async fn feed<W: Operator>(
    run: &Arc<Run>,
    wanted: Vec<usize>,
    work: &Arc<W>,
    count: &Arc<Mutex<Count>>,
    alive: mpsc::Sender<Infallible>,
) -> Result<(), Error> {
    let schedule = &run.schedule;
    let semaphore = |bytes: u64| Arc::new(Semaphore::new(kilobytes(bytes) as usize));
    let held = semaphore(schedule.held_bytes);
    let decoding = semaphore(schedule.decoded_bytes);
    let slots = Arc::new(Semaphore::new(schedule.morsels_under_way(&run.runtime)));
    let running: Arc<AtomicUsize> = Arc::default();
    let fetches = stream::iter(wanted).map(|place| fetch(run.clone(), place, held.clone()));
    let in_flight = in_flight(run.dataset.files.is_remote(), schedule.threads);
    let mut fetched = pin!(fetches.buffered(in_flight));
    let mut number = 0;
    while !work.is_enough() {
        let (begin, idle) = (Instant::now(), running.load(Ordering::Relaxed));
        let Some(group) = fetched.next().await else {
            return Ok(());
        };
        // Threads that had nothing to do waited for these bytes.
        let idle = u32::try_from(schedule.threads.saturating_sub(idle)).unwrap_or(u32::MAX);
        run.clock.add(Stage::Fetch, begin.elapsed() * idle);
        let (place, fetched, permit) = group?;
        let bytes = room_to_decode(run, place, &fetched)?;
        for rows in schedule.cuts(&run.scan, place) {
            let acquired = decoding.clone().acquire_many_owned(bytes).await;
            let room = acquired.map_err(|_| Error::Stopped)?;
            let acquired = slots.clone().acquire_owned().await;
            let slot = acquired.map_err(|_| Error::Stopped)?;
            run.check()?;
            if work.is_enough() {
                return Ok(());
            }
            let morsel = Morsel {
                fetched: fetched.clone(),
                rows,
                place,
                number,
                chunks: None,
                derive: None,
                texts: Share::default(),
                _held: permit.clone(),
                _decoding: room,
                _slot: slot,
                count: count.clone(),
                running: running.clone(),
                _alive: alive.clone(),
            };
            number += 1;
            spawn(run, work, morsel)?;
        }
    }
    Ok(())
}

type Group = (usize, Arc<Fetched>, Arc<OwnedSemaphorePermit>);

/// Fetches a row group, when there is room for its bytes.
async fn fetch(run: Arc<Run>, place: usize, held: Arc<Semaphore>) -> Result<Group, Error> {
    let bytes = kilobytes(run.scan.groups[place].bytes);
    let permit = held.acquire_many_owned(bytes).await;
    let permit = permit.map_err(|_| Error::Stopped)?;
    let reading = run.clone();
    let fetched = spawned(io().handle(), async move {
        let group = &reading.scan.groups[place];
        let (files, hot) = (&reading.dataset.files, &reading.runtime.columns);
        let keeps = reading.keeps_columns;
        files.fetch_hot(&reading.scan, group, hot, keeps).await
    });
    let fetched = fetched
        .await
        .map_err(|panicked| run.panicked(&panicked, place))??;
    run.note_fetched(&fetched);
    Ok((place, fetched, Arc::new(permit)))
}

/// Kilobytes of what a row group decompresses; what takes more than there is for several may be alone.
fn room_to_decode(run: &Run, place: usize, fetched: &Fetched) -> Result<u32, Error> {
    let (bytes, allowed) = (fetched.decoded_bytes(), run.schedule.decoded_bytes);
    // One alone may take what is for row groups and chunks.
    if bytes > 2 * allowed {
        let group = &run.scan.groups[place];
        return Err(Error::Page {
            path: run.scan.files[group.file].path.clone(),
            row_group: group.row_group,
            needed: run.schedule.memory_for(bytes),
            allowed: run.schedule.memory,
        });
    }
    Ok(kilobytes(bytes.min(allowed)))
}

#[cfg(test)]
mod tests;
