//! Columns that are computed from others when a chunk is made: what only f64, a calendar or a text
//! can decide, decided once, on the CPU, the same for every device.

use crate::decode::chunks::named;
use crate::decode::convert::{Points, bits32, bits64, time};
use crate::decode::page::{Rows, Spelled};
use crate::file::text::texts_of;
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::error::ArrowError;
use graticule_columns::{CalendarReader, Column, Data, Kind, Scan, Source, TextTest};
use graticule_geo::{h3, tile};
use std::collections::HashMap;
use twox_hash::{XxHash3_64, XxHash64};

/// What the derived columns of a row group need to remember from chunk to chunk.
pub(crate) struct Derive {
    slots: Vec<(usize, Recipe)>,
    time_slot: Option<usize>,
}

enum Recipe {
    H3 {
        cells: Box<h3::Cells>,
        resolution: u8,
    },
    TileRow {
        zoom: u8,
    },
    Calendar(Box<CalendarReader>),
    Text {
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

impl Derive {
    pub(crate) fn new(scan: &Scan) -> Result<Self, ArrowError> {
        let wrong = |reason: String| ArrowError::InvalidArgumentError(reason);
        let is_uuid = |name: &str| {
            let mut attributes = scan.schema.attributes.iter();
            attributes.any(|a| a.name == name && a.is_uuid)
        };
        let mut slots = Vec::new();
        for (slot, source) in scan.sources.iter().enumerate() {
            let recipe = match source {
                &Source::H3 { resolution } => {
                    let cells = h3::Cells::new(resolution).map_err(|e| wrong(e.to_string()))?;
                    Recipe::H3 {
                        cells: Box::new(cells),
                        resolution,
                    }
                }
                &Source::TileRow { zoom } => Recipe::TileRow { zoom },
                Source::Calendar(calendar) => {
                    let time = scan.schema.time.as_ref();
                    let time = time.ok_or_else(|| wrong("there is no time column".to_owned()))?;
                    Recipe::Calendar(Box::new(calendar.reader(time.unit).map_err(wrong)?))
                }
                Source::Text { name } => Recipe::Text {
                    name: name.clone(),
                    hash: hash_of(scan.text_hash),
                    is_uuid: is_uuid(name),
                    seen: HashMap::new(),
                    words: ByNumber::default(),
                },
                Source::Matches { name, test } => Recipe::Matches {
                    name: name.clone(),
                    is_uuid: is_uuid(name),
                    test: test.clone(),
                    words: ByNumber::default(),
                },
                _ => continue,
            };
            slots.push((slot, recipe));
        }
        let time_slot = scan.sources.iter().position(|s| *s == Source::Time);
        Ok(Self { slots, time_slot })
    }

    /// Fills the derived slots in; returns the texts that were met for the first time. What the batch lacks was
    /// read page by page.
    pub(crate) fn fill(
        &mut self,
        scan: &Scan,
        points: &Points,
        (batch, read): (&RecordBatch, &Rows),
        columns: &mut [Column],
    ) -> Result<Vec<(u64, String)>, ArrowError> {
        let mut texts = Vec::new();
        for (slot, recipe) in &mut self.slots {
            columns[*slot] = match recipe {
                Recipe::H3 { cells, resolution } => h3_column(cells, *resolution, points),
                Recipe::TileRow { zoom } => tile_rows(*zoom, points),
                Recipe::Calendar(reader) => {
                    let time = match (self.time_slot, scan.schema.time.as_ref()) {
                        (Some(slot), _) => columns[slot].clone(),
                        (None, Some(column)) => match read.column(&column.name) {
                            Some(known) => known.clone(),
                            None => time(named(batch, &column.name)?)?,
                        },
                        (None, None) => continue,
                    };
                    ordinals(reader, &time)
                }
                Recipe::Text {
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

fn h3_column(cells: &mut h3::Cells, resolution: u8, points: &Points) -> Column {
    let rows = points.lon.len();
    let cell = |row: usize| {
        let point = points.lon.get(row).zip(points.lat.get(row));
        match point.filter(|_| points.is_valid(row)) {
            Some((lon, lat)) => h3::compact(cells.cell(lon, lat), resolution),
            // Rows without a point count nowhere.
            None => 0,
        }
    };
    let words: Vec<u64> = (0..rows).map(cell).collect();
    Column::compact(Kind::U64, words.into(), None)
}

fn tile_rows(zoom: u8, points: &Points) -> Column {
    let rows = points.lat.iter().enumerate();
    let rows = rows.map(|(row, lat)| match points.is_valid(row) {
        true => tile::row(zoom.into(), lat),
        false => None,
    });
    bits32(Kind::U32, rows)
}

fn ordinals(reader: &mut CalendarReader, time: &Column) -> Column {
    const STEP: usize = 1024;
    let mut scratch = [0; STEP];
    let mut ordinals = Vec::with_capacity(time.len());
    for start in (0..time.len()).step_by(STEP) {
        let rows = start..(start + STEP).min(time.len());
        let counts = time.read64(rows.clone(), &mut scratch);
        for (row, count) in rows.zip(counts) {
            let is_live = time.validity().is_none_or(|v| v.value(row));
            let ordinal = is_live.then(|| reader.ordinal(count.cast_signed()));
            ordinals.push(ordinal.map(i32::cast_unsigned));
        }
    }
    bits32(Kind::I32, ordinals.into_iter())
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
        return Ok(bits64(
            Kind::U64,
            places.into_iter().map(|place| hashes[place?]),
        ));
    }
    let hashes = places.into_iter().map(|place| place.map(&mut hash));
    Ok(bits64(Kind::U64, hashes))
}

fn matches(array: &ArrayRef, is_uuid: bool, test: &TextTest) -> Result<Column, ArrowError> {
    if *test == TextTest::In(Vec::new()) {
        // Whether it is null can be asked of any type.
        let nulls = array.logical_nulls();
        let is_null = |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        let held = (0..array.len()).map(|row| (!is_null(row)).then_some(0));
        return Ok(bits32(Kind::U32, held));
    }
    let (values, places) = texts_of(array, is_uuid)?;
    let holds =
        |place: usize| (!values.is_null(place)).then(|| u32::from(test.holds(values.value(place))));
    let held: Vec<Option<u32>> = (0..values.len()).map(holds).collect();
    Ok(bits32(
        Kind::U32,
        places.into_iter().map(|place| held[place?]),
    ))
}
