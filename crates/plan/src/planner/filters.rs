//! Filters: as steps of the program and as tests for pruning.

use super::Planner;
use crate::prune::Test;
use crate::query::Filter;
use crate::{Literal, PlanError, lower};
use graticule_columns::{Kind, Source};
use graticule_kernels::Filter as Step;

impl Planner<'_> {
    pub(super) fn filter(&mut self, filter: &Filter) -> Result<(), PlanError> {
        match filter {
            Filter::Bbox(bbox) => {
                self.boxes.push(*bbox);
                self.steps.push(Step::Bbox(*bbox));
                self.tests.push(Test::Bbox(*bbox));
            }
            Filter::Time(range) => {
                let time = self.dataset.schema.time.as_ref().ok_or(PlanError::NoTime)?;
                let words = range.counts(time.unit).map_or((1, 0), |(low, high)| {
                    let order = |v: i64| Kind::I64.order(v.cast_unsigned());
                    (order(low), order(high))
                });
                let words = lower::Words {
                    low: words.0,
                    high: words.1,
                    negate: false,
                };
                self.range(Source::Time, 2, words);
            }
            Filter::Where(comparison) => self.comparison(comparison)?,
        }
        Ok(())
    }

    fn range(&mut self, source: Source, column: usize, words: lower::Words) {
        let kind = source.kind();
        let slot = self.slot(source);
        self.tests.push(Test::Words {
            column,
            kind,
            words,
        });
        self.steps.push(Step::Range {
            slot,
            low: words.low,
            high: words.high,
            negate: words.negate,
        });
    }

    fn comparison(&mut self, comparison: &crate::Comparison) -> Result<(), PlanError> {
        let crate::Comparison {
            column,
            operator,
            literal,
        } = comparison;
        let partitions = &self.dataset.schema.partitions;
        if let Some(partition) = partitions.iter().position(|p| p.name == *column) {
            let is_text = matches!(literal, Literal::Text(_));
            if is_text == partitions[partition].is_integer {
                return Err(PlanError::ColumnType {
                    name: column.clone(),
                    data_type: if is_text {
                        "an integer partition"
                    } else {
                        "a text partition"
                    }
                    .to_owned(),
                    purpose: "compared with that literal",
                    hint: "write integers plain and text in 'quotes'",
                });
            }
            self.tests.push(Test::Partition {
                partition,
                operator: *operator,
                literal: literal.clone(),
            });
            return Ok(());
        }
        let (source, place, data_type) = self.column(column, "compared")?;
        let wrong = |hint| PlanError::ColumnType {
            name: column.clone(),
            data_type: data_type.to_string(),
            purpose: "compared with that literal",
            hint,
        };
        if source == Source::Time {
            return Err(wrong("filter times with --time FROM..TO"));
        }
        let words = lower::comparison(source.kind(), *operator, literal)
            .ok_or_else(|| wrong("compare it with a number"))?;
        self.range(source, place, words);
        Ok(())
    }
}
