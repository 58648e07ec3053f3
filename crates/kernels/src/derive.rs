//! Columns that are computed from others of their chunk: what only f64 or a calendar can decide, decided once, on the
//! CPU, the same for every device; and what tests and bins make of a row's values.

use crate::cpu::Tests;
use crate::{Filter, KernelError};
use arrow::buffer::BooleanBuffer;
use graticule_columns::{
    Bins, CalendarReader, Chunk, Column, Compared, Condition, Data, ExactRows, Kind, Scalar, Scan,
    Source, Unit, WordRanges, compare,
};
use graticule_geo::{Nearest, h3, tile};
use std::ops::Range;

/// Computes the derived columns of a scan's chunks, and remembers from chunk to chunk what the next one may need.
pub struct Derive {
    slots: Vec<(usize, Recipe)>,
    tests: Tests,
}

enum Recipe {
    H3 {
        cells: Box<h3::Cells>,
        resolution: u8,
    },
    TileRow {
        zoom: u8,
    },
    Nearest(Box<Nearest>),
    Calendar(Box<CalendarReader>),
    Where {
        slot: usize,
        test: Filter,
    },
    Holds(Filter),
    Bins {
        slot: usize,
        bins: Bins,
    },
    Among {
        slot: usize,
        values: WordRanges,
    },
    Order {
        slots: [usize; 2],
        units: [Unit; 2],
    },
}

impl Recipe {
    /// That of a source, if it is derived.
    fn of(source: &Source, scan: &Scan) -> Result<Option<Self>, String> {
        let slot = |source: &Source| slot(scan, source);
        Ok(Some(match source {
            &Source::H3 { resolution } => Self::H3 {
                cells: Box::new(h3::Cells::new(resolution).map_err(|e| e.to_string())?),
                resolution,
            },
            &Source::TileRow { zoom } => Self::TileRow { zoom },
            Source::Nearest(places) => Self::Nearest(Box::new(Nearest::new(places))),
            Source::Calendar(calendar) => {
                let time = scan.schema.time.as_ref();
                let time = time.ok_or_else(|| "there is no time column".to_owned())?;
                Self::Calendar(Box::new(calendar.reader(time.unit)?))
            }
            Source::Where { of, condition } => Self::Where {
                slot: slot(of)?,
                test: test(scan, condition)?,
            },
            Source::Holds(condition) => Self::Holds(test(scan, condition)?),
            Source::Bins { of, bins } => Self::Bins {
                slot: slot(of)?,
                bins: *bins,
            },
            Source::Among { of, values } => Self::Among {
                slot: slot(of)?,
                values: values.clone(),
            },
            Source::Order { of, units } => Self::Order {
                slots: [slot(&of[0])?, slot(&of[1])?],
                units: *units,
            },
            _ => return Ok(None),
        }))
    }
}

fn slot(scan: &Scan, source: &Source) -> Result<usize, String> {
    let found = scan.sources.iter().position(|known| known == source);
    found.ok_or_else(|| format!("{source:?} is not read"))
}

/// A test of the scan's slots.
fn test(scan: &Scan, condition: &Condition) -> Result<Filter, String> {
    let all = |parts: &[Condition]| -> Result<Vec<Filter>, String> {
        parts.iter().map(|part| test(scan, part)).collect()
    };
    Ok(match condition {
        Condition::Range {
            source,
            low,
            high,
            negate,
        } => Filter::Range {
            slot: slot(scan, source)?,
            low: *low,
            high: *high,
            negate: *negate,
        },
        Condition::IsNull { source, negate } => Filter::IsNull {
            slot: slot(scan, source)?,
            negate: *negate,
        },
        Condition::All(parts) => Filter::All(all(parts)?),
        Condition::Any(parts) => Filter::Any(all(parts)?),
    })
}

impl Derive {
    /// For chunks of a scan.
    ///
    /// # Errors
    /// [`KernelError::Derived`] where the scan asks for what there is not, such as a time zone.
    pub fn new(scan: &Scan) -> Result<Self, KernelError> {
        let recipes = scan.sources.iter().enumerate().map(|(slot, source)| {
            let recipe = Recipe::of(source, scan).map_err(KernelError::Derived)?;
            Ok(recipe.map(|recipe| (slot, recipe)))
        });
        let slots = recipes.filter_map(Result::transpose);
        Ok(Self {
            slots: slots.collect::<Result<_, KernelError>>()?,
            tests: Tests::default(),
        })
    }

    /// Fills the derived slots of a chunk as it was decoded, once: the calendar's hold the time until then. The chunk
    /// must have the source coordinates of all its rows.
    ///
    /// # Errors
    /// [`KernelError::Derived`] where it does not.
    pub fn fill(&mut self, chunk: &mut Chunk) -> Result<(), KernelError> {
        for (slot, recipe) in &mut self.slots {
            chunk.columns[*slot] = match recipe {
                Recipe::H3 { cells, resolution } => {
                    h3_cells(cells, *resolution, points(chunk)?, chunk.valid.as_ref())
                }
                Recipe::TileRow { zoom } => tile_rows(*zoom, points(chunk)?, chunk.valid.as_ref()),
                Recipe::Nearest(nearest) => {
                    nearest_places(nearest, points(chunk)?, chunk.valid.as_ref())
                }
                Recipe::Calendar(reader) => ordinals(reader, &chunk.columns[*slot]),
                Recipe::Where { slot, test } => {
                    let passing = self.tests.passing(test, chunk);
                    chunk.columns[*slot].only(&passing)
                }
                Recipe::Holds(test) => {
                    let rows = chunk.len();
                    let passing = self.tests.passing(test, chunk);
                    Column::new(Kind::U32, Data::Constant { bits: 1, rows }, Some(passing))
                }
                Recipe::Bins { slot, bins } => binned(*bins, &chunk.columns[*slot]),
                Recipe::Among { slot, values } => {
                    let column = &chunk.columns[*slot];
                    let mut found = Vec::with_capacity(column.len());
                    let kind = column.kind();
                    each(column, 0..column.len(), |bits| {
                        found.push(u32::from(values.contains(kind.order(bits))));
                    });
                    let valid = column.validity().cloned();
                    Column::new(Kind::U32, Data::Plain32(found.into()), valid)
                }
                Recipe::Order { slots, units } => {
                    let [left, right] = slots.map(|slot| &chunk.columns[slot]);
                    ordered([left, right], *units)
                }
            };
        }
        Ok(())
    }
}

/// The source coordinates of all rows.
fn points(chunk: &Chunk) -> Result<&ExactRows, KernelError> {
    let exact = &chunk.exact;
    if exact.lon.len() == chunk.len() && exact.lat.len() == chunk.len() {
        return Ok(exact);
    }
    let missing = "the source coordinates of its rows were not kept";
    Err(KernelError::Derived(missing.to_owned()))
}

fn is_set(valid: Option<&BooleanBuffer>, row: usize) -> bool {
    valid.is_none_or(|valid| valid.value(row))
}

fn h3_cells(
    cells: &mut h3::Cells,
    resolution: u8,
    points: &ExactRows,
    valid: Option<&BooleanBuffer>,
) -> Column {
    let cell = |row: usize| {
        let point = points.lon.get(row).zip(points.lat.get(row));
        match point.filter(|_| is_set(valid, row)) {
            Some((lon, lat)) => h3::compact(cells.cell(lon, lat), resolution),
            // Rows without a point count nowhere.
            None => 0,
        }
    };
    let words: Vec<u64> = (0..points.lon.len()).map(cell).collect();
    Column::compact(Kind::U64, words.into(), None)
}

fn tile_rows(zoom: u8, points: &ExactRows, valid: Option<&BooleanBuffer>) -> Column {
    let rows = points.lat.iter().enumerate();
    let rows = rows.map(|(row, lat)| match is_set(valid, row) {
        true => tile::row(zoom.into(), lat),
        false => None,
    });
    Column::of_options32(Kind::U32, rows)
}

fn nearest_places(nearest: &Nearest, points: &ExactRows, valid: Option<&BooleanBuffer>) -> Column {
    let pairs = points.lon.iter().zip(points.lat.iter()).enumerate();
    let places = pairs.map(|(row, (lon, lat))| match is_set(valid, row) {
        true => nearest.of(lon, lat),
        false => None,
    });
    Column::of_options32(Kind::U32, places)
}

fn ordinals(reader: &mut CalendarReader, time: &Column) -> Column {
    const STEP: usize = 1024;
    let mut scratch = [0; STEP];
    let mut ordinals = Vec::with_capacity(time.len());
    for start in (0..time.len()).step_by(STEP) {
        let rows = start..(start + STEP).min(time.len());
        let counts = time.read64(rows.clone(), &mut scratch);
        for (row, count) in rows.zip(counts) {
            let ordinal = is_set(time.validity(), row).then(|| reader.ordinal(count.cast_signed()));
            ordinals.push(ordinal.map(i32::cast_unsigned));
        }
    }
    Column::of_options32(Kind::I32, ordinals.into_iter())
}

/// Takes the bits of a column's values in some rows, one after the other; of nulls any.
fn each(column: &Column, rows: Range<usize>, mut take: impl FnMut(u64)) {
    const STEP: usize = 1024;
    let (mut narrow, mut wide) = ([0; STEP], [0; STEP]);
    for start in rows.clone().step_by(STEP) {
        let rows = start..(start + STEP).min(rows.end);
        if column.kind().is_wide() {
            let words = column.read64(rows, &mut wide);
            words.iter().for_each(|bits| take(*bits));
        } else {
            let words = column.read32(rows, &mut narrow);
            words.iter().for_each(|bits| take(u64::from(*bits)));
        }
    }
}

/// The bins of a column's values.
fn binned(bins: Bins, column: &Column) -> Column {
    let mut found = Vec::with_capacity(column.len());
    each(column, 0..column.len(), |bits| {
        let bin = is_set(column.validity(), found.len()).then(|| bin(bins, column.kind(), bits));
        found.push(bin.flatten().map(i64::cast_unsigned));
    });
    Column::of_options64(Kind::I64, found.into_iter())
}

/// How the values of a column compare with those of another.
fn ordered([left, right]: [&Column; 2], units: [Unit; 2]) -> Column {
    const STEP: usize = 1024;
    let mut found = Vec::with_capacity(left.len());
    let mut others = Vec::with_capacity(STEP);
    for start in (0..left.len()).step_by(STEP) {
        let rows = start..(start + STEP).min(left.len());
        others.clear();
        each(right, rows.clone(), |bits| others.push(bits));
        let mut others = others.iter();
        each(left, rows, |bits| {
            let row = found.len();
            let other = others.next().copied().unwrap_or_default();
            let is_set = is_set(left.validity(), row) && is_set(right.validity(), row);
            found.push(is_set.then(|| {
                let left = (left.kind(), units[0], bits);
                let right = (right.kind(), units[1], other);
                Compared::from(compare(left, right)) as u32
            }));
        });
    }
    Column::of_options32(Kind::U32, found.into_iter())
}

/// The bin of a value; of unsigned integers of 64 bits so much less that its count is one of [`Kind::I64`], [`Bins::UNSIGNED`].
pub fn bin(bins: Bins, kind: Kind, bits: u64) -> Option<i64> {
    let taken = match kind {
        Kind::U64 => Bins::UNSIGNED,
        _ => 0,
    };
    match kind.scalar(bits) {
        Scalar::Whole(whole) => i64::try_from(bins.of_whole(whole) - taken).ok(),
        #[expect(clippy::cast_possible_truncation, reason = "it was a float of 32 bits")]
        Scalar::Float(float) if kind == Kind::F32 => bins.of_narrow(float as f32),
        Scalar::Float(float) => bins.of(float),
    }
}

#[cfg(test)]
mod tests;
