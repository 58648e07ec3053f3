//! The columns that are written, and which field goes where.

use super::error::ImportError;
use super::options::Import;
use super::record::Names;
use super::roles::{PointAt, Roles, Time, Told};
use super::value::Type;
use arrow::datatypes::{Field, SchemaRef};
use std::collections::HashSet;
use std::sync::Arc;

/// What a field of a record is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// The value of a column that is written.
    Column(usize),
    /// A part of the place or of the time.
    Role,
    /// Nothing: no value was seen when the columns were chosen.
    Nothing,
}

/// A column that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// What the file calls it.
    pub(crate) source: String,
    pub(crate) kind: Type,
    /// The caller said its type.
    pub(crate) is_declared: bool,
}

/// Columns: the longitude, the latitude, the time if there is one, those of the path, the others.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    pub(crate) columns: Vec<Column>,
    pub(crate) arrow: SchemaRef,
    /// By the number of a name.
    pub(crate) uses: Vec<Use>,
    pub(crate) has_time: bool,
    /// Place and time as they are read.
    pub(crate) roles: Roles,
}

impl Schema {
    /// Lays the columns out. `types` are those of the names, `None` where no value was seen, which
    /// are not written.
    pub(crate) fn new(
        import: &Import,
        roles: Roles,
        names: &Names,
        types: &[Option<Type>],
        path: &[&str],
    ) -> Result<Self, ImportError> {
        let all = names.all();
        let mut columns: Vec<Column> = Vec::new();
        let mut taken = HashSet::new();
        let mut add = |name: &str, source: &str, kind: Type| {
            let mut name = name.to_owned();
            // Readers of the dataset find the place and the time by these names.
            while !taken.insert(name.clone()) {
                name.insert_str(0, "other_");
            }
            columns.push(Column {
                name,
                source: source.to_owned(),
                kind,
                is_declared: import.declared(source).is_some(),
            });
            columns.len() - 1
        };
        let mut uses = vec![None; all.len()];
        let (lon, lat) = match roles.place {
            PointAt::Point { lon, lat } => (lon, lat),
            PointAt::Polyline(column) | PointAt::Wkt(column) => (column, column),
        };
        (uses[lon], uses[lat]) = (Some(Use::Role), Some(Use::Role));
        let (lon, lat) = (all[lon].as_str(), all[lat].as_str());
        add("lon", lon, Type::Float);
        add("lat", lat, Type::Float);
        let mut read = roles;
        match roles.time {
            None => {}
            Some(Time::Two(date, clock)) => {
                (uses[date], uses[clock]) = (Some(Use::Role), Some(Use::Role));
                let source = format!("{}+{}", all[date], all[clock]);
                add("time", &source, Type::Time);
            }
            Some(Time::One(column, told)) => {
                let is_time = told == Told::Said || import.time_unit.is_some();
                let kind = match types[column] {
                    Some(kind) if !is_time => kind,
                    _ => Type::Time,
                };
                uses[column] = Some(match kind {
                    Type::Time => Use::Role,
                    // Of numbers without a unit, which keep their name.
                    _ => Use::Column(2),
                });
                if kind != Type::Time {
                    read.time = None;
                }
                add("time", &all[column], kind);
            }
        }
        if roles.place_is_twice() {
            return Err(ImportError::Argument {
                argument: "`lon`",
                value: lon.to_owned(),
                reason: "a column can be only one of longitude, latitude and time".to_owned(),
            });
        }
        for name in path {
            add(name, name, Type::Text);
        }
        let uses = uses
            .into_iter()
            .enumerate()
            .map(|(number, used)| match used {
                Some(used) => used,
                None => types[number].map_or(Use::Nothing, |kind| {
                    Use::Column(add(&all[number], &all[number], kind))
                }),
            })
            .collect();
        let field = |c: &Column| Field::new(&c.name, c.kind.arrow(), true);
        let fields: Vec<Field> = columns.iter().map(field).collect();
        Ok(Self {
            arrow: Arc::new(arrow::datatypes::Schema::new(fields)),
            columns,
            uses,
            has_time: roles.time.is_some(),
            roles: read,
        })
    }

    /// The columns and their types, for the report.
    pub(crate) fn described(arrow: &SchemaRef) -> Vec<(String, String)> {
        let fields = arrow.fields().iter();
        let described = fields.map(|f| (f.name().clone(), f.data_type().to_string()));
        described.collect()
    }
}

impl Roles {
    fn place_is_twice(self) -> bool {
        let mut used = match self.place {
            PointAt::Point { lon, lat } => vec![lon, lat],
            PointAt::Polyline(column) | PointAt::Wkt(column) => vec![column],
        };
        match self.time {
            None => {}
            Some(Time::One(column, _)) => used.push(column),
            Some(Time::Two(date, clock)) => used.extend([date, clock]),
        }
        let all: HashSet<usize> = used.iter().copied().collect();
        all.len() < used.len()
    }
}
