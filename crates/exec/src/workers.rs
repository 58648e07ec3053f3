//! Threads of a run: the first that fails, by a panic too, stops the others and is what is said.

use crate::Error;
use crate::work::Work;
use graticule_dataset::{Panicked, guarded};
use graticule_kernels::KernelError;
use std::cell::Cell;
use std::thread::{Builder, ScopedJoinHandle};

/// The row group that a thread is at, by its place in the scan.
pub(crate) type At = Cell<Option<usize>>;

/// Runs a task on each of the run's threads. `wake` is called where one fails, for those that wait.
pub(crate) fn run<T: Send>(
    work: &Work<'_>,
    wake: impl Fn() + Sync,
    task: impl Fn(&At) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let one = || {
        let result = guard(work, &task);
        if result.is_err() {
            work.stop();
            wake();
        }
        result
    };
    let results: Vec<Result<T, Error>> = std::thread::scope(|scope| {
        let spawn = |i| {
            let builder = Builder::new().name(format!("graticule-{i}"));
            builder.spawn_scoped(scope, one).inspect_err(|_| {
                work.stop();
                wake();
            })
        };
        let threads: Vec<_> = (0..work.schedule.threads).map(spawn).collect();
        let ended = threads.into_iter();
        ended
            .map(|thread| match thread.map(ScopedJoinHandle::join) {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(Error::Worker("a thread died".to_owned())),
                Err(error) => Err(Error::Threads(error)),
            })
            .collect()
    });
    first_failure(results)
}

/// What threads found, or the failure that stopped the others.
fn first_failure<T>(results: Vec<Result<T, Error>>) -> Result<Vec<T>, Error> {
    let mut failure = None;
    let mut done = Vec::new();
    for result in results {
        match result {
            Ok(found) => done.push(found),
            // The first failure tells more than the stops that it caused.
            Err(Error::Stopped) => failure = failure.or(Some(Error::Stopped)),
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(done), Err)
}

/// Runs a task of a thread; a panic is an error that names the file that the thread was at, and so is a row
/// that the file's statistics leave no room for.
pub(crate) fn guard<T>(
    work: &Work<'_>,
    task: impl FnOnce(&At) -> Result<T, Error>,
) -> Result<T, Error> {
    let at = At::default();
    match guarded(|| task(&at)) {
        Ok(result) => result.map_err(|error| named(work, error, at.get())),
        Err(panicked) => Err(Error::Worker(match file_at(work, at.get()) {
            Some((file, row_group)) => panic_of(&panicked, file, row_group),
            None => panicked.to_string(),
        })),
    }
}

/// Tells of a row that statistics leave no room for where it is, as far as that is known: a device says only at its
/// end that it met one.
pub(crate) fn named(work: &Work<'_>, error: Error, at: Option<usize>) -> Error {
    let Error::Kernel(KernelError::Stray) = error else {
        return error;
    };
    Error::Stray(match (file_at(work, at), &*work.scan.files) {
        (Some((file, row_group)), _) => format!("'{file}', row group {row_group}"),
        (None, [file]) => format!("'{}'", file.path),
        (None, files) => format!("one of {} files (--device cpu names it)", files.len()),
    })
}

/// The file and the row group at a place of the scan.
fn file_at<'a>(work: &Work<'a>, at: Option<usize>) -> Option<(&'a str, usize)> {
    let group = work.scan.groups.get(at?)?;
    Some((&work.scan.files.get(group.file)?.path, group.row_group))
}

/// A panic over a row group.
pub(crate) fn panic_of(panicked: &Panicked, path: &str, row_group: usize) -> String {
    format!("'{path}', row group {row_group}: {panicked}")
}
