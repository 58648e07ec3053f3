//! Texts as places in a lexicon of different ones, which a dictionary already is.

use super::leaf::{Sink, Words};
use super::values::Span;
use crate::text::text_of_bytes;
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use graticule_columns::Numbers;
use hashbrown::HashTable;
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twox_hash::XxHash3_64;

/// The texts of a column that were met so far, by the numbers that rows have. One stays what it is as long as
/// the row group is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lexicon {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
    is_utf8: bool,
    /// Tells it from others.
    id: u64,
}

/// The texts of some rows.
pub(crate) struct Spelled {
    pub(crate) lexicon: Arc<Lexicon>,
    /// Numbers, one a row; of a row that is null any.
    pub(crate) numbers: ScalarBuffer<u32>,
    /// Which rows are not null, where one is.
    pub(crate) live: Option<BooleanBuffer>,
}

impl Lexicon {
    /// What tells it from others.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    fn bytes_of(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }

    /// The text of a number; bytes as texts are told.
    pub(crate) fn text(&self, number: usize) -> Cow<'_, str> {
        let bytes = self.bytes_of(number);
        match std::str::from_utf8(bytes) {
            Ok(text) if self.is_utf8 => Cow::Borrowed(text),
            _ => text_of_bytes(bytes),
        }
    }

    fn add(&mut self, bytes: &[u8]) -> Result<u32, &'static str> {
        if self.is_utf8 && std::str::from_utf8(bytes).is_err() {
            return Err(NO_TEXT);
        }
        let number = u32::try_from(self.ends.len()).map_err(|_| "it has too many texts")?;
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
        Ok(number)
    }
}

impl Spelled {
    /// The numbers, for who asks of a column only which values are the same.
    pub(crate) fn numbers(&self) -> Numbers {
        let count = u32::try_from(self.lexicon.len()).unwrap_or(u32::MAX);
        Numbers {
            of: self.lexicon.id(),
            each: self.numbers.clone(),
            // Rows without a value have the first number, which may be of nothing.
            count: count.max(1),
        }
    }
}

const NO_TEXT: &str = "a text is no UTF-8";
const BEYOND: &str = "it has a place that is not in its dictionary";

/// Texts of rows in the making.
pub(super) struct Text {
    lexicon: Arc<Lexicon>,
    /// Numbers by the hashes of their texts; those of a dictionary not before a text comes without its place there.
    known: HashTable<u32>,
    /// How many numbers it has.
    hashed: usize,
    /// What is wrong with the dictionary.
    wrong: Option<&'static str>,
    numbers: Vec<u32>,
    /// Which rows are not null, once one is.
    live: Vec<bool>,
    /// Rows of the largest chunk so far.
    most: usize,
}

impl Text {
    /// Of texts, or else of any bytes.
    pub(super) fn new(is_utf8: bool) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            lexicon: Arc::new(Lexicon {
                is_utf8,
                id: NEXT.fetch_add(1, Ordering::Relaxed),
                ..Lexicon::default()
            }),
            known: HashTable::new(),
            hashed: 0,
            wrong: None,
            numbers: Vec::new(),
            live: Vec::new(),
            most: 0,
        }
    }

    /// Makes room for the rows of the next chunk.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.most = self.most.max(rows);
        self.numbers.reserve_exact(self.most);
    }

    /// What was pushed since the last one.
    pub(super) fn take(&mut self) -> Spelled {
        let live = std::mem::take(&mut self.live);
        Spelled {
            lexicon: self.lexicon.clone(),
            numbers: std::mem::take(&mut self.numbers).into(),
            live: (!live.is_empty()).then(|| BooleanBuffer::from(live)),
        }
    }

    /// The number of a text, which may be new.
    fn number(&mut self, text: &[u8]) -> Result<u32, &'static str> {
        let hash = XxHash3_64::oneshot;
        let lexicon = Arc::make_mut(&mut self.lexicon);
        for number in self.hashed..lexicon.len() {
            let of = |number: &u32| hash(lexicon.bytes_of(*number as usize));
            let number = u32::try_from(number).map_err(|_| BEYOND)?;
            self.known.insert_unique(of(&number), number, of);
        }
        let is_it = |number: &u32| lexicon.bytes_of(*number as usize) == text;
        let found = self.known.find(hash(text), is_it).copied();
        let number = match found {
            Some(number) => number,
            None => {
                let number = lexicon.add(text)?;
                let of = |number: &u32| hash(lexicon.bytes_of(*number as usize));
                self.known.insert_unique(hash(text), number, of);
                number
            }
        };
        self.hashed = lexicon.len();
        Ok(number)
    }

    fn live(&mut self, live: Option<&[bool]>, rows: usize) {
        let before = self.numbers.len() - rows;
        match live {
            Some(live) => {
                self.live.resize(before, true);
                self.live.extend_from_slice(live);
            }
            None if !self.live.is_empty() => self.live.resize(before + rows, true),
            None => {}
        }
    }
}

impl Sink for Text {
    fn dictionary(&mut self, entries: usize) {
        Arc::make_mut(&mut self.lexicon).ends.reserve_exact(entries);
    }

    fn enter(&mut self, _words: Words<'_>) {}

    fn enter_texts(&mut self, bytes: &[u8], spans: &[Span]) {
        let lexicon = Arc::make_mut(&mut self.lexicon);
        for &(start, length) in spans {
            let added = lexicon.add(&bytes[start..start + length]);
            self.wrong = self.wrong.or(added.err());
        }
    }

    fn push(&mut self, words: Words<'_>, live: Option<&[bool]>) -> Result<(), &'static str> {
        let Words::Keys(keys) = words else {
            return Err("it has words that are no texts");
        };
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let highest = keys.iter().copied().max().unwrap_or(0) as usize;
        // Rows without a value have the first place, which a dictionary of nothing has not.
        let is_none = live.is_some() && highest == 0;
        if highest >= self.lexicon.len() && !is_none {
            return Err(BEYOND);
        }
        self.numbers.extend_from_slice(keys);
        self.live(live, keys.len());
        Ok(())
    }

    fn push_texts(
        &mut self,
        bytes: &[u8],
        spans: &[Span],
        live: Option<&[bool]>,
    ) -> Result<(), &'static str> {
        // Tracks have one for many rows.
        let mut last: Option<(&[u8], u32)> = None;
        for (row, &(start, length)) in spans.iter().enumerate() {
            if live.is_some_and(|live| !live[row]) {
                self.numbers.push(0);
                continue;
            }
            let text = &bytes[start..start + length];
            let number = match last {
                Some((before, number)) if before == text => number,
                _ => self.number(text)?,
            };
            last = Some((text, number));
            self.numbers.push(number);
        }
        self.live(live, spans.len());
        Ok(())
    }
}
