//! Flat columns of Parquet files straight from the bytes of their pages into columns of chunks.
//!
//! What is read here: columns that are neither nested nor repeated, of booleans, 32 or 64 bits, in any encoding that the
//! format has for them, or of bytes, plain or in a dictionary, and with any codec but Hadoop's framing of LZ4. [`Listing`](listing::Listing) looks at all
//! headers before the first page is decompressed; where one is of another kind, or not sound, the column is left to
//! the library's reader, and so is what the dataset sees as another type than the file has. A page that is
//! claimed to be larger than it is, or damaged, is [`Unreadable`].
//!
//! A [`Leaf`](leaf::Leaf) hands the words of a few thousand rows at a time to a sink, which is a
//! [`Value`](value::Value), a [`Text`](text::Text) or one [`Axis`](axis::Axis) of the points. Of a dictionary all that rows need is made once for
//! each entry.

mod axis;
mod bits;
mod codec;
mod delta;
mod flat;
mod header;
mod hybrid;
mod leaf;
mod listing;
mod live;
mod located;
mod restored;
mod text;
mod value;
mod values;

pub(crate) use flat::{Flat, Point, Rows};
pub(crate) use leaf::Unreadable;
pub(crate) use located::Located;
pub(crate) use text::Spelled;
