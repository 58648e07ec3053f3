//! Statistics of a file's tiles, as the graticule layout keeps them within the file.

use crate::open::Dataset;
use crate::{DatasetError, TilesMark};
use arrow::array::RecordBatch;
use arrow::ipc::reader::StreamReader;
use graticule_columns::ScanFile;
use twox_hash::XxHash64;

/// Statistics of a file's tiles.
#[derive(Debug, Clone)]
pub struct Tiles {
    /// What they are.
    pub mark: TilesMark,
    /// Rows before each of the file's row groups.
    pub before: Vec<u64>,
    /// A partial: a group for each tile with a point.
    pub batch: RecordBatch,
}

impl Dataset {
    /// The statistics of a file's tiles; nothing where it has none, or where they have more than so
    /// many bytes. Must be awaited within a tokio runtime.
    ///
    /// # Errors
    /// [`DatasetError::Changed`] when the file is no longer the one that was planned for,
    /// [`DatasetError::Footer`] when the statistics are damaged, others when the store fails.
    pub async fn tiles(
        &self,
        planned: &ScanFile,
        most_bytes: u64,
    ) -> Result<Option<Tiles>, DatasetError> {
        let file = self.file(planned).await?;
        let Some(mark) = file.view.tiles().filter(|mark| mark.bytes <= most_bytes) else {
            return Ok(None);
        };
        let wrong = |reason: &str| DatasetError::Footer {
            path: planned.path.clone(),
            reason: format!("the statistics of its tiles {reason}"),
        };
        let end = mark.offset.checked_add(mark.bytes);
        let Some(end) = end.filter(|end| *end <= file.object.size) else {
            return Err(wrong("lie outside the file"));
        };
        let range = mark.offset..end;
        let (bytes, requests) = self.place.read(&file.object, range).await?;
        self.note_opening(mark.bytes, requests);
        if XxHash64::oneshot(0, &bytes) != mark.hash {
            return Err(wrong("are damaged"));
        }
        let reader = StreamReader::try_new(&bytes[..], None);
        let batch = reader.and_then(|mut reader| reader.next().transpose());
        let batch = batch.map_err(|e| wrong(&format!("cannot be read: {e}")))?;
        let mut before = 0;
        let groups = file.contents.rows().into_iter().map(|rows| {
            before += rows;
            before - rows
        });
        Ok(Some(Tiles {
            mark: mark.clone(),
            before: groups.collect(),
            batch: batch.ok_or_else(|| wrong("are empty"))?,
        }))
    }
}
