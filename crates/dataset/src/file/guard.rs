//! What panics within a guard is an error: of the file, where a decoder meets damage, or of this
//! program, where a thread or a task of its own does.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

thread_local! {
    /// Guards that the thread is in. Threads have no say by their names: libraries name theirs as they like.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// What the last panic within a guard said, if a hook was there to hear it.
    static SAID: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Something panicked within a guard: what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panicked(String);

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs some work, a panic of which is an error. What the work has changed must not be used after one.
///
/// # Errors
/// [`Panicked`] when it panics.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    /// Leaves the guard, whichever way.
    struct Within(usize);
    impl Drop for Within {
        fn drop(&mut self) {
            DEPTH.set(self.0);
        }
    }
    let within = Within(DEPTH.replace(DEPTH.get() + 1));
    let done = catch_unwind(AssertUnwindSafe(work));
    drop(within);
    done.map_err(|payload| {
        let said = SAID.take();
        let text = || match payload.downcast_ref::<String>() {
            Some(text) => text.as_str(),
            None => payload.downcast_ref().copied().unwrap_or("no reason"),
        };
        Panicked(said.unwrap_or_else(|| text().to_owned()))
    })
}

/// As [`guarded`], each time that a future is polled.
///
/// # Errors
/// [`Panicked`] when it panics.
pub async fn guarded_async<F: Future>(work: F) -> Result<F::Output, Panicked> {
    let mut work = pin!(work);
    std::future::poll_fn(|context| match guarded(|| work.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
        Err(panicked) => Poll::Ready(Err(panicked)),
    })
    .await
}

/// As [`guarded_async`], on whichever thread of a runtime is free; the work stops when this future goes.
///
/// # Errors
/// [`Panicked`] when it panics, or the runtime has ended.
pub async fn spawned<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Panicked> {
    /// Ends a task when this goes.
    struct Task<T>(JoinHandle<T>);
    impl<T> Drop for Task<T> {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    let mut task = Task(runtime.spawn(guarded_async(work)));
    let done = (&mut task.0).await;
    done.unwrap_or_else(|lost| Err(Panicked(lost.to_string())))
}

/// For a panic hook: whether a guard is there, which makes an error of the panic, so that its own words
/// need not be said.
pub fn is_guarded(panic: &PanicHookInfo<'_>) -> bool {
    let is_guarded = DEPTH.get() > 0;
    if is_guarded {
        let text = panic.payload_as_str().unwrap_or("no reason");
        let at = panic.location().map(|at| format!(" ({at})"));
        SAID.set(Some(format!("{text}{}", at.unwrap_or_default())));
    }
    is_guarded
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::ready;

    #[test]
    fn a_panic_is_an_error_with_its_words() {
        assert_eq!(guarded(|| 7), Ok(7));
        let said = guarded(|| panic!("{} sheep", 3)).map_err(|p| p.to_string());
        assert_eq!(said, Err::<(), _>("3 sheep".to_owned()));
        // Guards lie within one another.
        assert_eq!(guarded(|| guarded(|| panic!("inner")).is_err()), Ok(true));
        assert_eq!(DEPTH.get(), 0);
    }

    #[test]
    fn work_on_other_threads_is_guarded_and_stops() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .build()
            .expect("a runtime");
        let (send, receive) = std::sync::mpsc::channel::<()>();
        runtime.block_on(async {
            assert_eq!(spawned(runtime.handle(), async { 7 }).await, Ok(7));
            let said = spawned(runtime.handle(), async { panic!("far away") }).await;
            let said = said.map_err(|panicked| panicked.to_string());
            assert_eq!(said, Err::<(), _>("far away".to_owned()));
            let endless = pin!(spawned(runtime.handle(), async move {
                std::future::pending::<()>().await;
                drop(send);
            }));
            let ended = futures::future::select(endless, ready(())).await;
            assert!(matches!(ended, futures::future::Either::Right(_)));
        });
        // Its sender is dropped with the work.
        let wait = std::time::Duration::from_secs(10);
        let gone = std::sync::mpsc::RecvTimeoutError::Disconnected;
        assert_eq!(receive.recv_timeout(wait), Err(gone));
    }

    #[test]
    fn a_future_is_guarded_while_it_is_polled() {
        let polled = pin!(guarded_async(async {
            ready(()).await;
            assert_eq!(DEPTH.get(), 1);
            panic!("in a task")
        }));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let done: Poll<Result<(), Panicked>> = Future::poll(polled, &mut context);
        let Poll::Ready(Err(panicked)) = done else {
            panic!("it is an error");
        };
        assert_eq!(
            (panicked.to_string().as_str(), DEPTH.get()),
            ("in a task", 0)
        );
    }
}
