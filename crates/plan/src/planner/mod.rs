//! From a query and metadata to a plan.

mod filters;
mod keys;
mod scan;

use crate::plan::{AggregateColumn, PART_VERSION, Part, Plan};
use crate::prune::Test;
use crate::{Aggregate, Function, PlanError, QUERY_VERSION, Query};
use arrow::datatypes::DataType;
use graticule_columns::{DatasetMetadata, Kind, PartitionValue, RowGroup, Scan, Source, Wanted};
use graticule_geo::Bbox;
use graticule_kernels::{Accumulator, Digit, Filter as Step, Program, Slot};

pub(crate) const A_KEY: &str = "a key";

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
