//! Which of a file's columns are which of the table's.

use arrow::datatypes::{Field, FieldRef, Fields};
use graticule_columns::ColumnMapping;
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use std::collections::HashSet;
use std::sync::Arc;

/// The places of a file's columns that are the table's, with their names there; `None` where all are, as
/// they are named.
pub(crate) fn columns(
    mapping: &ColumnMapping,
    fields: &[FieldRef],
) -> Option<Vec<(usize, String)>> {
    let ids: Vec<Option<i32>> = fields.iter().map(|field| id(field)).collect();
    let name = |(place, field): (usize, &Arc<Field>)| {
        let name = match mapping {
            ColumnMapping::Same => Some(field.name()),
            ColumnMapping::Names(names) => names.get(field.name()),
            ColumnMapping::Ids(names, _) if ids.iter().any(Option::is_some) => {
                ids[place].and_then(|id| names.get(&id))
            }
            ColumnMapping::Ids(_, names) => names.get(field.name()),
        };
        name.map(|name| (place, name.clone()))
    };
    match mapping {
        ColumnMapping::Same => None,
        _ => {
            let all = fields.iter().enumerate().filter_map(name);
            // Of several that a table names alike the first is meant.
            let mut seen = HashSet::new();
            Some(all.filter(|(_, name)| seen.insert(name.clone())).collect())
        }
    }
}

fn id(field: &Field) -> Option<i32> {
    field
        .metadata()
        .get(PARQUET_FIELD_ID_META_KEY)?
        .parse()
        .ok()
}

/// Those of the columns, as the table names them.
pub(crate) fn renamed(fields: &Fields, columns: &[(usize, String)]) -> Fields {
    let field = |(place, name): &(usize, String)| match fields[*place].name() == name {
        true => fields[*place].clone(),
        false => Arc::new(fields[*place].as_ref().clone().with_name(name)),
    };
    columns.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::DataType;
    use std::collections::BTreeMap;

    fn field(name: &str, id: Option<i32>) -> Field {
        let ids = id.map(|id| (PARQUET_FIELD_ID_META_KEY.to_owned(), id.to_string()));
        Field::new(name, DataType::Int32, true).with_metadata(ids.into_iter().collect())
    }

    fn names<K: Ord>(names: impl IntoIterator<Item = (K, &'static str)>) -> BTreeMap<K, String> {
        let owned = names.into_iter().map(|(key, name)| (key, name.to_owned()));
        owned.collect()
    }

    fn found(mapping: &ColumnMapping, fields: [Field; 3]) -> Vec<(usize, String)> {
        columns(mapping, &Fields::from(fields.to_vec())).expect("it maps")
    }

    #[test]
    fn renamed_and_dropped_columns_are_known_by_id() {
        let by_name = names([("c".to_owned(), "first")]);
        let mapping = ColumnMapping::Ids(names([(1, "b"), (3, "new")]), by_name);
        let with = [field("a", Some(1)), field("b", Some(2)), field("c", None)];
        assert_eq!(found(&mapping, with), [(0, "b".to_owned())]);
        let without = [field("a", None), field("b", None), field("c", None)];
        assert_eq!(found(&mapping, without), [(2, "first".to_owned())]);
    }

    #[test]
    fn names_may_be_others() {
        let by_name = [("col-1".to_owned(), "lon"), ("col-3".to_owned(), "a")];
        let mapping = ColumnMapping::Names(names(by_name));
        let fields = [field("col-1", None), field("a", None), field("col-3", None)];
        assert_eq!(
            found(&mapping, fields),
            [(0, "lon".to_owned()), (2, "a".to_owned())]
        );
    }
}
