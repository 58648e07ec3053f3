//! A program: what a plan becomes for the machines that run it.

use crate::{Layout, lanes};
use graticule_columns::{Kind, Watch};
use graticule_geo::Bbox;
use serde::{Deserialize, Serialize};

/// Lists of steps over the columns of a chunk; all filters must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The columns that a chunk brings; slot 0 is x, slot 1 is y, both [`Kind::U32`].
    pub slots: Vec<Slot>,
    /// Which rows count.
    pub filters: Vec<Filter>,
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

/// A test of a row. A null value passes none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Filter {
    /// The point lies in the box. Edge cells are tested again in f64.
    Bbox(Bbox),
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
}

/// One integer of a group's key: a code, or one half of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digit {
    /// How a row gets the code.
    pub code: Code,
    /// Which bits of the code.
    pub part: Part,
    /// The digit is below this; at most 2^32.
    pub extent: u64,
}

/// Which 32 bits of a code are the digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
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
    /// 0 for an ordered word below `first`, else `(word - first) / width + 1`: a time bucket.
    Bucket {
        /// The time column.
        slot: usize,
        /// Ordered word of the beginning of bucket 1.
        first: u64,
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
}

impl Code {
    /// The column that the code is made from.
    pub fn slot(&self) -> usize {
        match self {
            Self::Cell { slot, .. }
            | Self::Bucket { slot, .. }
            | Self::Offset { slot, .. }
            | Self::Null { slot } => *slot,
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
    /// The exact sum of those values, in lanes (see [`lanes`]).
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
}

impl Accumulator {
    /// The column that is accumulated, if any.
    pub fn slot(self) -> Option<usize> {
        match self {
            Self::Count => None,
            Self::Valid { slot } | Self::Sum { slot } | Self::Min { slot } | Self::Max { slot } => {
                Some(slot)
            }
        }
    }
}

impl Program {
    /// The cells whose rows must keep their source coordinates.
    pub fn watch(&self) -> Watch {
        let mut watch = Watch::default();
        for filter in &self.filters {
            if let Filter::Bbox(bbox) = filter {
                let fixed = bbox.fixed();
                for end in 0..2 {
                    if fixed.x.partial[end] {
                        watch.x.push(fixed.x.edges[end]);
                    }
                    if fixed.y.partial[end] {
                        watch.y.push(fixed.y.edges[end]);
                    }
                }
            }
        }
        watch
    }

    /// The most groups that the digits' extents allow.
    pub fn most_groups(&self) -> u128 {
        self.digits
            .iter()
            .fold(1, |n: u128, d| n.saturating_mul(u128::from(d.extent)))
    }

    /// Where accumulators lie while no sum has met a value: integers have their lanes at once.
    pub fn layout(&self) -> Layout {
        Layout::new(&self.accumulators, |slot| {
            lanes::of_integers(self.slots[slot].kind)
        })
    }
}
