//! Whether coordinates are decimals or floats.
//!
//! Decimals are for everybody only where they are the very numbers: other programs know nothing of residuals. And they
//! are worth it only where they take less than floats, which is tried on the first rows, as they are sorted: the order
//! is the same whatever the memory and the threads are, and so the choice is.

use super::coordinates::columns;
use super::destination::Destination;
use super::error::{OptimizeError, Result, data};
use super::journal::Done;
use super::keys;
use super::merge::Merge;
use super::options::{Because, Coordinates, Optimize, Sizes};
use super::schema;
use super::source::Rows;
use super::write::encodings;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use graticule_dataset::{CheckedWriter, Mark};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use std::io::{Sink, sink};
use std::path::Path;
use std::sync::Arc;

/// Pages that are tried: what they take in all forms is little beside the least memory.
const TRIED_PAGES: usize = 32;

/// How coordinates lie in the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Decimals,
    /// Dictionaries while these are small, then split bytes.
    FloatsByDictionary,
    FloatsBySplitBytes,
}

/// The form that was asked for, or fits the rows.
pub(crate) fn choose(
    options: &Optimize,
    rows: &Rows,
    destination: &Destination,
    done: &Done,
) -> Result<(Form, Because)> {
    if options.lossy || options.coordinates == Some(Coordinates::Decimal) {
        return Ok((Form::Decimals, Because::Asked));
    }
    let [tried, decimals, dictionary, split] = tried(options, rows, destination, done)?;
    let floats = match dictionary < split {
        true => Form::FloatsByDictionary,
        false => Form::FloatsBySplitBytes,
    };
    let sizes = Sizes {
        rows: tried,
        decimals,
        floats: dictionary.min(split),
    };
    Ok(match options.coordinates {
        Some(_) => (floats, Because::Asked),
        None if done.is_inexact => (floats, Because::Inexact),
        None if sizes.decimals < sizes.floats => (Form::Decimals, Because::Smaller(sizes)),
        None => (floats, Because::Larger(sizes)),
    })
}

/// How many rows were tried, and the bytes of their coordinates in each form.
fn tried(
    options: &Optimize,
    rows: &Rows,
    destination: &Destination,
    done: &Done,
) -> Result<[u64; 4]> {
    const FORMS: [Form; 3] = [
        Form::Decimals,
        Form::FloatsByDictionary,
        Form::FloatsBySplitBytes,
    ];
    let mut trials = FORMS
        .map(|form| Trial::new(options, rows, done, form))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let mut merge = Merge::new(&destination.runs(), &done.runs)?;
    let (mut tried, mut partition) = (0, None);
    for _ in 0..TRIED_PAGES {
        let Some((key, batch)) = merge.next(true)? else {
            break;
        };
        let is_new = partition.replace(key.partition()) != Some(key.partition());
        let batch = keys::strip(&rows.sorted, &batch).map_err(data("merge", Path::new("runs")))?;
        for trial in &mut trials {
            trial.push(&batch, is_new)?;
        }
        tried += batch.num_rows() as u64;
    }
    let mut all = [tried, 0, 0, 0];
    for (bytes, trial) in all[1..].iter_mut().zip(trials) {
        *bytes = trial.bytes()?;
    }
    Ok(all)
}

/// The coordinates of some rows, written to nowhere.
struct Trial {
    mark: Mark,
    schema: SchemaRef,
    writer: CheckedWriter<Sink>,
}

impl Trial {
    fn new(options: &Optimize, rows: &Rows, done: &Done, form: Form) -> Result<Self> {
        let mark = schema::mark(options, rows, done, form);
        let own = [&mark.lon, &mark.lat].map(|c| rows.sorted.field_with_name(&c.name).cloned());
        let own = own.into_iter().collect::<std::result::Result<Vec<_>, _>>();
        let own = own.map_err(wrong)?;
        let schema = Arc::new(schema::written(&Schema::new(own), &mark));
        let properties = encodings(&schema, &mark, form).map_err(wrong)?.build();
        let options = ArrowWriterOptions::new().with_properties(properties);
        Ok(Self {
            writer: CheckedWriter::new(sink(), schema.clone(), options).map_err(wrong)?,
            mark,
            schema,
        })
    }

    /// Takes rows of a partition in.
    fn push(&mut self, batch: &RecordBatch, is_new: bool) -> Result<()> {
        if is_new {
            self.writer.flush().map_err(wrong)?;
        }
        let names = [&self.mark.lon, &self.mark.lat].map(|c| c.name.as_str());
        let fields: Vec<(&str, &ArrayRef)> = names
            .into_iter()
            .filter_map(|name| Some((name, batch.column_by_name(name)?)))
            .collect();
        let columns = columns(&self.mark, &fields).map_err(wrong)?;
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(wrong)?;
        self.writer.write(&batch).map_err(wrong)
    }

    fn bytes(mut self) -> Result<u64> {
        let metadata = self.writer.finish();
        let metadata = metadata.map_err(wrong)?;
        Ok(super::write::coordinate_bytes(&metadata, &self.mark))
    }
}

fn wrong<E: std::fmt::Display>(e: E) -> OptimizeError {
    data("measure", Path::new("coordinates"))(e)
}
