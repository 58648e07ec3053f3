//! All objects below a place, by several listings at a time where one would be long.
//!
//! A store lists a thousand objects a request, and each request waits for the one before: 100,000 files are a hundred
//! round trips. Stores that list in the order of names can begin anywhere, so the rest of a long listing is cut at
//! folders and its stretches are listed side by side. That takes some twenty requests more. A store that turns out to
//! list otherwise is listed plainly. On a disk, where requests are no matter, folders are listed side by side.

use super::list::Listing;
use super::read::{Failure, Tries};
use super::refusal::Wire;
use super::{StoreRoot, disk};
use crate::DatasetError;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use std::path::PathBuf;

/// Objects that a store lists in one request.
const PAGE: usize = 1_000;
/// A listing of so many and more is cut.
const LONG: usize = 4 * PAGE;
/// Stretches of it.
const STRETCHES: usize = 16;

/// Objects to list.
#[derive(Debug, Clone)]
struct Stretch {
    folder: Path,
    /// The name before the first one.
    after: Option<Path>,
    /// The last name that may be.
    upto: Option<Path>,
    /// Whether names are trusted to come in their order.
    is_ordered: bool,
    /// How many to see at most.
    most: usize,
}

impl Stretch {
    /// A whole folder, in any order.
    fn all(folder: Path) -> Self {
        Self {
            folder,
            after: None,
            upto: None,
            is_ordered: false,
            most: usize::MAX,
        }
    }
}

/// How the listing of a stretch ended.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum End {
    /// At its end.
    #[default]
    Whole,
    /// At the most that were to be seen.
    Most,
    /// At a name out of order.
    Disordered,
}

/// What was found of a stretch.
#[derive(Debug, Default)]
struct Listed {
    listing: Listing,
    /// The greatest name that was seen, the dataset's or not; only of an ordered stretch.
    last: Option<Path>,
    seen: usize,
    end: End,
}

/// Tells a listing that has come round to names that it had, by one of them at a time.
#[derive(Debug, Default)]
struct Round {
    watched: Option<Path>,
    seen: u64,
    again: u32,
}

impl Round {
    /// Whether the next name closes a round. One may come twice: a file, and a folder's marker that has lost its slash.
    fn is_closed(&mut self, name: &Path) -> bool {
        self.seen += 1;
        if self.watched.as_ref() == Some(name) {
            self.again += 1;
        }
        // A name is watched for longer than any before it, so that a round of any length is met.
        if self.seen.is_power_of_two() {
            (self.watched, self.again) = (Some(name.clone()), 0);
        }
        self.again > 1
    }
}

// Collected before, for a spawned task cannot hold the closure that makes them.
async fn side_by_side(
    lists: Vec<impl Future<Output = Result<Listed, DatasetError>>>,
) -> Result<Vec<Listed>, DatasetError> {
    let lists = stream::iter(lists).buffered(STRETCHES);
    lists.try_collect().await
}

impl StoreRoot {
    /// What lies below the root, in any order.
    pub(super) async fn below(&self, url: &str) -> Result<Listing, DatasetError> {
        if !self.is_remote {
            return self.on_disk(url).await;
        }
        let mut listing = self
            .in_store(url)
            .await
            .map_err(|e| self.unlisted(url, e))?;
        for name in self.wire.iter().flat_map(Wire::take_unspeakable) {
            self.leave_unspeakable(&name, &mut listing);
        }
        Ok(listing)
    }

    /// A web server that lists no folders is told from one that refuses a file.
    fn unlisted(&self, url: &str, error: DatasetError) -> DatasetError {
        let reason = match &error {
            DatasetError::Refused { reason, .. } | DatasetError::Denied { reason, .. } => reason,
            _ => return error,
        };
        match self.is_web() {
            true => DatasetError::Listing {
                path: url.to_owned(),
                reason: format!(
                    "{reason}; only servers with WebDAV list folders, of others name the files one by one"
                ),
            },
            false => error,
        }
    }

    /// The same of a store.
    async fn in_store(&self, url: &str) -> Result<Listing, DatasetError> {
        if self.lists_in_order
            && let Some(found) = self.in_stretches(url).await?
        {
            return Ok(found);
        }
        let listed = self.list(url, &Stretch::all(self.root.clone())).await?;
        Ok(listed.listing)
    }

    /// The same of a disk: its folders are listed by as many threads as there are.
    async fn on_disk(&self, url: &str) -> Result<Listing, DatasetError> {
        let walked = |folder: PathBuf, is_deep: bool| {
            let (place, url) = (self.clone(), url.to_owned());
            async move {
                let walk = move || disk::walk(&place, &url, &folder, is_deep);
                let walked = tokio::task::spawn_blocking(walk).await;
                walked.map_err(|e| DatasetError::store(self.root.as_ref(), e.into()))?
            }
        };
        let root = disk::folder(&self.root);
        let (mut listing, folders) = walked(root, false).await?;
        listing.requests = 1;
        let folders: Vec<_> = folders.into_iter().map(|f| walked(f, true)).collect();
        let mut below = stream::iter(folders).buffered(STRETCHES);
        while let Some((more, _)) = below.try_next().await? {
            listing.append(more);
        }
        Ok(listing)
    }

    /// The same of a store that lists in order; `None` where it does not.
    async fn in_stretches(&self, url: &str) -> Result<Option<Listing>, DatasetError> {
        let begin = Stretch {
            is_ordered: true,
            most: LONG,
            ..Stretch::all(self.root.clone())
        };
        let begun = self.list(url, &begin).await?;
        let mut listing = begun.listing;
        match begun.end {
            End::Whole => return Ok(Some(listing)),
            End::Disordered => return Ok(None),
            End::Most => {}
        }
        let (mut cuts, asked) = self.cuts(url, begun.last.as_ref()).await;
        cuts.retain(|cut| Some(cut) > begun.last.as_ref());
        let pieces = cuts.len().min(STRETCHES - 1);
        let cuts = (0..pieces).map(|i| &cuts[i * cuts.len() / pieces]);
        let mut ends = Vec::from([begun.last]);
        ends.extend(cuts.cloned().map(Some));
        ends.push(None);
        let rest = ends.windows(2).map(|ends| async move {
            let stretch = Stretch {
                after: ends[0].clone(),
                upto: ends[1].clone(),
                is_ordered: true,
                ..Stretch::all(self.root.clone())
            };
            self.list(url, &stretch).await
        });
        listing.requests += asked;
        for listed in side_by_side(rest.collect()).await? {
            if listed.end == End::Disordered {
                return Ok(None);
            }
            listing.append(listed.listing);
        }
        Ok(Some(listing))
    }

    /// Lists a stretch. A try that fails goes on where it came to, if the order of names says where that is.
    async fn list(&self, url: &str, stretch: &Stretch) -> Result<Listed, DatasetError> {
        let mut tries = Tries::new(self, url);
        let mut listed = Listed {
            last: stretch.after.clone(),
            ..Listed::default()
        };
        loop {
            tries.count += 1;
            let before = listed.seen;
            match self.attempt_list(&tries, stretch, &mut listed).await {
                Ok(end) => {
                    listed.end = end;
                    break;
                }
                Err(failure) => {
                    if !stretch.is_ordered {
                        listed = Listed::default();
                    } else if listed.seen > before {
                        tries.renew();
                    }
                    tries.after(failure).await?;
                }
            }
        }
        listed.listing.requests = tries.count - 1 + listed.seen.div_ceil(PAGE).max(1) as u64;
        Ok(listed)
    }

    async fn attempt_list(
        &self,
        tries: &Tries<'_>,
        stretch: &Stretch,
        listed: &mut Listed,
    ) -> Result<End, Failure> {
        let folder = Some(&stretch.folder);
        let mut listing = match &listed.last {
            Some(last) => self.store.list_with_offset(folder, last),
            None => self.store.list(folder),
        };
        let mut round = Round::default();
        while listed.seen < stretch.most {
            let Some(found) = tries.answer(listing.next()).await? else {
                return Ok(End::Whole);
            };
            let meta = found.map_err(|e| tries.failure(e))?;
            if round.is_closed(&meta.location) {
                return Err(Failure::Lasting(DatasetError::Listing {
                    path: self.name(&stretch.folder),
                    reason: format!(
                        "the server's listing goes round: it has '{}' again and again",
                        self.name(&meta.location)
                    ),
                }));
            }
            if stretch.is_ordered {
                if listed.last.as_ref() > Some(&meta.location) {
                    return Ok(End::Disordered);
                }
                let is_behind = |end: &Path| meta.location > *end;
                if stretch.upto.as_ref().is_some_and(is_behind) {
                    return Ok(End::Whole);
                }
                // A folder's own marker, which has lost its slash, is the one name that may come again.
                if listed.last.replace(meta.location.clone()).as_ref() == Some(&meta.location) {
                    continue;
                }
            }
            listed.seen += 1;
            self.sort_in(meta, &mut listed.listing);
        }
        Ok(End::Most)
    }

    /// The folders at which the listing can be cut, those of the first level that has more than one; none where they
    /// cannot be had soon. Also how many requests that took.
    async fn cuts(&self, url: &str, last: Option<&Path>) -> (Vec<Path>, u64) {
        let (mut below, mut requests) = (self.root.clone(), 0);
        loop {
            // Of files without folders, a listing of the folders would be as long as that of all.
            let depth = last.and_then(|last| last.prefix_match(&below));
            if depth.map_or(0, Iterator::count) < 2 {
                return (Vec::new(), requests);
            }
            let tries = Tries::new(self, url);
            let answer = tries.answer(self.store.list_with_delimiter(Some(&below)));
            let Ok(Ok(found)) = answer.await else {
                return (Vec::new(), requests + 1);
            };
            let entries = found.common_prefixes.len() + found.objects.len();
            requests += entries.div_ceil(PAGE).max(1) as u64;
            match <[Path; 1]>::try_from(found.common_prefixes) {
                Ok([only]) => below = only,
                Err(mut folders) => {
                    folders.sort();
                    return (folders, requests);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
