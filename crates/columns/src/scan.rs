//! Which rows a question reads, and as which columns: what a plan tells the dataset.

use crate::{
    Bins, Calendar, Condition, DatasetMetadata, FileMetadata, Kind, Like, PartitionValue, RowGroup,
    Schema, Unit, WordRanges, compare_bytes,
};
use graticule_geo::Places;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Where a slot of a chunk comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// The longitude in fixed point; always slot 0.
    FixedLon,
    /// The latitude in fixed point; always slot 1.
    FixedLat,
    /// The time column as i64 in its unit.
    Time,
    /// A column of the files, as values of a kind.
    Value {
        /// Its name.
        name: String,
        /// The kind that kernels see.
        kind: Kind,
    },
    /// The same value in all rows of a row group: entry `index` of [`ScanGroup::constants`], u32.
    Constant {
        /// Place in the list of constants.
        index: usize,
        /// What it stands for, such as a partition column's name.
        name: String,
        /// A hash of the values that the entries number: another dataset may number them otherwise.
        values: u64,
    },
    /// The H3 cell of the point, without its header: base cell and digits, 7 + 3 R bits. Decided by
    /// `h3o` from the source coordinates.
    H3 {
        /// 0 to 15.
        resolution: u8,
    },
    /// The row of the Web-Mercator tile of the point; null beyond the map.
    TileRow {
        /// 0 to 24.
        zoom: u8,
    },
    /// The calendar's ordinal of the time; null where the time is null.
    Calendar(Calendar),
    /// A hash of the text of a column, which [`Chunk::texts`](crate::Chunk::texts) resolves.
    Text {
        /// The column's name.
        name: String,
    },
    /// 1 where the text of a column passes a test, 0 where not, null where it is null.
    Matches {
        /// The column's name.
        name: String,
        /// The test.
        test: TextTest,
    },
    /// The values of another source in the rows that pass a test, null in the others.
    Where {
        /// The source.
        of: Box<Self>,
        /// The test.
        condition: Condition,
    },
    /// 1 in the rows that pass a test, null in the others.
    Holds(Condition),
    /// The number of the nearest place within some metres of the point; null where there is none.
    Nearest(Places),
    /// The bin of another source's value; null where that is null or NaN.
    Bins {
        /// The source.
        of: Box<Self>,
        /// The bins.
        bins: Bins,
    },
    /// 1 where another source's value is one of these, 0 where not, null where it is null.
    Among {
        /// The source.
        of: Box<Self>,
        /// The ordered words of the values.
        values: WordRanges,
    },
    /// How one source's value [compares](crate::compare) with another's, null where one of them is null.
    Order {
        /// The sources.
        of: [Box<Self>; 2],
        /// What their values stand for.
        units: [Unit; 2],
    },
}

/// A test of a text; texts compare by their bytes, and bytes that are told as texts by those.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TextTest {
    /// It is one of these, which are sorted.
    In(Arc<Vec<String>>),
    /// It is below this one, or equal to it where the flag is set.
    Below(String, bool),
    /// The same of bytes, by the texts that they are told as.
    BytesBelow(String, bool),
    /// It matches a pattern.
    Like(Like),
}

impl TextTest {
    /// The test that nothing passes. It still is null where the value is, so that it tells of null in a column of any type.
    pub fn of_null() -> Self {
        Self::In(Arc::default())
    }

    /// Whether it is that one.
    pub fn is_of_null(&self) -> bool {
        matches!(self, Self::In(list) if list.is_empty())
    }

    /// Whether a text passes.
    pub fn holds(&self, text: &str) -> bool {
        let is_below = |order: Ordering, or_equal: bool| match or_equal {
            true => order.is_le(),
            false => order.is_lt(),
        };
        match self {
            Self::In(list) => list.binary_search_by(|t| t.as_str().cmp(text)).is_ok(),
            Self::Below(other, or_equal) => is_below(text.cmp(other), *or_equal),
            Self::BytesBelow(other, or_equal) => is_below(compare_bytes(text, other), *or_equal),
            Self::Like(like) => like.holds(text),
        }
    }
}

/// So many texts of a list are told.
const TOLD: usize = 3;

/// What stands behind the column's name in a sentence: `is below 'b'`.
impl fmt::Display for TextTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(list) => {
                let told: Vec<String> = list.iter().take(TOLD).map(|t| format!("'{t}'")).collect();
                let of = if list.len() == 1 { "" } else { "one of " };
                write!(f, "is {of}{}", told.join(", "))?;
                match list.len().saturating_sub(TOLD) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Self::Below(text, or_equal) | Self::BytesBelow(text, or_equal) => match or_equal {
                true => write!(f, "is at most '{text}'"),
                false => write!(f, "is below '{text}'"),
            },
            Self::Like(like) => write!(f, "is like {like}"),
        }
    }
}

impl Source {
    /// Whether the slot is computed from others of a chunk, after those are decoded.
    pub fn is_derived(&self) -> bool {
        matches!(
            self,
            Self::H3 { .. } | Self::TileRow { .. } | Self::Calendar(_) | Self::Nearest(_)
        ) || self.is_composed()
    }

    /// Whether the slot is computed from other slots of the scan.
    pub fn is_composed(&self) -> bool {
        matches!(
            self,
            Self::Where { .. }
                | Self::Holds(_)
                | Self::Bins { .. }
                | Self::Among { .. }
                | Self::Order { .. }
        )
    }

    /// The sources that it is [composed](Self::is_composed) of: each has a slot before this one's.
    pub fn inputs(&self) -> Vec<&Self> {
        match self {
            Self::Where { of, condition } => {
                let tested = condition.sources().into_iter();
                std::iter::once(of.as_ref()).chain(tested).collect()
            }
            Self::Holds(condition) => condition.sources(),
            Self::Bins { of, .. } | Self::Among { of, .. } => vec![of],
            Self::Order { of, .. } => of.iter().map(Box::as_ref).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether its words are hashes that stand for texts.
    pub fn is_text(&self) -> bool {
        match self {
            Self::Text { .. } => true,
            Self::Where { of, .. } => of.is_text(),
            _ => false,
        }
    }

    /// The kind of the slot's values.
    pub fn kind(&self) -> Kind {
        match self {
            Self::FixedLon
            | Self::FixedLat
            | Self::Constant { .. }
            | Self::TileRow { .. }
            | Self::Holds(_)
            | Self::Nearest(_)
            | Self::Among { .. }
            | Self::Order { .. }
            | Self::Matches { .. } => Kind::U32,
            Self::Calendar(_) => Kind::I32,
            Self::H3 { .. } | Self::Text { .. } => Kind::U64,
            Self::Time | Self::Bins { .. } => Kind::I64,
            Self::Value { kind, .. } => *kind,
            Self::Where { of, .. } => of.kind(),
        }
    }
}

/// A file to read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanFile {
    /// Path in the store.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// The version that was planned for; another one is an error.
    pub etag: String,
    /// Values of the folders' columns.
    pub partitions: Vec<PartitionValue>,
}

impl From<&FileMetadata> for ScanFile {
    fn from(file: &FileMetadata) -> Self {
        Self {
            path: file.path.clone(),
            size: file.size,
            etag: file.etag.clone(),
            partitions: file.partitions.clone(),
        }
    }
}

/// A row group to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanGroup {
    /// Place in [`Scan::files`].
    pub file: usize,
    /// Index of the row group in the file.
    pub row_group: usize,
    /// Number of rows, those that are left out included.
    pub rows: u64,
    /// The rows that can matter, by the pages' statistics: ascending, disjoint, none empty; all rows
    /// where nothing is said.
    #[serde(default)]
    pub kept: Option<Vec<Range<u64>>>,
    /// Whether rows are left out because they are answered already, or deleted: then they may not be read,
    /// where those that cannot matter do no harm.
    #[serde(default)]
    pub answered: bool,
    /// Compressed bytes of the columns that are needed.
    pub bytes: u64,
    /// Values of the constant slots.
    pub constants: Vec<u32>,
}

impl ScanGroup {
    /// The rows of a row group that are not deleted, before it is known which columns are read.
    pub fn of(file: usize, row_group: usize, group: &RowGroup) -> Self {
        Self {
            file,
            row_group,
            rows: group.rows,
            kept: group.live.clone(),
            answered: group.live.is_some(),
            bytes: 0,
            constants: Vec::new(),
        }
    }

    /// Number of rows to read.
    pub fn rows_kept(&self) -> u64 {
        let kept = self.kept.as_ref();
        kept.map_or(self.rows, |kept| kept.iter().map(|r| r.end - r.start).sum())
    }

    /// The rows `within` as chunks of at most `chunk_rows`, without those that are left out.
    pub fn pieces(&self, within: Range<usize>, chunk_rows: usize) -> Vec<Range<usize>> {
        crate::pieces(self.kept.as_deref(), within, chunk_rows)
    }
}

/// Values, or cells of a coordinate, outside which no row matters: rows without need not be decoded further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The slot, of a file column or a coordinate.
    pub slot: usize,
    /// Least ordered word.
    pub low: u64,
    /// Greatest ordered word.
    pub high: u64,
}

/// Everything that is to be read for a question, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// Where the dataset lies, as the user wrote it.
    pub url: String,
    /// How long its store may be silent, where that is not as always: a part is as patient as its dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<Duration>,
    /// The dataset's columns.
    pub schema: Schema,
    /// The files with row groups to read.
    pub files: Vec<ScanFile>,
    /// The slots of each chunk.
    pub sources: Vec<Source>,
    /// The row groups.
    pub groups: Vec<ScanGroup>,
    /// Columns of the files that are read as they are, beside the slots.
    #[serde(default)]
    pub carried: Vec<String>,
    /// What a chunk must hold to matter, all of it.
    pub wanted: Vec<Wanted>,
    /// Which hash stands for texts, below [`TEXT_HASHES`]: another one where two texts share one.
    #[serde(default)]
    pub text_hash: u8,
}

/// Hashes that can stand for texts. Who chooses names can make two of one hash, but hardly of all of them.
pub const TEXT_HASHES: u8 = 3;

impl Scan {
    /// A scan of every row group that has rows, with these slots and columns.
    pub fn everything(
        metadata: &DatasetMetadata,
        sources: Vec<Source>,
        carried: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let groups = metadata.files.iter().enumerate().flat_map(|(file, of)| {
            let groups = of.row_groups.iter().enumerate();
            let groups = groups.filter(|(_, group)| group.rows_live() > 0);
            groups.map(move |(row_group, group)| ScanGroup {
                bytes: group.columns.iter().map(|column| column.bytes).sum(),
                ..ScanGroup::of(file, row_group, group)
            })
        });
        Self {
            url: metadata.url.clone(),
            patience: None,
            schema: metadata.schema.clone(),
            files: metadata.files.iter().map(ScanFile::from).collect(),
            sources,
            groups: groups.collect(),
            carried: carried.into_iter().map(Into::into).collect(),
            wanted: Vec::new(),
            text_hash: 0,
        }
    }

    /// Number of rows to read.
    pub fn rows(&self) -> u64 {
        self.groups.iter().map(ScanGroup::rows_kept).sum()
    }
}
