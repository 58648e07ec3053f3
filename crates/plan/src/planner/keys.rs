//! Keys: as digits of the program and as columns of the answer.

use super::Planner;
use super::columns::{Column, Spelling, Values};
use super::filters::hull;
use crate::meaning::Meaning;
use crate::plan::{KeyColumn, KeyForm};
use crate::window::{self, Window};
use crate::zones::NamedZone;
use crate::{Key, NearKey, PlanError};
use arrow::datatypes::{DataType, TimeUnit as ArrowUnit};
use graticule_columns::{Bins, CalendarUnit, Kind, RowGroup, Source, TimeUnit};
use graticule_geo::{Places, geohash, lat_of_y_edge, tile};
use graticule_kernels::{Code, Digit, DigitPart};

const DAY: i64 = 86_400;

impl Planner<'_> {
    pub(super) fn key(&mut self, key: &Key, groups: &[&RowGroup]) -> Result<KeyColumn, PlanError> {
        let name = key.to_string();
        if !matches!(key, Key::Column { .. }) && key.file().is_none() {
            // Who builds a key may put into it what nobody could write, such as zoom 40.
            name.parse::<Key>()?;
        }
        match key {
            Key::Geohash { precision } => self.geohash(name, *precision, groups),
            Key::H3 { resolution } => Ok(self.h3(name, *resolution, *resolution)),
            Key::H3Parent { of, resolution } => Ok(self.h3(name, *of, *resolution)),
            Key::Bins { column, bins } => self.bins(name, column, *bins, groups),
            Key::Tile { zoom } => Ok(self.tile(name, *zoom, groups)),
            Key::Time { seconds } => match self.local_days(*seconds) {
                Some(unit) => self.calendar_key(name, (unit, false), groups),
                None => self.time_key(name, *seconds, groups),
            },
            Key::Calendar(unit) => self.calendar_key(name, (*unit, true), groups),
            Key::Zone(key) => self.zone(name, &key.zones),
            Key::Near(key) => self.near_key(name, key),
            Key::Column { name: column } => match self.dataset.schema.partition(column) {
                Some(partition) => Ok(self.partition_key(name, partition)),
                None => self.column_key(name, column, groups),
            },
        }
    }

    /// The ancestor of a resolution of the cells of a finer one, or of the same.
    fn h3(&mut self, name: String, of: u8, resolution: u8) -> KeyColumn {
        let slot = self.slot(Source::H3 { resolution: of });
        let code = match 1 << (3 * u32::from(of.saturating_sub(resolution))) {
            1 => Code::Offset { slot, low: 0 },
            // Each resolution has three bits, the finest one the last.
            width => Code::Bucket {
                slot,
                first: 0,
                lead: width,
                width,
            },
        };
        let extent = 1u128 << (7 + 3 * u32::from(resolution));
        let (digit, digits) = self.digits_of(&code, extent, false);
        KeyColumn {
            name,
            digit,
            nullable: false,
            form: KeyForm::H3 { resolution, digits },
        }
    }

    fn tile(&mut self, name: String, zoom: u8, groups: &[&RowGroup]) -> KeyColumn {
        let digit = self.digits.len();
        let slot = self.slot(Source::TileRow { zoom });
        let (south, north) = window::cells(&self.dataset.schema, groups, &self.narrow, 1);
        // Rows count from the north; a cell that a row's edge cuts may belong to either.
        let (last, level) = ((1u32 << zoom) - 1, u32::from(zoom));
        let edge = |y: u32, beyond: u32| tile::row(level, lat_of_y_edge(y)).unwrap_or(beyond);
        let first_row = edge(north.saturating_add(1), 0).saturating_sub(1);
        let last_row = edge(south, last).saturating_add(1).min(last);
        let nullable = {
            let is_mapped = |y: u32| tile::row(level, lat_of_y_edge(y)).is_some();
            !(is_mapped(south) && north < u32::MAX && is_mapped(north + 1))
        };
        if nullable {
            self.digits.push(Digit {
                code: Code::Null { slot },
                part: DigitPart::Whole,
                extent: 2,
            });
        }
        let mut first = [0, first_row];
        if zoom > 0 {
            let shift = 32 - u32::from(zoom);
            let (west, east) = window::cells(&self.dataset.schema, groups, &self.narrow, 0);
            first[0] = west >> shift;
            self.digits.push(Digit {
                code: Code::Cell {
                    slot: 0,
                    shift,
                    first: first[0],
                },
                part: DigitPart::Whole,
                extent: u64::from((east >> shift) - first[0]) + 1,
            });
        }
        self.digits.push(Digit {
            code: Code::Offset {
                slot,
                low: u64::from(first_row),
            },
            part: DigitPart::Whole,
            extent: u64::from(last_row - first_row) + 1,
        });
        KeyColumn {
            name,
            digit,
            nullable,
            form: KeyForm::Tile { zoom, first },
        }
    }

    /// The days of a duration, if it is some of a time zone's.
    fn local_days(&self, seconds: i64) -> Option<CalendarUnit> {
        let days = u32::try_from(seconds / DAY).ok().filter(|days| *days > 0)?;
        let is_local = seconds % DAY == 0 && self.timezone != super::UTC;
        is_local.then_some(CalendarUnit::Days(days))
    }

    fn calendar_key(
        &mut self,
        name: String,
        (unit, is_labelled): (CalendarUnit, bool),
        groups: &[&RowGroup],
    ) -> Result<KeyColumn, PlanError> {
        let calendar = self.calendar(unit)?;
        let time = self.dataset.schema.time.as_ref().ok_or(PlanError::NoTime)?;
        let wrong = |reason| PlanError::Timezone { reason };
        let mut reader = calendar.reader(time.unit).map_err(wrong)?;
        let unit = time.unit;
        let source = Source::Calendar(calendar.clone());
        let window = self.time_window(groups);
        let is_known = is_least_known(&window, groups);
        let at = |word: u64| Kind::I64.unorder(word).cast_signed();
        let ends = [
            reader.ordinal(at(window.low)),
            reader.ordinal(at(window.high)),
        ];
        let (low, high) = match (calendar.unit, ends) {
            (CalendarUnit::HourOfDay, _) => (0, 23),
            (CalendarUnit::DayOfWeek, _) => (1, 7),
            // Where clocks go back over midnight, a later time may have an earlier day, and so month.
            (_, [low, high]) if low <= high => (low.saturating_sub(1), high.saturating_add(1)),
            _ => (i32::MIN, i32::MAX),
        };
        let nullable = window.nullable;
        let tells = |unit| {
            let reader = calendar.reader(unit);
            reader.is_ok_and(|reader| reader.start(ends[0]).is_some())
        };
        let unit = told(unit, |unit| !is_known || tells(unit));
        let word = |ordinal: i32| Kind::I32.order(u64::from(ordinal.cast_unsigned()));
        let slot = self.slot(source);
        let first = word(low);
        let code = Code::Offset { slot, low: first };
        let (digit, _) = self.digits_of(&code, u128::from(word(high) - first) + 1, nullable);
        Ok(KeyColumn {
            name,
            digit,
            nullable,
            form: KeyForm::Calendar {
                calendar,
                first,
                unit,
                is_labelled,
            },
        })
    }

    fn zone(&mut self, name: String, zones: &[NamedZone]) -> Result<KeyColumn, PlanError> {
        if zones.is_empty() {
            return Err(PlanError::Key {
                text: name,
                reason: "its polygons were not loaded; give them with the key".to_owned(),
            });
        }
        let layer = self.layer(zones)?;
        let [high, low] = self.layers[layer].extents();
        let code = Code::Zone { layer };
        let digit = self.digits.len();
        let halves = if high > 1 {
            vec![(DigitPart::High, high), (DigitPart::Low, low)]
        } else {
            vec![(DigitPart::Whole, low)]
        };
        for (part, extent) in &halves {
            self.digits.push(Digit {
                code: code.clone(),
                part: *part,
                extent: *extent,
            });
        }
        Ok(KeyColumn {
            name,
            digit,
            nullable: false,
            form: KeyForm::Zone {
                layer,
                names: zones.iter().map(|z| z.name.clone()).collect(),
                digits: halves.len(),
                other: self.other,
            },
        })
    }

    fn near_key(&mut self, name: String, key: &NearKey) -> Result<KeyColumn, PlanError> {
        if key.places.is_empty() {
            return Err(PlanError::Key {
                text: name,
                reason: "its places were not loaded; give them with the key".to_owned(),
            });
        }
        let slot = self.slot(Source::Nearest(Places {
            points: key.places.iter().map(|place| place.point).collect(),
            metres: key.metres,
        }));
        let code = Code::Offset { slot, low: 0 };
        let (digit, _) = self.digits_of(&code, key.places.len() as u128, true);
        Ok(KeyColumn {
            name,
            digit,
            nullable: true,
            form: KeyForm::Near {
                names: key.places.iter().map(|place| place.name.clone()).collect(),
                other: self.other,
            },
        })
    }

    fn text_key(&mut self, name: String, column: &str, spelling: Spelling) -> KeyColumn {
        let slot = self.slot(Source::Text {
            name: column.to_owned(),
        });
        let code = Code::Offset { slot, low: 0 };
        let (digit, _) = self.digits_of(&code, 1 << 64, true);
        KeyColumn {
            name,
            digit,
            nullable: true,
            form: KeyForm::Text {
                are_bytes: spelling == Spelling::Bytes,
            },
        }
    }

    fn geohash(
        &mut self,
        name: String,
        precision: u32,
        groups: &[&RowGroup],
    ) -> Result<KeyColumn, PlanError> {
        let bits = geohash::bits(precision).map_err(|e| PlanError::Key {
            text: name.clone(),
            reason: e.to_string(),
        })?;
        let digit = self.digits.len();
        let mut first = [0; 2];
        for (slot, bits) in [bits.0, bits.1].into_iter().enumerate() {
            let shift = 32 - bits;
            let (low, high) = window::cells(&self.dataset.schema, groups, &self.narrow, slot);
            first[slot] = low >> shift;
            self.digits.push(Digit {
                code: Code::Cell {
                    slot,
                    shift,
                    first: first[slot],
                },
                part: DigitPart::Whole,
                extent: u64::from((high >> shift) - first[slot]) + 1,
            });
        }
        Ok(KeyColumn {
            name,
            digit,
            nullable: false,
            form: KeyForm::Geohash { precision, first },
        })
    }

    /// Pushes the digits of a code below `extent`, and one for nulls before them.
    fn digits_of(&mut self, code: &Code, extent: u128, nullable: bool) -> (usize, usize) {
        let digit = self.digits.len();
        if nullable {
            self.digits.push(Digit {
                code: Code::Null { slot: code.slot() },
                part: DigitPart::Whole,
                extent: 2,
            });
        }
        let parts = parts(code, extent);
        let count = parts.len();
        self.digits.extend(parts);
        (digit, count)
    }

    fn time_key(
        &mut self,
        name: String,
        seconds: i64,
        groups: &[&RowGroup],
    ) -> Result<KeyColumn, PlanError> {
        let time = self.dataset.schema.time.as_ref().ok_or(PlanError::NoTime)?;
        let unit = time.unit;
        let width = seconds
            .checked_mul(unit.per_second())
            .filter(|w| *w > 0)
            .ok_or_else(|| PlanError::Key {
                text: name.clone(),
                reason: "the duration does not fit the time column's unit".to_owned(),
            })?;
        let slot = self.slot(Source::Time);
        let mut window = self.time_window(groups);
        let is_known = is_least_known(&window, groups);
        if window.high - window.low > u64::MAX - (1 << 32) {
            // Two digits of 32 bits could not tell a word below the window from the greatest.
            window.low = 0;
        }
        let low = i128::from(Kind::I64.unorder(window.low).cast_signed());
        let floor = low.div_euclid(width.into()) * i128::from(width);
        let told = told(unit, |told| {
            let coarser = i128::from(unit.per_second() / told.per_second());
            !is_known || floor.div_euclid(coarser) >= i128::from(i64::MIN)
        });
        // The bucket of the window's least word may begin before all that i64 can hold.
        let begin = floor.max(i128::from(i64::MIN));
        let lead = floor + i128::from(width) - begin;
        let begin = Kind::I64.order(i64::try_from(begin).unwrap_or(i64::MIN).cast_unsigned());
        let (lead, width) = (u64::try_from(lead).unwrap_or(1), width.cast_unsigned());
        let span = u128::from(window.high.max(begin) - begin);
        let extent = (span + u128::from(width - lead)) / u128::from(width) + 1;
        let code = Code::Bucket {
            slot,
            first: begin,
            lead,
            width,
        };
        let (digit, digits) = self.digits_of(&code, extent, window.nullable);
        Ok(KeyColumn {
            name,
            digit,
            nullable: window.nullable,
            form: KeyForm::Time {
                first: floor,
                width,
                unit,
                told,
                zone: self.timezone.to_owned(),
                digits,
            },
        })
    }

    /// The ordered words that the time can have.
    fn time_window(&self, groups: &[&RowGroup]) -> Window {
        let mut window = window::words(Kind::I64, 2, groups);
        let time = self.sources.iter().position(|s| *s == Source::Time);
        for step in &self.steps {
            if let Some((slot, low, high)) = hull(step)
                && Some(slot) == time
                && low <= high
            {
                window = Window {
                    low: window.low.max(low),
                    high: window.high.min(high),
                    // A null time fails every time filter.
                    nullable: false,
                };
            }
        }
        Window {
            low: window.low.min(window.high),
            ..window
        }
    }

    fn column_key(
        &mut self,
        name: String,
        column: &str,
        groups: &[&RowGroup],
    ) -> Result<KeyColumn, PlanError> {
        let column = match (self.column(column), meant(column)) {
            (Err(PlanError::NoSuchColumn { .. }), Some(meant)) => {
                return Err(PlanError::Key {
                    text: name,
                    reason: format!("the dataset has no such column; write {meant}"),
                });
            }
            (column, _) => column?,
        };
        let hint = match &column.values {
            Values::Texts(spelling) => return Ok(self.text_key(name, &column.name, *spelling)),
            Values::Numbers(source, _) if source.kind().is_float() => {
                "write bin(COLUMN, 5) or round(COLUMN, 2) to group by it"
            }
            Values::Numbers(source, _) => {
                return Ok(self.integer_key(name, &column, source.clone(), groups));
            }
            Values::Opaque => {
                "keys are integers, decimals, booleans, texts, bytes, dates, times and folders' columns"
            }
        };
        Err(column.wrong("a key", hint))
    }

    fn integer_key(
        &mut self,
        name: String,
        column: &Column,
        source: Source,
        groups: &[&RowGroup],
    ) -> KeyColumn {
        let kind = source.kind();
        let slot = self.slot(source);
        let mut window = self.words(kind, column, groups);
        if column.data_type == DataType::Boolean {
            (window.low, window.high) = (0, 1);
        }
        let code = Code::Offset {
            slot,
            low: window.low,
        };
        let extent = u128::from(window.high - window.low) + 1;
        let (digit, digits) = self.digits_of(&code, extent, window.nullable);
        // Times that are dates or numbers are held as counts of a unit.
        let time = self.dataset.schema.time.as_ref();
        let time = time.filter(|time| time.name == column.name);
        let data_type = match (time, &column.data_type) {
            (None, own) | (Some(_), own @ DataType::Timestamp(..)) => own.clone(),
            (Some(time), _) => DataType::Timestamp(arrow_unit(time.unit), Some("UTC".into())),
        };
        KeyColumn {
            name,
            digit,
            nullable: window.nullable,
            form: KeyForm::Integer {
                low: window.low,
                kind,
                data_type,
                digits,
            },
        }
    }

    fn bins(
        &mut self,
        name: String,
        column: &str,
        bins: Bins,
        groups: &[&RowGroup],
    ) -> Result<KeyColumn, PlanError> {
        let column = self.column(column)?;
        let hint = "bins are of numbers; times have time:15m, time:day and the like";
        let Values::Numbers(source, meaning) = &column.values else {
            return Err(column.wrong("put into bins", hint));
        };
        let kind = source.kind();
        let scale = match meaning {
            Meaning::Number if kind.is_float() => None,
            Meaning::Number => Some(0),
            Meaning::Decimal(scale) => Some(*scale),
            _ => return Err(column.wrong("put into bins", hint)),
        };
        let bins = match scale {
            None => bins,
            Some(scale) => whole_bins(bins, scale).ok_or_else(|| PlanError::Key {
                text: name.clone(),
                reason: format!(
                    "column '{}' is {}; write a whole number of its last digits",
                    column.name, column.data_type
                ),
            })?,
        };
        let source = source.clone();
        self.slot(source.clone());
        let window = self.words(kind, &column, groups);
        let (least, greatest) = kind.numbers();
        let low = window.low.clamp(least, greatest);
        let high = window.high.clamp(low, greatest);
        let word = |word: u64| {
            let bin = graticule_kernels::bin(bins, kind, kind.unorder(word)).unwrap_or(0);
            Kind::I64.order(bin.cast_unsigned())
        };
        let (low, high) = (word(low), word(high));
        let of = Box::new(source);
        let slot = self.slot(Source::Bins { of, bins });
        // NaN lies in no bin.
        let nullable = window.nullable || kind.is_float();
        let code = Code::Offset { slot, low };
        let (digit, digits) = self.digits_of(&code, u128::from(high - low) + 1, nullable);
        Ok(KeyColumn {
            name,
            digit,
            nullable,
            form: KeyForm::Bins {
                bins,
                low,
                scale,
                is_unsigned: kind == Kind::U64,
                digits,
            },
        })
    }

    fn partition_key(&mut self, name: String, partition: usize) -> KeyColumn {
        let (slot, values) = self.partition_slot(partition);
        let extent = values.len().max(1) as u128;
        let (digit, _) = self.digits_of(&Code::Offset { slot, low: 0 }, extent, false);
        KeyColumn {
            name,
            digit,
            nullable: false,
            form: KeyForm::Partition {
                values,
                is_integer: self.dataset.schema.partitions[partition].is_integer,
            },
        }
    }
}

/// The key that is meant by a word which is none, and no column either.
fn meant(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "hour" => "hour_of_day for 0 to 23, or time:hour",
        "day" | "date" => "time:day",
        "week" => "time:week",
        "month" => "time:month",
        "quarter" => "time:quarter",
        "year" => "time:year",
        "weekday" | "dow" | "dayofweek" => "day_of_week",
        "minute" => "time:1m",
        _ => return None,
    })
}

/// Bins of numbers with so many digits behind the point, in units of their last digit; none where they have no such edges.
fn whole_bins(bins: Bins, scale: i8) -> Option<Bins> {
    let tens = i16::from(scale) - i16::from(bins.places);
    if tens < 0 {
        // More digits than there are: each value is its own.
        return bins.rounds.then_some(Bins {
            digits: 1,
            places: 0,
            ..bins
        });
    }
    let places = i8::try_from(-tens).ok().filter(|places| *places >= -15)?;
    Some(Bins { places, ..bins })
}

fn arrow_unit(unit: TimeUnit) -> ArrowUnit {
    match unit {
        TimeUnit::Second => ArrowUnit::Second,
        TimeUnit::Millisecond => ArrowUnit::Millisecond,
        TimeUnit::Microsecond => ArrowUnit::Microsecond,
        TimeUnit::Nanosecond => ArrowUnit::Nanosecond,
    }
}

/// Whether there may well be a time as early as the window begins: where nothing tells of the times, it begins with all
/// that there can be.
fn is_least_known(window: &Window, groups: &[&RowGroup]) -> bool {
    let least = Kind::I64.unorder(0);
    let has_least = |group: &&RowGroup| group.columns.at(2).bounds.is_some_and(|b| b.low == least);
    window.low > 0 || groups.iter().any(has_least)
}

/// The unit in which the beginnings of all groups can be told, the finest that can where there is one.
fn told(unit: TimeUnit, can: impl Fn(TimeUnit) -> bool) -> TimeUnit {
    let finest = unit.of_beginnings();
    let mut units = std::iter::successors(Some(finest), |unit| unit.coarser());
    units.find(|unit| can(*unit)).unwrap_or(finest)
}

/// The digits of a code below `extent`: one, or two of 32 bits.
pub(super) fn parts(code: &Code, extent: u128) -> Vec<Digit> {
    let parts = if extent <= 1 << 32 {
        vec![(DigitPart::Whole, extent)]
    } else {
        vec![
            (DigitPart::High, extent.div_ceil(1 << 32)),
            (DigitPart::Low, 1 << 32),
        ]
    };
    let digit = |(part, extent): (DigitPart, u128)| Digit {
        code: code.clone(),
        part,
        extent: u64::try_from(extent).unwrap_or(1 << 32),
    };
    parts.into_iter().map(digit).collect()
}
