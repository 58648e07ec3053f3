//! Arrow IPC, whose columns have types already. They are kept, but for the place, which becomes
//! doubles, and a time of numbers, which becomes a timestamp of its unit. What the points are is told as
//! for a dataset of such a file; a row of which a value would be lost is a reject.

use super::error::ImportError;
use super::open::Meter;
use super::options::{Checked, Import, Unit};
use super::rejects::Rejects;
use super::report::Report;
use super::roles::{self, Looks, PointAt, Roles, Time, UNITS};
use super::schema::Schema;
use super::source::{Source, Sources};
use super::staging::Staging;
use super::write;
use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Fields, Float64Type, SchemaRef};
use arrow::error::ArrowError;
use graticule_columns::Note;
use graticule_dataset::{
    ArrowPoints, DatasetError, Ends, is_storable, is_uuid, plain_type, stored_type, uuids,
};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

mod read;
mod types;

/// A batch is cut into so many rows, as it may have any number.
const BATCH_ROWS: usize = 1 << 16;

/// Rows as they are written, and as they were.
struct Fitted {
    batch: RecordBatch,
    source: RecordBatch,
    /// Rows that hold a value that would be lost, and which.
    lost: BTreeMap<usize, String>,
}

/// How the columns of the first file become the ones written.
struct Columns {
    from: SchemaRef,
    to: SchemaRef,
    points: ArrowPoints,
    /// For each column written behind the place the number of its source, in their order.
    columns: Vec<usize>,
    /// Where those of the path stand among them.
    path_at: usize,
    /// What the numbers count that are the time.
    counted: Option<Unit>,
    notes: Vec<Note>,
}

impl Columns {
    fn new(
        import: &Import,
        checked: &Checked,
        sources: &[Source],
        from: &SchemaRef,
        meter: &Meter<'_>,
    ) -> Result<Self, ImportError> {
        let source = &sources[0];
        let (mut points, roles) = points(import, source, from)?;
        let PointAt::Point { lon, lat } = roles.place else {
            return Err(unfit("`polyline`", "it is for CSV"));
        };
        settle(import, sources, &mut points, [lon, lat], meter)?;
        let mut notes = points.notes().to_vec();
        let fields = points.fields();
        let names: Vec<String> = fields.iter().map(|f| f.name().clone()).collect();
        let mut time = roles.time;
        if time.is_none() && import.time.is_none() {
            let (found, note) = roles::time(import, &names, &|column| looks(fields, column));
            time = found;
            notes.extend(note);
        }
        let mut columns = vec![lon, lat];
        let mut written: Vec<Field> = ["lon", "lat"]
            .map(|name| Field::new(name, DataType::Float64, true))
            .to_vec();
        match time {
            None => {}
            Some(Time::Two(..)) => {
                return Err(unfit(
                    "`time_column`",
                    "two columns as one time are for CSV",
                ));
            }
            Some(Time::One(column, _)) => {
                let to = time_type(import, &fields[column])?;
                written.push(Field::new("time", to, true));
                columns.push(column);
            }
        }
        let path_at = written.len();
        let path = checked.path.iter().flat_map(|p| p.names());
        written.extend(path.map(|name| Field::new(name, DataType::Utf8, true)));
        let kept = points.stored();
        for (column, field) in points.fields()[..points.own()].iter().enumerate() {
            if columns.contains(&column) || !kept.iter().any(|kept| kept == field) {
                continue;
            }
            let data_type = stored_type(field.data_type());
            if is_storable(&data_type) {
                let plain = Field::new(field.name(), data_type, true);
                written.push(match is_uuid(field) {
                    true => uuids(plain),
                    false => plain,
                });
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
        let written = written.into_iter().map(|field| {
            let mut name = field.name().clone();
            while !taken.insert(name.clone()) {
                name.insert_str(0, "other_");
            }
            field.with_name(name)
        });
        let written: Vec<Field> = written.collect();
        Ok(Self {
            from: SchemaRef::clone(from),
            to: Arc::new(arrow::datatypes::Schema::new(written)),
            points,
            columns,
            path_at,
            counted: import.time_unit.filter(|_| time.is_some()),
            notes,
        })
    }

    fn check(&self, source: &Source, first: &Source, here: &SchemaRef) -> Result<(), ImportError> {
        let of = |schema: &SchemaRef| -> Vec<(String, DataType)> {
            let fields = schema.fields().iter();
            fields
                .map(|f| (f.name().clone(), stored_type(f.data_type())))
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
    fn apply(&self, batch: RecordBatch, path: &[String]) -> Result<Fitted, ArrowError> {
        let source = batch.clone();
        let seen = self.points.floats(batch)?;
        let mut arrays: Vec<ArrayRef> = Vec::new();
        let mut lost = BTreeMap::new();
        for (place, &column) in self.columns.iter().enumerate() {
            let name = self.points.fields()[column].name();
            let array = match column < self.points.own() {
                true => seen.columns().get(column),
                false => seen.column_by_name(name),
            };
            let missing = || ArrowError::SchemaError(format!("column '{name}' is missing"));
            let array = array.ok_or_else(missing)?;
            let behind = if place < self.path_at { 0 } else { path.len() };
            let to = self.to.field(place + behind).data_type();
            let unit = self.counted.filter(|_| place == 2);
            let fitted = types::fitted(array, to, unit).map_err(|e| {
                ArrowError::CastError(format!("column '{name}' cannot be written as {to}: {e}"))
            })?;
            for row in types::lost(array, &fitted) {
                let reason = || format!("column '{name}' cannot be written as {to}");
                lost.entry(row).or_insert_with(reason);
            }
            arrays.push(fitted);
        }
        let constant = |value: &String| -> ArrayRef {
            Arc::new(StringArray::from(vec![value.as_str(); seen.num_rows()]))
        };
        arrays.splice(self.path_at..self.path_at, path.iter().map(constant));
        let batch = RecordBatch::try_new(SchemaRef::clone(&self.to), arrays)?;
        Ok(Fitted {
            batch,
            source,
            lost,
        })
    }

    /// Reads a file; `take` gets its rows and how many were before them.
    fn file(
        &self,
        source: &Source,
        first: &Source,
        checked: &Checked,
        take: &mut dyn FnMut(Fitted, u64) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let path = match &checked.path {
            Some(path) => path.values(&source.path)?,
            None => Vec::new(),
        };
        let mut before = 0;
        read::batches(source, |batch| {
            self.check(source, first, &batch.schema())?;
            let most = types::rows(&batch, BATCH_ROWS);
            let mut begin = 0;
            while begin < batch.num_rows() {
                let count = most.min(batch.num_rows() - begin);
                let rows = self.apply(batch.slice(begin, count), &path);
                take(rows.map_err(|e| of_rows(source, &e))?, before)?;
                begin += count;
                before += count as u64;
            }
            Ok(())
        })
    }
}

/// What the points are, and which columns are the place and, where it is named, the time.
fn points(
    import: &Import,
    source: &Source,
    from: &SchemaRef,
) -> Result<(ArrowPoints, Roles), ImportError> {
    let points = ArrowPoints::of(from, import.lon.as_deref(), import.lat.as_deref())
        .map_err(|e| of_file(source, &e))?;
    let mut import = import.clone();
    if let Some([lon, lat]) = points.declared() {
        (import.lon, import.lat) = (Some(lon.clone()), Some(lat.clone()));
    }
    let names = points.fields().iter().map(|f| f.name().clone());
    let names: Vec<String> = names.collect();
    let roles = roles::find(&import, &source.name, &names)?;
    if let PointAt::Point { lon, lat } = roles.place {
        for field in [lon, lat].map(|column| &points.fields()[column]) {
            let data_type = field.data_type();
            if !ArrowPoints::is_coordinate(data_type) {
                return Err(ImportError::File {
                    file: source.name.clone(),
                    reason: format!(
                        "column '{}' is {data_type}, but coordinates are numbers; name others with `lon` and `lat`",
                        field.name(),
                    ),
                });
            }
        }
    }
    Ok((points, roles))
}

/// Finds out the unit of the coordinates, by all of their numbers if it must.
fn settle(
    import: &Import,
    sources: &[Source],
    points: &mut ArrowPoints,
    columns: [usize; 2],
    meter: &Meter<'_>,
) -> Result<(), ImportError> {
    let names = columns.map(|column| points.fields()[column].name().clone());
    let names = names.each_ref().map(String::as_str);
    let wrong = |e: DatasetError| of_file(&sources[0], &e);
    if !points
        .settle(names, import.coordinate_unit, None)
        .map_err(wrong)?
    {
        return Ok(());
    }
    let mut ends: Ends = [None; 2];
    for source in sources {
        read::batches(source, |batch| {
            meter.tell().map_err(|_| ImportError::Stopped)?;
            let seen = points.floats(batch).map_err(|e| of_rows(source, &e))?;
            for (ends, name) in ends.iter_mut().zip(names) {
                let numbers = seen.column_by_name(name);
                let numbers = numbers.and_then(|n| n.as_primitive_opt::<Float64Type>());
                for number in numbers.into_iter().flatten().flatten() {
                    let [low, high] = ends.get_or_insert([number; 2]);
                    (*low, *high) = (low.min(number), high.max(number));
                }
            }
            Ok(())
        })?;
    }
    points.settle(names, None, Some(ends)).map_err(wrong)?;
    Ok(())
}

fn of_file(source: &Source, error: &DatasetError) -> ImportError {
    ImportError::File {
        file: source.name.clone(),
        reason: match error {
            DatasetError::CoordinateUnit { reason, .. } => format!("{reason}{UNITS}"),
            DatasetError::Geometry { reason, .. } => {
                format!("its geometry cannot be read as points: {reason}")
            }
            DatasetError::Footer { reason, .. } => reason.clone(),
            other => other.to_string(),
        },
    }
}

fn of_rows(source: &Source, error: &ArrowError) -> ImportError {
    ImportError::File {
        file: source.name.clone(),
        reason: error.to_string(),
    }
}

/// The type that the time is written with.
fn time_type(import: &Import, field: &Field) -> Result<DataType, ImportError> {
    let data_type = plain_type(field.data_type());
    match import.time_unit {
        None => Ok(stored_type(data_type)),
        Some(unit) if data_type.is_integer() => Ok(stored_type(&types::timestamp(unit))),
        Some(_) if data_type.is_floating() => Ok(types::timestamp(Unit::Microsecond)),
        Some(_) => Err(ImportError::Argument {
            argument: "`time_unit`",
            value: field.name().clone(),
            reason: format!("the column is {data_type}, which counts nothing"),
        }),
    }
}

/// What a column may be as a time, by its type.
fn looks(fields: &Fields, column: usize) -> Looks {
    match plain_type(fields[column].data_type()) {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Looks::Times,
        DataType::Null => Looks::Empty,
        other if other.is_integer() => Looks::Numbers,
        _ => Looks::Other,
    }
}

fn unfit(argument: &'static str, reason: &str) -> ImportError {
    ImportError::Argument {
        argument,
        value: String::new(),
        reason: format!("{reason}, and the files are Arrow"),
    }
}

/// Imports the files into the staging folder.
pub(crate) fn import(
    import: &Import,
    checked: &Checked,
    sources: &Sources,
    staging: &Staging,
    rejects: &mut Rejects,
    meter: &Meter<'_>,
) -> Result<Report, ImportError> {
    let first = &sources.files[0];
    let layout = Columns::new(
        import,
        checked,
        &sources.files,
        &read::schema(first)?,
        meter,
    )?;
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
            read = layout.file(source, first, checked, &mut |rows, before| {
                meter.tell().map_err(|_| ImportError::Stopped)?;
                let rows = kept(source, rows, before, rejects)?;
                report.rows += rows.num_rows() as u64;
                report.invalid += invalid(&rows);
                parts.send(rows)
            });
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
        report.records = report.rows + rejects.count;
        (report.parts, report.bytes) = (written.parts, written.bytes);
        Ok(report)
    })
}

/// A batch without the rows that lose a value, which become rejects.
fn kept(
    source: &Source,
    rows: Fitted,
    before: u64,
    rejects: &mut Rejects,
) -> Result<RecordBatch, ImportError> {
    if rows.lost.is_empty() {
        return Ok(rows.batch);
    }
    for (row, reason) in &rows.lost {
        let record = types::record(&rows.source, *row);
        let number = before + *row as u64 + 1;
        rejects.add(&source.name, number, reason, &mut record.as_bytes())?;
    }
    let is_kept = (0..rows.batch.num_rows()).map(|row| Some(!rows.lost.contains_key(&row)));
    let is_kept: BooleanArray = is_kept.collect();
    filter_record_batch(&rows.batch, &is_kept).map_err(|e| of_rows(source, &e))
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
