//! Batches of an Arrow IPC file or stream.

use crate::import::error::ImportError;
use crate::import::open::unpack;
use crate::import::source::Source;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use graticule_dataset::guarded;
use std::fs::File;
use std::io::{BufReader, Read};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::Builder;

mod odd;

/// Begins and ends a file; a stream has neither.
const MAGIC: &[u8] = b"ARROW1";

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

/// The schema of a file.
pub(super) fn schema(source: &Source) -> Result<SchemaRef, ImportError> {
    let mut found = None;
    run(source, |schema| found = Some(schema), |_| Ok(()), true)?;
    found.ok_or(ImportError::ThreadDied(
        "a file without a schema was read".to_owned(),
    ))
}

/// Hands on every batch of a file.
pub(super) fn batches(
    source: &Source,
    take: impl FnMut(RecordBatch) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    run(source, |_| (), take, false)
}

enum Found {
    Schema(SchemaRef),
    Batch(RecordBatch),
}

/// Reads in a thread of its own, as a damaged file may make the decoder panic.
fn run(
    source: &Source,
    on_schema: impl FnOnce(SchemaRef),
    mut take: impl FnMut(RecordBatch) -> Result<(), ImportError>,
    only_schema: bool,
) -> Result<(), ImportError> {
    let damaged = |reason: String| ImportError::File {
        file: source.name.clone(),
        reason: format!("it is not readable Arrow IPC: {reason}; copy it again or leave it out"),
    };
    let mut on_schema = Some(on_schema);
    std::thread::scope(|scope| {
        let (send, receive) = sync_channel(1);
        let reader = Builder::new()
            .name("graticule-import-arrow".to_owned())
            .spawn_scoped(scope, move || guarded(|| read(source, only_schema, &send)))
            .map_err(ImportError::io("start a thread to read", &source.path))?;
        let mut taken = Ok(());
        for found in &receive {
            match found {
                Found::Schema(schema) => {
                    if let Some(on_schema) = on_schema.take() {
                        on_schema(schema);
                    }
                }
                Found::Batch(batch) => taken = take(batch),
            }
            if taken.is_err() {
                break;
            }
        }
        drop(receive);
        let read = reader.join();
        taken?;
        match read {
            Ok(Ok(read)) => read.map_err(|e| damaged(e.to_string())),
            _ => Err(match odd::column(&source.path) {
                Some(reason) => ImportError::File {
                    file: source.name.clone(),
                    reason,
                },
                None => damaged("its decoder gave up".to_owned()),
            }),
        }
    })
}

fn read(source: &Source, only_schema: bool, to: &SyncSender<Found>) -> Result<(), ArrowError> {
    let mut file = BufReader::new(File::open(&source.path)?);
    let (schema, batches) = match is_file(source)? {
        true => {
            let reader = FileReader::try_new(file, None)?;
            (reader.schema(), Box::new(reader) as Batches)
        }
        false => {
            let mut packed = unpack(&mut file)?;
            let mut first = [0; MAGIC.len()];
            let count = packed.by_ref().take(MAGIC.len() as u64).read(&mut first)?;
            if &first[..count] == MAGIC {
                let reason =
                    "the file format needs to be unpacked first; only streams can be packed";
                return Err(ArrowError::IpcError(reason.to_owned()));
            }
            drop(packed);
            let reader = StreamReader::try_new(unpack(File::open(&source.path)?)?, None)?;
            (reader.schema(), Box::new(reader) as Batches)
        }
    };
    // Nobody listening means that the import has failed elsewhere.
    if to.send(Found::Schema(schema)).is_err() || only_schema {
        return Ok(());
    }
    for batch in batches {
        if to.send(Found::Batch(batch?)).is_err() {
            break;
        }
    }
    Ok(())
}

fn is_file(source: &Source) -> Result<bool, ArrowError> {
    let mut first = Vec::new();
    File::open(&source.path)?
        .take(MAGIC.len() as u64)
        .read_to_end(&mut first)?;
    Ok(first == MAGIC)
}
