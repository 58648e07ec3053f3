//! The data of a test: a few columns of equally many optional values.

use crate::random::Random;

/// Rows of points with their time and other columns. A `None` is a null.
#[derive(Clone, Debug)]
pub struct Table {
    /// Longitude in degrees.
    pub lon: Vec<Option<f64>>,
    /// Latitude in degrees.
    pub lat: Vec<Option<f64>>,
    /// Time in source units; milliseconds since the epoch where the table is written.
    pub time: Vec<Option<i64>>,
    /// The other columns, in the order in which they are written.
    pub columns: Vec<(String, Values)>,
}

/// A column of one type.
#[derive(Clone, Debug)]
pub enum Values {
    /// Booleans.
    Bool(Vec<Option<bool>>),
    /// 32-bit signed integers.
    I32(Vec<Option<i32>>),
    /// 64-bit signed integers.
    I64(Vec<Option<i64>>),
    /// 32-bit unsigned integers.
    U32(Vec<Option<u32>>),
    /// 64-bit unsigned integers.
    U64(Vec<Option<u64>>),
    /// 32-bit floats.
    F32(Vec<Option<f32>>),
    /// 64-bit floats.
    F64(Vec<Option<f64>>),
    /// Text, also the type of a partition value.
    Text(Vec<Option<String>>),
}

/// One value of a numeric column, with the type that `min` and `max` keep.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// Of an integer column.
    Int(i128),
    /// Of a 32-bit float column.
    F32(f32),
    /// Of a 64-bit float column.
    F64(f64),
}

/// Runs one expression on the vector inside, whatever its type.
macro_rules! each {
    ($values:expr, $vector:ident => $body:expr) => {
        match $values {
            Values::Bool($vector) => $body,
            Values::I32($vector) => $body,
            Values::I64($vector) => $body,
            Values::U32($vector) => $body,
            Values::U64($vector) => $body,
            Values::F32($vector) => $body,
            Values::F64($vector) => $body,
            Values::Text($vector) => $body,
        }
    };
}

impl Values {
    /// How many values, nulls included.
    pub fn len(&self) -> usize {
        each!(self, vector => vector.len())
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether sums and extremes are defined on it, and comparisons with numbers.
    pub fn is_numeric(&self) -> bool {
        !matches!(self, Self::Bool(_) | Self::Text(_))
    }

    /// The value at `row`, `None` for a null.
    ///
    /// # Panics
    /// On a column that is not numeric, or beyond the last row.
    pub fn number(&self, row: usize) -> Option<Number> {
        match self {
            Self::I32(v) => v[row].map(|v| Number::Int(v.into())),
            Self::I64(v) => v[row].map(|v| Number::Int(v.into())),
            Self::U32(v) => v[row].map(|v| Number::Int(v.into())),
            Self::U64(v) => v[row].map(|v| Number::Int(v.into())),
            Self::F32(v) => v[row].map(Number::F32),
            Self::F64(v) => v[row].map(Number::F64),
            Self::Bool(_) | Self::Text(_) => panic!("a number was asked of a column that has none"),
        }
    }

    /// The values at `rows`, in that order.
    fn take(&self, rows: &[usize]) -> Self {
        let mut taken = self.clone();
        each!(&mut taken, vector => *vector = take(vector, rows));
        taken
    }

    fn append(&mut self, other: &Self) {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.extend_from_slice(b),
            (Self::I32(a), Self::I32(b)) => a.extend_from_slice(b),
            (Self::I64(a), Self::I64(b)) => a.extend_from_slice(b),
            (Self::U32(a), Self::U32(b)) => a.extend_from_slice(b),
            (Self::U64(a), Self::U64(b)) => a.extend_from_slice(b),
            (Self::F32(a), Self::F32(b)) => a.extend_from_slice(b),
            (Self::F64(a), Self::F64(b)) => a.extend_from_slice(b),
            (Self::Text(a), Self::Text(b)) => a.extend_from_slice(b),
            (a, b) => panic!("columns of different types do not concatenate: {a:?} and {b:?}"),
        }
    }
}

fn take<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|&row| values[row].clone()).collect()
}

impl Table {
    /// A table of these columns.
    ///
    /// # Panics
    /// If they are not equally long.
    pub fn new(
        lon: Vec<Option<f64>>,
        lat: Vec<Option<f64>>,
        time: Vec<Option<i64>>,
        columns: Vec<(String, Values)>,
    ) -> Self {
        assert_eq!(lon.len(), lat.len(), "lon and lat are equally long");
        assert_eq!(lon.len(), time.len(), "lon and time are equally long");
        for (name, values) in &columns {
            assert_eq!(lon.len(), values.len(), "lon and {name} are equally long");
        }
        Self {
            lon,
            lat,
            time,
            columns,
        }
    }

    /// How many rows, invalid ones included.
    pub fn rows(&self) -> usize {
        self.lon.len()
    }

    /// The column of that name; `lon`, `lat` and `time` are not among them.
    pub fn column(&self, name: &str) -> Option<&Values> {
        self.columns
            .iter()
            .find(|(column, _)| column == name)
            .map(|(_, values)| values)
    }

    /// The same table without that column.
    pub fn without(&self, name: &str) -> Self {
        let mut table = self.clone();
        table.columns.retain(|(column, _)| column != name);
        table
    }

    /// The rows at these places, in that order.
    pub fn take(&self, rows: &[usize]) -> Self {
        Self {
            lon: take(&self.lon, rows),
            lat: take(&self.lat, rows),
            time: take(&self.time, rows),
            columns: self
                .columns
                .iter()
                .map(|(name, values)| (name.clone(), values.take(rows)))
                .collect(),
        }
    }

    /// The same rows in an order that the seed decides.
    pub fn shuffled(&self, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut rows: Vec<usize> = (0..self.rows()).collect();
        for last in (1..rows.len()).rev() {
            let other = usize::try_from(random.below(last as u64 + 1))
                .expect("an index below a usize is a usize");
            rows.swap(last, other);
        }
        self.take(&rows)
    }

    /// `parts` tables of consecutive rows, equally long but for one row; empty ones where there are too few rows.
    ///
    /// # Panics
    /// If `parts` is 0.
    pub fn split(&self, parts: usize) -> Vec<Self> {
        let start = |part: usize| part * self.rows() / parts;
        (0..parts)
            .map(|part| self.take(&(start(part)..start(part + 1)).collect::<Vec<_>>()))
            .collect()
    }

    /// All rows of these tables, one after the other.
    ///
    /// # Panics
    /// If there is no table, or their columns differ in name, order or type.
    pub fn concat(tables: &[Self]) -> Self {
        let (first, rest) = tables
            .split_first()
            .expect("at least one table says which columns there are");
        let mut whole = first.clone();
        for table in rest {
            whole.lon.extend_from_slice(&table.lon);
            whole.lat.extend_from_slice(&table.lat);
            whole.time.extend_from_slice(&table.time);
            assert_eq!(
                whole.columns.len(),
                table.columns.len(),
                "tables with the same columns concatenate"
            );
            for ((a_name, a), (b_name, b)) in whole.columns.iter_mut().zip(&table.columns) {
                assert_eq!(a_name, b_name, "columns in the same order concatenate");
                a.append(b);
            }
        }
        whole
    }
}
