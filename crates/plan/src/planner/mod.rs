//! From a query and metadata to a plan.

mod aggregates;
mod expressions;
mod filters;
mod keys;
mod scan;

pub(crate) use scan::columns_read;

use crate::pages::Pruner;
use crate::plan::{KeyColumn, KeyDigits, KeyForm, PART_VERSION, Part, Plan, SelectedColumn};
use crate::prune::Test;
use crate::{PlanError, QUERY_VERSION, Query};
use arrow::datatypes::DataType;
use graticule_columns::{
    Calendar, CalendarUnit, DatasetMetadata, Kind, PartitionValue, RowGroup, Scan, Source, Wanted,
};
use graticule_geo::layer::Layer;
use graticule_kernels::{Accumulator, Digit, Filter as Step, Program, Slot};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub(crate) const A_KEY: &str = "a key";

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
    let mut planner = Planner {
        dataset,
        timezone: query.timezone.as_deref().unwrap_or("UTC"),
        other: query.other,
        sources: vec![Source::FixedLon, Source::FixedLat],
        layers: Vec::new(),
        steps: Vec::new(),
        tests: Vec::new(),
        narrow: Vec::new(),
        digits: Vec::new(),
        accumulators: vec![Accumulator::Count],
        pairs: Vec::new(),
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
        .map(|aggregate| planner.aggregate(aggregate, &metadata))
        .collect::<Result<Vec<_>, _>>()?;
    let floor = match &query.min_distinct {
        Some(floor) => Some(planner.floor(floor, &metadata)?),
        None => None,
    };
    let order = order_of(query)?;
    let selection = match &query.select {
        Some(select) => planner.selection(&select.columns)?,
        None => Vec::new(),
    };
    let carried: Vec<String> = selection
        .iter()
        .filter_map(|column| match column {
            SelectedColumn::File(name) => Some(name.clone()),
            SelectedColumn::Partition(_) => None,
        })
        .collect();
    planner.fill(&carried, &mut scan_files, &mut groups);
    let tests = std::mem::take(&mut planner.tests);
    let read = columns_read(&dataset.schema, &planner.sources, &carried);
    let pruner = Pruner::new(tests, read, groups.iter().map(|(file, _)| *file).collect());
    let programs = planner.programs();
    let scan = Scan {
        url: dataset.url.clone(),
        schema: dataset.schema.clone(),
        files: scan_files,
        wanted: wanted(&programs[0], &planner.sources),
        sources: planner.sources,
        groups: groups.into_iter().map(|(_, group)| group).collect(),
        carried,
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
        aggregates,
        order,
        floor,
        selection,
        pruning,
    };
    Ok((plan, pruner))
}

/// The digits, of so many, of the keys that are no zones.
fn key_digits(keys: &[KeyColumn], digits: usize) -> Vec<KeyDigits> {
    let ends = keys.iter().skip(1).map(|key| key.digit).chain([digits]);
    let keys = keys.iter().zip(ends);
    keys.filter(|(key, _)| !matches!(key.form, KeyForm::Zone { .. }))
        .map(|(key, end)| KeyDigits {
            digits: key.digit..end,
            nullable: key.nullable,
        })
        .collect()
}

/// What chunks must hold to matter: values of file columns, which can be decoded before the others.
fn wanted(program: &Program, sources: &[Source]) -> Vec<Wanted> {
    let filters = program.filters.iter();
    filters
        .filter_map(|filter| match *filter {
            Step::Range {
                slot,
                low,
                high,
                negate: false,
            } if matches!(sources[slot], Source::Time | Source::Value { .. }) => {
                Some(Wanted { slot, low, high })
            }
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
    /// Programs that count pairs of group and value: their further digits, and the slot of the value.
    pairs: Vec<(Vec<Digit>, usize)>,
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
        let pairs = pairs.map(|(digits, slot)| Program {
            live: Some(slot),
            digits: main.digits.iter().cloned().chain(digits).collect(),
            accumulators: vec![Accumulator::Count],
            ..main.clone()
        });
        let mut programs: Vec<Program> = pairs.collect();
        programs.insert(0, main);
        programs
    }

    fn selection(&self, columns: &[String]) -> Result<Vec<SelectedColumn>, PlanError> {
        if columns.is_empty() {
            return Err(PlanError::Region(
                "a selection of rows needs at least one column".to_owned(),
            ));
        }
        let schema = &self.dataset.schema;
        let column = |name: &String| {
            if schema.file_column(name).is_some() {
                return Ok(SelectedColumn::File(name.clone()));
            }
            let partition = schema.partitions.iter().position(|p| p.name == *name);
            let partition = partition.map(SelectedColumn::Partition);
            partition.ok_or_else(|| self.no_such(name))
        };
        columns.iter().map(column).collect()
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

    /// Whether a name is that of a text column of the files.
    fn is_text(&self, name: &str) -> bool {
        let attributes = &self.dataset.schema.attributes;
        let attribute = attributes.iter().find(|a| a.name == name);
        attribute.is_some_and(|a| is_text(&a.data_type))
    }

    fn is_boolean(&self, name: &str) -> bool {
        let attributes = &self.dataset.schema.attributes;
        let attribute = attributes.iter().find(|a| a.name == name);
        attribute.is_some_and(|a| a.data_type == DataType::Boolean)
    }

    /// The type of a column as errors name it.
    fn type_name(&self, name: &str) -> String {
        let attributes = &self.dataset.schema.attributes;
        let attribute = attributes.iter().find(|a| a.name == name);
        let found = self.column(name, A_KEY).ok();
        found.map_or_else(
            || attribute.map_or_else(String::new, |a| a.data_type.to_string()),
            |(_, _, data_type)| data_type.to_string(),
        )
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

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}
