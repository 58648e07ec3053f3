//! Conditions on columns, as SQL has them.

use super::{OracleError, known};
use crate::table::{Table, Values};

/// `column op literal`; a null fails it.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The left side.
    pub column: String,
    /// The comparison.
    pub op: Op,
    /// The right side.
    pub literal: Literal,
}

/// A comparison operator. NaN is neither less than, equal to nor greater than anything, and so `!=` to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
}

/// A value as it is written in a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// A number without a point or exponent.
    Int(i64),
    /// A number written as a float.
    Float(f64),
    /// A string, as long-lived as the test that writes it; compared by its bytes.
    Text(&'static str),
    /// `true` or `false`; false is the lesser.
    Bool(bool),
}

/// The left side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The value in a column, of any type.
    Column(String),
    /// `hour_of_day()`: 0 to 23, of the time, in the question's zone.
    HourOfDay,
    /// `day_of_week()`: 1, a Monday, to 7, of the time, in the question's zone.
    DayOfWeek,
    /// The column at this place of the answer: only to test its rows.
    Answer(usize),
}

/// A condition, which is true, false or, where a null is compared, unknown. *Not* of unknown is unknown, *and* and *or*
/// know what one side alone decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Both.
    And(Box<Self>, Box<Self>),
    /// One of them or both.
    Or(Box<Self>, Box<Self>),
    /// The opposite.
    Not(Box<Self>),
    /// `operand op literal`
    Compare(Operand, Op, Literal),
    /// `left op right`, two columns.
    Columns(String, Op, String),
    /// `operand >= first and operand <= second`
    Between(Operand, Literal, Literal),
    /// `operand = literal` for one of them.
    In(Operand, Vec<Literal>),
    /// `operand like pattern`, where `%` is any text and `_` any character; of no case of letters where the flag is set.
    Like(Operand, &'static str, bool),
    /// Whether there is no value; never unknown.
    IsNull(Operand),
}

impl Comparison {
    pub(super) fn check(&self, table: &Table) -> Result<(), OracleError> {
        check_pair(table, &Operand::Column(self.column.clone()), &self.literal)
    }
}

impl Expression {
    pub(super) fn check(&self, table: &Table) -> Result<(), OracleError> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.check(table)?;
                right.check(table)
            }
            Self::Not(inner) => inner.check(table),
            Self::Compare(operand, _, literal) => check_pair(table, operand, literal),
            Self::Columns(left, _, right) => {
                known(table, left)?;
                known(table, right).map(|_| ())
            }
            Self::Between(operand, first, second) => {
                check_pair(table, operand, first)?;
                check_pair(table, operand, second)
            }
            Self::In(operand, literals) if literals.is_empty() => Err(OracleError::EmptyList {
                left: name(operand).to_owned(),
            }),
            Self::In(operand, literals) => literals
                .iter()
                .try_for_each(|literal| check_pair(table, operand, literal)),
            Self::Like(operand, pattern, _) => check_pair(table, operand, &Literal::Text(pattern)),
            Self::IsNull(Operand::Column(column)) => known(table, column).map(|_| ()),
            Self::IsNull(_) => Ok(()),
        }
    }

    /// Every operand that is compared, with each literal it is compared with.
    pub(crate) fn pairs(&self) -> Vec<(&Operand, &Literal)> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                let mut pairs = left.pairs();
                pairs.extend(right.pairs());
                pairs
            }
            Self::Not(inner) => inner.pairs(),
            Self::Compare(operand, _, literal) => vec![(operand, literal)],
            Self::Between(operand, first, second) => vec![(operand, first), (operand, second)],
            Self::In(operand, literals) => {
                literals.iter().map(|literal| (operand, literal)).collect()
            }
            Self::Columns(..) | Self::Like(..) | Self::IsNull(_) => Vec::new(),
        }
    }
}

fn name(operand: &Operand) -> &str {
    match operand {
        Operand::Column(column) => column,
        Operand::HourOfDay => "hour_of_day()",
        Operand::DayOfWeek => "day_of_week()",
        Operand::Answer(_) => "a column of the answer",
    }
}

fn check_pair(table: &Table, operand: &Operand, literal: &Literal) -> Result<(), OracleError> {
    let is_number = matches!(literal, Literal::Int(_) | Literal::Float(_));
    let fits = match operand {
        Operand::HourOfDay | Operand::DayOfWeek => is_number,
        Operand::Answer(_) => false,
        Operand::Column(column) => match known(table, column)? {
            Values::Bool(_) => matches!(literal, Literal::Bool(_)),
            Values::Text(_) => matches!(literal, Literal::Text(_)),
            _ => is_number,
        },
    };
    if fits {
        return Ok(());
    }
    Err(OracleError::Incomparable {
        left: name(operand).to_owned(),
        literal: *literal,
    })
}
