//! Texts as places in a vocabulary of different ones, which a dictionary already is.

use super::leaf::{Sink, Words};
use super::live::{Live, is_none};
use super::values::Span;
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use graticule_columns::{Numbers, text_of_bytes};
use hashbrown::HashTable;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twox_hash::XxHash3_64;

/// The texts of a column that were met so far, by the numbers that rows have. A number stays its text's; further ones may
/// come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vocabulary {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
    is_utf8: bool,
    /// Tells it from others.
    id: u64,
}

/// The texts of some rows.
pub(crate) struct Spelled {
    pub(crate) vocabulary: Arc<Vocabulary>,
    /// Numbers, one a row; of a row that is null any.
    pub(crate) numbers: ScalarBuffer<u32>,
    /// Which rows are not null, where one is.
    pub(crate) live: Option<BooleanBuffer>,
}

impl Vocabulary {
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
        let count = u32::try_from(self.vocabulary.len()).unwrap_or(u32::MAX);
        Numbers {
            of: self.vocabulary.id(),
            each: self.numbers.clone(),
            // Rows without a value have the first number, which may be of nothing.
            count: count.max(1),
        }
    }
}

/// A vocabulary that has more than its dictionary is begun anew beyond these.
const MOST_BYTES: usize = 16 << 20;
const MOST_TEXTS: usize = 1 << 19;

/// What tells another vocabulary from all before.
fn another() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

const NO_TEXT: &str = "a text is no UTF-8";
const BEYOND: &str = "it has a place that is not in its dictionary";

/// Texts of rows in the making.
pub(super) struct Text {
    vocabulary: Arc<Vocabulary>,
    /// Numbers by the hashes of their texts; those of a dictionary not before a text comes without its place there.
    known: HashTable<u32>,
    /// How many numbers it has.
    hashed: usize,
    /// Which of them the dictionary gave, by the places that keys count.
    dictionary: Range<usize>,
    /// What is wrong with the dictionary.
    wrong: Option<&'static str>,
    numbers: Vec<u32>,
    live: Live,
    /// Rows of the largest chunk so far.
    most: usize,
}

impl Text {
    /// Of texts, or else of any bytes.
    pub(super) fn new(is_utf8: bool) -> Self {
        Self {
            vocabulary: Arc::new(Vocabulary {
                is_utf8,
                id: another(),
                ..Vocabulary::default()
            }),
            known: HashTable::new(),
            hashed: 0,
            dictionary: 0..0,
            wrong: None,
            numbers: Vec::new(),
            live: Live::default(),
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
        let vocabulary = self.vocabulary.clone();
        if vocabulary.bytes.len() > MOST_BYTES || vocabulary.len() > MOST_TEXTS {
            self.forget();
        }
        Spelled {
            vocabulary,
            numbers: std::mem::take(&mut self.numbers).into(),
            live: self.live.take(),
        }
    }

    /// Begins a vocabulary anew, of the texts that keys may still name.
    fn forget(&mut self) {
        if self.vocabulary.len() == self.dictionary.len() {
            return;
        }
        let mut vocabulary = Vocabulary {
            is_utf8: self.vocabulary.is_utf8,
            id: another(),
            ..Vocabulary::default()
        };
        for number in self.dictionary.clone() {
            vocabulary
                .bytes
                .extend_from_slice(self.vocabulary.bytes_of(number));
            vocabulary.ends.push(vocabulary.bytes.len());
        }
        self.dictionary = 0..vocabulary.len();
        self.vocabulary = Arc::new(vocabulary);
        (self.known, self.hashed) = (HashTable::new(), 0);
    }

    /// The number of a text, which may be new.
    fn number(&mut self, text: &[u8]) -> Result<u32, &'static str> {
        let hash = XxHash3_64::oneshot;
        let vocabulary = Arc::make_mut(&mut self.vocabulary);
        for number in self.hashed..vocabulary.len() {
            let of = |number: &u32| hash(vocabulary.bytes_of(*number as usize));
            let number = u32::try_from(number).map_err(|_| BEYOND)?;
            self.known.insert_unique(of(&number), number, of);
        }
        let is_it = |number: &u32| vocabulary.bytes_of(*number as usize) == text;
        let found = self.known.find(hash(text), is_it).copied();
        let number = match found {
            Some(number) => number,
            None => {
                let number = vocabulary.add(text)?;
                let of = |number: &u32| hash(vocabulary.bytes_of(*number as usize));
                self.known.insert_unique(hash(text), number, of);
                number
            }
        };
        self.hashed = vocabulary.len();
        Ok(number)
    }
}

impl Sink for Text {
    fn dictionary(&mut self, entries: usize) {
        // Pages without keys may have come before it.
        let first = self.vocabulary.len();
        self.dictionary = first..first;
        Arc::make_mut(&mut self.vocabulary)
            .ends
            .reserve_exact(entries);
    }

    fn enter(&mut self, _words: Words<'_>) {}

    fn enter_texts(&mut self, bytes: &[u8], spans: &[Span]) {
        let vocabulary = Arc::make_mut(&mut self.vocabulary);
        for &(start, length) in spans {
            let added = vocabulary.add(&bytes[start..start + length]);
            self.wrong = self.wrong.or(added.err());
        }
        self.dictionary.end = vocabulary.len();
    }

    fn push(&mut self, words: Words<'_>, live: Option<&[bool]>) -> Result<(), &'static str> {
        let Words::Keys(keys) = words else {
            return Err("it has words that are no texts");
        };
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let before = self.numbers.len();
        let highest = keys.iter().copied().max().unwrap_or(0) as usize;
        if highest >= self.dictionary.len() {
            if highest > 0 || !is_none(live) {
                return Err(BEYOND);
            }
            self.numbers.resize(before + keys.len(), 0);
        } else if self.dictionary.start == 0 {
            self.numbers.extend_from_slice(keys);
        } else {
            let first = u32::try_from(self.dictionary.start).map_err(|_| BEYOND)?;
            self.numbers.extend(keys.iter().map(|key| first + key));
        }
        self.live.push(before, keys.len(), live);
        Ok(())
    }

    fn push_texts(
        &mut self,
        bytes: &[u8],
        spans: &[Span],
        live: Option<&[bool]>,
    ) -> Result<(), &'static str> {
        let before = self.numbers.len();
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
        self.live.push(before, spans.len(), live);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(of: &[&str]) -> (Vec<u8>, Vec<Span>) {
        let mut spans = Vec::new();
        let mut bytes = Vec::new();
        for text in of {
            spans.push((bytes.len(), text.len()));
            bytes.extend_from_slice(text.as_bytes());
        }
        (bytes, spans)
    }

    fn read(spelled: &Spelled) -> Vec<String> {
        let numbers = spelled.numbers.iter();
        let text = |number: &u32| spelled.vocabulary.text(*number as usize).into_owned();
        numbers.map(text).collect()
    }

    fn plain(sink: &mut Text, of: &[&str]) {
        let (bytes, spans) = texts(of);
        sink.push_texts(&bytes, &spans, None).expect("texts");
    }

    fn enter(sink: &mut Text, of: &[&str]) {
        let (bytes, spans) = texts(of);
        sink.dictionary(of.len());
        sink.enter_texts(&bytes, &spans);
        sink.entered();
    }

    #[test]
    fn keys_count_from_where_the_dictionary_begins() {
        let mut sink = Text::new(true);
        plain(&mut sink, &["x", "b"]);
        enter(&mut sink, &["a", "b"]);
        sink.push(Words::Keys(&[0, 1, 0]), None).expect("keys");
        plain(&mut sink, &["a", "y"]);
        assert_eq!(read(&sink.take()), ["x", "b", "a", "b", "a", "a", "y"]);
        // Its places are two, however many texts there are.
        assert_eq!(sink.push(Words::Keys(&[2]), None), Err(BEYOND));
    }

    #[test]
    fn of_many_texts_only_those_of_the_dictionary_are_kept() {
        let mut sink = Text::new(true);
        let long = (0..20).map(|n| format!("{n}{}", "-".repeat(1 << 20)));
        let long: Vec<String> = long.collect();
        let long: Vec<&str> = long.iter().map(String::as_str).collect();
        plain(&mut sink, &["x"]);
        enter(&mut sink, &["a", "b"]);
        plain(&mut sink, &long);
        let first = sink.take();
        assert_eq!(read(&first)[1..], long);
        sink.push(Words::Keys(&[1, 0]), None).expect("keys");
        plain(&mut sink, &["b", "x"]);
        let second = sink.take();
        assert_eq!(read(&second), ["b", "a", "b", "x"]);
        assert_eq!(second.vocabulary.len(), 3);
        assert_ne!(second.vocabulary.id(), first.vocabulary.id());
    }

    #[test]
    fn a_dictionary_of_nothing_is_of_rows_without_a_value() {
        let mut sink = Text::new(true);
        enter(&mut sink, &[]);
        let keys = Words::Keys(&[0, 0]);
        assert_eq!(sink.push(keys, Some(&[false, true])), Err(BEYOND));
        sink.push(keys, Some(&[false, false])).expect("nulls");
        let live = sink.take().live.expect("nulls");
        assert_eq!(live.count_set_bits(), 0);
    }
}
