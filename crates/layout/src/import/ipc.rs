//! Arrow IPC, whose columns have types already. They are kept, but for the place, which becomes
//! doubles, and a time of numbers, which becomes a timestamp of its unit.

use super::error::ImportError;
use super::open::Meter;
use super::options::{Checked, Import, Unit};
use super::report::Report;
use super::roles::{self, Place, Time};
use super::schema::Schema;
use super::source::{Source, Sources};
use super::staging::Staging;
use super::write::{self, Parts};
use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use std::collections::HashSet;
use std::sync::Arc;

mod read;

/// A batch is cut into so many rows, as it may have any number.
const BATCH_ROWS: usize = 1 << 16;

/// How the columns of the first file become the ones written.
struct Layout {
    from: SchemaRef,
    to: SchemaRef,
    /// For each column written behind the place the number of its source, in their order.
    columns: Vec<usize>,
    /// Where those of the path stand among them.
    path_at: usize,
}

impl Layout {
    fn new(
        import: &Import,
        checked: &Checked,
        source: &Source,
        from: &SchemaRef,
    ) -> Result<Self, ImportError> {
        let names: Vec<String> = from.fields().iter().map(|f| f.name().clone()).collect();
        let roles = roles::find(import, &source.name, &names)?;
        let Place::Point { lon, lat } = roles.place else {
            return Err(unfit("--polyline", "it is for CSV"));
        };
        let mut columns = vec![lon, lat];
        let mut fields: Vec<(String, DataType)> = vec![
            ("lon".to_owned(), DataType::Float64),
            ("lat".to_owned(), DataType::Float64),
        ];
        for column in [lon, lat] {
            let field = from.field(column);
            if !field.data_type().is_numeric() {
                return Err(ImportError::File {
                    file: source.name.clone(),
                    reason: format!(
                        "column '{}' is {}, but coordinates are numbers; name others with --lon and --lat",
                        field.name(),
                        field.data_type()
                    ),
                });
            }
        }
        match roles.time {
            None => {}
            Some(Time::Two(..)) => {
                return Err(unfit(
                    "--time-column",
                    "two columns as one time are for CSV",
                ));
            }
            Some(Time::One(column, _)) => {
                let data_type = from.field(column).data_type();
                let to = match (data_type, import.time_unit) {
                    (DataType::Int64 | DataType::Int32 | DataType::UInt32, Some(unit)) => {
                        timestamp(unit)
                    }
                    _ => data_type.clone(),
                };
                fields.push(("time".to_owned(), to));
                columns.push(column);
            }
        }
        let path_at = fields.len();
        let path: Vec<&str> = checked.path.iter().flat_map(|p| p.names()).collect();
        fields.extend(path.iter().map(|name| ((*name).to_owned(), DataType::Utf8)));
        for (column, field) in from.fields().iter().enumerate() {
            if !columns.contains(&column) {
                fields.push((field.name().clone(), field.data_type().clone()));
                columns.push(column);
            }
        }
        let mut taken = HashSet::new();
        let fields = fields.into_iter().map(|(mut name, data_type)| {
            while !taken.insert(name.clone()) {
                name.insert_str(0, "other_");
            }
            Field::new(name, data_type, true)
        });
        let fields: Vec<Field> = fields.collect();
        Ok(Self {
            from: SchemaRef::clone(from),
            to: Arc::new(arrow::datatypes::Schema::new(fields)),
            columns,
            path_at,
        })
    }

    fn check(&self, source: &Source, first: &Source, here: &SchemaRef) -> Result<(), ImportError> {
        let of = |schema: &SchemaRef| -> Vec<(String, DataType)> {
            let fields = schema.fields().iter();
            fields
                .map(|f| (f.name().clone(), f.data_type().clone()))
                .collect()
        };
        if of(here) == of(&self.from) {
            return Ok(());
        }
        Err(ImportError::File {
            file: source.name.clone(),
            reason: format!(
                "its columns are not those of '{}'; import them apart",
                first.name
            ),
        })
    }

    /// A batch as it is written.
    fn apply(&self, batch: &RecordBatch, path: &[String]) -> Result<RecordBatch, ArrowError> {
        let columns = self
            .columns
            .iter()
            .map(|c| ArrayRef::clone(batch.column(*c)));
        let mut arrays: Vec<ArrayRef> = columns.collect();
        let constant = |value: &String| -> ArrayRef {
            Arc::new(StringArray::from(vec![value.as_str(); batch.num_rows()]))
        };
        arrays.splice(self.path_at..self.path_at, path.iter().map(constant));
        for (array, field) in arrays.iter_mut().zip(self.to.fields()) {
            if array.data_type() != field.data_type() {
                *array = cast(array, field.data_type())?;
            }
        }
        RecordBatch::try_new(SchemaRef::clone(&self.to), arrays)
    }
}

fn unfit(argument: &'static str, reason: &str) -> ImportError {
    ImportError::Argument {
        argument,
        value: String::new(),
        reason: format!("{reason}, and the files are Arrow"),
    }
}

fn timestamp(unit: Unit) -> DataType {
    let unit = match unit {
        Unit::Second => TimeUnit::Second,
        Unit::Millisecond => TimeUnit::Millisecond,
        Unit::Microsecond => TimeUnit::Microsecond,
        Unit::Nanosecond => TimeUnit::Nanosecond,
    };
    DataType::Timestamp(unit, Some("UTC".into()))
}

/// Imports the files into the staging folder.
pub(crate) fn import(
    import: &Import,
    checked: &Checked,
    sources: &Sources,
    staging: &Staging,
    meter: &Meter<'_>,
) -> Result<Report, ImportError> {
    let first = &sources.files[0];
    let layout = Layout::new(import, checked, first, &read::schema(first)?)?;
    let mut report = Report {
        files: sources.files.len() as u64,
        files_left_out: sources.left_out,
        columns: Schema::described(&layout.to),
        ..Report::default()
    };
    std::thread::scope(|scope| {
        let (parts, writer) = write::start(scope, staging.folder(), SchemaRef::clone(&layout.to))?;
        let mut read = Ok(());
        for source in &sources.files {
            let before = report.rows;
            read = file(&layout, source, first, checked, &parts, meter, &mut report);
            if read.is_err() {
                break;
            }
            report.files_empty += u64::from(report.rows == before);
            meter.add(source.bytes);
        }
        drop(parts);
        let written = writer
            .join()
            .map_err(|_| ImportError::ThreadDied("writing"))??;
        read?;
        report.records = report.rows;
        (report.parts, report.bytes) = (written.parts, written.bytes);
        Ok(report)
    })
}

fn file(
    layout: &Layout,
    source: &Source,
    first: &Source,
    checked: &Checked,
    parts: &Parts,
    meter: &Meter<'_>,
    report: &mut Report,
) -> Result<(), ImportError> {
    let path = match &checked.path {
        Some(path) => path.values(&source.path)?,
        None => Vec::new(),
    };
    read::batches(source, |batch| {
        meter.tell().map_err(|_| ImportError::Stopped)?;
        layout.check(source, first, &batch.schema())?;
        let mut begin = 0;
        while begin < batch.num_rows() {
            let rows = BATCH_ROWS.min(batch.num_rows() - begin);
            let rows = layout.apply(&batch.slice(begin, rows), &path);
            let rows = rows.map_err(|e| ImportError::File {
                file: source.name.clone(),
                reason: e.to_string(),
            })?;
            begin += rows.num_rows();
            report.rows += rows.num_rows() as u64;
            report.invalid += invalid(&rows);
            parts.send(rows)?;
        }
        Ok(())
    })
}

fn invalid(rows: &RecordBatch) -> u64 {
    let column = |number: usize| rows.column(number).as_primitive::<Float64Type>();
    let pairs = column(0).iter().zip(column(1));
    let is_invalid = |pair: &(Option<f64>, Option<f64>)| match *pair {
        (Some(lon), Some(lat)) => !graticule_geo::is_valid(lon, lat),
        _ => true,
    };
    pairs.filter(is_invalid).count() as u64
}
