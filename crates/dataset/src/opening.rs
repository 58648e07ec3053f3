//! What is known already of a dataset's files, and the footers of the others.

use crate::DatasetError;
use crate::contents::Contents;
use crate::guard::{guarded, spawned};
use crate::kept::Kept;
use crate::open::OpenFile;
use crate::outline::Outline;
use crate::store::{Object, Place};
use futures::{StreamExt, stream};
use graticule_columns::ColumnMapping;
use object_store::path::Path;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Footers read at the same time.
const FOOTERS_IN_FLIGHT: usize = 32;

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
    place: &Place,
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
    let (place, mapping) = (Arc::new(place.clone()), Arc::new(mapping.clone()));
    let read = stream::iter(found).map(|(object, known)| {
        let (place, mapping) = (place.clone(), mapping.clone());
        async move {
            if let Some(outline) = known {
                return Ok((outline, None, 0, 0));
            }
            let path = object.path().to_owned();
            // Footers are parsed side by side.
            let read = spawned(&Handle::current(), outline(place, object, mapping)).await;
            read.unwrap_or_else(|panicked| {
                let reason = format!("its footer cannot be read: {panicked}");
                Err(DatasetError::Footer { path, reason })
            })
        }
    });
    let mut read = std::pin::pin!(read.buffered(FOOTERS_IN_FLIGHT));
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
        if let Some(file) = file.filter(|_| kept.has_room()) {
            kept.insert(Arc::new(file));
        }
        opening.bytes += bytes;
        opening.requests += requests;
    }
    Ok((outlines, kept, opening))
}

/// What was read of a file: also its footer, and how many bytes and requests that took.
type Read = (Outline, Option<OpenFile>, u64, u64);

async fn outline(
    place: Arc<Place>,
    object: Object,
    mapping: Arc<ColumnMapping>,
) -> Result<Read, DatasetError> {
    let (contents, bytes, requests) = Contents::fetch(&place, &object).await?;
    let file = OpenFile::new(object, contents)?;
    let outline = guarded(|| Outline::of(&file)).map_err(|_| DatasetError::Footer {
        path: file.object.path().to_owned(),
        reason: "what its footer says of its row groups makes no sense".to_owned(),
    })?;
    Ok((outline, Some(file.mapped(&mapping)), bytes, requests))
}
