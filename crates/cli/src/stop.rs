//! Ctrl-C: stops the work, and lets what is half-written be cleaned away.

use futures::channel::oneshot;
use futures::future::{self, Either};
use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static STOPPED: AtomicBool = AtomicBool::new(false);
/// The exit code of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C lets the work stop by itself, and ends the process soon after in any case.
/// Completes when it was pressed; without a handler Ctrl-C ends the process at once.
pub(crate) fn on_interrupt() -> oneshot::Receiver<()> {
    let (send, receive) = oneshot::channel();
    let send = Mutex::new(Some(send));
    let _ = ctrlc::set_handler(move || {
        STOPPED.store(true, Ordering::Relaxed);
        if let Some(send) = send.lock().ok().and_then(|mut s| s.take()) {
            let _ = send.send(());
        }
        std::thread::sleep(Duration::from_millis(900));
        std::process::exit(INTERRUPTED);
    });
    receive
}

/// Whether Ctrl-C was pressed.
pub(crate) fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// Waits for the work, or for Ctrl-C, which drops it; `None` then.
pub(crate) fn or_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    let work = std::pin::pin!(work);
    match pollster::block_on(future::select(work, on_interrupt())) {
        Either::Left((done, _)) => Some(done),
        Either::Right((Ok(()), _)) => None,
        // No handler could be set.
        Either::Right((Err(_), work)) => Some(pollster::block_on(work)),
    }
}

/// A writer that fails after Ctrl-C.
pub(crate) struct Stoppable<W>(pub(crate) W);

impl<W: Write> Write for Stoppable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if is_stopped() {
            return Err(io::Error::other("stopped"));
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
