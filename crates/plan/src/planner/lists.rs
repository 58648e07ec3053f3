//! `in`: a value among those of a list, which may come from a file.

use super::Planner;
use super::expressions::{Subject, any};
use super::filters::Lowered;
use crate::meaning::Meaning;
use crate::prune::{Test, boolean};
use crate::{Literal, Operand, Operator, PlanError, lower};
use graticule_columns::{Source, TextTest, WordRanges};
use graticule_kernels::Filter as Step;
use std::slice::from_ref;
use std::sync::Arc;

/// Lists of so many numbers are looked into; shorter ones are tests of their values, one after the other.
const FEW: usize = 32;

impl Planner<'_> {
    pub(super) fn within(
        &mut self,
        operand: &Operand,
        list: &[Literal],
        negate: bool,
    ) -> Result<Lowered, PlanError> {
        if let Subject::Text(name, spelling) = self.subject(operand)? {
            let mut texts = Vec::new();
            for literal in list {
                let Literal::Text(text) = literal else {
                    return Err(self.wrong(operand, "compare it with texts in 'single quotes'"));
                };
                texts.push(self.text(operand, text, spelling)?);
            }
            texts.sort_unstable();
            texts.dedup();
            return Ok(self.matches(name, TextTest::In(Arc::new(texts)), negate));
        }
        // Of null, what is in no list is not told, either, be the list empty.
        let is_short = (1..FEW).contains(&list.len());
        if let (Subject::Number(source, meaning, place), false) = (self.subject(operand)?, is_short)
        {
            return self.among(operand, (source, meaning, place), list, negate);
        }
        let (mut steps, mut tests) = (Vec::new(), Vec::new());
        for literal in list {
            let lowered = self.compare(operand, Operator::Equal, literal, negate)?;
            steps.extend(lowered.step);
            tests.push(lowered.test);
        }
        let steps = joined(steps);
        Ok(if negate {
            Lowered {
                step: Some(Step::All(steps)),
                test: Test::All(tests),
            }
        } else {
            any(steps, tests)
        })
    }

    /// The same of the values that a file holds, each read as the operand asks.
    pub(super) fn in_file(
        &mut self,
        operand: &Operand,
        (file, values): (&str, Option<&Vec<String>>),
        negate: bool,
    ) -> Result<Lowered, PlanError> {
        let wrong = |reason: String| PlanError::List {
            file: file.to_owned(),
            reason,
        };
        let unread = "it was not read; call Query::listed before the question is planned";
        let values = values.ok_or_else(|| wrong(unread.to_owned()))?;
        let subject = self.subject(operand)?;
        let read = |text: &str| match &subject {
            Subject::Number(_, Meaning::Boolean, _) => boolean(text).map(Literal::Boolean),
            Subject::Number(_, Meaning::Number | Meaning::Decimal(_), _) => Literal::number(text),
            Subject::Partition(place) if self.dataset.schema.partitions[*place].is_integer => {
                Literal::number(text)
            }
            _ => None,
        };
        let literal = |text: &String| read(text).unwrap_or_else(|| Literal::Text(text.clone()));
        let list: Vec<Literal> = values.iter().map(literal).collect();
        let lowered = self.within(operand, &list, negate);
        if lowered.is_ok() || matches!(subject, Subject::Opaque(_)) {
            return lowered;
        }
        // The first one that does not fit.
        let mut fits = |one: &Literal| self.within(operand, from_ref(one), negate).is_ok();
        let place = list.iter().take_while(|one| fits(one)).count();
        match values.get(place) {
            Some(text) => Err(wrong(format!(
                "value {}, '{text}', does not compare with {operand}",
                place + 1
            ))),
            None => lowered,
        }
    }

    /// Of a list that is too long to be tested value by value.
    fn among(
        &mut self,
        operand: &Operand,
        (source, meaning, place): (Source, Meaning, Option<usize>),
        list: &[Literal],
        negate: bool,
    ) -> Result<Lowered, PlanError> {
        let kind = source.kind();
        let words = list.iter().map(|literal| {
            let number = self.number(operand, kind, meaning, literal)?;
            let words = lower::comparison(kind, Operator::Equal, number);
            Ok([words.low, words.high])
        });
        let values = WordRanges::from(words.collect::<Result<Vec<_>, PlanError>>()?);
        if let [[low, high]] = *values.as_slice() {
            return Ok(self.range(source, place, lower::Words { low, high, negate }));
        }
        let test = place.map_or(Test::Always, |column| Test::Among {
            column,
            kind,
            values: values.clone(),
            negate,
        });
        self.slot(source.clone());
        let of = Box::new(source);
        let lowered = self.flag(Source::Among { of, values }, negate);
        Ok(Lowered { test, ..lowered })
    }
}

/// Ranges of one slot in order, neighbours joined, so that a list of consecutive numbers is one range.
fn joined(mut steps: Vec<Step>) -> Vec<Step> {
    let range = |step: &Step| match *step {
        Step::Range {
            slot,
            low,
            high,
            negate,
        } if low <= high => Some((slot, negate, low, high)),
        _ => None,
    };
    let Some((slot, negate, ..)) = steps.first().and_then(range) else {
        return steps;
    };
    let is_same = |step: &Step| range(step).is_some_and(|r| (r.0, r.1) == (slot, negate));
    if !steps.iter().all(is_same) {
        return steps;
    }
    steps.sort_by_key(|step| range(step).map(|r| r.2));
    let mut joined: Vec<Step> = Vec::new();
    for step in steps {
        if let (Some(Step::Range { high: last, .. }), Step::Range { low, high, .. }) =
            (joined.last_mut(), &step)
            && last.checked_add(1).is_none_or(|next| *low <= next)
        {
            *last = (*last).max(*high);
        } else {
            joined.push(step);
        }
    }
    joined
}
