//! What is known of a dataset without reading a row of it.

use crate::{ColumnChunks, Kind};
use arrow_schema::DataType;
use graticule_geo::CoordinateUnit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// The unit in which a time column counts from 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimeUnit {
    /// Seconds.
    #[serde(rename = "s")]
    Second,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Millisecond,
    /// Microseconds.
    #[serde(rename = "us")]
    Microsecond,
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanosecond,
}

impl TimeUnit {
    /// How many of the unit make a second.
    pub fn per_second(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Millisecond => 1_000,
            Self::Microsecond => 1_000_000,
            Self::Nanosecond => 1_000_000_000,
        }
    }

    /// The next coarser unit.
    #[must_use]
    pub fn coarser(self) -> Option<Self> {
        match self {
            Self::Second => None,
            Self::Millisecond => Some(Self::Second),
            Self::Microsecond => Some(Self::Millisecond),
            Self::Nanosecond => Some(Self::Microsecond),
        }
    }

    /// The unit that beginnings of stretches of whole seconds are told in: counts near the ends of
    /// what nanoseconds hold are of stretches that begin beyond.
    #[must_use]
    pub fn of_beginnings(self) -> Self {
        match self {
            Self::Nanosecond => Self::Microsecond,
            unit => unit,
        }
    }
}

/// A coordinate column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coordinate {
    /// Name in the files.
    pub name: String,
    /// [`Kind::F64`] or [`Kind::F32`], which is widened.
    pub kind: Kind,
    /// Unit of the numbers in the files; those of chunks and bounds are degrees.
    #[serde(default)]
    pub unit: CoordinateUnit,
    /// Type in the files, for people.
    #[serde(default)]
    pub stored: String,
}

/// The time column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeColumn {
    /// Name in the files.
    pub name: String,
    /// Unit of the values; dates are held as seconds at UTC midnight.
    pub unit: TimeUnit,
    /// The type that the column is brought to in all files.
    pub data_type: DataType,
    /// Unit of the numbers in files that have numbers for times.
    #[serde(default)]
    pub numbers: Option<TimeUnit>,
}

/// Any other column of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Name in the files.
    pub name: String,
    /// The type that the column is brought to in all files.
    pub data_type: DataType,
    /// The kind that kernels see; `None` when the column can only be carried along.
    pub kind: Option<Kind>,
    /// Whether its 16 bytes are marked as a UUID, and are told as one.
    #[serde(default)]
    pub is_uuid: bool,
}

/// A column of the files that no question can touch, such as one for whose types there is none that holds
/// all their values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// Name in the files.
    pub name: String,
    /// Why, and in which files.
    pub reason: String,
}

/// A column that the folders' names hold, such as `day=2026-03-01`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// The name before the `=`.
    pub name: String,
    /// Whether every value is an integer; otherwise they are strings.
    pub is_integer: bool,
}

/// A file's value of one partition column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PartitionValue {
    /// Of an integer partition column.
    Integer(i64),
    /// Of a string partition column.
    Text(String),
    /// `__HIVE_DEFAULT_PARTITION__`; sorts last.
    Null,
}

/// The columns of a dataset and what they are for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Longitudes, degrees.
    pub lon: Coordinate,
    /// Latitudes, degrees.
    pub lat: Coordinate,
    /// Times, if the dataset has any.
    pub time: Option<TimeColumn>,
    /// The other columns of the files.
    pub attributes: Vec<Attribute>,
    /// The columns of the folders, or of a table's log. Those that have a type of their own there, such as times, are
    /// [attributes](Self::attributes) or the time too, and are read as these: as if the files had them.
    pub partitions: Vec<Partition>,
    /// Where the files have the columns, for a table may rename them.
    #[serde(default)]
    pub mapping: ColumnMapping,
    /// Columns of the files that cannot be asked.
    #[serde(default)]
    pub set_aside: Vec<SetAside>,
    /// Whether a column that a file lacks is what the folder of its name says. Of a table it is null, for what its log does
    /// not say of a folder nobody does.
    #[serde(default = "yes")]
    pub folders_fill: bool,
}

fn yes() -> bool {
    true
}

/// How a table's columns are found in its files. Columns of the files that it does not name are none of
/// the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnMapping {
    /// By their own names, all of them.
    #[default]
    Same,
    /// By their names in the files: from those to the columns' names.
    Names(BTreeMap<String, String>),
    /// By their field ids in the files; in files without any by their names there.
    Ids(BTreeMap<i32, String>, BTreeMap<String, String>),
}

impl Schema {
    /// Names of the files' columns, in the order in which [`RowGroup::columns`] lists them:
    /// longitude, latitude, time if there is one, then the attributes.
    pub fn file_columns(&self) -> impl Iterator<Item = &str> {
        [self.lon.name.as_str(), self.lat.name.as_str()]
            .into_iter()
            .chain(self.time.iter().map(|t| t.name.as_str()))
            .chain(self.attributes.iter().map(|a| a.name.as_str()))
    }

    /// Place among [`Self::partitions`] of one that is read as nothing else.
    pub fn partition(&self, name: &str) -> Option<usize> {
        let place = self.partitions.iter().position(|p| p.name == name)?;
        self.file_column(name).is_none().then_some(place)
    }

    /// Place of a column in [`Self::file_columns`].
    pub fn file_column(&self, name: &str) -> Option<usize> {
        self.file_columns().position(|n| n == name)
    }
}

/// The least and the greatest value of a column chunk, as bits of the column's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Bits of the least value.
    pub low: u64,
    /// Bits of the greatest value.
    pub high: u64,
}

/// What a footer says of one column chunk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnChunk {
    /// Where it begins in the file.
    pub offset: u64,
    /// Compressed bytes.
    pub bytes: u64,
    /// Least and greatest value that is not null, where the footer tells.
    pub bounds: Option<Bounds>,
    /// Number of nulls, where the footer tells.
    pub nulls: Option<u64>,
}

/// What a footer says of one row group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowGroup {
    /// Number of rows.
    pub rows: u64,
    /// One for each of [`Schema::file_columns`].
    pub columns: ColumnChunks,
    /// The rows that are left where a table says that others are deleted: ascending, disjoint, none
    /// empty.
    #[serde(default)]
    pub live: Option<Vec<Range<u64>>>,
}

impl RowGroup {
    /// Number of rows that are not deleted.
    pub fn rows_live(&self) -> u64 {
        let live = self.live.as_ref();
        live.map_or(self.rows, |live| live.iter().map(|r| r.end - r.start).sum())
    }
}

/// What is known of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMetadata {
    /// Path in the store; of a file on this machine the absolute one.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// What the store calls this version of the file.
    pub etag: String,
    /// One for each of [`Schema::partitions`].
    pub partitions: Vec<PartitionValue>,
    /// Its row groups.
    pub row_groups: Vec<RowGroup>,
}

impl FileMetadata {
    /// Number of rows that are not deleted.
    pub fn rows(&self) -> u64 {
        self.row_groups.iter().map(RowGroup::rows_live).sum()
    }

    /// Leaves out rows of these numbers in the file, ascending.
    ///
    /// # Errors
    /// The number of a row that the file does not have.
    pub fn delete(&mut self, deleted: &[u64]) -> Result<(), u64> {
        let mut rest = deleted;
        let mut first = 0;
        for group in &mut self.row_groups {
            let end = first + group.rows;
            let (own, further) = rest.split_at(rest.partition_point(|row| *row < end));
            if !own.is_empty() {
                let mut live = Vec::new();
                let mut at = first;
                for &row in own {
                    if row > at {
                        live.push(at - first..row - first);
                    }
                    at = at.max(row + 1);
                }
                if at < end {
                    live.push(at - first..end - first);
                }
                group.live = Some(live);
            }
            (rest, first) = (further, end);
        }
        rest.first().map_or(Ok(()), |row| Err(*row))
    }
}

/// What a user should know of how a dataset was read: what was guessed, and what was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// A sentence for a person, without a full stop.
    pub text: String,
    /// Whether an answer may not be the one that was meant, so that it is said unasked.
    pub is_warning: bool,
}

/// What is known of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetMetadata {
    /// Where it lies, as the user wrote it.
    pub url: String,
    /// Its columns.
    pub schema: Schema,
    /// Its files, by path.
    pub files: Vec<FileMetadata>,
    /// What was guessed, and what was left out.
    #[serde(default)]
    pub notes: Vec<Note>,
}

impl DatasetMetadata {
    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(FileMetadata::rows).sum()
    }
}

/// A column that statistics of tiles are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileSlot {
    /// The column's name; `x` and `y` of the first two, which are fixed point.
    pub name: String,
    /// The kind of its values, by which ordered words become values again.
    pub kind: Kind,
    /// Whether the file has a NaN in the column.
    pub has_nan: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(groups: &[u64]) -> FileMetadata {
        let group = |rows: &u64| RowGroup {
            rows: *rows,
            ..RowGroup::default()
        };
        FileMetadata {
            path: "a".to_owned(),
            size: 1,
            etag: "1".to_owned(),
            partitions: Vec::new(),
            row_groups: groups.iter().map(group).collect(),
        }
    }

    #[test]
    fn deleted_rows_are_left_out_of_their_row_groups() {
        let mut file = file(&[4, 3, 2]);
        file.delete(&[0, 2, 2, 6, 7, 8]).expect("it has them");
        let live: Vec<_> = file.row_groups.iter().map(|g| g.live.clone()).collect();
        let spans = |spans: &[(u64, u64)]| Some(spans.iter().map(|(a, b)| *a..*b).collect());
        assert_eq!(
            live,
            [spans(&[(1, 2), (3, 4)]), spans(&[(0, 2)]), spans(&[])]
        );
        assert_eq!(file.rows(), 4);
    }

    #[test]
    fn rows_beyond_the_end_are_told() {
        assert_eq!(file(&[4, 3]).delete(&[6, 7, 9]), Err(7));
        assert_eq!(file(&[4, 3]).delete(&[]), Ok(()));
    }
}
