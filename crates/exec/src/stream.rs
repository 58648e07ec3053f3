//! From a scan to fetched row groups: many requests in flight, within a bound of bytes.

use crate::Error;
use crate::dataset::{Dataset, io};
use crate::schedule::Schedule;
use crate::work::Work;
use crate::workers::panic_of;
use futures::{StreamExt, stream};
use graticule_columns::Scan;
use graticule_dataset::{Fetched, guarded_async};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Row groups fetched at the same time.
const IN_FLIGHT: usize = 16;

/// Rows of a fetched row group that one thread is to decode.
pub(crate) struct Job {
    pub(crate) fetched: Arc<Fetched>,
    pub(crate) rows: Range<usize>,
    /// The row group's place in the scan.
    pub(crate) place: usize,
    /// How many jobs came before.
    pub(crate) number: usize,
    /// Memory of the fetched bytes, given back with the last job of the row group.
    _held: Arc<OwnedSemaphorePermit>,
    /// Bytes of what is decompressed.
    decoding: Share,
    /// Bytes of the texts that were met.
    pub(crate) texts: Share,
}

/// A job's share of bytes that all jobs count together, given back when this goes.
#[derive(Default)]
pub(crate) struct Share {
    all: Option<Arc<AtomicU64>>,
    bytes: u64,
}

impl Share {
    /// Takes some more of them.
    pub(crate) fn take(&mut self, all: &Arc<AtomicU64>, bytes: u64) {
        all.fetch_add(bytes, Ordering::Relaxed);
        self.all.get_or_insert_with(|| all.clone());
        self.bytes += bytes;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(all) = &self.all {
            all.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

/// Jobs in the order of the scan, for any number of threads; they are counted, so that none is lost.
pub(crate) struct Jobs {
    queue: Mutex<Queue>,
    fetching: JoinHandle<()>,
    /// Jobs that are done, and the rows of their ranges.
    done: Mutex<Count>,
    /// What there is to do by the scan.
    planned: Count,
    /// Bytes that jobs under way hold decompressed, and the most that several of them may.
    decoding: Arc<AtomicU64>,
    allowed: u64,
}

/// Jobs and the rows of their ranges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    jobs: u64,
    rows: u64,
}

/// `None` comes after the last job: a queue that ends without it has lost some.
struct Queue {
    receive: mpsc::Receiver<Result<Option<Job>, Error>>,
    is_ended: bool,
    has_failed: bool,
}

/// How often those who wait for bytes look whether the work was stopped.
const LOOK: Duration = Duration::from_millis(50);

impl Drop for Jobs {
    fn drop(&mut self) {
        self.fetching.abort();
    }
}

impl Jobs {
    /// Begins to fetch the wanted row groups of a scan.
    pub(crate) fn fetch(
        dataset: &Dataset,
        scan: &Arc<Scan>,
        wanted: Vec<usize>,
        schedule: &Schedule,
    ) -> Self {
        let mut planned = Count::default();
        for &place in &wanted {
            planned.jobs += schedule.cuts(scan, place).len() as u64;
            planned.rows += scan.groups[place].rows;
        }
        let (send, receive) = mpsc::channel(2 * schedule.threads);
        let fetch = fetch(
            dataset.clone(),
            scan.clone(),
            wanted,
            schedule.clone(),
            send,
        );
        Self {
            queue: Mutex::new(Queue {
                receive,
                is_ended: false,
                has_failed: false,
            }),
            fetching: io().spawn(fetch),
            done: Mutex::default(),
            planned,
            decoding: Arc::default(),
            allowed: schedule.decoded_bytes,
        }
    }

    /// The next job; waits for its bytes. `None` after the last.
    pub(crate) fn next(&self, work: &Work<'_>) -> Result<Option<Job>, Error> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.has_failed {
            return Err(Error::Stopped);
        }
        if queue.is_ended {
            return Ok(None);
        }
        let next = queue.wait(work)?;
        queue.is_ended = matches!(next, Some(Ok(None)));
        queue.has_failed = !matches!(next, Some(Ok(_)));
        let next = next.unwrap_or_else(|| {
            let lost = "the task that fetches ended before all was fetched";
            Err(Error::Worker(lost.to_owned()))
        });
        let Some(mut job) = next? else {
            return Ok(None);
        };
        // Jobs are let in by their order, so that none waits for a later one that waits for its turn.
        let bytes = self.room_to_decode(work, &job)?;
        job.decoding.take(&self.decoding, bytes);
        Ok(Some(job))
    }

    /// Waits until what a job decompresses has room beside what others do; tells its bytes.
    fn room_to_decode(&self, work: &Work<'_>, job: &Job) -> Result<u64, Error> {
        let bytes = job.fetched.decoded_bytes();
        // One alone may take what is for row groups and chunks.
        if bytes > 2 * self.allowed {
            let file = &work.scan.files[work.scan.groups[job.place].file];
            return Err(Error::Page {
                path: file.path.clone(),
                row_group: work.scan.groups[job.place].row_group,
                needed: work.schedule.memory_for(bytes),
                allowed: work.schedule.memory,
            });
        }
        // Only the holder of the queue adds to it.
        let is_full = |others: u64| others > 0 && others + bytes > self.allowed;
        while is_full(self.decoding.load(Ordering::Relaxed)) {
            work.check()?;
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(bytes)
    }

    /// Notes that all rows of a job were worked on.
    pub(crate) fn done(&self, job: &Job) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.jobs += 1;
        done.rows += job.rows.len() as u64;
    }

    /// Whether every row of the scan was worked on.
    ///
    /// # Errors
    /// [`Error::Worker`] where some were not.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let done = *self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if done == self.planned {
            return Ok(());
        }
        Err(Error::Worker(format!(
            "{} jobs with {} rows were done of {} jobs with {} rows",
            done.jobs, done.rows, self.planned.jobs, self.planned.rows
        )))
    }
}

impl Queue {
    /// What comes next, unless the work is stopped before.
    fn wait(&mut self, work: &Work<'_>) -> Result<Option<Result<Option<Job>, Error>>, Error> {
        if let Ok(next) = self.receive.try_recv() {
            return Ok(Some(next));
        }
        io().block_on(async {
            loop {
                work.check()?;
                if let Ok(next) = timeout(LOOK, self.receive.recv()).await {
                    return Ok(next);
                }
            }
        })
    }
}

/// Fetches row groups and cuts them into jobs.
async fn fetch(
    dataset: Dataset,
    scan: Arc<Scan>,
    wanted: Vec<usize>,
    schedule: Schedule,
    send: mpsc::Sender<Result<Option<Job>, Error>>,
) {
    // Permits are of a kilobyte, so that tokio's limit on their number is far away.
    let kilobytes = |bytes: u64| u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX / 8);
    let room = Arc::new(Semaphore::new(kilobytes(schedule.held_bytes) as usize));
    let fetches = stream::iter(wanted).map(|place| {
        let (dataset, scan, room) = (&dataset, &scan, &room);
        async move {
            let group = &scan.groups[place];
            let permit = room
                .clone()
                .acquire_many_owned(kilobytes(group.bytes))
                .await;
            let permit = permit.map_err(|_| Error::Stopped)?;
            let fetched = guarded_async(dataset.files.fetch(scan, group)).await;
            let fetched = fetched.map_err(|panicked| {
                let path = &scan.files[group.file].path;
                Error::Worker(panic_of(&panicked, path, group.row_group))
            })??;
            Ok::<_, Error>((place, fetched, Arc::new(permit)))
        }
    });
    let mut fetched = std::pin::pin!(fetches.buffered(IN_FLIGHT));
    let mut number = 0;
    while let Some(group) = fetched.next().await {
        let (place, fetched, permit) = match group {
            Ok(group) => group,
            Err(error) => {
                let _ = send.send(Err(error)).await;
                return;
            }
        };
        for rows in schedule.cuts(&scan, place) {
            let job = Job {
                fetched: fetched.clone(),
                rows,
                place,
                number,
                _held: permit.clone(),
                decoding: Share::default(),
                texts: Share::default(),
            };
            number += 1;
            if send.send(Ok(Some(job))).await.is_err() {
                return;
            }
        }
    }
    let _ = send.send(Ok(None)).await;
}

#[cfg(test)]
mod tests;
