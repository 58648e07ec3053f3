//! Rows as text and as files, batch after batch.

mod eye;
mod geometry;
mod geoparquet;
mod held;
mod save;
mod text;

use crate::Error;
use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::ipc::writer::FileWriter;
use geoparquet::GeoParquet;
use graticule_dataset::{CheckedWriter, plain_column, plain_type, stored, stored_type};
use held::Held;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
pub use save::save;
use std::io::Write;
use std::str::FromStr;
use std::sync::Arc;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Columns for the eye.
    Table,
    /// `{"columns": [...], "rows": [[...], ...]}`.
    Json,
    /// RFC 4180, with a header; null is an empty field.
    Csv,
    /// RFC 7946: cells as polygons, rows as points.
    GeoJson,
    /// Apache Parquet.
    Parquet,
    /// GeoParquet 1.1: Parquet with a geometry and its box.
    GeoParquet,
    /// An Arrow IPC file.
    Arrow,
}

impl Format {
    /// Whether the bytes are text.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Table | Self::Json | Self::Csv | Self::GeoJson)
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "geojson" => Ok(Self::GeoJson),
            "parquet" => Ok(Self::Parquet),
            "geoparquet" => Ok(Self::GeoParquet),
            "arrow" => Ok(Self::Arrow),
            _ => Err(format!(
                "'{text}' is no format; use table, json, csv, geojson, parquet, geoparquet or arrow"
            )),
        }
    }
}

/// Writes rows in a format, batch after batch; what is held is a few rows. How the rows are cut into
/// batches does not show in the bytes.
pub struct RowsWriter<'a> {
    sink: Sink<'a>,
    /// Where batches, or what is kept of them in pages, are part of the format: rows of the next one.
    held: Option<Held>,
    /// The columns as they are written.
    schema: SchemaRef,
}

enum Sink<'a> {
    Text(text::Text<'a>),
    Parquet(Box<CheckedWriter<&'a mut (dyn Write + Send)>>),
    GeoParquet(Box<GeoParquet<'a>>),
    Arrow(Box<FileWriter<&'a mut (dyn Write + Send)>>),
}

/// Where rows are long a row group has fewer; it is held in memory until it is whole.
const GROUP_BYTES: usize = 16 << 20;

/// How Parquet files are written, so that equal rows are equal bytes.
fn properties() -> ArrowWriterOptions {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("graticule".to_owned())
        .set_max_row_group_bytes(Some(GROUP_BYTES));
    ArrowWriterOptions::new().with_properties(properties.build())
}

/// The columns as a file of a format holds them: with values for dictionaries, for those of another batch
/// need not be the same, and in Parquet in types that it has.
fn written(schema: &SchemaRef, format: Format) -> SchemaRef {
    let of = |data_type: &DataType| match format {
        Format::Parquet | Format::GeoParquet => stored_type(data_type),
        _ => plain_type(data_type).clone(),
    };
    let fields = schema.fields().iter();
    let fields = fields.map(|field| {
        let written = of(field.data_type());
        Arc::new(Field::clone(field).with_data_type(written))
    });
    let fields: Vec<FieldRef> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

impl<'a> RowsWriter<'a> {
    /// Begins to write rows of a schema.
    ///
    /// # Errors
    /// [`Error::NoGeometry`] when the format needs a place and the columns tell none; others when
    /// `out` cannot be written.
    pub fn new(
        format: Format,
        schema: &SchemaRef,
        out: &'a mut (dyn Write + Send),
    ) -> Result<Self, Error> {
        let plain = match format.is_text() {
            true => schema.clone(),
            false => written(schema, format),
        };
        let schema = &plain;
        let sink = match format {
            Format::Table | Format::Json | Format::Csv | Format::GeoJson => {
                Sink::Text(text::Text::new(format, schema, out)?)
            }
            Format::Parquet => {
                let writer = CheckedWriter::new(out, schema.clone(), properties())?;
                Sink::Parquet(Box::new(writer))
            }
            Format::GeoParquet => Sink::GeoParquet(Box::new(GeoParquet::new(schema, out)?)),
            Format::Arrow => Sink::Arrow(Box::new(FileWriter::try_new(out, schema)?)),
        };
        let held = (!format.is_text()).then(|| Held::new(schema.clone()));
        Ok(Self {
            sink,
            held,
            schema: plain,
        })
    }

    /// Writes some rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        match &mut self.held {
            None => self.sink.write(batch),
            Some(held) => {
                let columns = batch.columns().iter().zip(self.schema.fields());
                let columns = columns.map(|(column, field)| match self.sink {
                    Sink::Parquet(_) | Sink::GeoParquet(_) => stored(column, field.data_type()),
                    _ => plain_column(column),
                });
                let columns = columns.collect::<Result<Vec<_>, _>>()?;
                let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
                let schema = self.schema.clone();
                held.push(&RecordBatch::try_new_with_options(schema, columns, &rows)?)?;
                self.sink.write_all(held)
            }
        }
    }

    /// Writes what ends the rows.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), Error> {
        if let Some(held) = &mut self.held {
            held.finish()?;
            self.sink.write_all(held)?;
        }
        self.sink.finish()
    }
}

impl Sink<'_> {
    fn write_all(&mut self, held: &mut Held) -> Result<(), Error> {
        while let Some(batch) = held.next() {
            self.write(&batch)?;
        }
        Ok(())
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        match self {
            Self::Text(text) => text.write(batch),
            Self::Parquet(writer) => Ok(writer.write(batch)?),
            Self::GeoParquet(writer) => writer.write(batch),
            Self::Arrow(writer) => Ok(writer.write(batch)?),
        }
    }

    fn finish(self) -> Result<(), Error> {
        match self {
            Self::Text(text) => text.finish(),
            Self::Parquet(mut writer) => {
                writer.finish()?;
                Ok(())
            }
            Self::GeoParquet(writer) => writer.finish(),
            Self::Arrow(mut writer) => Ok(writer.finish()?),
        }
    }
}

/// Writes the rows of one batch.
pub(crate) fn write(
    batch: &RecordBatch,
    format: Format,
    out: &mut (dyn Write + Send),
) -> Result<(), Error> {
    let mut writer = RowsWriter::new(format, &batch.schema(), out)?;
    writer.write(batch)?;
    writer.finish()
}
