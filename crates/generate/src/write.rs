use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};
use std::time::Duration;

use parquet::errors::ParquetError;

use crate::encode::{Encoder, RowGroup, encode};
use crate::error::GenerateError;
use crate::nation::Written;
use crate::plan::{FilePlan, FilePlans, Slice};
use crate::staging::Staging;

type OnRows<'a> = &'a dyn Fn(u64) -> ControlFlow<()>;
type Encoded = Result<RowGroup, ParquetError>;

/// Writes the plan's files: threads take row groups in turn, this one appends them in order.
pub(crate) fn dataset(
    plan: &FilePlans,
    dir: &Path,
    threads: usize,
    on_progress: OnRows<'_>,
) -> Result<Written, GenerateError> {
    let staging = Staging::new(dir)?;
    let work = Encoder::new(plan).map_err(|source| GenerateError::Parquet {
        path: dir.to_owned(),
        source,
    })?;
    let jobs: Vec<&[Slice]> = plan
        .files
        .iter()
        .flat_map(|file| &file.row_groups)
        .map(Vec::as_slice)
        .collect();
    let threads = threads.clamp(1, jobs.len().max(1));
    let written = std::thread::scope(|scope| {
        let mut workers = Vec::with_capacity(threads);
        let mut turns = Vec::with_capacity(threads);
        let answer = start(scope, &work, &jobs, threads, &mut workers, &mut turns)
            .and_then(|()| append_all(&work, &staging, &turns, on_progress));
        // Threads that still wait to hand over a row group see that nobody listens, the others the flag.
        work.stop.store(true, Ordering::Relaxed);
        drop(turns);
        // Every one is joined: the scope would pass on the panic of one that is not.
        let died = workers
            .into_iter()
            .filter_map(|worker| worker.join().err())
            .count()
            > 0;
        if died {
            Err(GenerateError::ThreadDied)
        } else {
            answer
        }
    })?;
    staging.publish()?;
    Ok(written)
}

fn start<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    work: &'env Encoder<'_>,
    jobs: &'env [&[Slice]],
    threads: usize,
    workers: &mut Vec<ScopedJoinHandle<'scope, ()>>,
    turns: &mut Vec<Receiver<Encoded>>,
) -> Result<(), GenerateError> {
    for first in 0..threads {
        // One waiting row group per thread: enough to even out the turns, and a bound on memory.
        let (sender, receiver) = sync_channel(1);
        let mine = jobs.iter().skip(first).step_by(threads);
        let worker = Builder::new()
            .name(format!("generate-{first}"))
            .spawn_scoped(scope, move || encode_all(work, mine, &sender))
            .map_err(|source| GenerateError::Thread {
                number: first + 1,
                threads,
                source,
            })?;
        workers.push(worker);
        turns.push(receiver);
    }
    Ok(())
}

fn encode_all<'a>(
    work: &Encoder<'_>,
    mine: impl Iterator<Item = &'a &'a [Slice]>,
    to: &SyncSender<Encoded>,
) {
    for slices in mine {
        let Some(encoded) = encode(work, slices).transpose() else {
            return;
        };
        let failed = encoded.is_err();
        // Nobody listening means that the run has failed elsewhere.
        if to.send(encoded).is_err() || failed {
            return;
        }
    }
}

fn append_all(
    work: &Encoder<'_>,
    staging: &Staging,
    turns: &[Receiver<Encoded>],
    on_progress: OnRows<'_>,
) -> Result<Written, GenerateError> {
    let mut written = Written {
        points: 0,
        invalid: 0,
        files: 0,
        bytes: 0,
    };
    let mut turn = turns.iter().cycle();
    for file in &work.plan.files {
        write_file(work, staging, file, &mut turn, on_progress, &mut written)?;
    }
    on_progress_or_stop(on_progress, written.points)?;
    Ok(written)
}

fn write_file<'a>(
    work: &Encoder<'_>,
    staging: &Staging,
    file: &FilePlan,
    turn: &mut impl Iterator<Item = &'a Receiver<Encoded>>,
    on_progress: OnRows<'_>,
    written: &mut Written,
) -> Result<(), GenerateError> {
    let path = staging.path(&file.path)?;
    let io_error = |source| GenerateError::Io {
        action: "write",
        path: path.clone(),
        source,
    };
    let parquet_error = |source| GenerateError::Parquet {
        path: path.clone(),
        source,
    };
    let to = BufWriter::new(File::create(&path).map_err(io_error)?);
    let mut writer = work.format.file(to).map_err(parquet_error)?;
    for _ in &file.row_groups {
        let from = turn.next().ok_or(GenerateError::ThreadDied)?;
        let group = wait(work, from, on_progress)?.map_err(parquet_error)?;
        written.points += group.rows;
        written.invalid += group.invalid;
        group.append_to(&mut writer).map_err(parquet_error)?;
    }
    writer.finish().map_err(parquet_error)?;
    writer.inner_mut().flush().map_err(io_error)?;
    written.files += 1;
    written.bytes += writer.bytes_written() as u64;
    Ok(())
}

/// Waits for the next row group, and tells the caller meanwhile how far the threads are.
fn wait(
    work: &Encoder<'_>,
    from: &Receiver<Encoded>,
    on_progress: OnRows<'_>,
) -> Result<Encoded, GenerateError> {
    loop {
        on_progress_or_stop(on_progress, work.points.load(Ordering::Relaxed))?;
        match from.recv_timeout(Duration::from_millis(100)) {
            Ok(group) => return Ok(group),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(GenerateError::ThreadDied),
        }
    }
}

fn on_progress_or_stop(on_progress: OnRows<'_>, points: u64) -> Result<(), GenerateError> {
    match on_progress(points) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(GenerateError::Stopped { points }),
    }
}
