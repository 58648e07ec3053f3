//! What a file says of itself before its rows: Parquet's footer, or Arrow's with the headers of its
//! record batches.

use crate::DatasetError;
use crate::file::ranges::ranges_of;
use crate::file::text::uuids;
use crate::file::view::View;
use crate::file::{footer, foreign, ipc};
use crate::store::{Object, StoreRoot};
use arrow::datatypes::{Fields, Schema};
use graticule_columns::ScanGroup;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::{LogicalType, Type as Physical};
use std::ops::Range;
use std::sync::Arc;

/// The footer of a file of either kind. A record batch is a row group.
#[derive(Debug, Clone)]
pub(crate) enum Contents {
    Parquet(ArrowReaderMetadata),
    Ipc(Arc<ipc::Footer>),
}

/// Bytes of the least file that has a footer.
pub(crate) const LEAST: u64 = 12;
/// Bytes of the end that say what a file is.
pub(crate) const MAGIC: u64 = 8;

/// Whether a file that ends so is Parquet or Arrow.
pub(crate) fn is_data(tail: &[u8]) -> bool {
    tail.ends_with(b"PAR1") || tail.ends_with(ipc::MAGIC)
}

impl Contents {
    /// Reads what a file says of itself; also says how many bytes and requests that took.
    ///
    /// # Errors
    /// [`DatasetError::Footer`] where it is neither Parquet nor Arrow, or damaged,
    /// [`DatasetError::Unreadable`] where it is of another
    /// format.
    pub(crate) async fn fetch(
        place: &StoreRoot,
        object: &Object,
    ) -> Result<(Self, u64, u64), DatasetError> {
        let wrong = |reason: String| DatasetError::Footer {
            path: object.path().to_owned(),
            reason,
        };
        if object.size < LEAST {
            return Err(wrong(format!("it has only {} bytes", object.size)));
        }
        let start = object.size.saturating_sub(footer::FIRST_GUESS);
        let (tail, tries) = place.read(object, start..object.size).await?;
        let mut cost = (tail.len() as u64, tries);
        // The last bytes say what a file is, whatever its name.
        let contents = if tail.ends_with(ipc::MAGIC) {
            let footer = ipc::fetch(place, object, tail, &mut cost).await?;
            Self::Ipc(Arc::new(footer))
        } else {
            if !is_data(&tail) {
                let head = 0..object.size.min(foreign::HEAD);
                let (head, tries) = place.read(object, head).await?;
                cost = (cost.0 + head.len() as u64, cost.1 + tries);
                ipc::check_head(object.path(), &head)?;
                if head.starts_with(b"PAR1") {
                    let reason = "it begins as a Parquet file and has no footer: it was cut off, or is still written";
                    return Err(wrong(reason.to_owned()));
                }
                if let Some(reason) = foreign::reason(object.path(), &head, &tail) {
                    let path = object.path().to_owned();
                    return Err(DatasetError::Unreadable { path, reason });
                }
            }
            Self::Parquet(footer::fetch(place, object, tail, &mut cost).await?)
        };
        Ok((contents, cost.0, cost.1))
    }

    /// The columns, as the file has them.
    pub(crate) fn schema(&self) -> &Schema {
        match self {
            Self::Parquet(footer) => footer.schema(),
            Self::Ipc(footer) => &footer.schema,
        }
    }

    /// The same, with UUIDs marked as such, where Parquet's own schema says so too.
    pub(crate) fn fields(&self) -> Fields {
        let fields = self.schema().fields();
        let Self::Parquet(footer) = self else {
            return fields.clone();
        };
        let types = footer.parquet_schema().root_schema().get_fields();
        let is_uuid = |name: &str| {
            let mut types = types.iter().map(|t| t.get_basic_info());
            types.any(|t| t.name() == name && t.logical_type_ref() == Some(&LogicalType::Uuid))
        };
        let marked = fields.iter().map(|field| match is_uuid(field.name()) {
            true => Arc::new(uuids(field.as_ref().clone())),
            false => field.clone(),
        });
        marked.collect()
    }

    /// How Parquet stores the leaf column of a path; nothing of Arrow's columns.
    pub(crate) fn physical(&self, path: &[String]) -> Option<Physical> {
        let Self::Parquet(footer) = self else {
            return None;
        };
        let mut leaves = footer.parquet_schema().columns().iter();
        let leaf = leaves.find(|leaf| leaf.path().parts() == path);
        leaf.map(|leaf| leaf.physical_type())
    }

    /// A value of the file's key-value metadata.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        match self {
            Self::Parquet(footer) => {
                let pairs = footer.metadata().file_metadata().key_value_metadata();
                let mut pairs = pairs.into_iter().flatten();
                pairs.find(|pair| pair.key == key)?.value.as_deref()
            }
            Self::Ipc(footer) => footer.schema.metadata().get(key).map(String::as_str),
        }
    }

    /// About the bytes of memory that it takes.
    pub(crate) fn bytes(&self) -> u64 {
        /// Of a field and what describes it.
        const FIELD: usize = 256;
        let bytes = match self {
            Self::Parquet(footer) => {
                let fields = footer.schema().fields().len();
                footer.metadata().memory_size() + FIELD * fields
            }
            Self::Ipc(footer) => {
                let columns = footer.schema.fields().len();
                FIELD * columns * (1 + footer.batches.len())
            }
        };
        bytes as u64
    }

    /// Rows of each row group.
    pub(crate) fn rows(&self) -> Vec<u64> {
        match self {
            Self::Parquet(footer) => {
                let groups = footer.metadata().row_groups().iter();
                let rows = groups.map(|g| u64::try_from(g.num_rows()).unwrap_or(0));
                rows.collect()
            }
            Self::Ipc(footer) => footer.batches.iter().map(|batch| batch.rows).collect(),
        }
    }

    /// Rows of a row group, if there is such a one.
    pub(crate) fn rows_of(&self, row_group: usize) -> Option<u64> {
        match self {
            Self::Parquet(footer) => {
                let group = footer.metadata().row_groups().get(row_group)?;
                u64::try_from(group.num_rows()).ok()
            }
            Self::Ipc(footer) => Some(footer.batches.get(row_group)?.rows),
        }
    }

    /// Where the file holds a column: its leaf columns in Parquet, its top-level columns in Arrow.
    pub(crate) fn places(&self, view: &View, row_group: usize, name: &str) -> Vec<usize> {
        match self {
            Self::Parquet(footer) => {
                let group = footer.metadata().row_groups().get(row_group);
                group.map_or_else(Vec::new, |group| view.leaves(group, name))
            }
            Self::Ipc(footer) => view.fields_of(footer.schema.fields(), name),
        }
    }

    /// The ranges of the file with what a scan reads of columns at these places in a row group, which
    /// the file has.
    pub(crate) fn ranges(&self, group: &ScanGroup, places: &[usize]) -> Vec<Range<u64>> {
        match self {
            Self::Parquet(footer) => {
                let ranges = places.iter();
                ranges
                    .flat_map(|leaf| ranges_of(footer, group, *leaf))
                    .collect()
            }
            Self::Ipc(footer) => footer.ranges(group.row_group, places),
        }
    }
}
