//! The Arrow schema that a Parquet footer embeds: what the writer had, and no more than a hint.
//!
//! Of it is taken only what the Parquet types cannot say, and what the decoder can do: units and zones of
//! times, texts as dictionaries, metadata of columns. A hint of another kind is passed over, column by
//! column, so that what the decoder does not know, or would give up on, shuts no file.
//!
//! INT96 is read in microseconds unless the hint has another unit: nanoseconds of 64 bits hold the years
//! 1677 to 2262 only, and what lies outside would come as other times.

use crate::file::guard::guarded;
use crate::file::meaning::dictionary;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use arrow::ipc::{Field as Embedded, root_as_message};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ProjectionMask, parquet_to_arrow_schema_by_columns};
use parquet::basic::Type as Physical;
use parquet::file::metadata::ParquetMetaData;
use std::collections::HashMap;
use std::sync::Arc;

/// Marks fields of whose values a part is not read: intervals of months, days and milliseconds, of which Arrow has
/// either the months or the rest.
const PARTIAL: &str = "graticule.partial";

/// Marks fields of times in INT96, whose digits below a microsecond are not read.
const CUT: &str = "graticule.cut";

/// Whether of a field's times the digits below a microsecond are not read.
pub(crate) fn is_cut(field: &Field) -> bool {
    field.metadata().contains_key(CUT)
}

/// A field of a struct as a column of its own, with the mark of one where it is of times in INT96.
pub(crate) fn marked(field: &FieldRef, physical: Option<Physical>) -> FieldRef {
    match (physical, field.data_type()) {
        (Some(Physical::INT96), DataType::Timestamp(unit, _)) if *unit < TimeUnit::Nanosecond => {
            let mut metadata = field.metadata().clone();
            metadata.insert(CUT.to_owned(), String::new());
            Arc::new(field.as_ref().clone().with_metadata(metadata))
        }
        _ => field.clone(),
    }
}

/// A field without the marks that this module sets, which are of a file's and not of the dataset's.
pub(crate) fn unmarked(field: &FieldRef) -> FieldRef {
    if !is_cut(field) {
        return field.clone();
    }
    let mut metadata = field.metadata().clone();
    metadata.remove(CUT);
    Arc::new(field.as_ref().clone().with_metadata(metadata))
}

/// Whether of a field's values, or of parts of them, a part is not read.
pub(crate) fn is_partial(field: &Field) -> bool {
    let is_in = |parts: &[FieldRef]| parts.iter().any(|part| is_partial(part));
    field.metadata().contains_key(PARTIAL)
        || match field.data_type() {
            DataType::Struct(parts) => is_in(parts),
            DataType::List(of)
            | DataType::LargeList(of)
            | DataType::FixedSizeList(of, _)
            | DataType::Map(of, _) => is_partial(of),
            _ => false,
        }
}

/// How a file's columns are read as Arrow, by its Parquet types and what the hint adds to them.
///
/// # Errors
/// The column that has no Arrow type, and why.
pub(crate) fn reader(metadata: Arc<ParquetMetaData>) -> Result<ArrowReaderMetadata, String> {
    let base = plain(&metadata)?;
    let (hints, mut pairs) = embedded(&metadata);
    let file = metadata.file_metadata();
    let stated = file.key_value_metadata().into_iter().flatten();
    let stated = stated.filter(|pair| pair.key != ARROW_SCHEMA_META_KEY);
    pairs.extend(stated.filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?))));
    let descriptor = file.schema_descr();
    let mut leaves = descriptor.columns().iter().map(|leaf| leaf.physical_type());
    let fields = base
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(place, field)| {
            let same = hints.get(place).and_then(Option::as_ref);
            let same = same.filter(|hint| hint.name() == field.name());
            let hint = same.or_else(|| hints.iter().flatten().find(|h| h.name() == field.name()));
            taken(field, hint, &mut leaves, true)
        });
    let fields: Fields = fields.collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, pairs.clone()));
    match build(&metadata, ArrowReaderOptions::new().with_schema(schema)) {
        Ok(hinted) => Ok(hinted),
        // Without the hint the file is as good, but for the units of times that Parquet has no word for.
        Err(_) => Ok(base),
    }
}

fn plain(metadata: &Arc<ParquetMetaData>) -> Result<ArrowReaderMetadata, String> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    build(metadata, options).map_err(|reason| {
        let descriptor = metadata.file_metadata().schema_descr();
        let root = descriptor.root_schema();
        let is_readable = |place: usize| {
            let mask = ProjectionMask::roots(descriptor, [place]);
            let convert = || parquet_to_arrow_schema_by_columns(descriptor, mask.clone(), None);
            matches!(guarded(convert), Ok(Ok(_)))
        };
        let mut columns = root.get_fields().iter().enumerate();
        match columns.find(|(place, _)| !is_readable(*place)) {
            Some((_, column)) => format!(
                "its column '{}' is of no Arrow type: {reason}",
                column.name()
            ),
            None => reason,
        }
    })
}

fn build(
    metadata: &Arc<ParquetMetaData>,
    options: ArrowReaderOptions,
) -> Result<ArrowReaderMetadata, String> {
    let build = || ArrowReaderMetadata::try_new(metadata.clone(), options);
    match guarded(build) {
        Ok(built) => built.map_err(|e| e.to_string()),
        Err(_) => Err("its columns are of types that are not known".to_owned()),
    }
}

/// The hints by the places of the columns, as far as they can be understood, and the metadata.
type Hints = (Vec<Option<Field>>, HashMap<String, String>);

fn embedded(metadata: &ParquetMetaData) -> Hints {
    let pairs = metadata.file_metadata().key_value_metadata();
    let mut pairs = pairs.into_iter().flatten();
    let text = pairs.find(|pair| pair.key == ARROW_SCHEMA_META_KEY);
    let text = text.and_then(|pair| pair.value.as_ref());
    text.and_then(|text| decoded(text)).unwrap_or_default()
}

fn decoded(text: &str) -> Option<Hints> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    // The length comes first, since some version behind a marker.
    let message = match bytes.strip_prefix(&[0xff; 4]) {
        Some(rest) => rest.get(4..)?,
        None => &bytes[..],
    };
    let message = root_as_message(message).ok()?;
    let schema = message.header_as_schema()?;
    let field = |field: Embedded<'_>| {
        let convert = || Field::from(field);
        is_known(&field).then(|| guarded(convert).ok()).flatten()
    };
    let pairs = schema.custom_metadata().into_iter().flatten();
    let pairs = pairs.filter_map(|pair| Some((pair.key()?.to_owned(), pair.value()?.to_owned())));
    Some((
        schema.fields()?.iter().map(field).collect(),
        pairs.collect(),
    ))
}

/// Whether arrow has a type for what a field says, for it panics where it has none.
pub(crate) fn is_known(field: &Embedded<'_>) -> bool {
    let is_word = |bits: i32| [8, 16, 32, 64].contains(&bits);
    let places = field.dictionary().map(|dictionary| dictionary.indexType());
    let has_places = places.is_none_or(|places| places.is_some_and(|int| is_word(int.bitWidth())));
    let is_number = field
        .type_as_int()
        .is_none_or(|int| is_word(int.bitWidth()));
    let is_decimal = field.type_as_decimal().is_none_or(|decimal| {
        let is_fitting =
            u8::try_from(decimal.precision()).is_ok() && i8::try_from(decimal.scale()).is_ok();
        is_fitting && [32, 64, 128, 256].contains(&decimal.bitWidth())
    });
    let children = field.children().into_iter().flatten();
    has_places && is_number && is_decimal && children.into_iter().all(|child| is_known(&child))
}

/// A column of the Parquet type with what is taken of a hint.
fn taken(
    base: &FieldRef,
    hint: Option<&Field>,
    leaves: &mut impl Iterator<Item = Physical>,
    is_column: bool,
) -> FieldRef {
    let data_type = type_taken(
        base.data_type(),
        hint.map(|h| h.data_type()),
        leaves,
        is_column,
    );
    let mut metadata = base.metadata().clone();
    metadata.extend(hint.into_iter().flat_map(|h| h.metadata().clone()));
    let is_hinted = hint.is_some_and(|h| *h.data_type() == data_type);
    if let (DataType::Timestamp(from, _), DataType::Timestamp(to, _)) =
        (base.data_type(), &data_type)
        && is_column
        && to < from
        && !is_hinted
    {
        metadata.insert(CUT.to_owned(), String::new());
    }
    if matches!(data_type, DataType::Interval(_)) && !is_hinted {
        metadata.insert(PARTIAL.to_owned(), String::new());
    }
    let field = base.as_ref().clone();
    Arc::new(field.with_data_type(data_type).with_metadata(metadata))
}

fn type_taken(
    base: &DataType,
    hint: Option<&DataType>,
    leaves: &mut impl Iterator<Item = Physical>,
    is_column: bool,
) -> DataType {
    match base {
        DataType::List(items) => {
            let of = match hint {
                Some(
                    DataType::List(of)
                    | DataType::LargeList(of)
                    | DataType::ListView(of)
                    | DataType::LargeListView(of)
                    | DataType::FixedSizeList(of, _),
                ) => Some(of.as_ref()),
                _ => None,
            };
            let items = taken(items, of, leaves, false);
            match hint {
                Some(DataType::FixedSizeList(_, length)) => DataType::FixedSizeList(items, *length),
                _ => DataType::List(items),
            }
        }
        DataType::Struct(parts) => {
            let hints = match hint {
                Some(DataType::Struct(hints)) => Some(hints),
                _ => None,
            };
            let of = |name: &str| Some(hints?.find(name)?.1.as_ref());
            let parts = parts
                .iter()
                .map(|part| taken(part, of(part.name()), leaves, false));
            DataType::Struct(parts.collect())
        }
        DataType::Map(entries, sorted) => {
            let hint = match hint {
                Some(DataType::Map(hint, _)) => Some(hint.data_type()),
                _ => None,
            };
            let inner = type_taken(entries.data_type(), hint, leaves, false);
            DataType::Map(
                Arc::new(entries.as_ref().clone().with_data_type(inner)),
                *sorted,
            )
        }
        leaf => leaf_taken(leaf, hint, leaves.next(), is_column),
    }
}

fn leaf_taken(
    base: &DataType,
    hint: Option<&DataType>,
    physical: Option<Physical>,
    is_column: bool,
) -> DataType {
    use DataType as T;
    let is_dictionary = matches!(hint, Some(T::Dictionary(..)));
    let hint = hint.map(values_of);
    let is_text = |hint: &DataType| matches!(hint, T::Utf8 | T::LargeUtf8 | T::Utf8View);
    match (base, hint) {
        (T::Utf8, _) if is_dictionary && is_column => dictionary(),
        (T::Utf8, _) => T::Utf8,
        (T::Binary, Some(hint)) if is_text(hint) => match is_dictionary && is_column {
            true => dictionary(),
            false => T::Utf8,
        },
        (T::Timestamp(TimeUnit::Nanosecond, None), Some(T::Timestamp(..)))
            if physical == Some(Physical::INT96) =>
        {
            hint.unwrap_or(base).clone()
        }
        (T::Timestamp(..), _) if physical == Some(Physical::INT96) => {
            T::Timestamp(TimeUnit::Microsecond, None)
        }
        (T::Timestamp(unit, _), Some(hint @ T::Timestamp(hinted, Some(_)))) if unit == hinted => {
            hint.clone()
        }
        (T::Int32 | T::Int64, Some(hint @ T::Timestamp(..)))
        | (T::Int32, Some(hint @ T::Time32(_)))
        | (T::Int64, Some(hint @ (T::Time64(_) | T::Duration(_) | T::Date64)))
        | (T::Interval(_), Some(hint @ T::Interval(_))) => hint.clone(),
        _ => base.clone(),
    }
}

/// The type of the values of a dictionary or of runs.
fn values_of(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values_of(values),
        DataType::RunEndEncoded(_, values) => values_of(values.data_type()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
