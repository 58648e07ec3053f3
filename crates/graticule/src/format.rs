//! Rows as text and as files.

use crate::Error;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::io::{BufWriter, Write};
use std::path::Path;
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
    /// Apache Parquet.
    Parquet,
    /// An Arrow IPC file.
    Arrow,
}

impl Format {
    /// Whether the bytes are text.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Table | Self::Json | Self::Csv)
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "parquet" => Ok(Self::Parquet),
            "arrow" => Ok(Self::Arrow),
            _ => Err(format!(
                "'{text}' is no format; use table, json, csv, parquet or arrow"
            )),
        }
    }
}

/// Writes rows in a format.
pub(crate) fn write(
    batch: &RecordBatch,
    format: Format,
    out: &mut (dyn Write + Send),
) -> Result<(), Error> {
    match format {
        Format::Table => table(batch, out),
        Format::Json => json(batch, out),
        Format::Csv => csv(batch, out),
        Format::Parquet => {
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .set_created_by("graticule".to_owned())
                .build();
            let mut writer = ArrowWriter::try_new(out, batch.schema(), Some(properties))?;
            writer.write(batch)?;
            writer.close()?;
            Ok(())
        }
        Format::Arrow => {
            let mut writer = FileWriter::try_new(out, &batch.schema())?;
            writer.write(batch)?;
            writer.finish()?;
            Ok(())
        }
    }
}

/// Writes a file beside `path`, then renames it: the path holds the old file or the whole new one.
///
/// # Errors
/// [`Error::Write`] when the file cannot be written, or what `write` says.
pub fn save(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), Error>,
) -> Result<(), Error> {
    let wrong = |source| Error::Write {
        path: path.display().to_string(),
        source,
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let beside = tempfile::Builder::new()
        .prefix(".graticule-")
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(wrong)?;
    let mut out = BufWriter::new(beside);
    write(&mut out).map_err(|error| match error {
        Error::Write { source, .. } => wrong(source),
        Error::Parquet(error) => wrong(std::io::Error::other(error)),
        Error::Arrow(error) => wrong(std::io::Error::other(error)),
        error => error,
    })?;
    let beside = out.into_inner().map_err(|e| wrong(e.into_error()))?;
    // A temporary file is the owner's alone; an answer is as readable as any other file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let readable = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(beside.path(), readable).map_err(wrong)?;
    }
    beside.as_file().sync_all().map_err(wrong)?;
    beside.persist(path).map_err(|e| wrong(e.error))?;
    Ok(())
}

fn put(out: &mut (dyn Write + Send), text: &str) -> Result<(), Error> {
    out.write_all(text.as_bytes())
        .map_err(|source| Error::Write {
            path: "the output".to_owned(),
            source,
        })
}

/// A value as text; `None` for null.
pub(crate) fn cell(column: &ArrayRef, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    macro_rules! number {
        ($type:ty) => {
            column.as_primitive::<$type>().value(row).to_string()
        };
    }
    macro_rules! time {
        ($type:ty, $per_second:expr) => {
            time(column.as_primitive::<$type>().value(row), $per_second)
        };
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float32 => float(column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Timestamp(TimeUnit::Second, _) => time!(TimestampSecondType, 1),
        DataType::Timestamp(TimeUnit::Millisecond, _) => time!(TimestampMillisecondType, 1_000),
        DataType::Timestamp(TimeUnit::Microsecond, _) => time!(TimestampMicrosecondType, 1_000_000),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            time!(TimestampNanosecondType, 1_000_000_000)
        }
        other => format!("({other})"),
    })
}

/// The shortest text that reads back as the same float.
fn float(value: impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

/// RFC 3339 in UTC, with as many digits of a second as there are; a bare count of the unit where
/// the year has more than four digits.
fn time(count: i64, per_second: i64) -> String {
    let nanos = i128::from(count) * i128::from(1_000_000_000 / per_second);
    match jiff::Timestamp::from_nanosecond(nanos) {
        Ok(instant) => instant.to_string(),
        Err(_) => count.to_string(),
    }
}

/// A count of a unit since 1970 as RFC 3339 in UTC.
pub fn format_time(count: i64, unit: graticule_columns::TimeUnit) -> String {
    time(count, unit.per_second())
}

fn headers(batch: &RecordBatch) -> Vec<String> {
    batch
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect()
}

fn csv(batch: &RecordBatch, out: &mut (dyn Write + Send)) -> Result<(), Error> {
    let quote = |text: String| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let names: Vec<String> = headers(batch).into_iter().map(quote).collect();
    put(out, &format!("{}\n", names.join(",")))?;
    for row in 0..batch.num_rows() {
        let cells = batch
            .columns()
            .iter()
            .map(|c| cell(c, row).map(quote).unwrap_or_default());
        put(out, &format!("{}\n", cells.collect::<Vec<_>>().join(",")))?;
    }
    Ok(())
}

fn json(batch: &RecordBatch, out: &mut (dyn Write + Send)) -> Result<(), Error> {
    let string = |text: &str| serde_json::Value::from(text).to_string();
    let names: Vec<String> = headers(batch).iter().map(|n| string(n)).collect();
    put(
        out,
        &format!("{{\"columns\": [{}], \"rows\": [", names.join(", ")),
    )?;
    for row in 0..batch.num_rows() {
        let cells = batch
            .columns()
            .iter()
            .map(|column| match cell(column, row) {
                None => "null".to_owned(),
                // JSON has no infinities; they are strings, so that nothing is lost.
                Some(text) if column.data_type().is_numeric() && !text.ends_with(['f', 'N']) => {
                    text
                }
                Some(text) => string(&text),
            });
        let comma = if row == 0 { "\n  " } else { ",\n  " };
        put(
            out,
            &format!("{comma}[{}]", cells.collect::<Vec<_>>().join(", ")),
        )?;
    }
    put(out, "\n]}\n")
}

fn table(batch: &RecordBatch, out: &mut (dyn Write + Send)) -> Result<(), Error> {
    let names = headers(batch);
    let cells: Vec<Vec<String>> = batch
        .columns()
        .iter()
        .map(|c| {
            (0..c.len())
                .map(|row| cell(c, row).unwrap_or_else(|| "·".to_owned()))
                .collect()
        })
        .collect();
    let width = |column: usize| {
        let longest = cells[column].iter().map(|t| t.chars().count()).max();
        longest.unwrap_or(0).max(names[column].chars().count())
    };
    let widths: Vec<usize> = (0..names.len()).map(width).collect();
    let align = |column: usize, text: &str| {
        let width = widths[column];
        if batch.column(column).data_type().is_numeric() {
            format!("{text:>width$}")
        } else {
            format!("{text:<width$}")
        }
    };
    let line = |of: &dyn Fn(usize) -> String| {
        let line: Vec<String> = (0..names.len()).map(|c| align(c, &of(c))).collect();
        format!("{}\n", line.join("  ").trim_end())
    };
    put(out, &line(&|column| names[column].clone()))?;
    put(out, &line(&|column| "─".repeat(widths[column])))?;
    (0..batch.num_rows()).try_for_each(|row| put(out, &line(&|column| cells[column][row].clone())))
}
