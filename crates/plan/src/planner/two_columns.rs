//! Comparisons of two columns.

use super::Planner;
use super::columns::Spelling;
use super::expressions::Subject;
use super::filters::Lowered;
use crate::meaning::Meaning;
use crate::prune::{Side, Test};
use crate::{Operand, Operator, PlanError, lower};
use graticule_columns::{Compared, Source, Unit};

/// A column that is compared with another.
struct Half {
    source: Source,
    means: Means,
    /// Its place in the files, where footers tell of it.
    place: Option<usize>,
}

enum Means {
    Numbers(Meaning),
    Texts(Spelling),
}

impl Planner<'_> {
    /// The rows in which two columns compare so.
    pub(super) fn two_columns(
        &mut self,
        [left, right]: [&Operand; 2],
        operator: Operator,
        negate: bool,
    ) -> Result<Lowered, PlanError> {
        let here = self.half([left, right], operator)?;
        let there = self.half([right, left], operator)?;
        let units = match (&here.means, &there.means) {
            (Means::Texts(here), Means::Texts(there)) if here == there => Some([Unit::ONE; 2]),
            (Means::Numbers(here), Means::Numbers(there)) => here.units(*there),
            _ => None,
        };
        let units = units.ok_or_else(|| {
            wrong(
                [left, right],
                "numbers compare with numbers, booleans with booleans, texts with texts, \
             and dates, instants, times of day and durations each with their like",
            )
        })?;
        let (low, high) = match operator {
            Operator::Equal | Operator::NotEqual => (Compared::Equal, Compared::Equal),
            Operator::Less => (Compared::Less, Compared::Less),
            Operator::LessOrEqual => (Compared::Less, Compared::Equal),
            Operator::Greater => (Compared::Greater, Compared::Greater),
            Operator::GreaterOrEqual => (Compared::Equal, Compared::Greater),
        };
        let words = lower::Words {
            low: low as u64,
            high: high as u64,
            negate: negate != (operator == Operator::NotEqual),
        };
        let side = |half: &Half, unit: Unit| {
            Some(Side {
                column: half.place?,
                kind: half.source.kind(),
                unit,
            })
        };
        let sides = side(&here, units[0]).zip(side(&there, units[1]));
        let test = sides.map_or(Test::Always, |(here, there)| Test::Order {
            sides: [here, there],
            words,
        });
        let of = [here, there].map(|half| {
            self.slot(half.source.clone());
            Box::new(half.source)
        });
        let lowered = self.range(Source::Order { of, units }, None, words);
        Ok(Lowered { test, ..lowered })
    }

    /// The first of two operands.
    fn half(&self, operands: [&Operand; 2], operator: Operator) -> Result<Half, PlanError> {
        let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        Ok(match self.subject(operands[0])? {
            Subject::Number(source, meaning, place) => Half {
                source,
                means: Means::Numbers(meaning),
                place,
            },
            Subject::Text(name, spelling) if is_equality => Half {
                source: Source::Text { name },
                means: Means::Texts(spelling),
                place: None,
            },
            Subject::Text(..) => {
                return Err(wrong(
                    operands,
                    "texts of two columns compare by = and != alone",
                ));
            }
            Subject::Opaque(_) => {
                return Err(wrong(
                    operands,
                    "such values can only be selected, or be null",
                ));
            }
            Subject::Partition(_) => {
                return Err(wrong(
                    operands,
                    "a folder's column compares with constants alone",
                ));
            }
        })
    }
}

fn wrong(operands: [&Operand; 2], hint: &'static str) -> PlanError {
    PlanError::Columns {
        names: operands.map(Operand::to_string),
        hint,
    }
}
