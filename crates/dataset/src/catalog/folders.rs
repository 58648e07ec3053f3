//! What the names of folders say, such as `day=2026-03-01`: columns that the files do not have, and values of
//! those that some files lack.
//!
//! Where a file has a column of the name, its own values are the truth: a folder's text may be escaped, cut
//! or no more than a part of them.

use crate::catalog::bounds::Role;
use crate::catalog::outline::Outline;
use crate::catalog::schema::{self, Roles};
use crate::decode::absent::{HIVE_NULL, NULLS, truth, value};
use crate::decode::convert;
use crate::file::mark::NO_TIME;
use crate::store::StoreRoot;
use arrow::array::Array;
use arrow::datatypes::{DataType, Field, FieldRef};
use graticule_columns::{Attribute, Bounds, Kind, Note, Partition, PartitionValue};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The names and texts of the folders above each file.
pub(crate) struct Folders {
    files: Vec<Vec<(String, String)>>,
    /// In the order in which they are first met.
    names: Vec<String>,
}

/// What the texts of a folder's name all are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Whole,
    Float,
    Truth,
    Text,
}

impl Folders {
    pub(crate) fn of(place: &StoreRoot, files: &[Outline]) -> Self {
        let files: Vec<Vec<(String, String)>> = files.iter().map(|f| of_file(place, f)).collect();
        let mut names: Vec<String> = Vec::new();
        // Neighbours mostly have the same folders, and a hundred thousand files few names.
        for (name, _) in files.iter().flatten() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        Self { files, names }
    }

    /// What a table's log says of its files in the place of folders.
    pub(crate) fn of_table(partitions: &[Partition], values: &[Vec<PartitionValue>]) -> Self {
        let pair = |(partition, value): (&Partition, &PartitionValue)| {
            Some((partition.name.clone(), text(value)?))
        };
        let of_file =
            |values: &Vec<PartitionValue>| partitions.iter().zip(values).filter_map(pair).collect();
        Self {
            files: values.iter().map(of_file).collect(),
            names: partitions.iter().map(|p| p.name.clone()).collect(),
        }
    }

    /// The names of all folders' columns.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// What the folder of a name above a file says; nothing where that is null or there is none.
    pub(crate) fn text(&self, file: usize, name: &str) -> Option<&str> {
        let text = of_name(&self.files[file], name)?;
        (text != HIVE_NULL).then_some(text)
    }

    /// Makes columns of the names that no file has: whole numbers and texts are partitions, the others
    /// are read as if the files had them. Says which names the files have themselves.
    pub(crate) fn declare(&self, files: &[Outline], roles: &mut Roles) {
        let mut declared: Vec<FieldRef> = Vec::new();
        for name in &self.names {
            let in_files = files.iter().any(|f| f.fields.find(name).is_some());
            if in_files {
                roles.notes.push(Note {
                    text: format!(
                        "'{name}' is a column of the files and the name of folders: the files' own values are read"
                    ),
                    is_warning: false,
                });
                continue;
            }
            let texts: BTreeSet<&str> = (0..self.files.len())
                .filter_map(|file| self.text(file, name))
                .collect();
            let data_type = match form(&texts) {
                form @ (Form::Whole | Form::Text) => {
                    roles.schema.partitions.push(Partition {
                        name: name.clone(),
                        is_integer: form == Form::Whole,
                    });
                    continue;
                }
                Form::Float => DataType::Float64,
                Form::Truth => DataType::Boolean,
            };
            roles.schema.attributes.push(Attribute {
                name: name.clone(),
                kind: schema::kind(&data_type),
                is_uuid: false,
                data_type: data_type.clone(),
            });
            declared.push(Arc::new(Field::new(name, data_type, true)));
        }
        if !declared.is_empty() {
            roles.fields = roles.fields.iter().cloned().chain(declared).collect();
        }
    }

    /// Tells of files that lie beside the folders of others.
    pub(crate) fn outside(&self, files: &[Outline]) -> Vec<Note> {
        let note = |name: &String| {
            let lies_outside = |(file, folders): &(&Outline, &Vec<(String, String)>)| {
                of_name(folders, name).is_none() && file.fields.find(name).is_none()
            };
            let mut outside = files.iter().zip(&self.files).filter(lies_outside);
            let first = outside.next()?.0.object.path();
            let count = outside.count() + 1;
            Some(Note {
                text: format!(
                    "in no folder '{name}=...', so that their {name} is null: {count} of {} files, such as '{first}'",
                    files.len()
                ),
                is_warning: true,
            })
        };
        self.names.iter().filter_map(note).collect()
    }

    /// A file's value of a partition.
    pub(crate) fn value(&self, file: usize, partition: &Partition) -> PartitionValue {
        match self.text(file, &partition.name) {
            Some(text) if !partition.is_integer => PartitionValue::Text(text.to_owned()),
            text => text
                .and_then(|text| text.parse().ok())
                .map_or(PartitionValue::Null, PartitionValue::Integer),
        }
    }
}

/// The names and texts of the folders above a file. Null has one text, also where the layout has another.
fn of_file(place: &StoreRoot, file: &Outline) -> Vec<(String, String)> {
    let mut folders = place.folders(&file.object.location);
    let layout = file.declared.layout.as_ref();
    if let Some(name) = layout.and_then(|layout| layout.folder.as_ref()) {
        let is_null = |(n, text): &&mut (String, String)| n == name && text == NO_TIME;
        for (_, text) in folders.iter_mut().filter(is_null) {
            HIVE_NULL.clone_into(text);
        }
    }
    folders
}

/// The text of a partition's value; nothing of null.
pub(crate) fn text(value: &PartitionValue) -> Option<String> {
    match value {
        PartitionValue::Null => None,
        PartitionValue::Integer(number) => Some(number.to_string()),
        PartitionValue::Text(text) => Some(text.clone()),
    }
}

/// What the folders above an object say of a name.
pub(crate) fn of_name<'a>(folders: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut folders = folders.iter();
    folders
        .find(|(n, _)| n == name)
        .map(|(_, text)| text.as_str())
}

/// What the texts are, those that stand for null left out: numbers only where they say no more than that.
fn form(texts: &BTreeSet<&str>) -> Form {
    let values: Vec<&str> = texts
        .iter()
        .copied()
        .filter(|t| !NULLS.contains(t))
        .collect();
    let is_whole = |text: &&str| text.parse::<i64>().is_ok_and(|n| n.to_string() == **text);
    let is_float = |text: &&str| {
        let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
        number.is_some_and(|n| format!("{n}") == **text || format!("{n:?}") == **text)
    };
    if values.is_empty() && !texts.is_empty() {
        return Form::Text;
    }
    match () {
        () if values.iter().all(is_whole) => Form::Whole,
        () if values.iter().all(is_float) => Form::Float,
        () if values.iter().all(|text| truth(text).is_some()) => Form::Truth,
        () => Form::Text,
    }
}

/// Bounds and nulls, of so many rows, of a column that a file lacks and its folder or its table's log has.
pub(crate) fn statistics(role: &Role<'_>, text: &str, rows: u64) -> (Option<Bounds>, Option<u64>) {
    let time = role.time();
    let data_type = role.data_type.or(time.map(|time| &time.data_type));
    let Some(value) = data_type.and_then(|data_type| value(data_type, text)) else {
        return (None, None);
    };
    if value.is_null(0) {
        return (None, Some(rows));
    }
    let kind = role.kind;
    let bits = kind.and_then(|kind| {
        let column = match time {
            Some(_) => convert::time(&value).ok()?,
            None => convert::value(kind, &value).ok()?,
        };
        Some(match kind.is_wide() {
            true => column.read64(0..1, &mut [0])[0],
            false => column.read32(0..1, &mut [0])[0].into(),
        })
    });
    let bounds = bits.map(|bits| Bounds {
        low: bits,
        high: bits,
    });
    // A NaN is beyond all bounds.
    let is_number = |b: &Bounds| {
        let (least, greatest) = kind.map_or((0, 0), Kind::numbers);
        kind.is_some_and(|kind| (least..=greatest).contains(&kind.order(b.low)))
    };
    (bounds.filter(is_number), Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::absent::Absent;

    fn of(texts: &[&str]) -> Form {
        form(&texts.iter().copied().collect())
    }

    #[test]
    fn texts_are_numbers_only_where_nothing_is_lost() {
        assert_eq!(of(&["1", "-20", "null"]), Form::Whole);
        assert_eq!(of(&[]), Form::Whole);
        assert_eq!(of(&["1", "1.5", "", "2.0"]), Form::Float);
        assert_eq!(of(&["true", "False", "NULL"]), Form::Truth);
        for texts in [
            &["01"][..],
            &["1.10"],
            &["null"],
            &["", "null"],
            &["1", "a"],
            &["true", "1"],
            &["nan"],
            &["inf"],
        ] {
            assert_eq!(of(texts), Form::Text, "{texts:?}");
        }
    }

    #[test]
    fn values_are_of_the_columns_type() {
        let bounds = |bits| {
            (
                Some(Bounds {
                    low: bits,
                    high: bits,
                }),
                Some(0),
            )
        };
        let statistics = |data_type: &DataType, text| {
            let role = Role::of_attribute("c", schema::kind(data_type), data_type);
            statistics(&role, text, 3)
        };
        assert_eq!(statistics(&DataType::Boolean, "TRUE"), bounds(1));
        let half = statistics(&DataType::Float64, "0.5");
        assert_eq!(half, bounds(0.5f64.to_bits()));
        assert_eq!(statistics(&DataType::Int32, "null"), (None, Some(3)));
        assert_eq!(statistics(&DataType::Int32, "x"), (None, None));
        assert_eq!(statistics(&DataType::Utf8, "null"), (None, Some(0)));
        assert_eq!(statistics(&DataType::Date32, "1970-01-03"), bounds(2));
        assert_eq!(statistics(&DataType::Decimal128(9, 2), "1.5"), bounds(150));
        let of = |data_type, text: &str| Absent {
            field: Arc::new(Field::new("c", data_type, true)),
            text: Some(text.to_owned()),
        };
        let days = of(DataType::Date32, "1970-01-03").rows(2).expect("a day");
        let days = arrow::array::AsArray::as_primitive::<arrow::datatypes::Date32Type>(&days);
        assert_eq!(days.values(), &[2, 2]);
        let error = of(DataType::Int64, "x")
            .rows(1)
            .expect_err("no number")
            .to_string();
        assert!(error.contains("'c'") && error.contains("'x'"), "{error}");
    }
}
