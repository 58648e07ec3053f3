//! The words that the other rooms speak: chunks of columns, packed or plain, and metadata.
//!
//! ```
//! use graticule_columns::{Column, Data, Kind, Packed};
//!
//! let words: Vec<u32> = (0..1000).map(|i| 700_000 + i % 50).collect();
//! let packed = Packed::pack(&words);
//! assert!(packed.words().len() < words.len() / 3);
//! let column = Column::new(Kind::U32, Data::Packed { base: 0, packed }, None);
//! let mut scratch = [0; 4];
//! assert_eq!(column.read32(49..53, &mut scratch), [700_049, 700_000, 700_001, 700_002]);
//! ```
//!
//! Second in the arrows: `geo -> columns -> dataset, kernels, plan`. No I/O. A [`Chunk`] is the unit
//! of work: equally long columns of one row range of one row group, which knows where it came from.

mod bins;
mod calendar;
mod chunk;
mod column;
mod column_chunks;
mod condition;
mod degrees;
mod instant;
mod kind;
mod like;
mod metadata;
mod order;
mod packed;
mod pages;
mod printable;
mod scan;
mod told;
mod word_ranges;

pub use bins::Bins;
pub use calendar::{Calendar, CalendarReader, CalendarUnit, time_zone};
pub use chunk::{Chunk, ExactRows, Keep, RowOrigin};
pub use column::{Column, Data, Numbers};
pub use column_chunks::ColumnChunks;
pub use condition::Condition;
pub use degrees::Degrees;
pub use instant::{civil_of, date_of, nanoseconds_of};
pub use kind::{Kind, Scalar};
pub use like::Like;
pub use metadata::{
    Attribute, Bounds, ColumnChunk, ColumnMapping, Coordinate, DatasetMetadata, FileMetadata, Note,
    Partition, PartitionValue, RowGroup, Schema, SetAside, TileSlot, TimeColumn, TimeUnit,
};
pub use order::{Compared, Unit, compare, exactly};
pub use packed::{PACKED_BLOCK, Packed};
pub use pages::{Page, Pages, gathered, intersect, overlaps, pieces};
pub use printable::{listed, printable, requoted};
pub use scan::{Scan, ScanFile, ScanGroup, Source, TEXT_HASHES, TextTest, Wanted};
pub use told::{bytes_of_text, compare_bytes, hex, text_of_bytes};
pub use word_ranges::WordRanges;
