//! What is known already of a dataset's files, and the footers of the others.

use crate::DatasetError;
use crate::catalog::kept::Kept;
use crate::catalog::open_file::OpenFile;
use crate::catalog::outline::Outline;
use crate::file::contents::Contents;
use crate::file::guard::{guarded, spawned};
use crate::store::{Object, StoreRoot};
use futures::{Stream, StreamExt, stream};
use graticule_columns::ColumnMapping;
use object_store::path::Path;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Footers of a store that are read at the same time.
const FOOTERS_IN_FLIGHT: usize = 32;
/// Threads that read footers of a disk at the same time.
const THREADS: usize = 8;
/// Footers that one of them reads before it looks for others.
const TOGETHER: usize = 8;

/// How a dataset's files compare with its manifest, and what it took to find out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opening {
    /// Files that are as the manifest has them: their footers were not read.
    pub known: u64,
    /// Files that the manifest does not have.
    pub added: u64,
    /// Files that are of another version than in the manifest.
    pub changed: u64,
    /// Files of the manifest that are gone.
    pub removed: u64,
    /// Bytes of footers that were read.
    pub bytes: u64,
    /// Requests for them.
    pub requests: u64,
}

impl Opening {
    /// Whether the manifest is not what the dataset is now.
    pub(crate) fn is_changed(&self) -> bool {
        self.added + self.changed + self.removed > 0
    }
}

/// What the footers of the objects say in their own columns' names, from the manifest where that knows the version, and as many
/// of those that were read as may be kept, in the table's columns.
pub(crate) async fn outlines(
    place: &StoreRoot,
    objects: Vec<Object>,
    known: Vec<Outline>,
    mapping: &ColumnMapping,
    mut kept: Kept,
) -> Result<(Vec<Outline>, Kept, Opening), DatasetError> {
    let mut opening = Opening::default();
    let mut known: HashMap<Path, Outline> = known
        .into_iter()
        .map(|outline| (outline.object.location.clone(), outline))
        .collect();
    let found: Vec<(Object, Option<Outline>)> = objects
        .into_iter()
        .map(|object| {
            let before = known.remove(&object.location);
            match &before {
                None => opening.added += 1,
                Some(outline) if outline.object == object => opening.known += 1,
                Some(_) => opening.changed += 1,
            }
            let same = before.filter(|outline| outline.object == object);
            let same = same.map(|outline| Outline {
                object: object.clone(),
                ..outline
            });
            (object, same)
        })
        .collect();
    opening.removed = known.len() as u64;
    let count = found.len();
    let reader = Reader {
        place: place.clone(),
        mapping: mapping.clone(),
        is_room: AtomicBool::new(kept.has_room()),
    };
    let reader = Arc::new(reader);
    let needs_none = found.iter().all(|(_, known)| known.is_some());
    let mut read = match place.is_remote() || needs_none {
        true => reader.clone().side_by_side(found),
        false => reader.clone().on_threads(found),
    };
    let mut outlines: Vec<Outline> = Vec::new();
    while let Some((mut outline, file, bytes, requests)) = read.next().await.transpose()? {
        if let Some(last) = outlines.last().filter(|last| last.fields == outline.fields) {
            outline.fields = last.fields.clone();
        }
        if let Some(last) = outlines
            .last()
            .filter(|last| last.declared == outline.declared)
        {
            outline.declared = last.declared.clone();
        }
        outlines.push(outline);
        // The first ones are the first to be asked for.
        match file {
            Some(file) if kept.has_room() => drop(kept.insert(Arc::new(file))),
            _ => reader.is_room.store(kept.has_room(), Ordering::Relaxed),
        }
        opening.bytes += bytes;
        opening.requests += requests;
    }
    match outlines.len() == count {
        true => Ok((outlines, kept, opening)),
        false => {
            let last = outlines.last().map_or("", |last| last.object.path());
            let lost = "the thread for the file behind it was lost, or could not be started";
            Err(unreadable(last.to_owned(), lost))
        }
    }
}

/// What was read of a file: also its footer, and how many bytes and requests that took.
type Read = (Outline, Option<OpenFile>, u64, u64);

/// A file, and what is known of it already.
type Found = (Object, Option<Outline>);

/// Reads footers.
struct Reader {
    place: StoreRoot,
    mapping: ColumnMapping,
    /// Whether footers may be kept.
    is_room: AtomicBool,
}

/// What was read of files, in their order.
type Reads = Pin<Box<dyn Stream<Item = Result<Read, DatasetError>> + Send>>;

impl Reader {
    /// Reads footers of a store, many of them at the same time.
    fn side_by_side(self: Arc<Self>, found: Vec<Found>) -> Reads {
        let read = stream::iter(found).map(move |file| {
            let (reader, path) = (self.clone(), file.0.path().to_owned());
            async move {
                if file.1.is_some() {
                    return reader.one(file).await;
                }
                // They are parsed side by side.
                let runtime = Handle::current();
                let read = spawned(&runtime, async move { reader.one(file).await }).await;
                read.unwrap_or_else(|panicked| Err(unreadable(path, &panicked.to_string())))
            }
        });
        Box::pin(read.buffered(FOOTERS_IN_FLIGHT))
    }

    /// Reads footers of a disk on threads of their own, for on the runtime each step would change threads. They take turns:
    /// the first has the first few files, the second the next, and so on, so that none is far ahead.
    fn on_threads(self: Arc<Self>, found: Vec<Found>) -> Reads {
        let new = found.iter().filter(|(_, known)| known.is_none()).count();
        let threads = THREADS.min(new.div_ceil(TOGETHER)).max(1);
        let mut turns: Vec<Vec<Found>> = vec![Vec::new(); threads];
        for (place, file) in found.into_iter().enumerate() {
            turns[place / TOGETHER % threads].push(file);
        }
        let begun = turns.into_iter().map(|mine| self.clone().on_thread(mine));
        let begun: Vec<_> = begun.collect();
        let some = stream::unfold((begun, 0), async |(mut begun, turn)| {
            let some = begun[turn].recv().await?;
            let next = (turn + 1) % begun.len();
            Some((some, (begun, next)))
        });
        Box::pin(some.flat_map(stream::iter))
    }

    /// Reads footers on a thread, a few before it hands them on; none where no thread can be started.
    fn on_thread(self: Arc<Self>, mine: Vec<Found>) -> mpsc::Receiver<Several> {
        let (send, receive) = mpsc::channel(1);
        let work = move || {
            let mut mine = mine.into_iter();
            loop {
                let one = |file: Found| {
                    let path = file.0.path().to_owned();
                    let one = guarded(|| pollster::block_on(self.one(file)));
                    one.unwrap_or_else(|panicked| Err(unreadable(path, &panicked.to_string())))
                };
                let some: Several = mine.by_ref().take(TOGETHER).map(one).collect();
                // Otherwise nobody wants them any more.
                if some.is_empty() || send.blocking_send(some).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("graticule-io".to_owned());
        drop(thread.spawn(work));
        receive
    }

    async fn one(&self, (object, known): Found) -> Result<Read, DatasetError> {
        if let Some(outline) = known {
            return Ok((outline, None, 0, 0));
        }
        let (contents, bytes, requests) = Contents::fetch(&self.place, &object).await?;
        let file = OpenFile::new(object, contents)?;
        let outline = guarded(|| Outline::of(&file)).map_err(|_| DatasetError::Footer {
            path: file.object.path().to_owned(),
            reason: "what its footer says of its row groups makes no sense".to_owned(),
        })?;
        let is_room = self.is_room.load(Ordering::Relaxed);
        let file = is_room.then(|| file.mapped(&self.mapping));
        Ok((outline, file, bytes, requests))
    }
}

/// A few of those.
type Several = Vec<Result<Read, DatasetError>>;

fn unreadable(path: String, reason: &str) -> DatasetError {
    let reason = format!("its footer cannot be read: {reason}");
    DatasetError::Footer { path, reason }
}
