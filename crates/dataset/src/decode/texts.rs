//! Columns that are made of texts as those are decoded: their hashes, and whether they pass a test.

use crate::decode::chunks::named;
use crate::decode::page::{Rows, Spelled};
use crate::file::text::texts_of;
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::error::ArrowError;
use graticule_columns::{Column, Data, Kind, Scan, Source, TextTest};
use std::collections::HashMap;
use twox_hash::{XxHash3_64, XxHash64};

/// What the columns of texts of a row group need to remember from chunk to chunk.
pub(crate) struct Texts {
    slots: Vec<(usize, Recipe)>,
}

enum Recipe {
    Hash {
        name: String,
        hash: fn(&[u8]) -> u64,
        is_uuid: bool,
        seen: HashMap<u64, Box<str>>,
        /// By number in the vocabulary of the column's pages, where those are read here.
        words: ByNumber<u64>,
    },
    Matches {
        name: String,
        is_uuid: bool,
        test: TextTest,
        words: ByNumber<u32>,
    },
}

/// Words of the texts of a vocabulary, made for each when it is met.
#[derive(Default)]
struct ByNumber<W> {
    words: Vec<W>,
    is_made: Vec<bool>,
}

impl<W: Copy + Default> ByNumber<W> {
    /// The words of rows; of a null 0.
    fn of(&mut self, texts: &Spelled, mut make: impl FnMut(&str) -> W) -> Vec<W> {
        let Spelled {
            vocabulary,
            numbers,
            live,
        } = texts;
        self.words.resize(vocabulary.len(), W::default());
        self.is_made.resize(vocabulary.len(), false);
        let mut word = |number: u32| {
            let number = number as usize;
            if !self.is_made[number] {
                self.words[number] = make(&vocabulary.text(number));
                self.is_made[number] = true;
            }
            self.words[number]
        };
        let rows = numbers.iter();
        match live {
            None => rows.map(|number| word(*number)).collect(),
            Some(live) => {
                let rows = rows.zip(live);
                let word = |(number, is_live): (&u32, bool)| match is_live {
                    true => word(*number),
                    false => W::default(),
                };
                rows.map(word).collect()
            }
        }
    }
}

impl Texts {
    pub(crate) fn new(scan: &Scan) -> Self {
        let is_uuid = |name: &str| {
            let mut attributes = scan.schema.attributes.iter();
            attributes.any(|a| a.name == name && a.is_uuid)
        };
        let recipe = |source: &Source| match source {
            Source::Text { name } => Some(Recipe::Hash {
                name: name.clone(),
                hash: hash_of(scan.text_hash),
                is_uuid: is_uuid(name),
                seen: HashMap::new(),
                words: ByNumber::default(),
            }),
            Source::Matches { name, test } => Some(Recipe::Matches {
                name: name.clone(),
                is_uuid: is_uuid(name),
                test: test.clone(),
                words: ByNumber::default(),
            }),
            _ => None,
        };
        let slots = scan.sources.iter().enumerate();
        let slots = slots.filter_map(|(slot, source)| Some((slot, recipe(source)?)));
        Self {
            slots: slots.collect(),
        }
    }

    /// Fills the slots of texts in; returns the texts that were met for the first time. What the batch lacks was
    /// read page by page.
    pub(crate) fn fill(
        &mut self,
        (batch, read): (&RecordBatch, &Rows),
        columns: &mut [Column],
    ) -> Result<Vec<(u64, String)>, ArrowError> {
        let mut texts = Vec::new();
        for (slot, recipe) in &mut self.slots {
            columns[*slot] = match recipe {
                Recipe::Hash {
                    name,
                    hash,
                    is_uuid,
                    seen,
                    words,
                } => match read.texts(name) {
                    Some(spelled) => {
                        let hashes = words.of(spelled, |text| {
                            let hash = hash(text.as_bytes());
                            texts.push((hash, text.to_owned()));
                            hash
                        });
                        let live = spelled.live.clone();
                        let column = Column::compact(Kind::U64, hashes.into(), live);
                        column.numbered(spelled.numbers())
                    }
                    None => hashes(named(batch, name)?, *is_uuid, *hash, seen, &mut texts)?,
                },
                Recipe::Matches {
                    name,
                    is_uuid,
                    test,
                    words,
                } => match read.texts(name) {
                    Some(spelled) => {
                        let holds = |text: &str| u32::from(test.holds(text));
                        let held = words.of(spelled, holds);
                        let live = spelled.live.clone();
                        Column::new(Kind::U32, Data::Plain32(held.into()), live)
                    }
                    None => matches(named(batch, name)?, *is_uuid, test)?,
                },
            };
        }
        Ok(texts)
    }
}

/// Hashes whose bits are the same everywhere: XXH64 with seed 0, and where texts collide XXH3, of which
/// such texts know nothing.
fn hash_of(number: u8) -> fn(&[u8]) -> u64 {
    match number {
        0 => |text| XxHash64::oneshot(0, text),
        1 => |text| XxHash3_64::oneshot_with_seed(1, text),
        _ => |text| XxHash3_64::oneshot_with_seed(2, text),
    }
}

fn hashes(
    array: &ArrayRef,
    is_uuid: bool,
    hash_of: fn(&[u8]) -> u64,
    seen: &mut HashMap<u64, Box<str>>,
    texts: &mut Vec<(u64, String)>,
) -> Result<Column, ArrowError> {
    let (values, places) = texts_of(array, is_uuid)?;
    let mut hash = |place: usize| {
        let text = values.value(place);
        let hash = hash_of(text.as_bytes());
        // A second text of the same hash is told, too: whoever gathers them then knows.
        if seen.get(&hash).is_none_or(|known| **known != *text) {
            seen.insert(hash, text.into());
            texts.push((hash, text.to_owned()));
        }
        hash
    };
    if values.len() < places.len() {
        // A dictionary: each text is hashed once. Those that no row has do no harm.
        let hashes: Vec<Option<u64>> = (0..values.len())
            .map(|place| (!values.is_null(place)).then(|| hash(place)))
            .collect();
        return Ok(Column::of_options64(
            Kind::U64,
            places.into_iter().map(|place| hashes[place?]),
        ));
    }
    let hashes = places.into_iter().map(|place| place.map(&mut hash));
    Ok(Column::of_options64(Kind::U64, hashes))
}

fn matches(array: &ArrayRef, is_uuid: bool, test: &TextTest) -> Result<Column, ArrowError> {
    if test.is_of_null() {
        // Whether it is null can be asked of any type.
        let nulls = array.logical_nulls();
        let is_null = |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        let held = (0..array.len()).map(|row| (!is_null(row)).then_some(0));
        return Ok(Column::of_options32(Kind::U32, held));
    }
    let (values, places) = texts_of(array, is_uuid)?;
    let holds =
        |place: usize| (!values.is_null(place)).then(|| u32::from(test.holds(values.value(place))));
    let held: Vec<Option<u32>> = (0..values.len()).map(holds).collect();
    Ok(Column::of_options32(
        Kind::U32,
        places.into_iter().map(|place| held[place?]),
    ))
}
