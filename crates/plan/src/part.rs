//! Whether a part makes sense: it may come from anywhere, and what runs it trusts its numbers.

use crate::{KeyDigits, PART_VERSION, Part, PlanError};
use graticule_columns::{Bins, Kind, Scan, ScanGroup, Source, TEXT_HASHES};
use graticule_kernels::{Accumulator, Code, Digit, Filter, Program};

/// What is wrong, in words that follow "this part cannot be run:".
type Checked = Result<(), String>;

fn check(holds: bool, reason: impl FnOnce() -> String) -> Checked {
    match holds {
        true => Ok(()),
        false => Err(reason()),
    }
}

impl Part {
    /// Whether all that the part names is there, and every number is one that can be computed with. What
    /// [`Plan::split`](crate::Plan::split) makes is; run nothing else that was not looked at.
    ///
    /// # Errors
    /// [`PlanError::Part`] with what is wrong.
    pub fn validate(&self) -> Result<(), PlanError> {
        self.check().map_err(|reason| PlanError::Part { reason })
    }

    fn check(&self) -> Checked {
        check(self.version == PART_VERSION, || {
            format!("it is of version {}, not {PART_VERSION}", self.version)
        })?;
        let hash = self.scan.text_hash;
        check(hash < TEXT_HASHES, || {
            format!("it has texts by hash {hash}")
        })?;
        let first = self.programs.first().ok_or("it has no program")?;
        sources(&self.scan)?;
        for (place, group) in self.scan.groups.iter().enumerate() {
            group_of(&self.scan, group).map_err(|reason| format!("row group {place} {reason}"))?;
        }
        for wanted in &self.scan.wanted {
            let source = self.scan.sources.get(wanted.slot);
            let of_rows = match source {
                Some(Source::Time | Source::Value { .. }) => true,
                Some(Source::FixedLon | Source::FixedLat) => {
                    wanted.low.max(wanted.high) <= u32::MAX.into()
                }
                _ => false,
            };
            check(of_rows, || {
                format!("slot {} is wanted and no column of the files", wanted.slot)
            })?;
        }
        for (place, program) in self.programs.iter().enumerate() {
            let of = |reason| format!("program {place} {reason}");
            program_of(&self.scan, program).map_err(of)?;
            beside(first, program).map_err(of)?;
        }
        self.keys
            .iter()
            .try_for_each(|key| key_of(key, first.digits.len()))?;
        let Some(answered) = &self.answered else {
            return Ok(());
        };
        let is_its = answered.is_of(first);
        check(is_its, || {
            "what is answered already is not of its first program".to_owned()
        })
    }
}

fn sources(scan: &Scan) -> Checked {
    let begins = matches!(scan.sources[..], [Source::FixedLon, Source::FixedLat, ..]);
    check(begins, || {
        "its first two slots are not the coordinates".to_owned()
    })?;
    let schema = &scan.schema;
    let has = |name: &str| {
        check(schema.file_column(name).is_some(), || {
            format!("it reads column '{name}', which its schema lacks")
        })
    };
    let is_whole = |name: &str| {
        let mut partitions = schema.partitions.iter();
        partitions.any(|p| p.name == name && p.is_integer)
    };
    for coordinate in [&schema.lon, &schema.lat] {
        check(coordinate.kind.is_float(), || {
            format!("coordinate '{}' is no float", coordinate.name)
        })?;
    }
    for (place, source) in scan.sources.iter().enumerate().skip(2) {
        for input in source.inputs() {
            check(scan.sources[..place].contains(input), || {
                format!("slot {place} is made of {input:?}, which has no slot before it")
            })?;
        }
        match source {
            Source::FixedLon | Source::FixedLat => {
                return Err("a coordinate has a second slot".to_owned());
            }
            Source::Time | Source::Calendar(_) => {
                check(schema.time.is_some(), || {
                    "it reads times, and its schema has none".to_owned()
                })?;
            }
            Source::Value { name, kind } if *kind == Kind::I64 && is_whole(name) => {}
            Source::Value { name, .. } | Source::Text { name } | Source::Matches { name, .. } => {
                has(name)?;
            }
            Source::H3 { resolution } => {
                check(*resolution <= 15, || format!("there is no h3:{resolution}"))?;
            }
            Source::TileRow { zoom } => {
                check(*zoom <= 24, || format!("there is no tile:{zoom}"))?;
            }
            Source::Bins { bins, .. } => {
                check((1..=Bins::MOST).contains(&bins.digits), || {
                    format!("it has bins of {} units", bins.digits)
                })?;
            }
            Source::Order { units, .. } => {
                check(units.iter().all(|unit| unit.is_valid()), || {
                    format!("it compares columns in {units:?}")
                })?;
            }
            Source::Constant { .. }
            | Source::Among { .. }
            | Source::Nearest(_)
            | Source::Where { .. }
            | Source::Holds(_) => {}
        }
    }
    scan.carried.iter().try_for_each(|name| has(name))
}

fn group_of(scan: &Scan, group: &ScanGroup) -> Checked {
    let file = scan.files.get(group.file);
    let file = file.ok_or_else(|| format!("is of file {}, which is not there", group.file))?;
    check(
        file.partitions.len() == scan.schema.partitions.len(),
        || format!("is of '{}', which has other folders", file.path),
    )?;
    let mut at = 0;
    for rows in group.kept.iter().flatten() {
        let is_next = at <= rows.start && rows.start < rows.end && rows.end <= group.rows;
        check(is_next, || {
            format!("keeps rows {rows:?} of {} out of order", group.rows)
        })?;
        at = rows.end;
    }
    for source in &scan.sources {
        if let Source::Constant { index, name, .. } = source {
            check(*index < group.constants.len(), || {
                format!("has no value of '{name}'")
            })?;
        }
    }
    Ok(())
}

fn program_of(scan: &Scan, program: &Program) -> Checked {
    let kinds = program.slots.iter().map(|slot| slot.kind);
    let is_same = kinds.eq(scan.sources.iter().map(Source::kind));
    check(is_same, || "has other slots than are read".to_owned())?;
    let slot = |slot: usize| {
        let found = program.slots.get(slot).map(|slot| slot.kind);
        found.ok_or_else(|| format!("names slot {slot}, which is not there"))
    };
    for filter in &program.filters {
        filter_of(program, filter, &slot)?;
    }
    program.live.map_or(Ok(()), |live| slot(live).map(drop))?;
    program
        .digits
        .iter()
        .try_for_each(|digit| digit_of(program, digit, &slot))?;
    check(
        program.accumulators.first() == Some(&Accumulator::Count),
        || "does not count rows first".to_owned(),
    )?;
    for accumulator in &program.accumulators {
        accumulator.slot().map_or(Ok(()), |s| slot(s).map(drop))?;
        if let Some(time) = accumulator.time() {
            check(slot(time)? == Kind::I64, || {
                format!("takes slot {time} for a time")
            })?;
        }
    }
    Ok(())
}

fn layer_of(program: &Program, layer: usize) -> Checked {
    check(layer < program.layers.len(), || {
        format!("names layer {layer}, which is not there")
    })
}

fn filter_of(
    program: &Program,
    filter: &Filter,
    slot: &impl Fn(usize) -> Result<Kind, String>,
) -> Checked {
    match filter {
        Filter::Bbox(_) | Filter::Circle(_) => Ok(()),
        Filter::Layer { layer } => layer_of(program, *layer),
        Filter::Range { slot: of, .. } | Filter::IsNull { slot: of, .. } => slot(*of).map(drop),
        Filter::All(filters) | Filter::Any(filters) => filters.iter().try_for_each(|filter| {
            check(!filter.is_region(), || {
                "has a region within a condition".to_owned()
            })?;
            filter_of(program, filter, slot)
        }),
    }
}

fn digit_of(
    program: &Program,
    digit: &Digit,
    slot: &impl Fn(usize) -> Result<Kind, String>,
) -> Checked {
    check((1..=1 << 32).contains(&digit.extent), || {
        format!("has a digit below {}", digit.extent)
    })?;
    let kind = slot(digit.code.slot())?;
    match digit.code {
        Code::Cell { slot, shift, .. } => check(kind == Kind::U32 && shift < 32, || {
            format!("makes cells of slot {slot} by a shift of {shift}")
        }),
        Code::Bucket { width, .. } => check(width > 0, || "has buckets without width".to_owned()),
        Code::Zone { layer } => layer_of(program, layer),
        Code::Offset { .. } | Code::Null { .. } | Code::Log { .. } => Ok(()),
    }
}

/// Programs of a part run in one pass, so that they share what rows pass and, as far as those go, the
/// digits of the first one.
fn beside(first: &Program, other: &Program) -> Checked {
    check(first.filters == other.filters, || {
        "has other filters than the first".to_owned()
    })?;
    check(first.layers == other.layers, || {
        "has other layers than the first".to_owned()
    })?;
    check(other.digits.starts_with(&first.digits), || {
        "splits other groups than those of the first".to_owned()
    })
}

fn key_of(key: &KeyDigits, digits: usize) -> Checked {
    let is_within = key.digits.start <= key.digits.end && key.digits.end <= digits;
    check(is_within, || {
        format!("a key has digits {:?} of {digits}", key.digits)
    })
}

#[cfg(test)]
mod tests;
