//! From a query and metadata to a plan.

mod aggregates;
mod answer;
mod columns;
mod expressions;
mod filters;
mod keys;
mod lists;
mod scan;
mod two_columns;

pub(crate) use filters::hull;
pub(crate) use scan::columns_read;

use crate::pages::Pruner;
use crate::plan::{
    AggregateColumn, AnswerColumn, KeyColumn, KeyDigits, KeyForm, PART_VERSION, Part, Plan,
    SelectedColumn,
};
use crate::prune::Test;
use crate::{Key, PlanError, QUERY_VERSION, Query, Select, list};
use graticule_columns::{
    Calendar, CalendarUnit, DatasetMetadata, PartitionValue, RowGroup, Scan, Source, Wanted,
};
use graticule_geo::layer::Layer;
use graticule_kernels::{Accumulator, Digit, Filter as Step, Program, Slot};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The time zone of questions that name none.
const UTC: &str = "UTC";
/// What stands for all columns of a selection.
const ALL: &str = "*";

/// Plans a query on a dataset, from metadata alone.
///
/// # Errors
/// [`PlanError`] when the query asks for what the dataset does not have.
pub fn plan(query: &Query, dataset: &DatasetMetadata) -> Result<Plan, PlanError> {
    plan_and_pruner(query, dataset).map(|(plan, _)| plan)
}

/// As [`plan`], with what it takes to leave out pages once their statistics are there.
///
/// # Errors
/// As [`plan`].
pub fn plan_and_pruner(
    query: &Query,
    dataset: &DatasetMetadata,
) -> Result<(Plan, Pruner), PlanError> {
    if query.version != QUERY_VERSION {
        return Err(PlanError::Version {
            found: query.version,
            known: QUERY_VERSION,
        });
    }
    if let Some(also) = query.also_in.first() {
        return Err(PlanError::AlsoIn {
            column: also.column.clone(),
        });
    }
    let mut planner = Planner {
        dataset,
        timezone: query.timezone.as_deref().unwrap_or(UTC),
        other: query.other,
        sources: vec![Source::FixedLon, Source::FixedLat],
        layers: Vec::new(),
        steps: Vec::new(),
        tests: Vec::new(),
        narrow: Vec::new(),
        digits: Vec::new(),
        accumulators: vec![Accumulator::Count],
        pairs: Vec::new(),
        aggregates: Vec::new(),
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
    // Of selected rows keys are told, too, those that are selected.
    let asked = query.keys.iter().filter(|_| query.select.is_none());
    let mut keys = asked
        .map(|key| planner.key(key, &metadata))
        .collect::<Result<Vec<_>, _>>()?;
    let mut answer = planner.answer(query, &metadata)?;
    name_apart(&mut keys, &mut answer);
    let floor = match &query.min_distinct {
        Some(floor) => Some(planner.floor(floor, &metadata)?),
        None => None,
    };
    let order = planner.order(query, (&keys, &answer), &metadata)?;
    let having = match &query.having {
        Some(having) => Some(planner.having(having, query, (&keys, &answer), &metadata)?),
        None => None,
    };
    let selection = match &query.select {
        Some(select) => planner.selection(select, &mut keys, &metadata)?,
        None => Vec::new(),
    };
    let ordering = match &query.select {
        Some(select) if !select.order.is_empty() => {
            select.first()?;
            let by = Select {
                columns: select.order.iter().map(|order| order.by.clone()).collect(),
                exclude: Vec::new(),
                ..select.clone()
            };
            planner.selection(&by, &mut keys, &metadata)?
        }
        _ => Vec::new(),
    };
    let mut carried: Vec<String> = selection
        .iter()
        .chain(&ordering)
        .filter_map(|column| match column {
            SelectedColumn::File(name) => Some(name.clone()),
            SelectedColumn::Partition(_) | SelectedColumn::Key(_) => None,
        })
        .collect();
    let mut met = std::collections::HashSet::new();
    carried.retain(|name| met.insert(name.clone()));
    planner.fill(&carried, &mut scan_files, &mut groups);
    let tests = std::mem::take(&mut planner.tests);
    let read = columns_read(&dataset.schema, &planner.sources, &carried);
    let pruner = Pruner::new(tests, read, groups.iter().map(|(file, _)| *file).collect());
    let programs = planner.programs();
    let wanted = planner.wanted(&programs[0]);
    let scan = Scan {
        url: dataset.url.clone(),
        patience: None,
        schema: dataset.schema.clone(),
        files: scan_files,
        wanted,
        sources: planner.sources,
        groups: groups.into_iter().map(|(_, group)| group).collect(),
        carried,
        text_hash: 0,
    };
    let plan = Plan {
        query: query.clone(),
        part: Part {
            version: PART_VERSION,
            keys: key_digits(&keys, programs[0].digits.len()),
            programs,
            scan,
            answered: None,
        },
        keys,
        aggregates: std::mem::take(&mut planner.aggregates),
        answer,
        order,
        having,
        floor,
        selection,
        pruning,
    };
    Ok((plan, pruner))
}

/// Gives the columns of the answer names that differ: readers of files find columns by them.
fn name_apart(keys: &mut [KeyColumn], answer: &mut [AnswerColumn]) {
    let keys = keys.iter_mut().map(|key| &mut key.name);
    let answer = answer.iter_mut().map(|column| &mut column.name);
    let names: Vec<&mut String> = keys.chain(answer).collect();
    let distinct = list::distinct_names(names.iter().map(|name| name.to_string()));
    for (name, distinct) in names.into_iter().zip(distinct) {
        *name = distinct;
    }
}

/// The digits, of so many, of the keys that are no zones, and not near places, which may share a name.
fn key_digits(keys: &[KeyColumn], digits: usize) -> Vec<KeyDigits> {
    let ends = keys.iter().skip(1).map(|key| key.digit).chain([digits]);
    let keys = keys.iter().zip(ends);
    keys.filter(|(key, _)| !matches!(key.form, KeyForm::Zone { .. } | KeyForm::Near { .. }))
        .map(|(key, end)| KeyDigits {
            digits: key.digit..end,
            nullable: key.nullable,
        })
        .collect()
}

impl Planner<'_> {
    /// What chunks must hold to matter: values of file columns, and cells of places.
    fn wanted(&self, program: &Program) -> Vec<Wanted> {
        let range =
            |filter: &Step| {
                let (slot, low, high) = hull(filter)?;
                matches!(self.sources[slot], Source::Time | Source::Value { .. })
                    .then_some(Wanted { slot, low, high })
            };
        let cells = |(source, axis): (Source, usize)| {
            let slot = self.sources.iter().position(|s| *s == source)?;
            let spans = self.narrow.iter().filter_map(|axes| axes[axis]);
            let span = spans.reduce(|a, b| (a.0.max(b.0), a.1.min(b.1)))?;
            Some(Wanted {
                slot,
                low: span.0.into(),
                high: span.1.into(),
            })
        };
        let axes = [(Source::FixedLon, 0), (Source::FixedLat, 1)];
        let values = program.filters.iter().filter_map(range);
        values.chain(axes.into_iter().filter_map(cells)).collect()
    }
}

struct Planner<'a> {
    dataset: &'a DatasetMetadata,
    timezone: &'a str,
    other: bool,
    sources: Vec<Source>,
    layers: Vec<Arc<Layer>>,
    steps: Vec<Step>,
    tests: Vec<Test>,
    /// Ranges of cells that regions leave, by axis.
    narrow: Vec<[Option<(u32, u32)>; 2]>,
    digits: Vec<Digit>,
    accumulators: Vec<Accumulator>,
    /// Programs that count pairs of group and value.
    pairs: Vec<Pair>,
    /// What is computed for each group.
    aggregates: Vec<AggregateColumn>,
    /// For each constant slot the partition and its values, ascending.
    constants: Vec<(usize, Vec<PartitionValue>)>,
}

/// A program that counts pairs of group and value.
#[derive(PartialEq)]
struct Pair {
    /// The digits of the value.
    digits: Vec<Digit>,
    /// A slot whose nulls and NaN are no values.
    live: usize,
    /// What is kept for each pair beside its count.
    accumulators: Vec<Accumulator>,
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

    /// The programs, the one of the answer's groups first.
    fn programs(&mut self) -> Vec<Program> {
        let slots = self.sources.iter().map(|s| Slot { kind: s.kind() });
        let main = Program {
            slots: slots.collect(),
            layers: std::mem::take(&mut self.layers),
            filters: std::mem::take(&mut self.steps),
            live: None,
            digits: std::mem::take(&mut self.digits),
            accumulators: std::mem::take(&mut self.accumulators),
        };
        let pairs = std::mem::take(&mut self.pairs).into_iter();
        let pairs = pairs.map(|pair| Program {
            live: Some(pair.live),
            digits: main.digits.iter().cloned().chain(pair.digits).collect(),
            accumulators: std::iter::once(Accumulator::Count)
                .chain(pair.accumulators)
                .collect(),
            ..main.clone()
        });
        let mut programs: Vec<Program> = pairs.collect();
        programs.insert(0, main);
        programs
    }

    fn selection(
        &mut self,
        select: &Select,
        keys: &mut Vec<KeyColumn>,
        groups: &[&RowGroup],
    ) -> Result<Vec<SelectedColumn>, PlanError> {
        let dataset = self.dataset;
        let schema = &dataset.schema;
        let has_star = self.has(ALL);
        let is_all = |name: &str| name == ALL && !has_star;
        for name in &select.exclude {
            if !self.has(name) {
                return Err(self.no_such(name));
            }
            if !select.columns.iter().any(|column| is_all(column)) {
                return Err(PlanError::Region(format!(
                    "'{name}' is excluded where not all columns are selected; select '*'"
                )));
            }
        }
        let mut columns = Vec::new();
        for name in &select.columns {
            if is_all(name) {
                let partitions = schema.partitions.iter().map(|p| p.name.as_str());
                let partitions = partitions.filter(|name| schema.file_column(name).is_none());
                let all = schema.file_columns().chain(partitions);
                let is_left = |name: &&str| !select.exclude.iter().any(|known| known == name);
                let all = all.filter(is_left).filter_map(|name| self.selected(name));
                columns.extend(all);
            } else if let Some(column) = self.selected(name) {
                columns.push(column);
            } else {
                keys.push(self.selected_key(name, select, groups)?);
                columns.push(SelectedColumn::Key(keys.len() - 1));
            }
        }
        if columns.is_empty() {
            return Err(PlanError::Region(
                "a selection of rows needs at least one column".to_owned(),
            ));
        }
        Ok(columns)
    }

    fn has(&self, name: &str) -> bool {
        let schema = &self.dataset.schema;
        schema.file_column(name).is_some() || schema.partition(name).is_some()
    }

    fn selected(&self, name: &str) -> Option<SelectedColumn> {
        let schema = &self.dataset.schema;
        if schema.file_column(name).is_some() {
            return Some(SelectedColumn::File(name.to_owned()));
        }
        schema.partition(name).map(SelectedColumn::Partition)
    }

    /// A key that is told of each row.
    fn selected_key(
        &mut self,
        name: &str,
        select: &Select,
        groups: &[&RowGroup],
    ) -> Result<KeyColumn, PlanError> {
        let mut loaded = select.keys.iter();
        let key = match loaded.find(|key| key.to_string() == name) {
            Some(key) => key.clone(),
            None => match name.parse() {
                Ok(Key::Column { .. }) => return Err(self.no_such(name)),
                Ok(key) => key,
                // What has a colon was meant to be one.
                Err(error) if name.contains(':') => return Err(error),
                Err(_) => return Err(self.no_such(name)),
            },
        };
        self.key(&key, groups)
    }

    /// The calendar of a unit in the question's time zone.
    fn calendar(&self, unit: CalendarUnit) -> Result<Calendar, PlanError> {
        let time = self.dataset.schema.time.as_ref().ok_or(PlanError::NoTime)?;
        let calendar = Calendar {
            unit,
            zone: self.timezone.to_owned(),
        };
        match calendar.reader(time.unit) {
            Ok(_) => Ok(calendar),
            Err(reason) => Err(PlanError::Timezone { reason }),
        }
    }

    /// A slot with the place of the row's partition value among the values that there are, ascending.
    fn partition_slot(&mut self, partition: usize) -> (usize, Vec<PartitionValue>) {
        let found = self.constants.iter().position(|c| c.0 == partition);
        let index = found.unwrap_or_else(|| {
            let files = self.dataset.files.iter();
            let mut values: Vec<_> = files.map(|f| f.partitions[partition].clone()).collect();
            values.sort();
            values.dedup();
            self.constants.push((partition, values));
            self.constants.len() - 1
        });
        let values = self.constants[index].1.clone();
        let mut hasher = DefaultHasher::new();
        values.hash(&mut hasher);
        let source = Source::Constant {
            index,
            name: self.dataset.schema.partitions[partition].name.clone(),
            values: hasher.finish(),
        };
        (self.slot(source), values)
    }
}
