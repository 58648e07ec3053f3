//! The plan: a program, what to read for it, and how groups become an answer.

use crate::{Arithmetic, Expression, Function, Literal, Quantile, Query};
use arrow::datatypes::DataType;
use graticule_columns::{
    Bins, Calendar, Kind, PartitionValue, Scan, ScanGroup, TEXT_HASHES, TimeUnit,
};
use graticule_kernels::exact::Spread;
use graticule_kernels::{Partial, Program};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::time::Duration;

/// The version that a part is written with.
pub const PART_VERSION: u32 = 11;

/// What answers a query on a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The question.
    pub(crate) query: Query,
    /// The work.
    pub(crate) part: Part,
    /// The key columns of the answer.
    pub(crate) keys: Vec<KeyColumn>,
    /// What is computed for each group.
    pub(crate) aggregates: Vec<AggregateColumn>,
    /// The columns of the answer behind the keys.
    pub(crate) answer: Vec<AnswerColumn>,
    /// What the answer is ordered by before its keys.
    pub(crate) order: Vec<OrderColumn>,
    /// Which of its rows are told.
    pub(crate) having: Option<HavingTest>,
    /// Which groups are too few to be shown.
    pub(crate) floor: Option<Floor>,
    /// The columns of the rows themselves, where those are asked for instead of groups.
    pub(crate) selection: Vec<SelectedColumn>,
    /// What need not be read.
    pub(crate) pruning: Pruning,
}

/// A column of selected rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SelectedColumn {
    /// Of the files, by its name.
    File(String),
    /// Of the folders, by its place among the partition columns.
    Partition(usize),
    /// One of [`Plan::keys`], of each row.
    Key(usize),
}

/// Groups with fewer distinct values than this are dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// The program that counts pairs of group and value.
    pub program: usize,
    /// The code that stands for null, which is no value.
    pub null: Option<u64>,
    /// The least number of distinct values.
    pub least: u64,
}

/// Work that can be done anywhere: programs and the rows to run them over in one pass. Running it twice does no
/// harm; its partial answers merge with those of other parts of the same plan in any order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// [`PART_VERSION`].
    pub(crate) version: u32,
    /// What to compute, in one pass: the programs share their slots, layers and filters. The first
    /// one has the groups of the answer; the others, whose first digits are the same, split those.
    pub(crate) programs: Vec<Program>,
    /// The keys that are the same in all records of one group of the answer. Zones are not: a point may
    /// be in several.
    pub(crate) keys: Vec<KeyDigits>,
    /// What to read.
    pub(crate) scan: Scan,
    /// What statistics answered already, of the first program.
    #[serde(default)]
    pub(crate) answered: Option<Partial>,
}

/// The digits of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDigits {
    /// Their places in every program.
    pub digits: Range<usize>,
    /// Whether the first one is 1 for null, whatever the others are then.
    pub nullable: bool,
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
    /// Pages of which nothing is read, within row groups that are.
    #[serde(default)]
    pub pages_pruned: u64,
    /// Tiles of which nothing is read, for their statistics say that no row matches; those of pruned
    /// pages not included.
    #[serde(default)]
    pub tiles_pruned: u64,
    /// Tiles of which nothing is read, for their statistics are the answer.
    #[serde(default)]
    pub tiles_answered: u64,
    /// Matching rows of those tiles.
    #[serde(default)]
    pub rows_answered: u64,
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
        /// The count at which bucket 0 begins, which the time column may be too narrow for.
        first: i128,
        /// Width of a bucket in units.
        width: u64,
        /// The unit.
        unit: TimeUnit,
        /// The unit in which beginnings are told.
        told: TimeUnit,
        /// The time zone in which they are told.
        zone: String,
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
    /// An H3 cell without its header, less the window's least, in one digit, or two of 32 bits.
    H3 {
        /// 0 to 15.
        resolution: u8,
        /// Digits.
        digits: usize,
    },
    /// Column and row of a tile, less the window's first. At zoom 0 the column is no digit.
    Tile {
        /// 0 to 24.
        zoom: u8,
        /// The window's first column and row.
        first: [u32; 2],
    },
    /// The ordinal of a calendar, less the window's first, in one digit.
    Calendar {
        /// The calendar.
        calendar: Calendar,
        /// Ordered word of the first ordinal.
        first: u64,
        /// The unit in which beginnings are told.
        unit: TimeUnit,
        /// Whether they are told as what they begin, such as a date, instead of as instants.
        is_labelled: bool,
    },
    /// A bin of numbers, less the window's least, in one digit, or two of 32 bits.
    Bins {
        /// The bins, of decimals in units of their last digit.
        bins: Bins,
        /// Ordered word of the least bin.
        low: u64,
        /// Digits behind the point of decimals, 0 of integers; none of floats.
        scale: Option<i8>,
        /// Whether they are of unsigned integers of 64 bits.
        is_unsigned: bool,
        /// Digits.
        digits: usize,
    },
    /// The hash of a text, in two digits.
    Text {
        /// Whether it is told of bytes, which it sorts by.
        are_bytes: bool,
    },
    /// The set of zones that hold the point, in one digit, or two of 32 bits.
    Zone {
        /// Place of the layer in the program.
        layer: usize,
        /// Names of its zones; those without one are the null group.
        names: Vec<Option<String>>,
        /// Digits.
        digits: usize,
        /// Whether points in no zone are a group.
        other: bool,
    },
    /// The number of the nearest place, in one digit.
    Near {
        /// Names of the places; those without one are the null group.
        names: Vec<Option<String>>,
        /// Whether points near none are a group.
        other: bool,
    },
    /// The place in a list of partition values, in one digit.
    Partition {
        /// The values, ascending.
        values: Vec<PartitionValue>,
        /// Whether they are integers.
        is_integer: bool,
    },
}

/// A column of the answer that is no key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerColumn {
    /// Its name: the aggregate as it is written, or the name that it has.
    pub name: String,
    /// What it holds.
    pub value: Value,
}

/// A value of a row of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// One of [`Plan::aggregates`].
    Aggregate(usize),
    /// The same in all rows.
    Number(Literal),
    /// One value and another; null where one of them is.
    Arithmetic {
        /// What is done with them.
        operator: Arithmetic,
        /// The left one.
        left: Box<Self>,
        /// The right one.
        right: Box<Self>,
    },
}

/// What of an answer's rows is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AnswerPart {
    /// One of [`Plan::keys`].
    Key(usize),
    /// A value.
    Value(Value),
}

/// What an answer is ordered by, nulls last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderColumn {
    /// What of its rows.
    pub part: AnswerPart,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What rows of an answer must pass to be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HavingTest {
    /// The test, [normalised](Expression::normalised).
    pub expression: Expression,
    /// What its columns are.
    pub columns: Vec<(String, AnswerPart)>,
    /// Whose clocks times without an offset are of.
    pub timezone: String,
}

/// What is computed for each group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AggregateColumn {
    /// The aggregate as it is written.
    pub name: String,
    /// Kind of the values.
    pub kind: Kind,
    /// Type of the column.
    pub data_type: DataType,
    /// What it is made from.
    pub form: AggregateForm,
}

/// What an aggregate is made from. Numbers of accumulators are places in the first program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AggregateForm {
    /// The number of rows.
    Count,
    /// One accumulator.
    Value {
        /// The function.
        function: Function,
        /// Place of the accumulator with the value.
        value: usize,
        /// Place of the accumulator that says how many values there were.
        valid: usize,
    },
    /// The variance or its root.
    Spread {
        /// Which of them.
        spread: Spread,
        /// Place of the sum.
        sum: usize,
        /// Place of the sum of squares.
        squares: usize,
        /// Place of the accumulator that says how many values there were.
        valid: usize,
    },
    /// A quantile, from the counts of log-linear buckets.
    Quantile {
        /// The program that counts pairs of group and bucket.
        program: usize,
        /// The window's first bucket.
        first: u64,
        /// Which quantile.
        quantile: Quantile,
    },
    /// The number of distinct values.
    Distinct {
        /// The program that counts pairs of group and value.
        program: usize,
        /// The code that stands for null, which is no value.
        null: Option<u64>,
    },
    /// A number that is chosen by how often values occur.
    Chosen {
        /// Which one.
        choice: Choice,
        /// The program that counts pairs of group and value.
        program: usize,
        /// The ordered word of code 0.
        low: u64,
        /// The code that stands for null, which is no value.
        null: Option<u64>,
    },
    /// Bins from the least value to the greatest, and how many values lie in each.
    Histogram {
        /// How many bins.
        bins: u16,
        /// The program that counts pairs of group and value.
        program: usize,
        /// The ordered word of code 0.
        low: u64,
        /// The code that stands for null, which is no value.
        null: Option<u64>,
    },
    /// A text that is chosen by the order of bytes, by how often it occurs or by its times, from the pairs that
    /// [`Self::Distinct`] counts.
    Text {
        /// [`Function::Min`], [`Function::Max`], [`Function::Mode`], [`Function::First`] or [`Function::Last`].
        function: Function,
        /// The program that counts pairs of group and value.
        program: usize,
        /// The code that stands for null, which is no value.
        null: Option<u64>,
        /// The values, ascending, where codes are places among these; else they are hashes of texts.
        values: Option<Vec<String>>,
    },
}

/// Which of a group's values is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Choice {
    /// The `ceil(q n)`-th least of n, at least the first.
    Quantile(Quantile),
    /// The one that occurs most often; the least of several.
    Mode,
}

impl Plan {
    /// The question.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The work, whole.
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// The key columns of the answer.
    pub fn keys(&self) -> &[KeyColumn] {
        &self.keys
    }

    /// What is computed for each group: what the answer's columns are made of.
    pub fn aggregates(&self) -> &[AggregateColumn] {
        &self.aggregates
    }

    /// The columns of the answer behind the keys.
    pub fn answer_columns(&self) -> &[AnswerColumn] {
        &self.answer
    }

    /// What the answer is ordered by before its keys.
    pub fn order(&self) -> &[OrderColumn] {
        &self.order
    }

    /// Which of the answer's rows are told; all if absent.
    pub fn having(&self) -> Option<&HavingTest> {
        self.having.as_ref()
    }

    /// Which groups are too few to be shown.
    pub fn floor(&self) -> Option<&Floor> {
        self.floor.as_ref()
    }

    /// The columns of the rows themselves, where those are asked for instead of groups.
    pub fn selection(&self) -> &[SelectedColumn] {
        &self.selection
    }

    /// What need not be read.
    pub fn pruning(&self) -> &Pruning {
        &self.pruning
    }

    /// Of a dataset whose store may be silent for so long.
    #[must_use]
    pub fn patient(mut self, patience: Option<Duration>) -> Self {
        self.part.scan.patience = patience;
        self
    }

    /// The plan of a share of the row groups that are to be read, the first ones and at least one, without what statistics
    /// answered: another question, to be measured.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count"
    )]
    pub fn share(mut self, share: f64) -> Self {
        self.part.answered = None;
        let groups = &mut self.part.scan.groups;
        groups.truncate((groups.len() as f64 * share).ceil().max(1.0) as usize);
        self
    }

    /// Cuts the plan into at most `parts` parts of about equally many rows; at least one.
    pub fn split(&self, parts: usize) -> Vec<Part> {
        let Scan { groups, .. } = &self.part.scan;
        let (parts, total) = (parts.max(1), u128::from(self.part.scan.rows().max(1)));
        let mut split: Vec<Vec<ScanGroup>> = vec![Vec::new(); parts];
        let mut before = 0;
        for group in groups {
            // A row group goes where its middle row falls.
            let rows = u128::from(group.rows_kept());
            let middle = 2 * before + rows;
            let place = usize::try_from(middle * parts as u128 / (2 * total)).unwrap_or(usize::MAX);
            split[place.min(parts - 1)].push(group.clone());
            before += rows;
        }
        if split.iter().any(|groups| !groups.is_empty()) {
            split.retain(|groups| !groups.is_empty());
        } else {
            split.truncate(1);
        }
        let mut split: Vec<Part> = split.into_iter().map(|g| self.part_of(g)).collect();
        split[0].answered = self.part.answered.clone();
        split
    }

    fn part_of(&self, mut groups: Vec<ScanGroup>) -> Part {
        let scan = &self.part.scan;
        let mut kept: Vec<usize> = groups.iter().map(|g| g.file).collect();
        kept.sort_unstable();
        kept.dedup();
        for group in &mut groups {
            // It is one of them.
            group.file = kept.partition_point(|&file| file < group.file);
        }
        Part {
            scan: Scan {
                files: kept.iter().map(|&file| scan.files[file].clone()).collect(),
                groups,
                ..scan.clone()
            },
            answered: None,
            ..self.part.clone()
        }
    }
}

impl Part {
    /// The version of the format that it is in.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What to compute, in one pass. The first program has the groups of the answer; the others, whose first digits are
    /// the same, split those.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// What to read.
    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// With texts by another hash, for two share this one; `None` after the last.
    pub fn with_next_hash(&self) -> Option<Self> {
        let mut part = self.clone();
        part.scan.text_hash += 1;
        (part.scan.text_hash < TEXT_HASHES).then_some(part)
    }

    /// What to read and compute, the keys, and what is answered already: for the one that runs it.
    pub fn into_work(self) -> (Scan, Vec<Program>, Vec<KeyDigits>, Option<Partial>) {
        (self.scan, self.programs, self.keys, self.answered)
    }
}
