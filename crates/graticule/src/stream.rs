//! From a scan to fetched row groups: many requests in flight, within a bound of bytes.

use crate::Error;
use crate::dataset::{Dataset, io};
use crate::schedule::Schedule;
use futures::{StreamExt, stream};
use graticule_columns::Scan;
use graticule_dataset::Fetched;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

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
}

/// Jobs in the order of the scan, for any number of threads.
pub(crate) struct Jobs {
    queue: Mutex<mpsc::Receiver<Result<Job, Error>>>,
    fetching: JoinHandle<()>,
}

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
        let (send, receive) = mpsc::channel(2 * schedule.threads);
        let (dataset, scan) = (dataset.clone(), scan.clone());
        let schedule = schedule.clone();
        let fetching = io().spawn(async move {
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
                    let fetched = dataset.files.fetch(scan, group).await?;
                    Ok::<_, Error>((place, Arc::new(fetched), Arc::new(permit)))
                }
            });
            let mut fetched = std::pin::pin!(fetches.buffered(IN_FLIGHT));
            let mut number = 0;
            while let Some(group) = fetched.next().await {
                match group {
                    Err(error) => {
                        let _ = send.send(Err(error)).await;
                        return;
                    }
                    Ok((place, fetched, permit)) => {
                        for rows in schedule.cuts(&scan, place) {
                            let job = Job {
                                fetched: fetched.clone(),
                                rows,
                                place,
                                number,
                                _held: permit.clone(),
                            };
                            number += 1;
                            if send.send(Ok(job)).await.is_err() {
                                return;
                            }
                        }
                    }
                }
            }
        });
        Self {
            queue: Mutex::new(receive),
            fetching,
        }
    }

    /// The next job; waits for its bytes. `None` after the last.
    pub(crate) fn next(&self) -> Option<Result<Job, Error>> {
        let mut queue = self.queue.lock().ok()?;
        queue.blocking_recv()
    }
}
