//! The second half: merged rows to files, one partition after the other.

use super::destination::Destination;
use super::error::data;
use super::error::{OptimizeError, Result};
use super::form::Form;
use super::journal::{DataFile, Done, Entry, Journal};
use super::keys;
use super::merge::Merge;
use super::options::{Optimize, Progress, Stage};
use super::source::Rows;
use super::write::{self, FILE_ROWS, PartPlan};
use arrow::array::RecordBatch;
use graticule_dataset::{Mark, guarded};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// Batches that wait for a file's thread.
const AHEAD: usize = 4;

/// Files that are being written, in the order of their rows.
struct Open<'scope> {
    threads: VecDeque<ScopedJoinHandle<'scope, Result<DataFile>>>,
    /// Of the last file.
    sender: Option<SyncSender<RecordBatch>>,
    partition: Option<i64>,
    /// Rows that the last file was given.
    rows: u64,
    /// Number of the last file in its folder.
    number: usize,
}

/// Writes what the runs hold and no file does yet.
pub(crate) fn write(
    options: &Optimize,
    rows: &Rows,
    (mark, form): (&Mark, Form),
    destination: &Destination,
    journal: &mut Journal,
    done: &mut Done,
    progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
) -> Result<()> {
    let total = rows.rows();
    let finished: u64 = done.parts.iter().map(|p| p.rows).sum();
    let mut merge = Merge::new(&destination.runs(), &done.runs)?;
    merge.skip(finished)?;
    std::thread::scope(|scope| {
        let mut open = Open {
            threads: VecDeque::new(),
            sender: None,
            partition: None,
            rows: 0,
            number: 0,
        };
        let mut at = finished;
        while let Some((key, batch)) = merge.next(true)? {
            let is_same = open.sender.is_some() && open.partition == key.partition();
            if !is_same || open.rows >= FILE_ROWS {
                open.sender = None;
                while open.threads.len() >= options.threads.max(1) {
                    finish_first(&mut open, journal, done)?;
                }
                let folder = folder(options, mark, key.partition());
                open.number = match is_same {
                    true => open.number + 1,
                    false => done
                        .parts
                        .iter()
                        .rev()
                        .take_while(|p| in_folder(p, &folder))
                        .count(),
                };
                open.partition = key.partition();
                open.rows = 0;
                let plan = plan(
                    options,
                    rows,
                    (mark, form),
                    destination,
                    done,
                    &folder,
                    open.number,
                );
                spawn(scope, &mut open, plan);
            }
            open.rows += batch.num_rows() as u64;
            at += batch.num_rows() as u64;
            let batch =
                keys::strip(&rows.sorted, &batch).map_err(data("merge", Path::new("runs")))?;
            let is_taken = open.sender.as_ref().is_some_and(|s| s.send(batch).is_ok());
            let now = Progress {
                stage: Stage::Write,
                rows: at,
                rows_total: total,
            };
            let is_stopped = progress(now).is_break();
            if !is_taken || is_stopped {
                // Its thread says why; files that are whole count.
                if is_stopped {
                    return Err(OptimizeError::Stopped);
                }
                break;
            }
        }
        open.sender = None;
        if total == 0 && done.parts.is_empty() {
            let folder = folder(options, mark, None);
            let plan = plan(options, rows, (mark, form), destination, done, &folder, 0);
            spawn(scope, &mut open, plan);
            open.sender = None;
        }
        while !open.threads.is_empty() {
            finish_first(&mut open, journal, done)?;
        }
        Ok(())
    })
}

fn spawn<'scope>(scope: &'scope Scope<'scope, '_>, open: &mut Open<'scope>, plan: PartPlan) {
    let (sender, receiver) = sync_channel(AHEAD);
    open.threads.push_back(scope.spawn(move || {
        guarded(|| write::part(&plan, &receiver)).unwrap_or_else(|panicked| {
            let path = plan.file.display();
            Err(OptimizeError::Worker(format!(
                "writing '{path}': {panicked}"
            )))
        })
    }));
    open.sender = Some(sender);
}

/// Waits for the first file of those under way; they are noted in their order.
fn finish_first(open: &mut Open<'_>, journal: &mut Journal, done: &mut Done) -> Result<()> {
    let Some(thread) = open.threads.pop_front() else {
        return Ok(());
    };
    let died = |_| OptimizeError::Worker("a thread died".to_owned());
    let part = thread.join().map_err(died)??;
    let entry = Entry::Part(part);
    journal.write(&entry)?;
    done.note(entry);
    Ok(())
}

/// The folder of a partition, below the destination; empty for a dataset without times.
fn folder(options: &Optimize, mark: &Mark, partition: Option<i64>) -> String {
    match &mark.folder {
        None => String::new(),
        Some(name) => format!("{name}={}/", options.scale().folder(partition)),
    }
}

fn in_folder(part: &DataFile, folder: &str) -> bool {
    part.path
        .strip_prefix(folder)
        .is_some_and(|rest| !rest.contains('/'))
}

fn plan(
    options: &Optimize,
    rows: &Rows,
    (mark, form): (&Mark, Form),
    destination: &Destination,
    done: &Done,
    folder: &str,
    number: usize,
) -> PartPlan {
    let growing = destination.growing();
    let bytes: u64 = done.runs.iter().map(|r| r.bytes).sum();
    PartPlan {
        path: format!("{folder}part-{number}.parquet"),
        file: growing.join(format!("{folder}part-{number}.parquet")),
        mark: mark.clone(),
        form,
        roles: rows.scan.schema.clone(),
        sorted: rows.sorted.clone(),
        declared: rows.declared.clone(),
        group_rows: write::group_rows(options, bytes / done.rows().max(1)),
    }
}
