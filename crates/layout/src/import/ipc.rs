//! Arrow IPC, whose columns have types already. They are kept, but for the place, which becomes
//! doubles, and a time of numbers, which becomes a timestamp of its unit.

use super::error::ImportError;
use super::open::Meter;
use super::options::{Checked, Import, Unit};
use super::report::Report;
use super::roles::{self, Looks, Place, Time};
use super::schema::Schema;
use super::source::{Source, Sources};
use super::staging::Staging;
use super::write::{self, Parts};
use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use graticule_columns::Note;
use std::collections::HashSet;
use std::sync::Arc;

mod read;
mod types;

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
    /// What the numbers count that are the time.
    counted: Option<Unit>,
    notes: Vec<Note>,
}

impl Layout {
    fn new(
        import: &Import,
        checked: &Checked,
        source: &Source,
        from: &SchemaRef,
    ) -> Result<Self, ImportError> {
        let names: Vec<String> = from.fields().iter().map(|f| f.name().clone()).collect();
        let mut roles = roles::find(import, &source.name, &names)?;
        let mut notes = Vec::new();
        if roles.time.is_none() && import.time.is_none() {
            let (time, note) = roles::time(import, &names, &|column| looks(from, column));
            roles.time = time;
            notes.extend(note);
        }
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
                let to = match import.time_unit {
                    None => types::plain(data_type),
                    Some(unit) if data_type.is_integer() => types::plain(&timestamp(unit)),
                    Some(_) if data_type.is_floating() => timestamp(Unit::Microsecond),
                    Some(_) => {
                        return Err(ImportError::Argument {
                            argument: "--time-unit",
                            value: names[column].clone(),
                            reason: format!("the column is {data_type}, which counts nothing"),
                        });
                    }
                };
                fields.push(("time".to_owned(), to));
                columns.push(column);
            }
        }
        let path_at = fields.len();
        let counted = import.time_unit.filter(|_| roles.time.is_some());
        let path: Vec<&str> = checked.path.iter().flat_map(|p| p.names()).collect();
        fields.extend(path.iter().map(|name| ((*name).to_owned(), DataType::Utf8)));
        for (column, field) in from.fields().iter().enumerate() {
            if columns.contains(&column) {
                continue;
            }
            let data_type = types::plain(field.data_type());
            if types::is_writable(&data_type) {
                fields.push((field.name().clone(), data_type));
                columns.push(column);
            } else {
                notes.push(Note {
                    text: format!(
                        "column '{}' is left out, for Parquet holds no {}",
                        field.name(),
                        field.data_type()
                    ),
                    is_warning: true,
                });
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
            counted,
            notes,
        })
    }

    fn check(&self, source: &Source, first: &Source, here: &SchemaRef) -> Result<(), ImportError> {
        let of = |schema: &SchemaRef| -> Vec<(String, DataType)> {
            let fields = schema.fields().iter();
            fields
                .map(|f| (f.name().clone(), types::plain(f.data_type())))
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
        if let (Some(unit), Some(time)) = (self.counted, arrays.get_mut(2)) {
            *time = counted(time, unit)?;
        }
        arrays.splice(self.path_at..self.path_at, path.iter().map(constant));
        for (array, field) in arrays.iter_mut().zip(self.to.fields()) {
            if array.data_type() != field.data_type() {
                *array = cast(array, field.data_type())?;
            }
        }
        RecordBatch::try_new(SchemaRef::clone(&self.to), arrays)
    }
}

/// What a column may be as a time, by its type.
fn looks(schema: &SchemaRef, column: usize) -> Looks {
    match schema.field(column).data_type() {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Looks::Times,
        DataType::Null => Looks::Empty,
        other if other.is_integer() => Looks::Numbers,
        _ => Looks::Other,
    }
}

/// Numbers as moments.
fn counted(numbers: &ArrayRef, unit: Unit) -> Result<ArrayRef, ArrowError> {
    if numbers.data_type().is_integer() {
        return cast(numbers, &timestamp(unit));
    }
    let micros = match unit {
        Unit::Second => 1e6,
        Unit::Millisecond => 1e3,
        Unit::Microsecond => 1.0,
        Unit::Nanosecond => 1e-3,
    };
    let numbers = cast(numbers, &DataType::Float64)?;
    let numbers = numbers.as_primitive::<Float64Type>();
    // What is no moment, as NaN, is null.
    let moments: Int64Array = numbers.unary_opt(|number| {
        let rounded = (number * micros).round();
        #[expect(clippy::cast_possible_truncation, reason = "it is below 2^62")]
        (rounded.abs() < 4e18).then_some(rounded as i64)
    });
    cast(&moments, &timestamp(Unit::Microsecond))
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
        notes: layout.notes.clone(),
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
        let written = writer.join().map_err(|_| ImportError::File {
            file: first.name.clone(),
            reason:
                "Parquet cannot hold a column as it is there; leave the odd one out, or write it \
                     with a plain type"
                    .to_owned(),
        })??;
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
        let most = types::rows(&batch, BATCH_ROWS);
        let mut begin = 0;
        while begin < batch.num_rows() {
            let rows = most.min(batch.num_rows() - begin);
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
