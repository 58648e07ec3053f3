//! Rows as text and as files, batch after batch.

mod cells;
mod geometry;
mod geoparquet;
mod save;
mod text;

use crate::Error;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::FileWriter;
pub(crate) use cells::cell;
pub use cells::format_time;
pub(crate) use geometry::{ROLE, Role};
use geoparquet::GeoParquet;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
pub use save::save;
use std::io::Write;
use std::str::FromStr;

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

/// Writes rows in a format, batch after batch; what is held is a few rows.
pub struct RowsWriter<'a> {
    sink: Sink<'a>,
}

enum Sink<'a> {
    Text(text::Text<'a>),
    Parquet(Box<ArrowWriter<&'a mut (dyn Write + Send)>>),
    GeoParquet(Box<GeoParquet<'a>>),
    Arrow(Box<FileWriter<&'a mut (dyn Write + Send)>>),
}

/// How Parquet files are written, so that equal rows are equal bytes.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("graticule".to_owned())
        .build()
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
        let sink = match format {
            Format::Table | Format::Json | Format::Csv | Format::GeoJson => {
                Sink::Text(text::Text::new(format, schema, out)?)
            }
            Format::Parquet => {
                let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties()))?;
                Sink::Parquet(Box::new(writer))
            }
            Format::GeoParquet => Sink::GeoParquet(Box::new(GeoParquet::new(schema, out)?)),
            Format::Arrow => Sink::Arrow(Box::new(FileWriter::try_new(out, schema)?)),
        };
        Ok(Self { sink })
    }

    /// Writes some rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        match &mut self.sink {
            Sink::Text(text) => text.write(batch),
            Sink::Parquet(writer) => Ok(writer.write(batch)?),
            Sink::GeoParquet(writer) => writer.write(batch),
            Sink::Arrow(writer) => Ok(writer.write(batch)?),
        }
    }

    /// Writes what ends the rows.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<(), Error> {
        match self.sink {
            Sink::Text(text) => text.finish(),
            Sink::Parquet(writer) => {
                writer.close()?;
                Ok(())
            }
            Sink::GeoParquet(writer) => writer.finish(),
            Sink::Arrow(mut writer) => Ok(writer.finish()?),
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
