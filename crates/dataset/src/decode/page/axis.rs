//! One coordinate of points straight into cells, beside what the file has.

use super::leaf::{Sink, Words};
use super::live::is_none;
use super::located::Located;
use arrow::buffer::ScalarBuffer;
use graticule_columns::Degrees;
use graticule_geo::{CoordinateUnit, decimal, x_of_lon, xs_of_lon, y_of_lat, ys_of_lat};

/// Longitudes or latitudes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Lon,
    Lat,
}

impl Side {
    fn half(self) -> f64 {
        match self {
            Self::Lon => 180.0,
            Self::Lat => 90.0,
        }
    }

    pub(super) fn cell(self, degrees: f64) -> u32 {
        match self {
            Self::Lon => x_of_lon(degrees),
            Self::Lat => y_of_lat(degrees),
        }
    }

    /// As [`Self::cell`] of each, several at a time.
    pub(super) fn cells(self, degrees: &[f64], cells: &mut [u32]) {
        match self {
            Self::Lon => xs_of_lon(degrees, cells),
            Self::Lat => ys_of_lat(degrees, cells),
        }
    }

    pub(super) fn is_valid(self, degrees: f64) -> bool {
        degrees.abs() <= self.half()
    }
}

/// What the words of a page are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Spelling {
    F64,
    F32,
    /// Whole numbers of a unit.
    Whole(CoordinateUnit),
    /// Decimals of so many places, and of a unit.
    Decimal(i8, CoordinateUnit),
    /// Decimals of the graticule layout; whether their source was of 32-bit floats.
    Marked {
        is_f32: bool,
    },
}

impl Spelling {
    /// The degrees of a word.
    fn degrees(self, word: u64, is_wide: bool) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "words of 32 bits have no more"
        )]
        let low = word as u32;
        let whole = match is_wide {
            true => word.cast_signed(),
            false => i64::from(low.cast_signed()),
        };
        match self {
            Self::F64 => f64::from_bits(word),
            Self::F32 => f64::from(f32::from_bits(low)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "whole numbers beyond 2^53 are no place in any unit"
            )]
            Self::Whole(unit) => unit.degrees(whole as f64),
            Self::Decimal(scale, unit) => {
                unit.degrees(crate::file::coordinates::nearest(whole.into(), scale))
            }
            Self::Marked { is_f32: true } => f64::from(decimal::decode::<f32>(Some(whole), 0)),
            Self::Marked { is_f32: false } => decimal::degrees_of(whole),
        }
    }
}

/// The dictionary: of each entry what a row with it has.
#[derive(Debug, Default)]
struct Entries {
    /// Degrees, until all entries are there.
    new: Vec<f64>,
    degrees: ScalarBuffer<f64>,
    cells: Vec<u32>,
    /// Whether each is a place, where not all are.
    valid: Vec<bool>,
}

/// One coordinate of a chunk in the making.
pub(super) struct Axis {
    side: Side,
    spelling: Spelling,
    is_wide: bool,
    entries: Entries,
    cells: Vec<u32>,
    degrees: Stored,
    /// Which rows are a place, once one is not.
    valid: Vec<bool>,
    rows: usize,
    /// Rows of the largest chunk so far.
    most: usize,
}

/// The source's coordinates, as cheap as they come.
#[derive(Debug)]
enum Stored {
    Plain(Vec<f64>),
    /// Places in the dictionary.
    Keys(Vec<u32>),
    /// Decimals of the graticule layout.
    Decimals(Vec<i32>),
}

const BEYOND: &str = "it has a place that is not in its dictionary";

impl Axis {
    pub(super) fn new(side: Side, spelling: Spelling, is_wide: bool) -> Self {
        Self {
            side,
            spelling,
            is_wide,
            entries: Entries::default(),
            cells: Vec::new(),
            degrees: Stored::Plain(Vec::new()),
            valid: Vec::new(),
            rows: 0,
            most: 0,
        }
    }

    /// Makes room for the rows of the next chunk: as much as for the largest so far, since memory of one size is used
    /// again.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.most = self.most.max(rows);
        self.cells.reserve_exact(self.most);
    }

    /// The coordinate of the rows that were pushed since the last one.
    pub(super) fn take(&mut self) -> Located {
        self.rows = 0;
        let stored = std::mem::replace(&mut self.degrees, Stored::Plain(Vec::new()));
        let valid = std::mem::take(&mut self.valid);
        Located {
            cells: std::mem::take(&mut self.cells).into(),
            degrees: match stored {
                Stored::Plain(degrees) => Degrees::Plain(degrees.into()),
                Stored::Keys(keys) => Degrees::Dictionary {
                    values: self.entries.degrees.clone(),
                    keys: keys.into(),
                },
                Stored::Decimals(decimals) => Degrees::Decimals(decimals.into()),
            },
            valid: valid.contains(&false).then_some(valid),
        }
    }

    /// Those of some rows as floats, in place of what they were kept as so far.
    fn plain(&mut self) -> &mut Vec<f64> {
        let before = std::mem::replace(&mut self.degrees, Stored::Plain(Vec::new()));
        let degrees: Vec<f64> = match before {
            Stored::Plain(degrees) => degrees,
            Stored::Keys(keys) => keys
                .iter()
                .map(|key| self.entries.degrees[*key as usize])
                .collect(),
            Stored::Decimals(decimals) => decimals
                .iter()
                .map(|decimal| decimal::degrees_of((*decimal).into()))
                .collect(),
        };
        self.degrees = Stored::Plain(degrees);
        match &mut self.degrees {
            Stored::Plain(degrees) => degrees,
            _ => unreachable!("it was made so"),
        }
    }

    /// Notes which of the next rows are a place.
    fn note(&mut self, rows: usize, is_valid: impl Fn(usize) -> bool) {
        if self.valid.is_empty() && (0..rows).all(&is_valid) {
            return;
        }
        self.valid.resize(self.rows, true);
        self.valid.extend((0..rows).map(is_valid));
    }

    fn keys(&mut self, keys: &[u32], live: Option<&[bool]>) -> Result<(), &'static str> {
        let highest = keys.iter().copied().max().unwrap_or(0) as usize;
        if highest >= self.entries.cells.len() {
            if highest > 0 || !is_none(live) {
                return Err(BEYOND);
            }
            self.degrees(keys.len(), live, keys.iter().map(|_| 0.0));
            return Ok(());
        }
        let cells = &self.entries.cells;
        self.cells
            .extend(keys.iter().map(|key| cells[*key as usize]));
        if self.rows == 0 {
            self.degrees = Stored::Keys(Vec::with_capacity(self.most));
        }
        if let Stored::Keys(all) = &mut self.degrees {
            all.extend_from_slice(keys);
        } else {
            let entries = self.entries.degrees.clone();
            let degrees = self.plain();
            degrees.extend(keys.iter().map(|key| entries[*key as usize]));
        }
        let entries = std::mem::take(&mut self.entries.valid);
        if !entries.is_empty() || live.is_some() || !self.valid.is_empty() {
            self.note(keys.len(), |row| {
                let is_valid = entries.is_empty() || entries[keys[row] as usize];
                is_valid && live.is_none_or(|live| live[row])
            });
        }
        self.entries.valid = entries;
        self.rows += keys.len();
        Ok(())
    }

    fn enter_degrees(&mut self, degrees: impl Iterator<Item = f64>) {
        let (side, entries) = (self.side, &mut self.entries);
        let from = entries.new.len();
        entries.new.extend(degrees);
        let new = &entries.new[from..];
        entries.cells.extend(new.iter().map(|v| side.cell(*v)));
        if !entries.valid.is_empty() || !new.iter().all(|v| side.is_valid(*v)) {
            entries.valid.resize(from, true);
            entries.valid.extend(new.iter().map(|v| side.is_valid(*v)));
        }
    }

    /// Rows of which each has its degrees.
    fn degrees(&mut self, rows: usize, live: Option<&[bool]>, degrees: impl Iterator<Item = f64>) {
        let (side, capacity) = (self.side, self.most);
        let plain = self.plain();
        plain.reserve_exact(capacity.saturating_sub(plain.len()));
        let from = plain.len();
        plain.extend(degrees);
        let Stored::Plain(plain) = &self.degrees else {
            unreachable!("it was made so");
        };
        let new = &plain[from..];
        self.cells.resize(from + new.len(), 0);
        side.cells(new, &mut self.cells[from..]);
        // Without a branch, so that it is done several at a time.
        let is_all = new
            .iter()
            .fold(true, |is_all, v| is_all & side.is_valid(*v));
        if !is_all || live.is_some() || !self.valid.is_empty() {
            let new = new.to_vec();
            self.note(rows, |row| {
                side.is_valid(new[row]) && live.is_none_or(|live| live[row])
            });
        }
        self.rows += rows;
    }

    /// Enters marked decimals, a step of rows at a time.
    fn marked<W>(&mut self, words: &[W], live: Option<&[bool]>, decimal: impl Fn(&W) -> i32) {
        let mut decimals = [0; STEP];
        for (step, words) in words.chunks(STEP).enumerate() {
            let decimals = &mut decimals[..words.len()];
            for (decimal_of, word) in decimals.iter_mut().zip(words) {
                *decimal_of = decimal(word);
            }
            let rows = step * STEP..step * STEP + words.len();
            self.decimals(decimals, live.map(|live| &live[rows]));
        }
    }

    /// Rows of the graticule layout's decimals, whose cells integers tell.
    fn decimals(&mut self, decimals: &[i32], live: Option<&[bool]>) {
        let rows = decimals.len();
        if self.rows == 0 {
            self.degrees = Stored::Decimals(Vec::with_capacity(self.most));
        }
        let wide = decimals.iter().map(|decimal| i64::from(*decimal));
        match self.side {
            Side::Lon => self.cells.extend(wide.clone().map(decimal::x_of_lon)),
            Side::Lat => self.cells.extend(wide.clone().map(decimal::y_of_lat)),
        }
        if let Stored::Decimals(all) = &mut self.degrees {
            all.extend_from_slice(decimals);
        } else {
            self.plain().extend(wide.map(decimal::degrees_of));
        }
        let greatest = match self.side {
            Side::Lon => 180 * PER_DEGREE,
            Side::Lat => 90 * PER_DEGREE,
        };
        // One comparison, for what is below wraps to above.
        let is_valid = |decimal: i32| {
            decimal.wrapping_add(greatest).cast_unsigned() <= 2 * greatest.cast_unsigned()
        };
        // Without a branch, so that it is done several at a time.
        let is_all = decimals
            .iter()
            .fold(true, |is_all, decimal| is_all & is_valid(*decimal));
        if !is_all || live.is_some() || !self.valid.is_empty() {
            self.note(rows, |row| {
                is_valid(decimals[row]) && live.is_none_or(|live| live[row])
            });
        }
        self.rows += rows;
    }
}

/// Decimals of a degree.
const PER_DEGREE: i32 = 10_000_000;
/// Rows whose decimals are narrowed at a time.
const STEP: usize = 512;

impl Sink for Axis {
    fn dictionary(&mut self, entries: usize) {
        self.entries = Entries {
            new: Vec::with_capacity(entries),
            cells: Vec::with_capacity(entries),
            ..Entries::default()
        };
    }

    fn enter(&mut self, words: Words<'_>) {
        let spelling = self.spelling;
        match words {
            Words::Narrow(words) | Words::Keys(words) => {
                let words = words.iter().map(|word| u64::from(*word));
                self.enter_degrees(words.map(|word| spelling.degrees(word, false)));
            }
            Words::Wide(words) => {
                let words = words.iter();
                self.enter_degrees(words.map(|word| spelling.degrees(*word, true)));
            }
        }
    }

    fn entered(&mut self) {
        self.entries.degrees = std::mem::take(&mut self.entries.new).into();
    }

    fn push(&mut self, words: Words<'_>, live: Option<&[bool]>) -> Result<(), &'static str> {
        let spelling = self.spelling;
        let is_marked = spelling == Spelling::Marked { is_f32: false };
        match words {
            Words::Keys(keys) => self.keys(keys, live)?,
            Words::Wide(_) if !self.is_wide => return Err("it has words of another width"),
            Words::Narrow(_) if self.is_wide => return Err("it has words of another width"),
            Words::Wide(words) if is_marked => {
                // Saturated it is no place either.
                let decimal = |word: &u64| i32::try_from(word.cast_signed()).unwrap_or(i32::MAX);
                self.marked(words, live, decimal);
            }
            Words::Narrow(words) if is_marked => {
                self.marked(words, live, |word| word.cast_signed());
            }
            Words::Wide(words) if spelling == Spelling::F64 => {
                let degrees = words.iter().map(|word| f64::from_bits(*word));
                self.degrees(words.len(), live, degrees);
            }
            Words::Narrow(words) if spelling == Spelling::F32 => {
                let degrees = words.iter().map(|word| f64::from(f32::from_bits(*word)));
                self.degrees(words.len(), live, degrees);
            }
            Words::Wide(words) => {
                let degrees = words.iter().map(|word| spelling.degrees(*word, true));
                self.degrees(words.len(), live, degrees);
            }
            Words::Narrow(words) => {
                let degrees = words
                    .iter()
                    .map(|word| spelling.degrees((*word).into(), false));
                self.degrees(words.len(), live, degrees);
            }
        }
        Ok(())
    }
}
