//! The public face of a dataset: open from anywhere.

use crate::Error;
use crate::finish;
use crate::runtime::io;
use futures::{StreamExt, stream};
use graticule_columns::{DatasetMetadata, Note, Scan};
use graticule_dataset::{Cost, Dataset as Files, Mark, OpenOptions, Opening, Overlap, spawned};
use graticule_kernels::Partial;
use graticule_plan::{Answered, Plan, Query, TileStatistics, plan_and_pruner};
use std::path::Path;
use std::sync::Arc;

/// Files whose statistics of tiles are read at the same time.
const TILES_IN_FLIGHT: usize = 16;
/// Statistics are read where the columns that they may save have so many times their bytes.
const WORTH: u64 = 4;

/// An open dataset of GPS points: metadata of all its files, no rows. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dataset {
    pub(crate) files: Arc<Files>,
    /// How it was opened, unless by a part.
    opened: Option<Arc<(String, OpenOptions)>>,
}

/// Runs on the threads that read, and stops when this future goes; a panic is an error.
pub(crate) async fn on_io<T: Send + 'static, E: Into<Error> + Send + 'static>(
    what: String,
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, Error> {
    let done = spawned(io().handle(), work).await;
    let done = done.map_err(|said| Error::Worker(format!("{what} panicked: {said}")))?;
    done.map_err(Into::into)
}

impl Dataset {
    /// Opens a Parquet file or a tree of them, with columns found by convention.
    ///
    /// # Errors
    /// [`Error::Dataset`] when nothing is there or a file is damaged.
    pub async fn open(url: impl Into<String>) -> Result<Self, Error> {
        Self::open_with(url, OpenOptions::default()).await
    }

    /// As [`Self::open`], with named columns.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(url: impl Into<String>, options: OpenOptions) -> Result<Self, Error> {
        Self::open_as(Arc::new((url.into(), options))).await
    }

    async fn open_as(how: Arc<(String, OpenOptions)>) -> Result<Self, Error> {
        let what = format!("opening '{}'", how.0);
        let opened = Some(how.clone());
        let files = on_io(what, async move { Files::open(&how.0, &how.1).await }).await?;
        Ok(Self {
            files: Arc::new(files),
            opened,
        })
    }

    /// The dataset as it is now: listed again, and footers of new and changed files read; of a dataset that has a manifest,
    /// of those alone. This one stays as it was opened, so that a server can go on answering from it meanwhile.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn refresh(&self) -> Result<Self, Error> {
        match &self.opened {
            Some(how) => Self::open_as(how.clone()).await,
            None => Ok(self.clone()),
        }
    }

    /// A dataset of files that are open.
    pub(crate) fn of(files: Files) -> Self {
        Self {
            files: Arc::new(files),
            opened: None,
        }
    }

    /// The blocking twin of [`Self::refresh`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn refresh_blocking(&self) -> Result<Self, Error> {
        pollster::block_on(self.refresh())
    }

    /// The blocking twin of [`Self::open`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_blocking(url: impl Into<String>) -> Result<Self, Error> {
        pollster::block_on(Self::open(url))
    }

    /// The blocking twin of [`Self::open_with`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_blocking(url: impl Into<String>, options: OpenOptions) -> Result<Self, Error> {
        pollster::block_on(Self::open_with(url, options))
    }

    pub(crate) async fn reopen(scan: &Scan) -> Result<Self, Error> {
        let scan = scan.clone();
        let what = format!("opening '{}'", scan.url);
        let files = on_io(what, async move { Files::reopen(&scan).await }).await?;
        Ok(Self::of(files))
    }

    /// Plans a query on the dataset, down to the pages that can matter, which is more than
    /// [`plan`](fn@graticule_plan::plan) can tell from metadata: page indexes are read.
    ///
    /// # Errors
    /// [`Error::Plan`] when the query asks for what the dataset does not have, [`Error::Dataset`] when
    /// a page index cannot be read.
    pub async fn plan(&self, query: &Query) -> Result<Plan, Error> {
        let (plan, pruner) = plan_and_pruner(query, self.metadata())?;
        finish::check(&plan)?;
        let mut plan = plan.patient(self.files.patience());
        if !pruner.tested().is_empty() && !plan.part().scan().groups.is_empty() {
            let (files, scan) = (self.files.clone(), plan.part().scan().clone());
            let tested = pruner.tested().to_vec();
            let what = format!("reading page indexes of '{}'", scan.url);
            let pages = on_io(what, async move { files.pages(&scan, &tested).await }).await?;
            pruner.narrow(&mut plan, self.metadata(), &pages);
        }
        self.answer_tiles(&mut plan).await?;
        Ok(plan)
    }

    /// Lets the statistics of tiles answer what they can.
    async fn answer_tiles(&self, plan: &mut Plan) -> Result<(), Error> {
        if !plan.may_use_statistics() {
            return Ok(());
        }
        let mut bytes = vec![0; plan.part().scan().files.len()];
        for group in &plan.part().scan().groups {
            bytes[group.file] += group.bytes;
        }
        let scanned = plan.part().scan().files.clone();
        let schema = Arc::new(plan.part().scan().schema.clone());
        let wanted = scanned.into_iter().zip(bytes).enumerate();
        let read = wanted.map(|(place, (file, bytes))| {
            let files = self.files.clone();
            let schema = schema.clone();
            async move {
                let what = format!("reading the statistics in '{}'", file.path);
                let read = async move { files.tiles(&schema, &file, bytes / WORTH).await };
                (place, on_io(what, read).await)
            }
        });
        let mut read = std::pin::pin!(stream::iter(read).buffered(TILES_IN_FLIGHT));
        let mut answered = Answered::default();
        while let Some((place, tiles)) = read.next().await {
            let Some(tiles) = tiles? else {
                continue;
            };
            // Of another version they are as good as none.
            let Ok((_, partial)) = Partial::from_batch(&tiles.batch) else {
                continue;
            };
            let groups = &plan.part().scan().groups;
            let before = |place: usize| groups.partition_point(|group| group.file < place);
            for group in before(place)..before(place + 1) {
                let row_group = plan.part().scan().groups[group].row_group;
                let Some(&rows_before) = tiles.before.get(row_group) else {
                    continue;
                };
                let statistics = TileStatistics {
                    slots: &tiles.mark.slots,
                    tiles: &partial,
                    tile_rows: tiles.mark.tile_rows.into(),
                    before: rows_before,
                };
                plan.answer(&mut answered, group, &statistics);
            }
        }
        plan.close(answered);
        Ok(())
    }

    /// The blocking twin of [`Self::plan`].
    ///
    /// # Errors
    /// As [`Self::plan`].
    pub fn plan_blocking(&self, query: &Query) -> Result<Plan, Error> {
        pollster::block_on(self.plan(query))
    }

    /// The most that a plan reads: bytes and requests, footers that are not there yet included.
    pub fn cost(&self, plan: &Plan) -> Cost {
        self.files.cost(plan.part().scan())
    }

    /// Whether its bytes come over a network.
    pub fn is_remote(&self) -> bool {
        self.files.is_remote()
    }

    /// What was read to know what the files hold, up to now: listing, footers, page indexes, statistics of tiles.
    pub fn opening_cost(&self) -> Cost {
        let (bytes, requests) = self.files.opening_cost();
        Cost { bytes, requests }
    }

    /// As [`Self::cost`], if the files lay where another dataset lies.
    pub fn cost_at(&self, plan: &Plan, other: &Self) -> Cost {
        self.files.cost_at(plan.part().scan(), &other.files)
    }

    /// The layout that `graticule optimize` gave the dataset, as those files say whose footers are at hand, and at
    /// least the first; `None` where one of them has none, or another.
    ///
    /// # Errors
    /// [`Error::Dataset`] when that file changed or cannot be read.
    pub async fn layout(&self) -> Result<Option<Mark>, Error> {
        let files = self.files.clone();
        let what = format!("reading the first footer of '{}'", self.metadata().url);
        on_io(what, async move { files.layout().await }).await
    }

    /// The blocking twin of [`Self::layout`].
    ///
    /// # Errors
    /// As [`Self::layout`].
    pub fn layout_blocking(&self) -> Result<Option<Mark>, Error> {
        pollster::block_on(self.layout())
    }

    /// How the dataset's files compare with its manifest.
    pub fn opening(&self) -> Opening {
        self.files.opening()
    }

    /// A hash of the paths, versions and sizes of the dataset's files: another one means other data.
    pub fn fingerprint(&self) -> String {
        self.files.fingerprint()
    }

    /// What writing to a path of this machine would do to the dataset, however the two are spelled.
    pub fn overlap(&self, path: &Path) -> Option<Overlap> {
        self.files.overlap(path)
    }

    /// What was guessed of the dataset, and what was left out.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.metadata().notes.iter()
    }

    /// What is known of the dataset.
    pub fn metadata(&self) -> &DatasetMetadata {
        self.files.metadata()
    }
}
