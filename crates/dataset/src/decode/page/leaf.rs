//! One leaf column of a row group, read page by page into memory that is used again.

use super::codec::Codec;
use super::header::Body;
use super::hybrid::Hybrid;
use super::listing::{Listed, Listing};
use super::values::{Span, Values, Width};
use crate::decode::held::Held;
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::file::reader::ChunkReader;
use std::ops::Range;
use thiserror::Error;

/// Rows that are handed over at a time: their words stay in the first-level cache.
const STEP: usize = 1 << 11;

/// A page that cannot be read.
#[derive(Debug, Error)]
#[error("column '{column}': {reason}")]
pub(crate) struct Unreadable {
    pub(crate) column: String,
    /// Which page it is, and why.
    pub(crate) reason: String,
}

/// Words of some rows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Words<'a> {
    Narrow(&'a [u32]),
    Wide(&'a [u64]),
    /// Places in the dictionary.
    Keys(&'a [u32]),
}

/// What takes the values of a column.
pub(super) trait Sink {
    /// That a dictionary of so many entries follows, before any place in it.
    fn dictionary(&mut self, entries: usize);

    /// The next entries of the dictionary.
    fn enter(&mut self, words: Words<'_>);

    /// That all entries are there.
    fn entered(&mut self) {}

    /// The next rows, a word each; where some are null, which are not.
    ///
    /// # Errors
    /// When a place is not in the dictionary.
    fn push(&mut self, words: Words<'_>, live: Option<&[bool]>) -> Result<(), &'static str>;

    /// As [`Self::enter`], of texts that lie in bytes.
    fn enter_texts(&mut self, _bytes: &[u8], _spans: &[Span]) {}

    /// As [`Self::push`], of texts that lie in bytes.
    ///
    /// # Errors
    /// When it is not of texts, or one is not as it should be.
    fn push_texts(
        &mut self,
        _bytes: &[u8],
        _spans: &[Span],
        _live: Option<&[bool]>,
    ) -> Result<(), &'static str> {
        Err("it has texts")
    }
}

/// A leaf column, and how far it has been read.
pub(super) struct Leaf {
    column: String,
    held: Held,
    listing: Listing,
    codec: Codec,
    has_dictionary: bool,
    /// StoreRoot in the list of the page that is open.
    open: Option<usize>,
    /// Of the open page the bytes, where they are decompressed, else as they lie.
    decoded: Vec<u8>,
    stored: Bytes,
    values: Values,
    /// Which rows of the open page are not null; empty where all are not.
    live: Vec<bool>,
    /// The next row of the open page, counted from its first.
    row: usize,
    narrow: Vec<u32>,
    wide: Vec<u64>,
    /// Where the texts of a step lie; empty where it has none.
    spans: Vec<Span>,
}

impl Leaf {
    pub(super) fn new(column: &str, held: &Held, listing: Listing, codec: Codec) -> Self {
        Self {
            column: column.to_owned(),
            held: held.clone(),
            spans: match listing.width {
                Width::Text => vec![(0, 0); STEP],
                Width::Bit | Width::Narrow | Width::Wide => Vec::new(),
            },
            listing,
            codec,
            has_dictionary: false,
            open: None,
            decoded: Vec::new(),
            stored: Bytes::new(),
            values: Values::Plain(0..0),
            live: Vec::new(),
            row: 0,
            narrow: vec![0; STEP],
            wide: vec![0; STEP],
        }
    }

    /// Hands the values of rows to a sink; rows come in ascending order, in this call and the next.
    pub(super) fn read(
        &mut self,
        rows: Range<usize>,
        sink: &mut impl Sink,
    ) -> Result<(), Unreadable> {
        let mut at = rows.start;
        while at < rows.end {
            let Some(place) = self.listing.find(at) else {
                return Err(self.unreadable(None, &format!("it has no page with row {at}")));
            };
            let page = self.listing.pages[place].clone();
            let end = page.rows.end.min(rows.end);
            self.read_page(place, &page, at..end, sink)
                .map_err(|reason| self.unreadable(Some(&page), &reason))?;
            at = end;
        }
        Ok(())
    }

    fn unreadable(&self, page: Option<&Listed>, reason: &str) -> Unreadable {
        let place = page.map(|page| {
            let rows = &page.rows;
            format!(
                "page {} (rows {} to {}): ",
                page.number,
                rows.start,
                rows.end - 1
            )
        });
        Unreadable {
            column: self.column.clone(),
            reason: format!("{}{reason}", place.unwrap_or_default()),
        }
    }

    fn read_page(
        &mut self,
        place: usize,
        page: &Listed,
        rows: Range<usize>,
        sink: &mut impl Sink,
    ) -> Result<(), String> {
        if self.open != Some(place) {
            self.open = None;
            self.open_page(page, sink)?;
            self.open = Some(place);
        }
        let ahead = (rows.start - page.rows.start).checked_sub(self.row);
        let ahead = ahead.ok_or("rows are asked for that were passed over")?;
        self.skip(ahead)?;
        for start in rows.clone().step_by(STEP) {
            self.step(STEP.min(rows.end - start), sink)?;
        }
        Ok(())
    }

    /// The bytes of a page, once they are what they should be.
    fn load(&mut self, page: &Listed) -> Result<(), String> {
        let header = &page.header;
        let encoded = self.held.get_bytes(page.at, header.encoded);
        let encoded = encoded.map_err(|e| e.to_string())?;
        if header
            .crc
            .is_some_and(|crc| crc != crc32fast::hash(&encoded))
        {
            return Err("its checksum is not that of its bytes".to_owned());
        }
        // The levels of the second version lie before what is compressed.
        let (plain, is_compressed) = match header.body {
            Body::DataV2 {
                definition,
                is_compressed,
                ..
            } => (definition, is_compressed),
            _ => (0, true),
        };
        if self.codec.is_none() || !is_compressed {
            self.stored = encoded;
            self.decoded.clear();
            return Ok(());
        }
        if plain > encoded.len() || plain > header.decoded {
            return Err("its levels are longer than the page".to_owned());
        }
        self.stored = Bytes::new();
        let more = header.decoded.saturating_sub(self.decoded.len());
        self.decoded.reserve_exact(more);
        self.decoded.resize(header.decoded, 0);
        let (levels, body) = self.decoded.split_at_mut(plain);
        levels.copy_from_slice(&encoded[..plain]);
        match body.is_empty() {
            // Of nulls alone.
            true => Ok(()),
            false => self.codec.decompress(&encoded[plain..], body),
        }
    }

    fn open_page(&mut self, page: &Listed, sink: &mut impl Sink) -> Result<(), String> {
        let (encoding, count) = match page.header.body {
            Body::Data {
                encoding, values, ..
            }
            | Body::DataV2 {
                encoding, values, ..
            } => (encoding, values),
            Body::Dictionary { .. } | Body::Other => return Err("it holds no rows".to_owned()),
        };
        let has_keys = matches!(
            encoding,
            Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY
        );
        if has_keys && !self.has_dictionary {
            self.open_dictionary(sink)?;
        }
        self.load(page)?;
        let bytes = bytes_of(&self.stored, &self.decoded);
        let levels = levels(bytes, &page.header.body, self.listing.is_optional)?;
        let start = levels.end;
        self.live.clear();
        if self.listing.is_optional {
            read_levels(bytes, levels, count, &mut self.narrow, &mut self.live)?;
        }
        if let Body::DataV2 { nulls, .. } = page.header.body {
            let found = self.live.iter().filter(|live| !**live).count();
            if found != nulls {
                return Err(format!("it has {found} nulls, and its header says {nulls}"));
            }
        }
        self.values = Values::new(bytes, start..bytes.len(), encoding, self.listing.width)?;
        self.row = 0;
        Ok(())
    }

    fn open_dictionary(&mut self, sink: &mut impl Sink) -> Result<(), String> {
        let Some(page) = self.listing.dictionary.clone() else {
            return Err("its values lie in a dictionary that the column has not".to_owned());
        };
        let Body::Dictionary { values, .. } = page.header.body else {
            return Err("its dictionary is none".to_owned());
        };
        let of_dictionary = |reason: String| format!("its dictionary: {reason}");
        self.load(&page).map_err(of_dictionary)?;
        let bytes = bytes_of(&self.stored, &self.decoded);
        let size = if self.listing.width == Width::Wide {
            8
        } else {
            4
        };
        if self.listing.width == Width::Text {
            enter_texts(bytes, values, &mut self.spans, sink).map_err(of_dictionary)?;
            self.decoded = Vec::new();
            self.has_dictionary = true;
            return Ok(());
        }
        let Some(bytes) = values.checked_mul(size).and_then(|end| bytes.get(..end)) else {
            return Err(of_dictionary(format!(
                "it has fewer than the {values} values that its header says"
            )));
        };
        sink.dictionary(values);
        for bytes in bytes.chunks(size * STEP) {
            let count = bytes.len() / size;
            sink.enter(match self.listing.width {
                Width::Wide => {
                    let words = bytes.as_chunks::<8>().0.iter();
                    let words = words.map(|word| u64::from_le_bytes(*word));
                    fill(&mut self.wide, words);
                    Words::Wide(&self.wide[..count])
                }
                Width::Narrow | Width::Bit | Width::Text => {
                    let words = bytes.as_chunks::<4>().0.iter();
                    let words = words.map(|word| u32::from_le_bytes(*word));
                    fill(&mut self.narrow, words);
                    Words::Narrow(&self.narrow[..count])
                }
            });
        }
        sink.entered();
        // A dictionary is many times as large as a page, and never read again.
        self.decoded = Vec::new();
        self.has_dictionary = true;
        Ok(())
    }

    fn skip(&mut self, rows: usize) -> Result<(), &'static str> {
        if rows == 0 {
            return Ok(());
        }
        let live = self.live.get(self.row..self.row + rows);
        let count = live.map_or(rows, |live| live.iter().filter(|live| **live).count());
        let page = bytes_of(&self.stored, &self.decoded);
        self.values.skip(page, self.listing.width, count)?;
        self.row += rows;
        Ok(())
    }

    /// Hands over at most [`STEP`] rows.
    fn step(&mut self, rows: usize, sink: &mut impl Sink) -> Result<(), &'static str> {
        let live = self.live.get(self.row..self.row + rows);
        let count = live.map_or(rows, |live| live.iter().filter(|live| **live).count());
        let live = live.filter(|_| count < rows);
        self.row += rows;
        let page = bytes_of(&self.stored, &self.decoded);
        let is_keys = matches!(self.values, Values::Keys(_));
        if self.listing.width == Width::Text && !is_keys {
            let spans = &mut self.spans[..rows];
            self.values.read_spans(page, &mut spans[..count])?;
            live.inspect(|live| spread(spans, count, live));
            return sink.push_texts(page, spans, live);
        }
        let words = if self.listing.width == Width::Wide && !is_keys {
            let words = &mut self.wide[..rows];
            self.values.read_wide(page, &mut words[..count])?;
            live.inspect(|live| spread(words, count, live));
            Words::Wide(words)
        } else {
            let words = &mut self.narrow[..rows];
            self.values.read_narrow(page, &mut words[..count])?;
            live.inspect(|live| spread(words, count, live));
            match is_keys {
                true => Words::Keys(words),
                false => Words::Narrow(words),
            }
        };
        sink.push(words, live)
    }
}

/// Hands over the texts of a dictionary.
fn enter_texts(
    bytes: &[u8],
    count: usize,
    spans: &mut [Span],
    sink: &mut impl Sink,
) -> Result<(), String> {
    let mut values = Values::Plain(0..bytes.len());
    // Each has four bytes at least.
    sink.dictionary(count.min(bytes.len() / 4));
    for start in (0..count).step_by(spans.len().max(1)) {
        let spans = &mut spans[..(count - start).min(STEP)];
        values.read_spans(bytes, spans)?;
        sink.enter_texts(bytes, spans);
    }
    sink.entered();
    Ok(())
}

/// The bytes of the open page, of which one of both is empty.
fn bytes_of<'a>(stored: &'a Bytes, decoded: &'a [u8]) -> &'a [u8] {
    match stored.is_empty() {
        true => decoded,
        false => stored,
    }
}

/// Where the definition levels lie in a page, behind which its values begin.
fn levels(page: &[u8], body: &Body, is_optional: bool) -> Result<Range<usize>, &'static str> {
    let range = match *body {
        Body::DataV2 { definition, .. } => 0..definition,
        _ if !is_optional => 0..0,
        _ => {
            let length = page.first_chunk().map(|length| u32::from_le_bytes(*length));
            let length = length.ok_or("it ends before its levels")? as usize;
            4..length.saturating_add(4)
        }
    };
    match range.end <= page.len() {
        true => Ok(range),
        false => Err("it ends before its levels do"),
    }
}

/// Which of a page's rows are not null; nothing where all are not.
fn read_levels(
    page: &[u8],
    bytes: Range<usize>,
    rows: usize,
    scratch: &mut [u32],
    live: &mut Vec<bool>,
) -> Result<(), &'static str> {
    let mut runs = Hybrid::new(bytes, 1)?;
    if runs.is_all(page, 1, rows)? {
        return Ok(());
    }
    let mut rest = rows;
    while rest > 0 {
        let count = rest.min(scratch.len());
        runs.read(page, &mut scratch[..count])?;
        if scratch[..count].iter().any(|level| *level > 1) {
            return Err("it has levels that no row of a flat column can have");
        }
        live.extend(scratch[..count].iter().map(|level| *level == 1));
        rest -= count;
    }
    if !live.contains(&false) {
        live.clear();
    }
    Ok(())
}

fn fill<W>(words: &mut [W], with: impl Iterator<Item = W>) {
    for (word, with) in words.iter_mut().zip(with) {
        *word = with;
    }
}

/// Moves the first `count` words to the rows that are not null; the others are 0.
fn spread<W: Copy + Default>(words: &mut [W], count: usize, live: &[bool]) {
    let mut from = count;
    for row in (0..words.len()).rev() {
        words[row] = match live[row] {
            true => {
                from -= 1;
                words[from]
            }
            false => W::default(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_no_row_can_have_is_an_error() {
        let read = |page: &[u8]| {
            let (mut scratch, mut live) = ([0; 8], Vec::new());
            read_levels(page, 0..page.len(), 3, &mut scratch, &mut live).map(|()| live)
        };
        // Runs of three: 1 has a value, 0 has none, 3 is nothing.
        assert_eq!(read(&[6, 1]), Ok(Vec::new()));
        assert_eq!(read(&[6, 0]), Ok(vec![false; 3]));
        assert!(read(&[6, 3]).is_err());
    }
}
