//! All objects below a place, by several listings at a time where one would be long.
//!
//! A store lists a thousand objects a request, and each request waits for the one before: 100,000 files are a hundred
//! round trips. Stores that list in the order of names can begin anywhere, so the rest of a long listing is cut at
//! folders and its stretches are listed side by side. That takes few requests more, whatever the folders hold.

use super::read::{Failure, Tries};
use super::{Object, Place};
use crate::DatasetError;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;

/// Objects that a store lists in one request.
const PAGE: usize = 1_000;
/// A listing that is longer is cut.
const LONG: usize = 4 * PAGE;
/// Stretches of it.
const STRETCHES: usize = 16;

/// The objects whose names lie between two names.
#[derive(Debug, Clone, Default)]
struct Stretch {
    /// The name before the first one.
    after: Option<Path>,
    /// The last name that may be.
    upto: Option<Path>,
}

/// What was found of a stretch.
#[derive(Debug, Default)]
struct Listed {
    objects: Vec<Object>,
    /// The last object that was seen, the dataset's or not.
    last: Option<Path>,
    seen: usize,
    requests: u64,
    is_whole: bool,
}

impl Place {
    /// The dataset's objects below the root, and how many requests that took.
    pub(super) async fn below(&self, url: &str) -> Result<(Vec<Object>, u64), DatasetError> {
        let most = match self.lists_in_order {
            true => LONG,
            false => usize::MAX,
        };
        let begun = self.list(url, &Stretch::default(), most).await?;
        let (mut objects, mut requests) = (begun.objects, begun.requests);
        if begun.is_whole {
            return Ok((objects, requests));
        }
        let (mut cuts, asked) = self.cuts(url).await?;
        cuts.retain(|cut| Some(cut) > begun.last.as_ref());
        let pieces = cuts.len().min(STRETCHES - 1);
        let cuts = (0..pieces).map(|i| &cuts[i * cuts.len() / pieces]);
        let mut rest = Vec::from([begun.last]);
        rest.extend(cuts.cloned().map(Some));
        rest.push(None);
        let rest = rest.windows(2).map(|ends| async move {
            let stretch = Stretch {
                after: ends[0].clone(),
                upto: ends[1].clone(),
            };
            self.list(url, &stretch, usize::MAX).await
        });
        // Collected, for a spawned task cannot hold the closure.
        let rest: Vec<_> = rest.collect();
        let rest: Vec<Listed> = stream::iter(rest).buffered(STRETCHES).try_collect().await?;
        for listed in rest {
            objects.extend(listed.objects);
            requests += listed.requests;
        }
        Ok((objects, requests + asked))
    }

    /// Lists a stretch until more than `most` objects were seen. A try that fails goes on where it came to.
    async fn list(
        &self,
        url: &str,
        stretch: &Stretch,
        most: usize,
    ) -> Result<Listed, DatasetError> {
        let mut tries = Tries::new(self, url);
        let mut listed = Listed {
            last: stretch.after.clone(),
            ..Listed::default()
        };
        loop {
            tries.count += 1;
            let before = listed.seen;
            match self.attempt_list(&tries, stretch, most, &mut listed).await {
                Ok(()) => break,
                Err(failure) => {
                    if !self.lists_in_order {
                        listed = Listed::default();
                    } else if listed.seen > before {
                        tries.renew();
                    }
                    tries.after(failure).await?;
                }
            }
        }
        listed.requests = tries.count - 1 + listed.seen.div_ceil(PAGE).max(1) as u64;
        Ok(listed)
    }

    async fn attempt_list(
        &self,
        tries: &Tries<'_>,
        stretch: &Stretch,
        most: usize,
        listed: &mut Listed,
    ) -> Result<(), Failure> {
        let root = Some(&self.root);
        let mut listing = match &listed.last {
            Some(last) => self.store.list_with_offset(root, last),
            None => self.store.list(root),
        };
        while listed.seen < most {
            let Some(found) = tries.answer(listing.next()).await? else {
                listed.is_whole = true;
                return Ok(());
            };
            let meta = found.map_err(|e| tries.failure(e))?;
            if stretch
                .upto
                .as_ref()
                .is_some_and(|end| meta.location > *end)
            {
                listed.is_whole = true;
                return Ok(());
            }
            listed.seen += 1;
            if self.lists_in_order {
                listed.last = Some(meta.location.clone());
            }
            if self.is_data(&meta.location) {
                listed.objects.push(Object::of(meta));
            }
        }
        Ok(())
    }

    /// The folders at which the listing can be cut: the first level that has more than one.
    async fn cuts(&self, url: &str) -> Result<(Vec<Path>, u64), DatasetError> {
        let (mut below, mut requests) = (self.root.clone(), 0);
        loop {
            let mut tries = Tries::new(self, url);
            let found = loop {
                tries.count += 1;
                let answer = tries.answer(self.store.list_with_delimiter(Some(&below)));
                match answer.await {
                    Ok(Ok(found)) => break found,
                    Ok(Err(error)) => tries.after(tries.failure(error)).await?,
                    Err(failure) => tries.after(failure).await?,
                }
            };
            let entries = found.common_prefixes.len() + found.objects.len();
            requests += tries.count - 1 + entries.div_ceil(PAGE).max(1) as u64;
            match <[Path; 1]>::try_from(found.common_prefixes) {
                Ok([only]) if found.objects.is_empty() => below = only,
                Ok(only) => return Ok((only.into(), requests)),
                Err(mut folders) => {
                    folders.sort();
                    return Ok((folders, requests));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graticule_testing::faults::{Fault, FaultyStore, When};
    use object_store::ObjectStoreExt;
    use object_store::memory::InMemory;
    use std::sync::Arc;

    /// The names that were put and those that were found.
    fn names(put: &[String], lists_in_order: bool, failing: u64) -> (Vec<String>, u64) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let store = InMemory::new();
        runtime.block_on(async {
            for name in put {
                let path = Path::parse(name).expect("a path");
                store.put(&path, "x".into()).await.expect("put");
            }
        });
        let faulty = FaultyStore::new(Arc::new(store)).with(When::Request(failing), Fault::Error);
        let place = Place {
            lists_in_order,
            ..Place::within(Arc::new(faulty), Path::from("lake"), None)
        };
        let (objects, requests) = runtime.block_on(place.below("memory")).expect("listed");
        let names = objects.iter().map(|o| o.location.to_string());
        (names.collect(), requests)
    }

    #[test]
    fn stretches_find_what_one_listing_finds() {
        // Names around the folders' own, folders of very different size, one within another, and other files.
        let days = |day: usize, files: usize| {
            (0..files).map(move |i| format!("lake/a/day={day:03}/{i:05}.parquet"))
        };
        let mut many: Vec<String> = (0..90).flat_map(|day| days(day, 50)).collect();
        many.extend(days(40, 3_000));
        many.extend((0..90).map(|day| format!("lake/a/day={day:03}-more.parquet")));
        many.extend((0..90).map(|day| format!("lake/a/day={day:03}.parquet")));
        many.extend((0..90).map(|day| format!("lake/a/day={day:03}/_log/x.parquet")));
        many.extend((0..500).map(|i| format!("lake/a/day=017/deep={i}/x.parquet")));
        many.push("lakes/not.parquet".to_owned());
        many.sort();
        many.dedup();
        let wanted = many
            .iter()
            .filter(|n| !n.contains('_') && !n.contains("lakes"));
        let wanted: Vec<String> = wanted.cloned().collect();
        let flat: Vec<String> = (0..9_000).map(|i| format!("lake/{i:05}.parquet")).collect();
        let few: Vec<String> = flat[..3_999].to_vec();
        let just: Vec<String> = flat[..4_000].to_vec();
        for (put, wanted) in [
            (&many, &wanted),
            (&flat, &flat),
            (&few, &few),
            (&just, &just),
        ] {
            let (mut plain, requests) = names(put, false, 0);
            assert!(requests <= 10, "{requests}");
            plain.sort();
            assert!(plain == *wanted);
            for failing in 0..12 {
                let (mut found, requests) = names(put, true, failing);
                assert!(requests <= 13 + STRETCHES as u64, "{requests}");
                found.sort();
                assert_eq!(found.len(), wanted.len());
                assert!(found == *wanted);
            }
        }
    }
}
