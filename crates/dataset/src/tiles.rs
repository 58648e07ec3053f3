//! Statistics of a file's tiles, as the graticule layout keeps them within the file.

use crate::DatasetError;
use crate::catalog::open_file::OpenFile;
use crate::catalog::tiles::{Tiles, is_of};
use crate::file::guard::guarded;
use crate::file::mark::TilesMark;
use crate::open::Dataset;
use arrow::ipc::reader::StreamReader;
use graticule_columns::{ScanFile, Schema};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use twox_hash::XxHash64;

/// Bytes of statistics that stay at hand for further questions; others are read again.
const MOST_KEPT: u64 = 64 << 20;

impl Dataset {
    /// The statistics of a file's tiles; nothing where it has none of the points that the scan is about,
    /// where they are of more than so many bytes and not at hand from an earlier question, or where they are damaged or lie elsewhere, as after another
    /// program rewrote the rows and kept what was said of them. Must be awaited within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError::Changed`] when the file is no longer the one that was planned for, others when the
    /// store fails.
    pub async fn tiles(
        &self,
        schema: &Schema,
        planned: &ScanFile,
        most_bytes: u64,
    ) -> Result<Option<Arc<Tiles>>, DatasetError> {
        if self.ignores_statistics || !self.may_be_laid_out(&planned.path) {
            return Ok(None);
        }
        let file = self.file(planned).await?;
        let points = [schema.lon.name.as_str(), schema.lat.name.as_str()];
        let marked = file.view.tiles(points);
        let Some(mark) = marked.filter(|mark| is_of(schema, &file, mark)) else {
            return Ok(None);
        };
        if let Some(tiles) = file.tiles.get() {
            return Ok(tiles.clone());
        }
        if mark.bytes > most_bytes {
            return Ok(None);
        }
        let tiles = self.read_tiles(&file, mark).await?.map(Arc::new);
        if self.tiles_kept.fetch_add(mark.bytes, Ordering::Relaxed) + mark.bytes > MOST_KEPT {
            self.tiles_kept.fetch_sub(mark.bytes, Ordering::Relaxed);
            return Ok(tiles);
        }
        Ok(file.tiles.get_or_init(|| tiles).clone())
    }

    async fn read_tiles(
        &self,
        file: &OpenFile,
        mark: &TilesMark,
    ) -> Result<Option<Tiles>, DatasetError> {
        let end = mark.offset.checked_add(mark.bytes);
        let Some(end) = end.filter(|end| *end <= file.object.size) else {
            return Ok(None);
        };
        let range = mark.offset..end;
        let (bytes, requests) = self.place.read(&file.object, range).await?;
        self.note_opening(mark.bytes, requests);
        if XxHash64::oneshot(0, &bytes) != mark.hash {
            return Ok(None);
        }
        let read = || StreamReader::try_new(&bytes[..], None)?.next().transpose();
        let Ok(Ok(Some(batch))) = guarded(read) else {
            return Ok(None);
        };
        let mut before = 0;
        let groups = file.contents.rows().into_iter().map(|rows| {
            before += rows;
            before - rows
        });
        Ok(Some(Tiles {
            mark: mark.clone(),
            before: groups.collect(),
            batch,
        }))
    }
}
