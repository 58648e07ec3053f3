//! A data file: plain Parquet, pages of the same rows in every column.

use super::coordinates::columns;
use super::error::{Result, data, io};
use super::form::Form;
use super::journal::DataFile;
use super::options::Optimize;
use super::schema;
use super::tiles::Tiles;
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use graticule_columns::Schema as Roles;
use graticule_dataset::{CheckedWriter, MARK_KEY, Mark, TILES_KEY};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowSchemaConverter, encode_arrow_schema};
use parquet::basic::{Compression, Encoding, Type, ZstdLevel};
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::schema::types::ColumnPath;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// Rows of a page, and of a tile of the statistics.
pub const PAGE_ROWS: usize = 8192;
/// Pages of a row group.
const GROUP_PAGES: u64 = 128;
/// Rows of a full row group.
pub(crate) const GROUP_ROWS: u64 = GROUP_PAGES * PAGE_ROWS as u64;
/// Rows after which a partition gets a further file.
pub(crate) const FILE_ROWS: u64 = 64 * GROUP_ROWS;

/// A file that is to be written.
pub(crate) struct PartPlan {
    /// Below the destination, with slashes.
    pub(crate) path: String,
    /// Where it grows.
    pub(crate) file: PathBuf,
    pub(crate) mark: Mark,
    pub(crate) form: Form,
    pub(crate) roles: Roles,
    pub(crate) sorted: SchemaRef,
    pub(crate) declared: SchemaRef,
    pub(crate) group_rows: usize,
}

/// Rows of a row group, of so many bytes each, whose files fit in a quarter of the memory.
pub(crate) fn group_rows(options: &Optimize, row_bytes: u64) -> usize {
    let share = options.memory / 4 / options.threads.max(1) as u64;
    let pages = share / (row_bytes.max(1) * PAGE_ROWS as u64);
    usize::try_from(pages.clamp(1, GROUP_PAGES)).unwrap_or(1) * PAGE_ROWS
}

/// Writes the rows that come as batches of a page each, but for the last.
pub(crate) fn part(plan: &PartPlan, rows: &Receiver<RecordBatch>) -> Result<DataFile> {
    let path = &plan.file;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io("create", folder))?;
    }
    let growing = path.with_extension("growing");
    let wrong = |e| data("write", &growing)(e);
    let file = File::create(&growing).map_err(io("create", &growing))?;
    let schema = Arc::new(schema::written(&plan.sorted, &plan.mark));
    let options = properties(plan, &schema).map_err(wrong)?;
    let mut writer =
        CheckedWriter::new(BufWriter::new(file), schema.clone(), options).map_err(wrong)?;
    let mut tiles = Tiles::new(plan)?;
    while let Ok(batch) = rows.recv() {
        tiles.push(&batch)?;
        let fields: Vec<(&str, &ArrayRef)> = plan
            .sorted
            .fields()
            .iter()
            .map(|f| f.name().as_str())
            .zip(batch.columns())
            .collect();
        let columns = columns(&plan.mark, &fields).map_err(data("write", &growing))?;
        let count = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(schema.clone(), columns, &count);
        writer
            .write(&batch.map_err(data("write", &growing))?)
            .map_err(wrong)?;
    }
    writer.flush().map_err(wrong)?;
    let offset = writer.bytes_written() as u64;
    let (bytes, tiles, invalid) = tiles.finish(offset)?;
    let mark = Mark {
        invalid,
        ..plan.mark.clone()
    };
    let mut pairs = vec![(MARK_KEY, serde_json::to_string(&mark))];
    // Of rounded points they would be statistics of other rows than the file's.
    if mark.exact {
        writer.write_all(&bytes).map_err(io("write", &growing))?;
        pairs.push((TILES_KEY, serde_json::to_string(&tiles)));
    }
    for (key, text) in pairs {
        let text = text.map_err(data("write", &growing))?;
        writer.append_key_value_metadata(KeyValue::new(key.to_owned(), text));
    }
    let metadata = writer.finish().map_err(wrong)?;
    let buffer = writer.inner_mut();
    buffer.flush().map_err(io("write", &growing))?;
    let file = buffer.get_ref();
    file.sync_all().map_err(io("write", &growing))?;
    let bytes = file.metadata().map_err(io("read", &growing))?.len();
    fs::rename(&growing, path).map_err(io("rename", &growing))?;
    Ok(DataFile {
        path: plan.path.clone(),
        rows: u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0),
        invalid,
        bytes,
        bytes_coordinates: coordinate_bytes(&metadata, &plan.mark),
    })
}

/// Bytes of the coordinates and their residuals.
pub(crate) fn coordinate_bytes(metadata: &ParquetMetaData, mark: &Mark) -> u64 {
    let names = [&mark.lon, &mark.lat].into_iter();
    let names: Vec<&str> = names
        .flat_map(|c| [Some(c.name.as_str()), c.residual.as_deref()])
        .flatten()
        .collect();
    let columns = metadata.row_groups().iter().flat_map(|g| g.columns());
    let ours = columns.filter(|c| names.contains(&c.column_path().string().as_str()));
    ours.map(|c| u64::try_from(c.compressed_size()).unwrap_or(0))
        .sum()
}

/// How the columns lie. Pages are cut by rows alone: a batch is a page, whatever its bytes.
fn properties(plan: &PartPlan, schema: &SchemaRef) -> parquet::errors::Result<ArrowWriterOptions> {
    let declared = schema::written(&plan.declared, &plan.mark);
    // What the Arrow schema says of types and of the file, with the dictionaries that the source has.
    let mut pairs = vec![KeyValue::new(
        ARROW_SCHEMA_META_KEY.to_owned(),
        encode_arrow_schema(&declared),
    )];
    let mut others: Vec<_> = declared.metadata().iter().collect();
    others.sort();
    pairs.extend(
        others
            .into_iter()
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone())),
    );
    let properties = encodings(schema, &plan.mark, plan.form)?
        .set_max_row_group_row_count(Some(plan.group_rows))
        .set_key_value_metadata(Some(pairs))
        .build();
    Ok(ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true))
}

/// How the columns' values are spelled.
pub(crate) fn encodings(
    schema: &Schema,
    mark: &Mark,
    form: Form,
) -> parquet::errors::Result<WriterPropertiesBuilder> {
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(usize::MAX)
        .set_data_page_size_limit(usize::MAX)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?));
    let columns = ArrowSchemaConverter::new().convert(schema)?;
    for column in columns.columns() {
        let path = column.path().clone();
        properties = match column.physical_type() {
            Type::INT32 | Type::INT64 => properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED)
                .set_column_compression(path, Compression::UNCOMPRESSED),
            // Where a dictionary grows too large.
            Type::FLOAT | Type::DOUBLE => {
                properties.set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT)
            }
            Type::BYTE_ARRAY => {
                properties.set_column_encoding(path, Encoding::DELTA_LENGTH_BYTE_ARRAY)
            }
            Type::BOOLEAN => properties.set_column_compression(path, Compression::UNCOMPRESSED),
            Type::INT96 | Type::FIXED_LEN_BYTE_ARRAY => properties,
        };
    }
    if form == Form::FloatsBySplitBytes {
        for coordinate in [&mark.lon, &mark.lat] {
            let path = ColumnPath::new(vec![coordinate.name.clone()]);
            properties = properties.set_column_dictionary_enabled(path, false);
        }
    }
    Ok(properties)
}
