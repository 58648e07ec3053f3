//! The plan: a program, what to read for it, and how groups become an answer.

use crate::key::Key;
use crate::lower;
use crate::prune::Test;
use crate::query::Filter;
use crate::window::{self, Window};
use crate::{Aggregate, Function, Literal, PlanError, QUERY_VERSION, Query};
use arrow::datatypes::DataType;
use graticule_columns::{
    DatasetMetadata, Kind, PartitionValue, RowGroup, Scan, ScanFile, ScanGroup, Source, TimeUnit,
    Wanted,
};
use graticule_geo::{Bbox, geohash};
use graticule_kernels::{
    Accumulator, Code, Digit, Filter as Step, Part as DigitPart, Program, Slot,
};
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

const A_KEY: &str = "a key";

/// Plans a query on a dataset, from metadata alone.
///
/// # Errors
/// [`PlanError`] when the query asks for what the dataset does not have.
pub fn plan(query: &Query, dataset: &DatasetMetadata) -> Result<Plan, PlanError> {
    if query.version != QUERY_VERSION {
        return Err(PlanError::Version {
            found: query.version,
            known: QUERY_VERSION,
        });
    }
    let mut planner = Planner {
        dataset,
        sources: vec![Source::FixedLon, Source::FixedLat],
        steps: Vec::new(),
        tests: Vec::new(),
        boxes: Vec::new(),
        digits: Vec::new(),
        accumulators: vec![Accumulator::Count],
        constants: Vec::new(),
    };
    for filter in &query.filters {
        planner.filter(filter)?;
    }
    let (mut scan_files, mut groups, pruning) = planner.scan();
    let metadata: Vec<&RowGroup> = groups
        .iter()
        .map(|(file, g)| &dataset.files[*file].row_groups[g.row_group])
        .collect();
    let keys = query
        .keys
        .iter()
        .map(|key| planner.key(key, &metadata))
        .collect::<Result<Vec<_>, _>>()?;
    let aggregates = query
        .aggregates
        .iter()
        .map(|aggregate| planner.aggregate(aggregate))
        .collect::<Result<Vec<_>, _>>()?;
    let order = order_of(query)?;
    planner.fill(&mut scan_files, &mut groups);
    let program = Program {
        slots: planner
            .sources
            .iter()
            .map(|s| Slot { kind: s.kind() })
            .collect(),
        filters: planner.steps,
        digits: planner.digits,
        accumulators: planner.accumulators,
    };
    let scan = Scan {
        url: dataset.url.clone(),
        schema: dataset.schema.clone(),
        files: scan_files,
        sources: planner.sources,
        groups: groups.into_iter().map(|(_, group)| group).collect(),
        watch: program.watch(),
        wanted: wanted(&program),
    };
    Ok(Plan {
        query: query.clone(),
        part: Part {
            version: PART_VERSION,
            program,
            scan,
        },
        keys,
        aggregates,
        order,
        pruning,
    })
}

fn wanted(program: &Program) -> Vec<Wanted> {
    let filters = program.filters.iter();
    filters
        .filter_map(|filter| match *filter {
            Step::Range {
                slot,
                low,
                high,
                negate: false,
            } => Some(Wanted { slot, low, high }),
            _ => None,
        })
        .collect()
}

fn order_of(query: &Query) -> Result<Option<usize>, PlanError> {
    let Some(top) = &query.top else {
        return Ok(None);
    };
    let Some(by) = &top.by else {
        return Ok(Some(0));
    };
    let place = query.aggregates.iter().position(|a| a == by);
    place.map(Some).ok_or_else(|| PlanError::OrderBy {
        asked: by.to_string(),
        have: query
            .aggregates
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    })
}

struct Planner<'a> {
    dataset: &'a DatasetMetadata,
    sources: Vec<Source>,
    steps: Vec<Step>,
    tests: Vec<Test>,
    boxes: Vec<Bbox>,
    digits: Vec<Digit>,
    accumulators: Vec<Accumulator>,
    /// For each constant slot the partition and its values, ascending.
    constants: Vec<(usize, Vec<PartitionValue>)>,
}

impl Planner<'_> {
    /// The slot of a source, made if it is new.
    fn slot(&mut self, source: Source) -> usize {
        if let Some(slot) = self.sources.iter().position(|s| *s == source) {
            return slot;
        }
        self.sources.push(source);
        self.sources.len() - 1
    }

    fn accumulator(&mut self, accumulator: Accumulator) -> usize {
        if let Some(place) = self.accumulators.iter().position(|a| *a == accumulator) {
            return place;
        }
        self.accumulators.push(accumulator);
        self.accumulators.len() - 1
    }

    /// A file column by name: its source, its place among the file's columns, and its type.
    fn column(
        &self,
        name: &str,
        purpose: &'static str,
    ) -> Result<(Source, usize, DataType), PlanError> {
        let schema = &self.dataset.schema;
        let place = schema.file_column(name).ok_or_else(|| self.no_such(name))?;
        let time = schema.time.as_ref();
        if let Some(time) = time.filter(|t| t.name == name) {
            return Ok((Source::Time, place, time.data_type.clone()));
        }
        let float = |kind| match kind {
            Kind::F32 => DataType::Float32,
            _ => DataType::Float64,
        };
        let (kind, data_type) = match place {
            0 => (Some(schema.lon.kind), float(schema.lon.kind)),
            1 => (Some(schema.lat.kind), float(schema.lat.kind)),
            _ => {
                let attribute = &schema.attributes[place - 2 - usize::from(time.is_some())];
                (attribute.kind, attribute.data_type.clone())
            }
        };
        let is_number = data_type != DataType::Boolean || purpose == A_KEY;
        let kind = kind
            .filter(|_| is_number)
            .ok_or_else(|| PlanError::ColumnType {
                name: name.to_owned(),
                data_type: data_type.to_string(),
                purpose,
                hint: "use an integer or float column",
            })?;
        let name = name.to_owned();
        Ok((Source::Value { name, kind }, place, data_type))
    }

    fn no_such(&self, name: &str) -> PlanError {
        let schema = &self.dataset.schema;
        let partitions = schema.partitions.iter().map(|p| p.name.as_str());
        PlanError::NoSuchColumn {
            name: name.to_owned(),
            columns: schema
                .file_columns()
                .chain(partitions)
                .map(str::to_owned)
                .collect(),
        }
    }

    fn filter(&mut self, filter: &Filter) -> Result<(), PlanError> {
        match filter {
            Filter::Bbox(bbox) => {
                self.boxes.push(*bbox);
                self.steps.push(Step::Bbox(*bbox));
                self.tests.push(Test::Bbox(*bbox));
            }
            Filter::Time(range) => {
                let time = self.dataset.schema.time.as_ref().ok_or(PlanError::NoTime)?;
                let words = range.counts(time.unit).map_or((1, 0), |(low, high)| {
                    let order = |v: i64| Kind::I64.order(v.cast_unsigned());
                    (order(low), order(high))
                });
                let words = lower::Words {
                    low: words.0,
                    high: words.1,
                    negate: false,
                };
                self.range(Source::Time, 2, words);
            }
            Filter::Where(comparison) => self.comparison(comparison)?,
        }
        Ok(())
    }

    fn range(&mut self, source: Source, column: usize, words: lower::Words) {
        let kind = source.kind();
        let slot = self.slot(source);
        self.tests.push(Test::Words {
            column,
            kind,
            words,
        });
        self.steps.push(Step::Range {
            slot,
            low: words.low,
            high: words.high,
            negate: words.negate,
        });
    }

    fn comparison(&mut self, comparison: &crate::Comparison) -> Result<(), PlanError> {
        let crate::Comparison {
            column,
            operator,
            literal,
        } = comparison;
        let partitions = &self.dataset.schema.partitions;
        if let Some(partition) = partitions.iter().position(|p| p.name == *column) {
            let is_text = matches!(literal, Literal::Text(_));
            if is_text == partitions[partition].is_integer {
                return Err(PlanError::ColumnType {
                    name: column.clone(),
                    data_type: if is_text {
                        "an integer partition"
                    } else {
                        "a text partition"
                    }
                    .to_owned(),
                    purpose: "compared with that literal",
                    hint: "write integers plain and text in 'quotes'",
                });
            }
            self.tests.push(Test::Partition {
                partition,
                operator: *operator,
                literal: literal.clone(),
            });
            return Ok(());
        }
        let (source, place, data_type) = self.column(column, "compared")?;
        let wrong = |hint| PlanError::ColumnType {
            name: column.clone(),
            data_type: data_type.to_string(),
            purpose: "compared with that literal",
            hint,
        };
        if source == Source::Time {
            return Err(wrong("filter times with --time FROM..TO"));
        }
        let words = lower::comparison(source.kind(), *operator, literal)
            .ok_or_else(|| wrong("compare it with a number"))?;
        self.range(source, place, words);
        Ok(())
    }

    /// The files and row groups that can matter.
    fn scan(&self) -> (Vec<ScanFile>, Vec<(usize, ScanGroup)>, Pruning) {
        let mut pruning = Pruning {
            rows_total: self.dataset.rows(),
            ..Pruning::default()
        };
        let (mut files, mut groups) = (Vec::new(), Vec::new());
        for (place, file) in self.dataset.files.iter().enumerate() {
            pruning.files_total += 1;
            pruning.bytes_total += file.size;
            pruning.row_groups_total += file.row_groups.len() as u64;
            let before = groups.len();
            if self.tests.iter().all(|t| t.may_pass_file(&file.partitions)) {
                for (row_group, group) in file.row_groups.iter().enumerate() {
                    let may_pass = |t: &Test| t.may_pass_group(&self.dataset.schema, group);
                    if group.rows > 0 && self.tests.iter().all(may_pass) {
                        let group = ScanGroup {
                            file: files.len(),
                            row_group,
                            rows: group.rows,
                            bytes: 0,
                            constants: Vec::new(),
                        };
                        groups.push((place, group));
                    }
                }
            }
            let kept = groups.len() - before;
            pruning.row_groups_pruned += (file.row_groups.len() - kept) as u64;
            if kept == 0 {
                pruning.files_pruned += 1;
                continue;
            }
            files.push(ScanFile {
                path: file.path.clone(),
                size: file.size,
                etag: file.etag.clone(),
                partitions: file.partitions.clone(),
            });
        }
        (files, groups, pruning)
    }

    /// Fills in what is only known once all slots are: bytes and constants of the row groups.
    fn fill(&self, files: &mut [ScanFile], groups: &mut [(usize, ScanGroup)]) {
        let schema = &self.dataset.schema;
        let mut columns: Vec<usize> = self
            .sources
            .iter()
            .filter_map(|source| match source {
                Source::FixedLon => Some(0),
                Source::FixedLat => Some(1),
                Source::Time => Some(2),
                Source::Value { name, .. } => schema.file_column(name),
                Source::Constant { .. } => None,
            })
            .collect();
        columns.sort_unstable();
        columns.dedup();
        for (place, group) in groups {
            let metadata = &self.dataset.files[*place].row_groups[group.row_group];
            group.bytes = columns.iter().map(|&c| metadata.columns[c].bytes).sum();
            let values = &files[group.file].partitions;
            let constant = |(partition, known): &(usize, Vec<PartitionValue>)| {
                let place = known.binary_search(&values[*partition]).unwrap_or(0);
                u32::try_from(place).unwrap_or(u32::MAX)
            };
            group.constants = self.constants.iter().map(constant).collect();
        }
    }

    fn key(&mut self, key: &Key, groups: &[&RowGroup]) -> Result<KeyColumn, PlanError> {
        let name = key.to_string();
        match key {
            Key::Geohash { precision } => self.geohash(name, *precision, groups),
            Key::Time { seconds } => self.time_key(name, *seconds, groups),
            Key::Column { name: column } => {
                let partitions = &self.dataset.schema.partitions;
                match partitions.iter().position(|p| p.name == *column) {
                    Some(partition) => Ok(self.partition_key(name, partition)),
                    None => self.integer_key(name, column, groups),
                }
            }
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
            let (low, high) = window::cells(&self.dataset.schema, groups, &self.boxes, slot);
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
        let parts = if extent <= 1 << 32 {
            vec![(DigitPart::Whole, extent)]
        } else {
            vec![
                (DigitPart::High, extent.div_ceil(1 << 32)),
                (DigitPart::Low, 1 << 32),
            ]
        };
        for (part, extent) in &parts {
            self.digits.push(Digit {
                code: code.clone(),
                part: *part,
                extent: u64::try_from(*extent).unwrap_or(1 << 32),
            });
        }
        (digit, parts.len())
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
        let mut window = window::words(Kind::I64, 2, groups);
        for step in &self.steps {
            if let &Step::Range {
                slot: of,
                low,
                high,
                negate: false,
            } = step
                && of == slot
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
        let low = Kind::I64.unorder(window.low).cast_signed();
        // Bucket 1 begins at the window's floor, or at the first boundary that i64 can hold.
        let floor = i128::from(low).div_euclid(width.into()) * i128::from(width);
        let first = i64::try_from(floor).or_else(|_| i64::try_from(floor + i128::from(width)));
        let first = Kind::I64.order(first.unwrap_or(i64::MAX).cast_unsigned());
        let span = u128::from(window.high.max(first) - first);
        let extent = span / u128::from(width.cast_unsigned()) + 2;
        let code = Code::Bucket {
            slot,
            first,
            width: width.cast_unsigned(),
        };
        let (digit, digits) = self.digits_of(&code, extent, window.nullable);
        Ok(KeyColumn {
            name,
            digit,
            nullable: window.nullable,
            form: KeyForm::Time {
                first,
                width: width.cast_unsigned(),
                unit,
                digits,
            },
        })
    }

    fn integer_key(
        &mut self,
        name: String,
        column: &str,
        groups: &[&RowGroup],
    ) -> Result<KeyColumn, PlanError> {
        let (source, place, data_type) = self.column(column, A_KEY)?;
        let kind = source.kind();
        let hint = match source {
            Source::Time => "write time:15m or another duration",
            _ => "keys are integer and partition columns",
        };
        if source == Source::Time || kind.is_float() {
            return Err(PlanError::ColumnType {
                name,
                data_type: data_type.to_string(),
                purpose: A_KEY,
                hint,
            });
        }
        let slot = self.slot(source);
        let mut window = window::words(kind, place, groups);
        if data_type == DataType::Boolean {
            (window.low, window.high) = (0, 1);
        }
        let code = Code::Offset {
            slot,
            low: window.low,
        };
        let extent = u128::from(window.high - window.low) + 1;
        let (digit, digits) = self.digits_of(&code, extent, window.nullable);
        Ok(KeyColumn {
            name,
            digit,
            nullable: window.nullable,
            form: KeyForm::Integer {
                low: window.low,
                kind,
                data_type,
                digits,
            },
        })
    }

    fn partition_key(&mut self, name: String, partition: usize) -> KeyColumn {
        let files = self.dataset.files.iter();
        let mut values: Vec<_> = files.map(|f| f.partitions[partition].clone()).collect();
        values.sort();
        values.dedup();
        let extent = values.len().max(1) as u128;
        let slot = self.slot(Source::Constant {
            index: self.constants.len(),
            name: name.clone(),
        });
        self.constants.push((partition, values.clone()));
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

    fn aggregate(&mut self, aggregate: &Aggregate) -> Result<AggregateColumn, PlanError> {
        let name = aggregate.to_string();
        let Aggregate::Of { function, column } = aggregate else {
            return Ok(AggregateColumn {
                name,
                function: None,
                value: 0,
                valid: 0,
                kind: Kind::U64,
                data_type: DataType::Int64,
            });
        };
        let (source, _, data_type) = self.column(column, "aggregated")?;
        let is_sum = matches!(function, Function::Sum | Function::Mean);
        if source == Source::Time && is_sum {
            return Err(PlanError::ColumnType {
                name: column.clone(),
                data_type: data_type.to_string(),
                purpose: "summed",
                hint: "take its min or max",
            });
        }
        let kind = source.kind();
        let slot = self.slot(source);
        let valid = self.accumulator(Accumulator::Valid { slot });
        let value = self.accumulator(match function {
            Function::Sum | Function::Mean => Accumulator::Sum { slot },
            Function::Min => Accumulator::Min { slot },
            Function::Max => Accumulator::Max { slot },
        });
        Ok(AggregateColumn {
            name,
            function: Some(*function),
            value,
            valid,
            kind,
            data_type,
        })
    }
}

impl Plan {
    /// Cuts the plan into at most `parts` parts of about equally many rows; at least one.
    pub fn split(&self, parts: usize) -> Vec<Part> {
        let Scan { groups, .. } = &self.part.scan;
        let target = self.part.scan.rows().div_ceil(parts.max(1) as u64).max(1);
        let mut split: Vec<Vec<ScanGroup>> = vec![Vec::new()];
        let mut rows = 0;
        for group in groups {
            if rows >= target && split.len() < parts {
                split.push(Vec::new());
                rows = 0;
            }
            rows += group.rows;
            if let Some(last) = split.last_mut() {
                last.push(group.clone());
            }
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
