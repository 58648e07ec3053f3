//! A program: what a plan becomes for the machines that run it.

use crate::{RecordLayout, limbs};
use graticule_columns::Kind;
use graticule_geo::layer::Layer;
use graticule_geo::{Bbox, Circle};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Lists of steps over the columns of a chunk; all filters must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The columns that a chunk brings; slot 0 is x, slot 1 is y, both [`Kind::U32`].
    pub slots: Vec<Slot>,
    /// The polygons that filters and digits name by their place.
    #[serde(default, with = "shared")]
    pub layers: Vec<Arc<Layer>>,
    /// Which rows count.
    pub filters: Vec<Filter>,
    /// A slot whose nulls and NaN count nowhere in this program.
    #[serde(default)]
    pub live: Option<usize>,
    /// The keys, cut into integers, most significant first. None: one group.
    pub digits: Vec<Digit>,
    /// What is kept for each group; the first is [`Accumulator::Count`].
    pub accumulators: Vec<Accumulator>,
}

/// A column of a chunk as a program sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Type of its values.
    pub kind: Kind,
}

/// A test of a row. A null value passes neither a range nor its negation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Filter {
    /// The point lies in the box. Edge cells are tested again in f64.
    Bbox(Bbox),
    /// The point lies in the circle. Cells on its rim are tested again in f64.
    Circle(Circle),
    /// The point lies in a zone of the layer. Cells on an edge are tested again in f64.
    Layer {
        /// Place in [`Program::layers`].
        layer: usize,
    },
    /// The slot's ordered word lies in `low..=high`, or does not where `negate`.
    Range {
        /// The column.
        slot: usize,
        /// Least ordered word.
        low: u64,
        /// Greatest ordered word; below `low` for an empty range.
        high: u64,
        /// Whether to take the rows outside.
        negate: bool,
    },
    /// The slot is null, or is not where `negate`.
    IsNull {
        /// The column.
        slot: usize,
        /// Whether to take the rows that are not null.
        negate: bool,
    },
    /// All of these pass, none of them a region.
    All(Vec<Self>),
    /// One of these passes, none of them a region.
    Any(Vec<Self>),
}

impl Filter {
    /// Whether the filter asks where the point is, which integers may leave open.
    pub fn is_region(&self) -> bool {
        matches!(self, Self::Bbox(_) | Self::Circle(_) | Self::Layer { .. })
    }

    /// Calls `note` with each slot that the filter reads.
    pub fn slots(&self, note: &mut impl FnMut(usize)) {
        match self {
            Self::Bbox(_) | Self::Circle(_) | Self::Layer { .. } => {
                note(0);
                note(1);
            }
            Self::Range { slot, .. } | Self::IsNull { slot, .. } => note(*slot),
            Self::All(filters) | Self::Any(filters) => {
                for filter in filters {
                    filter.slots(note);
                }
            }
        }
    }
}

/// One integer of a group's key: a code, or one half of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digit {
    /// How a row gets the code.
    pub code: Code,
    /// Which bits of the code.
    pub part: DigitPart,
    /// The digit is below this; at most 2^32.
    pub extent: u64,
}

/// Which 32 bits of a code are the digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DigitPart {
    /// The code is below 2^32 and is the digit.
    Whole,
    /// The upper half.
    High,
    /// The lower half.
    Low,
}

/// A whole number computed from a row. Null values have the code 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    /// `((word >> shift) - first) mod 2^(32 - shift)`: column or row of a grid of cells.
    Cell {
        /// The fixed-point column.
        slot: usize,
        /// 32 less the cell's bits; 0 to 31.
        shift: u32,
        /// The window's first cell.
        first: u32,
    },
    /// 0 for the `lead` ordered words from `first` on, then `(word - first - lead) / width + 1`: a
    /// time bucket. A word below `first` is in none.
    Bucket {
        /// The time column.
        slot: usize,
        /// The least ordered word of bucket 0.
        first: u64,
        /// How many words bucket 0 has from there on, at least 1 and at most `width`.
        lead: u64,
        /// Width in source units, at least 1.
        width: u64,
    },
    /// `ordered word - low`: an integer within its window.
    Offset {
        /// The column.
        slot: usize,
        /// Least ordered word of the window.
        low: u64,
    },
    /// 1 where the slot is null, else 0.
    Null {
        /// The column.
        slot: usize,
    },
    /// Which zones of the layer hold the point: [`Layer::members`] resolves it. Cells on an edge are
    /// decided in f64.
    Zone {
        /// Place in [`Program::layers`].
        layer: usize,
    },
    /// `bucket of the value - first`, in the log-linear buckets of [`log`](crate::log).
    Log {
        /// The column.
        slot: usize,
        /// The window's first bucket.
        first: u64,
    },
}

impl Code {
    /// The column that the code is made from; for a zone the first of its two.
    pub fn slot(&self) -> usize {
        match self {
            Self::Cell { slot, .. }
            | Self::Bucket { slot, .. }
            | Self::Offset { slot, .. }
            | Self::Null { slot }
            | Self::Log { slot, .. } => *slot,
            Self::Zone { .. } => 0,
        }
    }
}

/// What is kept for a group. Each is order-free: any order of rows and of merges gives the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Accumulator {
    /// Rows.
    Count,
    /// Rows whose value is neither null nor NaN.
    Valid {
        /// The column.
        slot: usize,
    },
    /// The exact sum of those values, in limbs (see [`limbs`]).
    Sum {
        /// The column.
        slot: usize,
    },
    /// Their least ordered word; all ones where there is none.
    Min {
        /// The column.
        slot: usize,
    },
    /// Their greatest ordered word; 0 where there is none.
    Max {
        /// The column.
        slot: usize,
    },
    /// The exact sum of the squares of those that are finite, in limbs.
    Squares {
        /// The column.
        slot: usize,
    },
    /// The one of the least time that is not null, of several the least.
    First {
        /// The column.
        slot: usize,
        /// The time column.
        time: usize,
    },
    /// The one of the greatest time that is not null, of several the least.
    Last {
        /// The column.
        slot: usize,
        /// The time column.
        time: usize,
    },
}

impl Accumulator {
    /// The column that is accumulated, if any.
    pub fn slot(self) -> Option<usize> {
        match self {
            Self::Count => None,
            Self::Valid { slot }
            | Self::Sum { slot }
            | Self::Min { slot }
            | Self::Max { slot }
            | Self::Squares { slot }
            | Self::First { slot, .. }
            | Self::Last { slot, .. } => Some(slot),
        }
    }
}

impl Accumulator {
    /// Whether it is a sum, which is kept in limbs.
    pub(crate) fn has_limbs(self) -> bool {
        matches!(self, Self::Sum { .. } | Self::Squares { .. })
    }

    /// The time column that decides which value is kept, if one does.
    pub fn time(self) -> Option<usize> {
        match self {
            Self::First { time, .. } | Self::Last { time, .. } => Some(time),
            _ => None,
        }
    }
}

impl Program {
    /// Which slots the program reads.
    pub fn used_slots(&self) -> Vec<bool> {
        let mut used = vec![false; self.slots.len()];
        let mut mark = |slot: usize| {
            if let Some(place) = used.get_mut(slot) {
                *place = true;
            }
        };
        for filter in &self.filters {
            filter.slots(&mut mark);
        }
        for digit in &self.digits {
            mark(digit.code.slot());
            if matches!(digit.code, Code::Zone { .. }) {
                mark(1);
            }
        }
        for accumulator in &self.accumulators {
            accumulator.slot().into_iter().for_each(&mut mark);
            accumulator.time().into_iter().for_each(&mut mark);
        }
        self.live.into_iter().for_each(mark);
        used
    }

    /// Whether a digit tells which values of a slot are null. Where none does, there may be no null.
    pub fn tells_nulls(&self, slot: usize) -> bool {
        let tells = |digit: &Digit| digit.code == Code::Null { slot };
        self.digits.iter().any(tells)
    }

    /// The most groups that the digits' extents allow.
    pub fn most_groups(&self) -> u128 {
        self.digits
            .iter()
            .fold(1, |n: u128, d| n.saturating_mul(u128::from(d.extent)))
    }

    /// Where accumulators lie while no sum has met a value: integers have their limbs at once.
    pub fn layout(&self) -> RecordLayout {
        RecordLayout::new(&self.accumulators, |accumulator| {
            let kind = accumulator.slot().map(|slot| self.slots[slot].kind);
            limbs::of_integers(accumulator, kind.unwrap_or(Kind::U32))
        })
    }
}

/// Layers travel as what they hold.
mod shared {
    use super::{Arc, Layer};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        layers: &[Arc<Layer>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(layers.iter().map(AsRef::as_ref))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Arc<Layer>>, D::Error> {
        let layers = Vec::<Layer>::deserialize(deserializer)?;
        Ok(layers.into_iter().map(Arc::new).collect())
    }
}
