//! Which row groups can matter, by what their footers and folders say.

use crate::lower::Words;
use crate::{Literal, Operator};
use graticule_columns::{ColumnChunk, Kind, PartitionValue, RowGroup, Schema};
use graticule_geo::Bbox;

/// A filter as pruning sees it.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Bbox(Bbox),
    /// Ordered words of a file column, by its place.
    Words {
        column: usize,
        kind: Kind,
        words: Words,
    },
    /// A comparison of a partition column, by its place: it decides whole files.
    Partition {
        partition: usize,
        operator: Operator,
        literal: Literal,
    },
}

impl Test {
    /// Whether a file with these partition values can hold a row that passes.
    pub(crate) fn may_pass_file(&self, values: &[PartitionValue]) -> bool {
        match self {
            Self::Partition {
                partition,
                operator,
                literal,
            } => compares(&values[*partition], *operator, literal),
            _ => true,
        }
    }

    /// Whether a row group can hold a row that passes.
    pub(crate) fn may_pass_group(&self, schema: &Schema, group: &RowGroup) -> bool {
        match self {
            Self::Partition { .. } => true,
            Self::Bbox(bbox) => {
                let range = |column: usize, kind| degrees(kind, &group.columns[column]);
                match (range(0, schema.lon.kind), range(1, schema.lat.kind)) {
                    (Some(lon), Some(lat)) => bbox.may_meet(lon, lat),
                    _ => true,
                }
            }
            Self::Words {
                column,
                kind,
                words,
            } => {
                let column = &group.columns[*column];
                if column.nulls == Some(group.rows) {
                    return false;
                }
                let Some((low, high)) = ordered(*kind, column) else {
                    return true;
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

fn compares(value: &PartitionValue, operator: Operator, literal: &Literal) -> bool {
    let order = match (value, literal) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "compared as the literal is, in f64"
        )]
        (PartitionValue::Integer(value), Literal::Float(float)) => {
            (*value as f64).partial_cmp(float)
        }
        (PartitionValue::Integer(value), Literal::Integer(integer)) => Some(value.cmp(integer)),
        (PartitionValue::Text(value), Literal::Text(text)) => Some(value.cmp(text)),
        _ => None,
    };
    order.is_some_and(|order| match operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
    })
}
