//! Page indexes, read for the files of a scan.

use crate::DatasetError;
use crate::catalog::bounds::roles;
use crate::catalog::open_file::OpenFile;
use crate::catalog::page_index::{pages, read_index};
use crate::file::contents::Contents;
use crate::file::guard::guarded;
use crate::open::Dataset;
use futures::{StreamExt, TryStreamExt, stream};
use graticule_columns::{Pages, Scan, ScanFile};
use std::sync::Arc;

/// Files whose page indexes are read at the same time.
const IN_FLIGHT: usize = 32;
/// From a remote store, what is less than this is not worth another request.
const WORTH_BYTES: u64 = 256 << 10;

impl Dataset {
    /// What page indexes say of a scan's row groups, one entry for each: `None` where a file has
    /// none, or where its columns at the places `tested` have no pages' bounds. Must be awaited
    /// within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError::Changed`] when a file is no longer the one that was planned for, others when
    /// the store fails. A damaged page index is none.
    pub async fn pages(
        &self,
        scan: &Scan,
        tested: &[usize],
    ) -> Result<Vec<Option<Pages>>, DatasetError> {
        if self.ignores_statistics {
            return Ok(vec![None; scan.groups.len()]);
        }
        let names: Vec<&str> = scan.schema.file_columns().collect();
        let tested: Vec<&str> = tested
            .iter()
            .filter_map(|&c| names.get(c).copied())
            .collect();
        let mut groups = vec![Vec::new(); scan.files.len()];
        for (place, group) in scan.groups.iter().enumerate() {
            groups[group.file].push(place);
        }
        let roles = roles(&scan.schema);
        let (tested, roles) = (&tested, &roles);
        let files = scan
            .files
            .iter()
            .zip(groups)
            .map(|(planned, groups)| async move {
                let bytes: u64 = groups.iter().map(|&place| scan.groups[place].bytes).sum();
                let is_worth = bytes >= WORTH_BYTES || (bytes > 0 && !self.place.is_remote());
                let file = match is_worth && !tested.is_empty() {
                    true => self.bounded(planned, tested).await?,
                    false => None,
                };
                // The file itself need not be held any longer.
                let of = |place: usize| {
                    let row_group = scan.groups[place].row_group;
                    // An index with too few entries makes its reader panic; then nothing is known.
                    let known =
                        |file: &OpenFile| guarded(|| pages(file, row_group, roles)).ok().flatten();
                    (place, file.as_deref().and_then(known))
                };
                Ok::<_, DatasetError>(groups.into_iter().map(of).collect::<Vec<_>>())
            });
        // Collected, for a spawned task cannot hold the closure.
        let files: Vec<_> = files.collect();
        let mut found = vec![None; scan.groups.len()];
        let mut read = stream::iter(files).buffered(IN_FLIGHT);
        while let Some(groups) = read.try_next().await? {
            for (place, pages) in groups {
                found[place] = pages;
            }
        }
        Ok(found)
    }

    /// A file with its page index, where that has bounds of one of the columns.
    async fn bounded(
        &self,
        planned: &ScanFile,
        tested: &[&str],
    ) -> Result<Option<Arc<OpenFile>>, DatasetError> {
        let file = self.file(planned).await?;
        let Contents::Parquet(footer) = &file.contents else {
            return Ok(None);
        };
        let has_bounds = footer.metadata().row_groups().iter().any(|group| {
            let mut leaves = tested.iter().filter_map(|name| file.view.leaf(group, name));
            leaves.any(|leaf| group.column(leaf).column_index_offset().is_some())
        });
        match has_bounds {
            true => self.indexed(planned).await.map(Some),
            false => Ok(None),
        }
    }

    /// A file of a scan with its page index, as far as it has one.
    pub(crate) async fn indexed(&self, planned: &ScanFile) -> Result<Arc<OpenFile>, DatasetError> {
        let file = self.file(planned).await?;
        let footer = match &file.contents {
            Contents::Parquet(footer) if !file.is_indexed => footer,
            _ => return Ok(file),
        };
        let _alone = self.turns.of(&planned.path).await;
        if let Some(file) = self.remembered(&planned.path).filter(|f| f.is_indexed) {
            return Ok(file);
        }
        let (footer, bytes, requests) = read_index(&self.place, &file.object, footer).await?;
        self.note_opening(bytes, requests);
        let file = Arc::new(OpenFile {
            object: file.object.clone(),
            contents: Contents::Parquet(footer),
            view: file.view.clone(),
            is_indexed: true,
            tiles: file.tiles.clone(),
        });
        self.remember(file.clone());
        Ok(file)
    }
}
