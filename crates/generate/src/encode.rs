use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, TypePtr};

use crate::country::Country;
use crate::plan::{FilePlans, Slice};
use crate::rows::{Columns, schema};
use crate::slice;

/// A row group, encoded and compressed, ready to be appended to its file.
pub(crate) struct RowGroup {
    chunks: Vec<ArrowColumnChunk>,
    pub(crate) rows: u64,
    pub(crate) invalid: u64,
}

impl RowGroup {
    pub(crate) fn append_to<W: Write + Send>(
        self,
        file: &mut SerializedFileWriter<W>,
    ) -> Result<(), ParquetError> {
        let mut to = file.next_row_group()?;
        for chunk in self.chunks {
            chunk.append_to_row_group(&mut to)?;
        }
        to.close()?;
        Ok(())
    }
}

/// What the file writers and the column writers must agree on.
pub(crate) struct Format {
    arrow: SchemaRef,
    parquet: TypePtr,
    properties: WriterPropertiesPtr,
}

impl Format {
    fn new() -> Result<Self, ParquetError> {
        let arrow = schema();
        let parquet = ArrowSchemaConverter::new()
            .convert(&arrow)?
            .root_schema_ptr();
        // What today's table formats write by default: zstd, at its quickest level, which alone keeps up
        // with the generator. Coordinates and times hardly repeat, so a dictionary would only be abandoned.
        let mut properties =
            WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?));
        for name in ["time", "lon", "lat"] {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
        }
        let mut properties = properties.build();
        add_encoded_arrow_schema_to_metadata(&arrow, &mut properties);
        Ok(Self {
            arrow,
            parquet,
            properties: Arc::new(properties),
        })
    }

    pub(crate) fn file<W: Write + Send>(
        &self,
        to: W,
    ) -> Result<SerializedFileWriter<W>, ParquetError> {
        SerializedFileWriter::new(to, Arc::clone(&self.parquet), Arc::clone(&self.properties))
    }
}

/// What all threads share.
pub(crate) struct Encoder<'a> {
    pub(crate) plan: &'a FilePlans,
    pub(crate) format: Format,
    country: Country,
    columns: ArrowRowGroupWriterFactory,
    /// Rows generated so far.
    pub(crate) points: AtomicU64,
    pub(crate) stop: AtomicBool,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(plan: &'a FilePlans) -> Result<Self, ParquetError> {
        let format = Format::new()?;
        // The factory takes its schema and properties from a file; all files have the same.
        let template = format.file(std::io::sink())?;
        Ok(Self {
            plan,
            country: Country::new(plan.seed),
            columns: ArrowRowGroupWriterFactory::new(&template, Arc::clone(&format.arrow)),
            format,
            points: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        })
    }
}

/// Generates and encodes a row group; None when told to stop.
pub(crate) fn encode(
    work: &Encoder<'_>,
    slices: &[Slice],
) -> Result<Option<RowGroup>, ParquetError> {
    let mut writers = work.columns.create_column_writers(0)?;
    let mut columns = Columns::default();
    let mut rows = 0;
    let mut stopped = false;
    let mut flush = |columns: &mut Columns| {
        let len = columns.len() as u64;
        rows += len;
        append_columns(work, columns, &mut writers)?;
        work.points.fetch_add(len, Ordering::Relaxed);
        stopped = work.stop.load(Ordering::Relaxed);
        // An error that is dropped at once, to leave the loops.
        if stopped {
            Err(ParquetError::General("stopped".to_owned()))
        } else {
            Ok(())
        }
    };
    let mut generate = || {
        for slice in slices {
            slice::generate(&work.country, work.plan, slice, &mut columns, &mut flush)?;
        }
        flush(&mut columns)
    };
    let outcome = generate();
    if stopped {
        return Ok(None);
    }
    outcome?;
    let chunks = writers
        .into_iter()
        .map(ArrowColumnWriter::close)
        .collect::<Result<_, _>>()?;
    Ok(Some(RowGroup {
        chunks,
        rows,
        invalid: columns.invalid,
    }))
}

fn append_columns(
    work: &Encoder<'_>,
    columns: &mut Columns,
    writers: &mut [ArrowColumnWriter],
) -> Result<(), ParquetError> {
    let arrays = columns.take();
    for ((field, array), writer) in work.format.arrow.fields().iter().zip(&arrays).zip(writers) {
        for leaf in compute_leaves(field, array)? {
            writer.write(&leaf)?;
        }
    }
    Ok(())
}
