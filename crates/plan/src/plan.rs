//! The plan: a program, what to read for it, and how groups become an answer.

use crate::{Function, Query};
use arrow::datatypes::DataType;
use graticule_columns::{Kind, PartitionValue, Scan, ScanGroup, TimeUnit};
use graticule_kernels::Program;
use serde::{Deserialize, Serialize};

/// The version that a part is written with.
pub const PART_VERSION: u32 = 1;

/// What answers a query on a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The question.
    pub query: Query,
    /// The work.
    pub part: Part,
    /// The key columns of the answer.
    pub keys: Vec<KeyColumn>,
    /// The aggregate columns of the answer.
    pub aggregates: Vec<AggregateColumn>,
    /// Which aggregate the answer is ordered by, if by one.
    pub order: Option<usize>,
    /// What need not be read.
    pub pruning: Pruning,
}

/// Work that can be done anywhere: a program and the rows to run it over. Running it twice does no
/// harm; its partial answers merge with those of other parts of the same plan in any order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// [`PART_VERSION`].
    pub version: u32,
    /// What to compute.
    pub program: Program,
    /// What to read.
    pub scan: Scan,
}

/// What the plan found it need not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pruning {
    /// Rows of the dataset.
    pub rows_total: u64,
    /// Files of the dataset.
    pub files_total: u64,
    /// Files of which nothing is read.
    pub files_pruned: u64,
    /// Row groups of the dataset.
    pub row_groups_total: u64,
    /// Row groups of which nothing is read, those of pruned files included.
    pub row_groups_pruned: u64,
    /// Bytes of the dataset's files.
    pub bytes_total: u64,
}

/// A key column of the answer and the digits that it is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyColumn {
    /// Its name: the key as it is written.
    pub name: String,
    /// The place of its first digit in the program.
    pub digit: usize,
    /// Whether that digit says if the key is null.
    pub nullable: bool,
    /// What the others mean.
    pub form: KeyForm,
}

/// How digits become a key's value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum KeyForm {
    /// Two digits: column and row of the cell, less the window's first.
    Geohash {
        /// Letters.
        precision: u32,
        /// The window's first column and row.
        first: [u32; 2],
    },
    /// A time bucket in one digit, or two of 32 bits.
    Time {
        /// Ordered word of the beginning of bucket 1.
        first: u64,
        /// Width of a bucket in units.
        width: u64,
        /// The unit.
        unit: TimeUnit,
        /// Digits.
        digits: usize,
    },
    /// An integer less the window's least, in one digit, or two of 32 bits.
    Integer {
        /// Least ordered word of the window.
        low: u64,
        /// Kind of the values.
        kind: Kind,
        /// Type of the column.
        data_type: DataType,
        /// Digits.
        digits: usize,
    },
    /// The place in a list of partition values, in one digit.
    Partition {
        /// The values, ascending.
        values: Vec<PartitionValue>,
        /// Whether they are integers.
        is_integer: bool,
    },
}

/// An aggregate column of the answer and the accumulators that it is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AggregateColumn {
    /// Its name: the aggregate as it is written.
    pub name: String,
    /// The function; `None` counts rows.
    pub function: Option<Function>,
    /// Place of the accumulator with the value.
    pub value: usize,
    /// Place of the accumulator that says how many values there were.
    pub valid: usize,
    /// Kind of the values.
    pub kind: Kind,
    /// Type of the column.
    pub data_type: DataType,
}

impl Plan {
    /// Cuts the plan into at most `parts` parts of about equally many rows; at least one.
    pub fn split(&self, parts: usize) -> Vec<Part> {
        let Scan { groups, .. } = &self.part.scan;
        let (parts, total) = (parts.max(1), u128::from(self.part.scan.rows().max(1)));
        let mut split: Vec<Vec<ScanGroup>> = vec![Vec::new(); parts];
        let mut before = 0;
        for group in groups {
            // A row group goes where its middle row falls.
            let middle = 2 * before + u128::from(group.rows);
            let place = usize::try_from(middle * parts as u128 / (2 * total)).unwrap_or(usize::MAX);
            split[place.min(parts - 1)].push(group.clone());
            before += u128::from(group.rows);
        }
        if split.iter().any(|groups| !groups.is_empty()) {
            split.retain(|groups| !groups.is_empty());
        } else {
            split.truncate(1);
        }
        split
            .into_iter()
            .map(|groups| self.part_of(groups))
            .collect()
    }

    fn part_of(&self, mut groups: Vec<ScanGroup>) -> Part {
        let scan = &self.part.scan;
        let mut kept: Vec<usize> = groups.iter().map(|g| g.file).collect();
        kept.sort_unstable();
        kept.dedup();
        for group in &mut groups {
            group.file = kept.binary_search(&group.file).unwrap_or(0);
        }
        Part {
            scan: Scan {
                files: kept.iter().map(|&file| scan.files[file].clone()).collect(),
                groups,
                ..scan.clone()
            },
            ..self.part.clone()
        }
    }
}
