//! The computing threads of an engine. Tasks begin in the order in which they come, whichever question they are of,
//! so that none waits for another one's last.

use crate::Error;
use graticule_dataset::guarded;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The computing threads of an engine; cheap to clone. They end when the engine and its questions have.
#[derive(Debug, Clone)]
pub(crate) struct Pool(Arc<ThreadPool>);

impl Pool {
    pub(crate) fn new(threads: usize) -> Result<Self, Error> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|number| format!("graticule-{number}"))
            // Tasks are guarded; what panics all the same must not end the process.
            .panic_handler(|_| {})
            .build();
        let pool = pool.map_err(|e| Error::Threads(std::io::Error::other(e)))?;
        Ok(Self(Arc::new(pool)))
    }

    /// Runs a task when a thread is free; it tells of its panics itself.
    pub(crate) fn spawn(&self, task: impl FnOnce() + Send + 'static) {
        self.0.spawn_fifo(task);
    }

    /// Runs a task and waits for its end; a panic is an error.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (send, receive) = oneshot::channel();
        self.spawn(move || {
            let done = guarded(task);
            // The asker may have gone, which is how work is stopped.
            let _ = send.send(done);
        });
        let lost = |_| Error::Worker("a task of the pool was lost".to_owned());
        let done = receive.await.map_err(lost)?;
        done.unwrap_or_else(|panicked| Err(Error::Worker(panicked.to_string())))
    }
}
