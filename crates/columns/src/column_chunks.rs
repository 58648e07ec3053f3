//! What footers say of column chunks, packed: wide datasets have millions of them.

use crate::{Bounds, ColumnChunk};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The chunk begins where the one before ends.
const FOLLOWS: u8 = 1;
/// How many nulls there are is known.
const COUNTED: u8 = 2;
/// There are some, and their number is written.
const NULLS: u8 = 4;
/// The least and the greatest value are known.
const BOUNDED: u8 = 8;

/// The column chunks of a row group, in some ten bytes each: a byte of flags, then numbers of seven bits a byte, the
/// least value without its leading zero bytes, and so the greatest one's difference from it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ColumnChunks {
    packed: Box<[u8]>,
}

impl ColumnChunks {
    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = ColumnChunk> {
        Reader {
            rest: &self.packed,
            end: 0,
        }
    }

    /// The one of a column, by the column's place.
    pub fn get(&self, place: usize) -> Option<ColumnChunk> {
        self.iter().nth(place)
    }

    /// The one of a column that every row group has.
    ///
    /// # Panics
    /// Where there is none.
    pub fn at(&self, place: usize) -> ColumnChunk {
        let chunk = self.get(place);
        chunk.unwrap_or_else(|| panic!("a row group without column {place}"))
    }

    /// Changes them, each with its place.
    pub fn edit(&mut self, mut change: impl FnMut(usize, &mut ColumnChunk)) {
        let changed = self.iter().enumerate().map(|(place, mut chunk)| {
            change(place, &mut chunk);
            chunk
        });
        *self = changed.collect();
    }
}

impl FromIterator<ColumnChunk> for ColumnChunks {
    fn from_iter<I: IntoIterator<Item = ColumnChunk>>(chunks: I) -> Self {
        let (mut packed, mut end) = (Vec::new(), 0);
        for chunk in chunks {
            end = write(&mut packed, chunk, end);
        }
        let packed = packed.into_boxed_slice();
        Self { packed }
    }
}

/// Appends a chunk behind one that ends at `before`, and tells where it ends itself.
fn write(packed: &mut Vec<u8>, chunk: ColumnChunk, before: u64) -> u64 {
    let ColumnChunk {
        offset,
        bytes,
        bounds,
        nulls,
    } = chunk;
    let flag = |is: bool, flag: u8| if is { flag } else { 0 };
    packed.push(
        flag(offset == before, FOLLOWS)
            | flag(nulls.is_some(), COUNTED)
            | flag(nulls.is_some_and(|nulls| nulls > 0), NULLS)
            | flag(bounds.is_some(), BOUNDED),
    );
    let mut number = |mut number: u64| {
        while number >= 128 {
            packed.push(number.to_le_bytes()[0] | 128);
            number >>= 7;
        }
        packed.push(number.to_le_bytes()[0]);
    };
    if offset != before {
        number(offset);
    }
    number(bytes);
    nulls.filter(|nulls| *nulls > 0).map(number);
    if let Some(Bounds { low, high }) = bounds {
        let of = |bits: u64| (8 - bits.leading_zeros() / 8).to_le_bytes()[0];
        let words = [low, low ^ high];
        packed.push(of(words[0]) | of(words[1]) << 4);
        for word in words {
            packed.extend_from_slice(&word.to_le_bytes()[..of(word).into()]);
        }
    }
    offset.wrapping_add(bytes)
}

struct Reader<'a> {
    rest: &'a [u8],
    /// Where the chunk before ends.
    end: u64,
}

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        let (byte, rest) = self.rest.split_first().expect("whole chunks");
        self.rest = rest;
        *byte
    }

    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return number;
            }
            shift += 7;
        }
    }

    fn word(&mut self, length: u8) -> u64 {
        let (bytes, rest) = self.rest.split_at(length.into());
        self.rest = rest;
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    }
}

impl Iterator for Reader<'_> {
    type Item = ColumnChunk;

    fn next(&mut self) -> Option<ColumnChunk> {
        if self.rest.is_empty() {
            return None;
        }
        let flags = self.byte();
        let has = |flag: u8| flags & flag != 0;
        let offset = if has(FOLLOWS) {
            self.end
        } else {
            self.number()
        };
        let bytes = self.number();
        self.end = offset.wrapping_add(bytes);
        let nulls = if has(NULLS) { self.number() } else { 0 };
        let bounds = has(BOUNDED).then(|| {
            let lengths = self.byte();
            let low = self.word(lengths & 15);
            let high = low ^ self.word(lengths >> 4);
            Bounds { low, high }
        });
        Some(ColumnChunk {
            offset,
            bytes,
            bounds,
            nulls: has(COUNTED).then_some(nulls),
        })
    }
}

impl fmt::Debug for ColumnChunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for ColumnChunks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for ColumnChunks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let chunks: Vec<ColumnChunk> = Vec::deserialize(deserializer)?;
        Ok(chunks.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_comes_back() {
        let bits = [0, 1, 127, 128, 255, 256, 1 << 32, u64::MAX - 1, u64::MAX];
        let mut chunks = vec![ColumnChunk::default()];
        for (i, &offset) in bits.iter().enumerate() {
            for (j, &bytes) in bits.iter().enumerate() {
                let bounds = Bounds {
                    low: bits[(i + j) % bits.len()],
                    high: bits[(i + 2 * j) % bits.len()],
                };
                chunks.push(ColumnChunk {
                    offset,
                    bytes,
                    bounds: (j % 3 > 0).then_some(bounds),
                    nulls: (i % 3 > 0).then_some(bits[(i * j) % bits.len()]),
                });
            }
        }
        let packed: ColumnChunks = chunks.iter().cloned().collect();
        assert!(packed.iter().eq(chunks.iter().cloned()));
        assert_eq!(packed.get(7).as_ref(), Some(&chunks[7]));
        assert_eq!(packed.get(chunks.len()), None);
    }

    #[test]
    fn neighbours_take_few_bytes() {
        let chunk = |i: u64| ColumnChunk {
            offset: 4 + 300 * i,
            bytes: 300,
            bounds: Some(Bounds {
                low: i,
                high: i + 9,
            }),
            nulls: Some(0),
        };
        let packed: ColumnChunks = (0..60).map(chunk).collect();
        assert!(packed.packed.len() <= 60 * 6 + 1, "{}", packed.packed.len());
    }
}
