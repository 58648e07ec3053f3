//! The answer's columns behind the keys, its order, and which of its rows are told: arithmetic of what is computed.

use super::Planner;
use crate::plan::{
    AggregateForm, AnswerColumn, AnswerPart, HavingTest, KeyColumn, OrderColumn, Value,
};
use crate::{
    Aggregate, Arithmetic, Expression, Function, Having, Key, Literal, Order, PlanError, Query,
    near,
};
use graticule_columns::{RowGroup, time_zone};

impl Planner<'_> {
    /// The columns of the query's aggregates.
    pub(super) fn answer(
        &mut self,
        query: &Query,
        groups: &[&RowGroup],
    ) -> Result<Vec<AnswerColumn>, PlanError> {
        let mut columns = Vec::with_capacity(query.aggregates.len());
        for aggregate in &query.aggregates {
            columns.push(AnswerColumn {
                name: aggregate.name(),
                value: self.value(aggregate, groups)?,
            });
        }
        Ok(columns)
    }

    fn value(&mut self, aggregate: &Aggregate, groups: &[&RowGroup]) -> Result<Value, PlanError> {
        let (aggregate, filter) = match aggregate {
            Aggregate::Named { aggregate, .. } => return self.value(aggregate, groups),
            Aggregate::Number(number) => return Ok(Value::Number(number.clone())),
            Aggregate::Arithmetic {
                operator,
                left,
                right,
            } => {
                return Ok(Value::Arithmetic {
                    operator: *operator,
                    left: Box::new(self.value(left, groups)?),
                    right: Box::new(self.value(right, groups)?),
                });
            }
            Aggregate::Where { aggregate, filter } => (aggregate.as_ref(), Some(filter)),
            other => (other, None),
        };
        if let Aggregate::Of {
            function: Function::Span,
            column,
        } = aggregate
        {
            let end = |function| {
                let column = column.clone();
                let end = Aggregate::Of { function, column };
                match filter {
                    Some(filter) => end.only(filter.clone()),
                    None => end,
                }
            };
            return Ok(Value::Arithmetic {
                operator: Arithmetic::Subtract,
                left: Box::new(self.value(&end(Function::Max), groups)?),
                right: Box::new(self.value(&end(Function::Min), groups)?),
            });
        }
        self.aggregate(aggregate, filter, groups)
            .map(Value::Aggregate)
    }

    /// What the answer is ordered by before its keys.
    pub(super) fn order(
        &mut self,
        query: &Query,
        (keys, answer): (&[KeyColumn], &[AnswerColumn]),
        groups: &[&RowGroup],
    ) -> Result<Vec<OrderColumn>, PlanError> {
        let Some(top) = &query.top else {
            return Ok(Vec::new());
        };
        // The first aggregate, whatever its column is called.
        let first = answer.first().filter(|_| top.by.is_empty());
        let first = first.map(|first| {
            (
                AnswerPart::Value(first.value.clone()),
                Order::by(&first.name),
            )
        });
        let mut parts: Vec<(AnswerPart, Order)> = first.into_iter().collect();
        for order in &top.by {
            let found = self.part(&order.by, query, (keys, answer), groups)?;
            let part = found.ok_or_else(|| PlanError::OrderBy {
                asked: order.by.clone(),
                reason: has(&order.by, keys, answer),
            })?;
            parts.push((part, order.clone()));
        }
        let mut columns = Vec::with_capacity(parts.len());
        for (part, order) in parts {
            if let AnswerPart::Value(Value::Aggregate(place)) = &part
                && matches!(
                    self.aggregates[*place].form,
                    AggregateForm::Histogram { .. }
                )
            {
                return Err(PlanError::OrderBy {
                    asked: order.by,
                    reason: "a histogram comes before no other; name a key or another aggregate"
                        .to_owned(),
                });
            }
            let default = matches!(part, AnswerPart::Value(_)) && !top.bottom;
            columns.push(OrderColumn {
                part,
                descending: order.descending.unwrap_or(default),
            });
        }
        Ok(columns)
    }

    /// The test that the answer's rows must pass.
    pub(super) fn having(
        &mut self,
        having: &Having,
        query: &Query,
        (keys, answer): (&[KeyColumn], &[AnswerColumn]),
        groups: &[&RowGroup],
    ) -> Result<HavingTest, PlanError> {
        let expression: Expression = having.0.normalised();
        let mut columns: Vec<(String, AnswerPart)> = Vec::new();
        for name in expression.columns() {
            if columns.iter().any(|(known, _)| known == name) {
                continue;
            }
            let found = self.part(name, query, (keys, answer), groups)?;
            let part = found.ok_or_else(|| PlanError::Having {
                asked: name.clone(),
                reason: has(name, keys, answer),
            })?;
            columns.push((name.clone(), part));
        }
        time_zone(self.timezone).map_err(|reason| PlanError::Timezone { reason })?;
        if expression.has_calendar() {
            return Err(PlanError::Having {
                asked: having.to_string(),
                reason: "hours and weekdays are of rows; ask them in `where`".to_owned(),
            });
        }
        Ok(HavingTest {
            expression,
            columns,
            timezone: self.timezone.to_owned(),
        })
    }

    /// What a name means among the answer's columns: one of them, or else an aggregate that is not told.
    fn part(
        &mut self,
        name: &str,
        query: &Query,
        (keys, answer): (&[KeyColumn], &[AnswerColumn]),
        groups: &[&RowGroup],
    ) -> Result<Option<AnswerPart>, PlanError> {
        if let Some(column) = answer.iter().find(|column| column.name == name) {
            return Ok(Some(AnswerPart::Value(column.value.clone())));
        }
        if let Some(place) = keys.iter().position(|key| key.name == name) {
            return Ok(Some(AnswerPart::Key(place)));
        }
        // As it is written, whatever the column is called.
        let aggregate = name.parse::<Aggregate>().ok();
        let mut aggregates = query.aggregates.iter();
        let is_it = |known: &Aggregate| Some(known.unnamed()) == aggregate.as_ref();
        if let Some(place) = aggregates.position(is_it) {
            return Ok(Some(AnswerPart::Value(answer[place].value.clone())));
        }
        let key = name.parse::<Key>().ok().map(|key| key.to_string());
        if let Some(place) = keys
            .iter()
            .position(|known| Some(&known.name) == key.as_ref())
        {
            return Ok(Some(AnswerPart::Key(place)));
        }
        match aggregate {
            Some(Aggregate::Number(Literal::Integer(_)) | Aggregate::Named { .. }) | None => {
                Ok(None)
            }
            Some(aggregate) => Ok(Some(AnswerPart::Value(self.value(&aggregate, groups)?))),
        }
    }
}

/// What the answer has instead of a name.
fn has(name: &str, keys: &[KeyColumn], answer: &[AnswerColumn]) -> String {
    let keys = keys.iter().map(|key| key.name.clone());
    let names: Vec<String> = keys.chain(answer.iter().map(|c| c.name.clone())).collect();
    let near = near::did_you_mean(name, names.iter().map(String::as_str));
    format!("the answer has {}{near}", graticule_columns::listed(&names))
}
