//! Ctrl-C, and the signals that ask a process to end: stop the work, and let what is half-written be cleaned away.

use futures::channel::oneshot;
use futures::future::{self, Either};
use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static STOPPED: AtomicBool = AtomicBool::new(false);
/// The exit code of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C (SIGTERM and SIGHUP alike) lets the work stop by itself, and ends the process soon after in any case.
/// Completes when it was pressed; without a handler Ctrl-C ends the process at once.
pub(crate) fn on_interrupt() -> oneshot::Receiver<()> {
    let (send, receive) = oneshot::channel();
    let send = Mutex::new(Some(send));
    let ignored = hangup_is_ignored();
    let _ = ctrlc::set_handler(move || {
        STOPPED.store(true, Ordering::Relaxed);
        if let Some(send) = send.lock().ok().and_then(|mut s| s.take()) {
            let _ = send.send(());
        }
        std::thread::sleep(Duration::from_millis(900));
        graticule::remove_unfinished();
        std::process::exit(INTERRUPTED);
    });
    if ignored {
        ignore_hangup();
    }
    receive
}

/// Whether the process is to outlive its terminal, as nohup has it.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action the call only writes the present one, for which there is room.
    let told = unsafe { libc::sigaction(libc::SIGHUP, std::ptr::null(), now.as_mut_ptr()) };
    // SAFETY: it was zeroed, which is a value of it, and perhaps written since.
    told == 0 && unsafe { now.assume_init() }.sa_sigaction == libc::SIG_IGN
}

#[cfg(unix)]
fn ignore_hangup() {
    // SAFETY: ignoring a signal runs no code.
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) };
}

#[cfg(not(unix))]
fn hangup_is_ignored() -> bool {
    false
}

#[cfg(not(unix))]
fn ignore_hangup() {}

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
