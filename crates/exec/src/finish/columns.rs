//! The values of an answer's rows: what records and pairs tell, arithmetic of that, and the ranks that order it.

use super::extremes::TextOrder;
use super::groups::Groups;
use super::overflow::Overflows;
use super::pairs::Pairs;
use super::{Shared, arithmetic, having, keys, order, values};
use crate::Error;
use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;
use graticule_plan::{AggregateForm, AnswerPart, Plan, Value};

/// Where the values of an answer's groups come from.
pub(super) struct Columns<'p, 'a> {
    pub(super) plan: &'a Plan,
    pub(super) groups: &'p Groups<'a>,
    pub(super) pairs: &'p [Pairs<'a>],
    pub(super) shared: &'a Shared<'a>,
}

impl Columns<'_, '_> {
    /// A value of some groups.
    pub(super) fn value(
        &self,
        value: &Value,
        of: &[u32],
        overflows: &mut Overflows,
    ) -> Result<ArrayRef, Error> {
        match value {
            Value::Aggregate(place) => self.aggregate(*place, of, overflows),
            Value::Number(number) => Ok(arithmetic::number(number, of.len())),
            Value::Arithmetic {
                operator,
                left,
                right,
            } => {
                let left = self.value(left, of, overflows)?;
                let right = self.value(right, of, overflows)?;
                let mut overflow = |row: usize| {
                    overflows.note(of[row], || Error::Overflow {
                        aggregate: format!("{operator} of two aggregates"),
                        group: values::name_of(self.plan, self.groups, of[row] as usize),
                    });
                };
                arithmetic::of(*operator, [&left, &right], &mut overflow)
            }
        }
    }

    fn aggregate(
        &self,
        place: usize,
        of: &[u32],
        overflows: &mut Overflows,
    ) -> Result<ArrayRef, Error> {
        let (plan, groups) = (self.plan, self.groups);
        let aggregate = &plan.aggregates()[place];
        let scale = values::scale(&aggregate.data_type).unwrap_or(0);
        match aggregate.form {
            AggregateForm::Quantile {
                program,
                first,
                quantile,
            } => {
                let pairs = &self.pairs[program - 1];
                let all = pairs.quantiles((aggregate.kind, scale), first, quantile.share(), groups);
                Ok(take(&all, &UInt32Array::from(of.to_vec()), None)?)
            }
            AggregateForm::Distinct { program, .. } => {
                let counts = self.pairs[program - 1].distinct();
                let counts = of.iter().map(|&group| counts[group as usize]);
                Ok(values::integers(counts.collect()))
            }
            AggregateForm::Chosen {
                choice,
                program,
                low,
                ..
            } => {
                let bits = self.pairs[program - 1].chosen(choice, (aggregate.kind, low), groups);
                let bits = of.iter().map(|&group| bits[group as usize]);
                let digits = &plan.part().programs()[program].digits;
                let slot = digits.last().map(|digit| digit.code.slot());
                values::extreme(plan, aggregate, slot, bits.collect())
            }
            AggregateForm::Histogram {
                bins, program, low, ..
            } => {
                let needed = of
                    .len()
                    .saturating_mul(usize::from(bins) * size_of::<i64>());
                if needed > self.shared.allowed {
                    return Err(Error::AnswerSize {
                        rows: of.len() as u64,
                        needed: needed as u64,
                        allowed: self.shared.allowed as u64,
                    });
                }
                let values = (aggregate.kind, scale, low);
                Ok(self.pairs[program - 1].histograms(bins, values, of))
            }
            AggregateForm::Text {
                function, program, ..
            } => self.pairs[program - 1].extreme(function, of),
            _ => values::column(plan, groups, aggregate, of, overflows),
        }
    }

    fn part(
        &self,
        part: &AnswerPart,
        of: &[u32],
        overflows: &mut Overflows,
    ) -> Result<ArrayRef, Error> {
        match part {
            AnswerPart::Value(value) => self.value(value, of, overflows),
            AnswerPart::Key(place) => {
                let words = of
                    .iter()
                    .map(|&group| self.groups.words[*place][group as usize]);
                let key = &self.plan.keys()[*place];
                keys::column(
                    key,
                    &self.groups.lexicons[*place],
                    &words.collect::<Vec<_>>(),
                )
            }
        }
    }

    /// The groups among these that the plan's test lets pass.
    pub(super) fn passing(
        &self,
        mut kept: Vec<u32>,
        overflows: &mut Overflows,
    ) -> Result<Vec<u32>, Error> {
        let Some(test) = self.plan.having() else {
            return Ok(kept);
        };
        let parts = test.columns.iter();
        let columns = parts.map(|(_, part)| self.part(part, &kept, overflows));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let passing = having::passing(test, &columns, kept.len())?;
        let mut passing = passing.into_iter();
        kept.retain(|_| passing.next().unwrap_or(false));
        Ok(kept)
    }

    /// The ranks of these groups by each column that orders the answer before its keys.
    pub(super) fn ranks(
        &self,
        kept: &[u32],
        overflows: &mut Overflows,
    ) -> Result<Vec<Vec<u128>>, Error> {
        let mut all = Vec::with_capacity(self.plan.order().len());
        for by in self.plan.order() {
            let value = match &by.part {
                AnswerPart::Key(place) => {
                    all.push(order::key_ranks(self.groups, *place, kept, by.descending));
                    continue;
                }
                AnswerPart::Value(value) => value,
            };
            let column = self.value(value, kept, overflows)?;
            let texts = match value {
                Value::Aggregate(place) => {
                    let aggregate = &self.plan.aggregates()[*place];
                    TextOrder::of(aggregate, self.shared.texts).zip(self.shared.sorted.get(*place))
                }
                _ => None,
            };
            let ranks = match texts {
                Some((order, sorted)) => {
                    order.ranks(&column, sorted.get_or_init(|| order.sorted()))
                }
                None => order::ranks_of(&column),
            };
            all.push(order::directed(ranks, by.descending));
        }
        Ok(all)
    }
}
