//! The time column, which may be of many types: timestamps, dates, numbers of a unit, texts.

use super::{FileColumn, fold, missing};
use crate::DatasetError;
use crate::catalog::options::OpenOptions;
use crate::decode::time::{arrow_unit, is_text, time_type, unit_of, utc};
use crate::file::text::is_null;
use arrow::datatypes::{DataType, TimeUnit as ArrowUnit};
use graticule_columns::{Note, TimeColumn, TimeUnit, listed};

const TIME: &[&str] = &["time", "timestamp", "ts", "datetime"];
const WANTED: &str =
    "a timestamp, a date, a number with `time_unit` s|ms|us|ns, or text in ISO 8601";

/// The time column, by the name given or by convention, and what there is to say of the choice.
pub(super) fn find(
    first: &str,
    columns: &[FileColumn<'_>],
    options: &OpenOptions,
) -> Result<(Option<TimeColumn>, Vec<Note>), DatasetError> {
    if let Some(name) = options.time.as_deref() {
        let column = columns.iter().find(|c| c.name() == name);
        let column = column
            .ok_or_else(|| missing(first, columns, "time", "time_column", listed(&[name])))?;
        return Ok((Some(of_column(column, options)?), Vec::new()));
    }
    let mut passed_over: Vec<String> = Vec::new();
    let mut of_nulls: Option<TimeColumn> = None;
    for name in TIME {
        let named = columns
            .iter()
            .filter(|c| c.name().eq_ignore_ascii_case(name));
        for column in named {
            let types = &column.types;
            match of_column(column, options) {
                // Another one may have times.
                Ok(time) if types.iter().all(|(own, _)| is_null(own)) => {
                    of_nulls.get_or_insert(time);
                }
                // Texts are times only where somebody says so.
                Ok(time) if types.iter().all(|(own, _)| !is_text(own)) => {
                    return Ok((Some(time), notes(column.name(), &passed_over)));
                }
                _ => {
                    let own = types.first().map_or(&DataType::Null, |(own, _)| *own);
                    passed_over.push(format!("'{}' ({own})", column.name()));
                }
            }
        }
    }
    if passed_over.is_empty() {
        return Ok((of_nulls, Vec::new()));
    }
    let text = format!(
        "there is no time column: {} may be one, and is named with `time_column` (numbers with `time_unit`)",
        passed_over.join(", ")
    );
    let is_warning = false;
    Ok((None, vec![Note { text, is_warning }]))
}

fn notes(name: &str, passed_over: &[String]) -> Vec<Note> {
    let text = format!(
        "the time column is '{name}', for {} does not say a time without `time_column`",
        passed_over.join(", ")
    );
    let note = (!passed_over.is_empty()).then_some(Note {
        text,
        is_warning: false,
    });
    note.into_iter().collect()
}

fn of_column(column: &FileColumn<'_>, options: &OpenOptions) -> Result<TimeColumn, DatasetError> {
    let numbers = options.time_unit;
    let name = column.name();
    let mut types = Vec::new();
    for (own, path) in &column.types {
        let data_type = time_type(own, numbers).ok_or_else(|| DatasetError::ColumnType {
            path: (*path).to_owned(),
            column: name.to_owned(),
            data_type: own.to_string(),
            role: "time",
            wanted: WANTED,
        })?;
        types.push((data_type, *path));
    }
    let is_number = |(data_type, _): &(DataType, &str)| *data_type == DataType::Int64;
    if let Some(unit) = numbers.filter(|_| !types.iter().all(is_number)) {
        let counted = DataType::Timestamp(arrow_unit(unit), Some("UTC".into()));
        for (data_type, _) in types.iter_mut().filter(|found| is_number(found)) {
            *data_type = counted.clone();
        }
    }
    let data_type = fold(types.into_iter()).map_err(|reason| DatasetError::Column {
        column: name.to_owned(),
        reason,
    })?;
    let data_type = match data_type {
        // Of no values any unit is that of all.
        DataType::Null => utc(numbers.map_or(ArrowUnit::Microsecond, arrow_unit)),
        valued => valued,
    };
    let unit = match (&data_type, numbers) {
        (DataType::Timestamp(unit, _), _) => unit_of(*unit),
        (DataType::Int64, Some(unit)) => unit,
        (DataType::Date32, _) => TimeUnit::Second,
        _ => {
            return Err(DatasetError::Column {
                column: name.to_owned(),
                reason: format!("it is {data_type}, but the time column must be {WANTED}"),
            });
        }
    };
    Ok(TimeColumn {
        name: name.to_owned(),
        unit,
        data_type,
        numbers,
    })
}
