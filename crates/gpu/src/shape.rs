use crate::GpuError;
use graticule_columns::{Column, Data, Kind};
use graticule_kernels::{Accumulator, Code, Digit, Filter, Program};

/// How a column's values lie on the device: what a loader is chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// 32-bit words.
    Plain32,
    /// 64-bit words.
    Plain64,
    /// 32-bit offsets from a 64-bit base.
    Offset,
    /// Frame-of-reference blocks.
    Packed,
    /// One value for all rows.
    Constant,
}

impl Encoding {
    /// That of a column.
    pub fn of(column: &Column) -> Self {
        match column.data() {
            Data::Plain32(_) => Self::Plain32,
            Data::Plain64(_) => Self::Plain64,
            Data::Offset { .. } => Self::Offset,
            Data::Packed { .. } => Self::Packed,
            Data::Constant { .. } => Self::Constant,
        }
    }
}

/// What of a column the code of a kernel depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ColumnShape {
    /// How the values lie.
    pub encoding: Encoding,
    /// Type of the values.
    pub kind: Kind,
    /// Whether some row is null.
    pub has_nulls: bool,
}

/// What of a chunk the code of a kernel depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    /// One for each slot of the program; `None` where the program does not read it.
    pub columns: Vec<Option<ColumnShape>>,
    /// Whether some row's coordinates are no point.
    pub has_invalid: bool,
}

impl Shape {
    /// Slots that are read.
    pub(crate) fn used(&self) -> impl Iterator<Item = (usize, ColumnShape)> + '_ {
        let columns = self.columns.iter().enumerate();
        columns.filter_map(|(slot, column)| Some((slot, (*column)?)))
    }
}

/// Each condition is code of its own, over which compilers take more than a time in proportion: 150 are
/// compiled in seconds, 600 in a minute.
const MOST_CONDITIONS: usize = 128;

/// Conditions of a filter.
fn conditions(filter: &Filter) -> usize {
    match filter {
        Filter::All(filters) | Filter::Any(filters) => filters.iter().map(conditions).sum(),
        _ => 1,
    }
}

/// Refuses programs whose steps name what is not there, or cannot be computed with: kernels are compiled
/// without checks.
pub(crate) fn check(program: &Program) -> Result<(), GpuError> {
    let slots = program.slots.len();
    let mut named: Vec<usize> = program.live.into_iter().collect();
    for filter in &program.filters {
        filter.slots(&mut |slot| named.push(slot));
    }
    named.extend(program.digits.iter().map(|d| d.code.slot()));
    named.extend(program.accumulators.iter().filter_map(|a| a.slot()));
    named.extend(program.accumulators.iter().filter_map(|a| a.time()));
    if let Some(slot) = named.into_iter().find(|slot| *slot >= slots) {
        return Err(GpuError::Chunk(format!(
            "a step reads column {slot} of {slots}"
        )));
    }
    let found = program.filters.iter().map(conditions).sum();
    if found > MOST_CONDITIONS {
        return Err(GpuError::Conditions {
            found,
            most: MOST_CONDITIONS,
        });
    }
    let kind = |slot: usize| program.slots[slot].kind;
    let is_layer = |layer: usize| layer < program.layers.len();
    let is_well = |digit: &Digit| {
        let is_possible = match digit.code {
            Code::Cell { slot, shift, .. } => shift < 32 && kind(slot) == Kind::U32,
            Code::Zone { layer } => is_layer(layer),
            _ => true,
        };
        is_possible && (1..=1 << 32).contains(&digit.extent)
    };
    let has_layer = |filter: &Filter| match filter {
        Filter::Layer { layer } => is_layer(*layer),
        _ => true,
    };
    let is_time = |time: usize| kind(time) == Kind::I64;
    let mut times = program.accumulators.iter().filter_map(|a| a.time());
    if !program.digits.iter().all(is_well)
        || !program.filters.iter().all(has_layer)
        || !times.all(is_time)
    {
        return Err(GpuError::Chunk(
            "a step cannot be computed on what it names".to_owned(),
        ));
    }
    if program.accumulators.first() != Some(&Accumulator::Count) {
        return Err(GpuError::Chunk(
            "the first accumulator must be the count".to_owned(),
        ));
    }
    Ok(())
}
