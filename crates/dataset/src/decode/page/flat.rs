//! Which columns of a scan are read here, and their rows.

use super::axis::{Axis, Side, Spelling};
use super::codec::Codec;
use super::leaf::{Leaf, Unreadable};
use super::listing::{Listing, width};
use super::located::Located;
use super::restored::Restored;
use super::text::{Spelled, Text};
use super::value::{Form, Trim, Value};
use super::values::Width;
use crate::decode::fetched::{Encoded, Fetched, column};
use crate::file::coordinates::scale;
use crate::file::mark::MarkedCoordinate;
use crate::file::text::plain_type;
use graticule_columns::{Column, Coordinate, Kind, Scan, Source};
use graticule_geo::{CoordinateUnit, decimal};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::Type;
use std::ops::Range;

use arrow::datatypes::DataType;

/// Columns of a row group that are read page by page.
#[derive(Default)]
pub(crate) struct Flat {
    points: Option<[Point; 2]>,
    values: Vec<(String, Leaf, Value)>,
    texts: Vec<(String, Leaf, Text)>,
}

/// One coordinate of the points.
pub(crate) struct Point {
    pub(crate) name: String,
    stored: Stored,
}

enum Stored {
    Alone(Box<(Leaf, Axis)>),
    Restored(Box<Restored>),
}

impl Point {
    /// Longitudes and latitudes of a scan, where both can be read here and no slot has their values.
    pub(crate) fn both(fetched: &Fetched, scan: &Scan) -> Option<[Self; 2]> {
        let Encoded::Parquet(footer, _) = &fetched.encoded else {
            return None;
        };
        let coordinates = [&scan.schema.lon, &scan.schema.lat];
        let is_point = |name: &str| coordinates.iter().any(|c| c.name == name);
        let is_value = scan.sources.iter().any(|source| {
            let is_place = matches!(source, Source::FixedLon | Source::FixedLat);
            !is_place && column(scan, source).is_some_and(is_point)
        });
        if is_value {
            return None;
        }
        let [lon, lat] = coordinates;
        let lon = axis(fetched, footer, lon, Side::Lon)?;
        Some([lon, axis(fetched, footer, lat, Side::Lat)?])
    }

    /// Its next rows.
    pub(crate) fn next(&mut self, cut: &[Range<usize>]) -> Result<Located, Unreadable> {
        match &mut self.stored {
            Stored::Alone(alone) => {
                let (leaf, axis) = alone.as_mut();
                axis.reserve(cut.iter().map(Range::len).sum());
                for range in cut {
                    leaf.read(range.clone(), axis)?;
                }
                Ok(axis.take())
            }
            Stored::Restored(restored) => restored.next(cut),
        }
    }
}

/// What was read of some rows.
#[derive(Default)]
pub(crate) struct Rows {
    /// Longitudes and latitudes.
    pub(crate) located: Option<[Located; 2]>,
    columns: Vec<(String, Column)>,
    texts: Vec<(String, Spelled)>,
}

impl Rows {
    /// The column of a name, if it was read here.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        let mut columns = self.columns.iter();
        columns.find(|(n, _)| n == name).map(|(_, column)| column)
    }

    /// The texts of a column of this name, if they were read here.
    pub(crate) fn texts(&self, name: &str) -> Option<&Spelled> {
        let mut texts = self.texts.iter();
        texts.find(|(n, _)| n == name).map(|(_, texts)| texts)
    }
}

impl Flat {
    /// Of the columns that a scan reads, but the points', those which can be read here, and among them only those that
    /// `is_read`.
    pub(crate) fn new(fetched: &Fetched, scan: &Scan, is_read: impl Fn(&str) -> bool) -> Self {
        let mut flat = Self::default();
        let Encoded::Parquet(footer, _) = &fetched.encoded else {
            return flat;
        };
        let coordinates = [&scan.schema.lon, &scan.schema.lat];
        let is_alone = |name: &str| !scan.carried.iter().any(|carried| carried == name);
        let names = scan.sources.iter().filter_map(|s| column(scan, s));
        for name in names.filter(|name| is_read(name) && is_alone(name)) {
            let is_point = coordinates.iter().any(|c| c.name == name);
            if is_point || flat.reads(name) {
                continue;
            }
            if let Some(text) = text(fetched, footer, scan, name) {
                let leaf = leaf(fetched, name);
                flat.texts
                    .extend(leaf.map(|leaf| (name.to_owned(), leaf, text)));
                continue;
            }
            let value = value(fetched, footer, scan, name);
            let leaf = value.and_then(|value| Some((leaf(fetched, name)?, value)));
            flat.values
                .extend(leaf.map(|(leaf, value)| (name.to_owned(), leaf, value)));
        }
        flat
    }

    /// Reads these coordinates, too.
    pub(crate) fn with_points(self, points: Option<[Point; 2]>) -> Self {
        Self { points, ..self }
    }

    /// Whether a column is read here.
    pub(crate) fn reads(&self, name: &str) -> bool {
        let mut values = self.values.iter();
        let mut texts = self.texts.iter();
        let mut points = self.points.iter().flatten();
        values.any(|(n, ..)| n == name)
            || texts.any(|(n, ..)| n == name)
            || points.any(|point| point.name == name)
    }

    /// The next rows.
    pub(crate) fn next(&mut self, cut: &[Range<usize>]) -> Result<Rows, Unreadable> {
        let rows = cut.iter().map(Range::len).sum();
        let mut columns = Vec::new();
        for (name, leaf, value) in &mut self.values {
            value.reserve(rows);
            for range in cut {
                leaf.read(range.clone(), value)?;
            }
            columns.push((name.clone(), value.take()));
        }
        let mut texts = Vec::new();
        for (name, leaf, text) in &mut self.texts {
            text.reserve(rows);
            for range in cut {
                leaf.read(range.clone(), text)?;
            }
            texts.push((name.clone(), text.take()));
        }
        let located = match &mut self.points {
            Some([lon, lat]) => Some([lon.next(cut)?, lat.next(cut)?]),
            None => None,
        };
        Ok(Rows {
            located,
            columns,
            texts,
        })
    }
}

/// The one leaf column that holds a column.
fn leaf_of(fetched: &Fetched, name: &str) -> Option<usize> {
    let mut places = fetched.places.iter().filter(|(n, _)| n == name);
    let (_, leaf) = places.next()?;
    (places.next().is_none() && fetched.view.is_plain(name)).then_some(*leaf)
}

fn leaf(fetched: &Fetched, name: &str) -> Option<Leaf> {
    leaf_at(fetched, name, leaf_of(fetched, name)?)
}

fn leaf_at(fetched: &Fetched, name: &str, leaf: usize) -> Option<Leaf> {
    let Encoded::Parquet(footer, held) = &fetched.encoded else {
        return None;
    };
    let place = (fetched.row_group, leaf);
    let listing = Listing::of(footer, held, place, fetched.kept.as_deref())?;
    let group = footer.metadata().row_groups().get(fetched.row_group)?;
    let codec = Codec::of(group.column(leaf).compression())?;
    Some(Leaf::new(name, held, listing, codec))
}

/// The physical type of a column, and the type that the library reads it as.
fn types<'a>(
    fetched: &Fetched,
    footer: &'a ArrowReaderMetadata,
    name: &str,
) -> Option<(Type, &'a DataType)> {
    let leaf = footer.parquet_schema().column(leaf_of(fetched, name)?);
    let (_, own) = footer.schema().fields().find(leaf.name())?;
    Some((leaf.physical_type(), own.data_type()))
}

/// A time or a value, where the dataset has it as the file does.
fn value(
    fetched: &Fetched,
    footer: &ArrowReaderMetadata,
    scan: &Scan,
    name: &str,
) -> Option<Value> {
    let (physical, own) = types(fetched, footer, name)?;
    let schema = &scan.schema;
    let sources = || {
        scan.sources
            .iter()
            .filter(|s| column(scan, s) == Some(name))
    };
    if let Some(time) = schema.time.as_ref().filter(|time| time.name == name) {
        let is_time = |s: &Source| matches!(s, Source::Time | Source::Calendar(_));
        let form = match (own, physical) {
            (DataType::Timestamp(..) | DataType::Int64, Type::INT64) => Form::Wide,
            (DataType::Date32, Type::INT32) => Form::Times(86_400),
            _ => return None,
        };
        let is_same = time.data_type == *own && sources().all(is_time);
        return is_same.then(|| Value::new(Kind::I64, form));
    }
    let mut attributes = schema.attributes.iter();
    let attribute = attributes.find(|attribute| attribute.name == name)?;
    let (kind, form) = form(own, physical)?;
    let is_value = |s: &Source| matches!(s, Source::Value { kind: k, .. } if *k == kind);
    let is_same = attribute.data_type == *own && sources().all(is_value);
    is_same.then(|| Value::new(kind, form))
}

/// Texts, where the dataset has them as the file does.
fn text(fetched: &Fetched, footer: &ArrowReaderMetadata, scan: &Scan, name: &str) -> Option<Text> {
    let (physical, own) = types(fetched, footer, name)?;
    let mut attributes = scan.schema.attributes.iter();
    let attribute = attributes.find(|attribute| attribute.name == name)?;
    let is_utf8 = |data_type: &DataType| match plain_type(data_type) {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(true),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Some(false),
        _ => None,
    };
    let is_same = is_utf8(own) == is_utf8(&attribute.data_type) && !attribute.is_uuid;
    let mut sources = scan.sources.iter();
    let is_text = sources.all(|source| {
        let is_text = matches!(source, Source::Text { .. } | Source::Matches { .. });
        column(scan, source) != Some(name) || is_text
    });
    (physical == Type::BYTE_ARRAY && is_same && is_text).then_some(())?;
    Some(Text::new(is_utf8(own)?))
}

/// What values of a type become.
fn form(own: &DataType, physical: Type) -> Option<(Kind, Form)> {
    use DataType as T;
    Some(match (physical, own) {
        (Type::BOOLEAN, T::Boolean) => (Kind::U32, Form::Narrow(Trim::All)),
        (Type::INT32, T::Int8) => (Kind::I32, Form::Narrow(Trim::I8)),
        (Type::INT32, T::Int16) => (Kind::I32, Form::Narrow(Trim::I16)),
        (Type::INT32, T::Int32 | T::Date32 | T::Time32(_)) => (Kind::I32, Form::Narrow(Trim::All)),
        (Type::INT32, T::UInt8) => (Kind::U32, Form::Narrow(Trim::U8)),
        (Type::INT32, T::UInt16) => (Kind::U32, Form::Narrow(Trim::U16)),
        (Type::INT32, T::UInt32) => (Kind::U32, Form::Narrow(Trim::All)),
        (Type::FLOAT, T::Float32) => (Kind::F32, Form::Narrow(Trim::All)),
        (Type::DOUBLE, T::Float64) => (Kind::F64, Form::Wide),
        (Type::INT64, T::UInt64) => (Kind::U64, Form::Wide),
        (Type::INT64, T::Int64 | T::Timestamp(..) | T::Time64(_) | T::Duration(_)) => {
            (Kind::I64, Form::Wide)
        }
        (Type::INT64, T::Decimal64(..) | T::Decimal128(..)) => (Kind::I64, Form::Wide),
        (Type::INT32, T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..)) => {
            (Kind::I64, Form::Times(1))
        }
        _ => return None,
    })
}

/// A coordinate, however it is spelled.
fn axis(
    fetched: &Fetched,
    footer: &ArrowReaderMetadata,
    coordinate: &Coordinate,
    side: Side,
) -> Option<Point> {
    let name = &coordinate.name;
    if let Some(marked) = fetched.view.marked(name).filter(|m| m.residual.is_some()) {
        return restored(fetched, footer, (name, marked), side);
    }
    let (physical, own) = types(fetched, footer, name)?;
    let is_integer = matches!(physical, Type::INT32 | Type::INT64);
    let is_degrees = coordinate.unit == CoordinateUnit::Degrees;
    let spelling = match (fetched.view.marked(name), own) {
        (Some(marked), DataType::Decimal128(_, decimal::PLACES)) if is_integer => {
            Spelling::Marked {
                is_f32: marked.is_f32,
            }
        }
        (Some(_), _) => return None,
        (None, DataType::Float64) if is_degrees => Spelling::F64,
        (None, DataType::Float32) if is_degrees => Spelling::F32,
        (None, DataType::Int32 | DataType::Int64) => Spelling::Whole(coordinate.unit),
        (None, DataType::Decimal128(_, places)) if is_integer => {
            let leaf = footer.parquet_schema().column(leaf_of(fetched, name)?);
            (scale(&leaf) == Some(*places)).then_some(())?;
            Spelling::Decimal(*places, coordinate.unit)
        }
        _ => return None,
    };
    let (width, _) = width(physical)?;
    let axis = Axis::new(side, spelling, width == Width::Wide);
    Some(Point {
        name: name.clone(),
        stored: Stored::Alone(Box::new((leaf(fetched, name)?, axis))),
    })
}

/// A coordinate that lies in two columns, as the graticule layout has it.
fn restored(
    fetched: &Fetched,
    footer: &ArrowReaderMetadata,
    (name, marked): (&str, &MarkedCoordinate),
    side: Side,
) -> Option<Point> {
    let places = fetched.places.iter().filter(|(n, _)| n == name);
    let places: Vec<usize> = places.map(|(_, place)| *place).collect();
    let [_, _] = places[..] else {
        return None;
    };
    let found = |is_residual: bool| {
        let schema = footer.parquet_schema();
        let mut leaves = places.iter();
        let leaf = *leaves.find(|leaf| {
            let own = Some(schema.column(**leaf).name()) == marked.residual.as_deref();
            own == is_residual
        })?;
        let column = schema.column(leaf);
        let (_, own) = footer.schema().fields().find(column.name())?;
        let is_whole = match own.data_type() {
            DataType::Decimal128(_, decimal::PLACES) => !is_residual,
            DataType::Int64 => is_residual,
            _ => false,
        };
        let (_, is_integer) = width(column.physical_type())?;
        (is_whole && is_integer).then_some(())?;
        leaf_at(fetched, name, leaf)
    };
    let restored = Restored::new(side, marked.is_f32, found(false)?, found(true)?);
    Some(Point {
        name: name.to_owned(),
        stored: Stored::Restored(Box::new(restored)),
    })
}
