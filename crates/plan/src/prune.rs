//! Which row groups can matter, by what their footers and folders say.

use crate::lower::{Words, compare_integer};
use crate::meaning::Meaning;
use crate::{Literal, Operator};
use graticule_columns::{
    ColumnChunk, Compared, Kind, PartitionValue, Schema, Unit, WordRanges, compare,
};
use graticule_geo::layer::Layer;
use graticule_geo::{Bbox, Circle, Rect};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// A filter as pruning sees it.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// Nothing is known without the rows.
    Always,
    Bbox(Bbox),
    Circle(Circle),
    /// Within the bounds of the layer's zones, and in one of them.
    Layer(Bbox, Arc<Layer>),
    /// Ordered words of a file column, by its place.
    Words {
        column: usize,
        kind: Kind,
        words: Words,
    },
    /// Values of a list, by their ordered words, in a file column; or others where `negate`.
    Among {
        column: usize,
        kind: Kind,
        values: WordRanges,
        negate: bool,
    },
    /// Two file columns whose values compare as the words of [`Compared`] say.
    Order {
        sides: [Side; 2],
        words: Words,
    },
    /// Nulls of a file column, or what is not null where `negate`.
    Null {
        column: usize,
        negate: bool,
    },
    /// The values of a partition column, by its place, that pass: they decide whole files.
    Partition {
        partition: usize,
        passing: Vec<PartitionValue>,
    },
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// A file column that is compared with another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side {
    pub(crate) column: usize,
    pub(crate) kind: Kind,
    pub(crate) unit: Unit,
}

impl Side {
    /// The value of an ordered word.
    fn end(&self, word: u64) -> (Kind, Unit, u64) {
        (self.kind, self.unit, self.kind.unorder(word))
    }
}

/// Rows next to one another, of whose columns something is known.
pub(crate) struct Stretch<'a> {
    pub(crate) rows: u64,
    /// What is known of a file column, by its place.
    pub(crate) column: &'a dyn Fn(usize) -> ColumnChunk,
}

/// What a column of some rows holds beside nulls.
#[derive(Clone, Copy, PartialEq)]
enum Held {
    Nothing,
    /// Ordered words from the least to the greatest value; NaN is not told of.
    Between(u64, u64),
    Unknown,
}

impl Stretch<'_> {
    fn held(&self, column: usize, kind: Kind) -> Held {
        let column = (self.column)(column);
        if column.nulls == Some(self.rows) {
            return Held::Nothing;
        }
        match ordered(kind, &column) {
            Some((low, high)) => Held::Between(low, high),
            None => Held::Unknown,
        }
    }
}

impl Test {
    /// Whether rows of a file with these partition values, or without a stretch any row of the
    /// file, can hold one that passes.
    pub(crate) fn may_pass(
        &self,
        schema: &Schema,
        values: &[PartitionValue],
        rows: Option<&Stretch<'_>>,
    ) -> bool {
        let of = |test: &Self| test.may_pass(schema, values, rows);
        match (self, rows) {
            (Self::Partition { partition, passing }, _) => passing.contains(&values[*partition]),
            (Self::All(tests), _) => tests.iter().all(of),
            (Self::Any(tests), _) => tests.iter().any(of),
            (_, None) | (Self::Always, _) => true,
            (Self::Bbox(bbox), Some(rows)) => {
                Self::meets(schema, rows, |lon, lat| bbox.may_meet(lon, lat))
            }
            (Self::Circle(circle), Some(rows)) => {
                Self::meets(schema, rows, |lon, lat| circle.may_meet(lon, lat))
            }
            (Self::Layer(bounds, layer), Some(rows)) => Self::meets(schema, rows, |lon, lat| {
                let rect = Rect::around(lon, lat);
                bounds.may_meet(lon, lat) && rect.is_none_or(|r| layer.code_of_all(&r) != Some(0))
            }),
            (Self::Null { column, negate }, Some(rows)) => {
                let nulls = (rows.column)(*column).nulls;
                nulls != Some(if *negate { rows.rows } else { 0 })
            }
            (
                Self::Words {
                    column,
                    kind,
                    words,
                },
                Some(rows),
            ) => {
                let (low, high) = match rows.held(*column, *kind) {
                    Held::Between(low, high) => (low, high),
                    held => return held == Held::Unknown,
                };
                if words.negate {
                    // NaN passes a negated test, and footers do not tell of NaN.
                    kind.is_float()
                        || low < words.low
                        || high > words.high
                        || words.low > words.high
                } else {
                    words.low <= words.high && low <= words.high && words.low <= high
                }
            }
            (
                Self::Among {
                    column,
                    kind,
                    values,
                    negate,
                },
                Some(rows),
            ) => {
                let (low, high) = match rows.held(*column, *kind) {
                    Held::Between(low, high) => (low, high),
                    held => return held == Held::Unknown,
                };
                match negate {
                    true => kind.is_float() || !values.covers(low, high),
                    false => values.meets(low, high),
                }
            }
            (Self::Order { sides, words }, Some(rows)) => {
                let held = sides.map(|side| rows.held(side.column, side.kind));
                let [Held::Between(a, b), Held::Between(c, d)] = held else {
                    return !held.contains(&Held::Nothing);
                };
                let [left, right] = sides;
                let of = |one: u64, other: u64| {
                    let compared = compare(left.end(one), right.end(other));
                    Compared::from(compared) as u64
                };
                let (first, last) = (of(a, d), of(b, c));
                let has_nan = sides.iter().any(|side| side.kind.is_float());
                match words.negate {
                    true => has_nan || first < words.low || last > words.high,
                    false => first <= words.high && words.low <= last,
                }
            }
        }
    }

    /// Appends the file columns whose statistics the test looks at.
    pub(crate) fn columns(&self, columns: &mut Vec<usize>) {
        match self {
            Self::Always | Self::Partition { .. } => {}
            Self::Bbox(_) | Self::Circle(_) | Self::Layer(..) => columns.extend([0, 1]),
            Self::Words { column, .. } | Self::Among { column, .. } | Self::Null { column, .. } => {
                columns.push(*column);
            }
            Self::Order { sides, .. } => columns.extend(sides.map(|side| side.column)),
            Self::All(tests) | Self::Any(tests) => {
                tests.iter().for_each(|test| test.columns(columns));
            }
        }
    }

    fn meets(
        schema: &Schema,
        rows: &Stretch<'_>,
        region: impl Fn([f64; 2], [f64; 2]) -> bool,
    ) -> bool {
        let range = |column: usize, kind| degrees(kind, &(rows.column)(column));
        match (range(0, schema.lon.kind), range(1, schema.lat.kind)) {
            (Some(lon), Some(lat)) => region(lon, lat),
            _ => true,
        }
    }
}

/// The range of a column chunk in ordered words, as wide as a zero of either sign makes it.
pub(crate) fn ordered(kind: Kind, column: &ColumnChunk) -> Option<(u64, u64)> {
    let bounds = column.bounds?;
    let (mut low, mut high) = (kind.order(bounds.low), kind.order(bounds.high));
    if kind.is_float() {
        // Writers may put either zero, whichever the rows hold.
        let (minus, plus) = (
            kind.order(if kind == Kind::F32 { 1 << 31 } else { 1 << 63 }),
            kind.order(0),
        );
        low = if low == plus { minus } else { low };
        high = if high == minus { plus } else { high };
    }
    Some((low, high))
}

/// The range of a coordinate column chunk in degrees.
#[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
pub(crate) fn degrees(kind: Kind, column: &ColumnChunk) -> Option<[f64; 2]> {
    let bounds = column.bounds?;
    let float = |bits: u64| match kind {
        Kind::F32 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    };
    Some([float(bounds.low), float(bounds.high)])
}

/// The file columns whose statistics some tests look at, ascending.
pub(crate) fn tested(tests: &[Test]) -> Vec<usize> {
    let mut tested = Vec::new();
    tests.iter().for_each(|test| test.columns(&mut tested));
    tested.sort_unstable();
    tested.dedup();
    tested
}

/// The truth value that a folder's text is.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    match (is("true"), is("false")) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// Whether a partition's value compares so; `None`, as SQL's unknown, for null.
pub(crate) fn compares(
    value: &PartitionValue,
    operator: Operator,
    literal: &Literal,
) -> Option<bool> {
    let order = match (value, literal) {
        (PartitionValue::Integer(value), literal) => {
            let number = Meaning::Number
                .number(Kind::I64, literal, &TimeZone::UTC)
                .ok()?;
            compare_integer((*value).into(), number)
        }
        (PartitionValue::Text(value), Literal::Text(text)) => value.cmp(text),
        (PartitionValue::Text(value), Literal::Boolean(other)) => boolean(value)?.cmp(other),
        _ => return None,
    };
    Some(match operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
    })
}
