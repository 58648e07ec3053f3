//! Aggregates: as accumulators of the first program, or as programs of their own that count pairs.

use super::Planner;
use super::columns::{Column, Values};
use crate::meaning::Meaning;
use crate::plan::{AggregateColumn, AggregateForm, Floor};
use crate::window::Window;
use crate::{Aggregate, Function, MinDistinct, PlanError};
use arrow::datatypes::DataType;
use graticule_columns::{Kind, PartitionValue, RowGroup, Source};
use graticule_kernels::exact::Spread;
use graticule_kernels::{Accumulator, Code, Digit, DigitPart, log};

impl Planner<'_> {
    pub(super) fn aggregate(
        &mut self,
        aggregate: &Aggregate,
        groups: &[&RowGroup],
    ) -> Result<AggregateColumn, PlanError> {
        let name = aggregate.to_string();
        let Aggregate::Of { function, column } = aggregate else {
            return Ok(AggregateColumn {
                name,
                kind: Kind::U64,
                data_type: DataType::Int64,
                form: AggregateForm::Count,
            });
        };
        if *function == Function::Distinct {
            let (program, null) = self.distinct(column, groups)?;
            return Ok(AggregateColumn {
                name,
                kind: Kind::U64,
                data_type: DataType::Int64,
                form: AggregateForm::Distinct { program, null },
            });
        }
        let name_of_column = column;
        let column = self.column(column)?;
        if let (Function::Min | Function::Max, Values::Texts(_)) = (function, &column.values) {
            let (program, null) = self.distinct(name_of_column, groups)?;
            return Ok(AggregateColumn {
                name,
                kind: Kind::U64,
                data_type: column.data_type,
                form: AggregateForm::Text {
                    function: *function,
                    program,
                    null,
                    values: self.partition_texts(name_of_column),
                },
            });
        }
        let source = aggregated(&column, *function)?;
        let kind = source.kind();
        let slot = self.slot(source);
        let form = match function {
            Function::Quantile(quantile) => {
                let bounds = self.words(kind, &column, groups);
                let bucket = |word: u64| log::bucket(kind, kind.unorder(word));
                let (least, greatest) = kind.numbers();
                let low = bounds.low.clamp(least, greatest);
                let high = bounds.high.clamp(low, greatest);
                let (first, last) = (bucket(low), bucket(high));
                let digit = Digit {
                    code: Code::Log { slot, first },
                    part: DigitPart::Whole,
                    extent: last - first + 1,
                };
                AggregateForm::Quantile {
                    program: self.pair(vec![digit], slot),
                    first,
                    quantile: *quantile,
                }
            }
            Function::Var | Function::Stddev => AggregateForm::Spread {
                spread: match function {
                    Function::Var => Spread::Variance,
                    _ => Spread::Deviation,
                },
                valid: self.accumulator(Accumulator::Valid { slot }),
                sum: self.accumulator(Accumulator::Sum { slot }),
                squares: self.accumulator(Accumulator::Squares { slot }),
            },
            Function::First | Function::Last => {
                self.dataset.schema.time.as_ref().ok_or(PlanError::NoTime)?;
                let time = self.slot(Source::Time);
                let value = self.accumulator(match function {
                    Function::First => Accumulator::First { slot, time },
                    _ => Accumulator::Last { slot, time },
                });
                AggregateForm::Value {
                    function: *function,
                    value,
                    // Its own first word counts.
                    valid: value,
                }
            }
            _ => {
                let valid = self.accumulator(Accumulator::Valid { slot });
                let value = self.accumulator(match function {
                    Function::Min => Accumulator::Min { slot },
                    Function::Max => Accumulator::Max { slot },
                    _ => Accumulator::Sum { slot },
                });
                AggregateForm::Value {
                    function: *function,
                    value,
                    valid,
                }
            }
        };
        Ok(AggregateColumn {
            name,
            kind,
            data_type: column.data_type,
            form,
        })
    }

    pub(super) fn floor(
        &mut self,
        floor: &MinDistinct,
        groups: &[&RowGroup],
    ) -> Result<Floor, PlanError> {
        let (program, null) = self.distinct(&floor.column, groups)?;
        Ok(Floor {
            program,
            null,
            least: floor.least,
        })
    }

    fn accumulator(&mut self, accumulator: Accumulator) -> usize {
        if let Some(place) = self.accumulators.iter().position(|a| *a == accumulator) {
            return place;
        }
        self.accumulators.push(accumulator);
        self.accumulators.len() - 1
    }

    /// The program that counts pairs of group and value of any column; also the code of null, where
    /// that is one: files have a value of a partition even if it is null.
    fn distinct(
        &mut self,
        column: &str,
        groups: &[&RowGroup],
    ) -> Result<(usize, Option<u64>), PlanError> {
        let mut null = None;
        let (source, window) = if let Some(partition) = self.dataset.schema.partition(column) {
            let (slot, values) = self.partition_slot(partition);
            let high = values.len().max(1) as u64 - 1;
            null = (values.last() == Some(&PartitionValue::Null)).then_some(high);
            (self.sources[slot].clone(), whole(0, high))
        } else {
            let column = self.column(column)?;
            match column.values {
                Values::Texts(_) => {
                    let name = column.name;
                    (Source::Text { name }, whole(0, u64::MAX))
                }
                Values::Numbers(ref source, _) => {
                    let window = self.words(source.kind(), &column, groups);
                    (source.clone(), window)
                }
                Values::Opaque => {
                    let hint = "count the different numbers, texts, dates or times of a column";
                    return Err(column.wrong("counted by its values", hint));
                }
            }
        };
        let slot = self.slot(source);
        let low = window.low;
        let code = Code::Offset { slot, low };
        let extent = u128::from(window.high - low) + 1;
        let digits = super::keys::parts(&code, extent);
        Ok((self.pair(digits, slot), null))
    }

    /// The values of a partition column of texts, as the places of its slot number them.
    fn partition_texts(&mut self, column: &str) -> Option<Vec<String>> {
        let partition = self.dataset.schema.partition(column)?;
        let (_, values) = self.partition_slot(partition);
        let texts = values.into_iter().filter_map(|value| match value {
            PartitionValue::Text(text) => Some(text),
            PartitionValue::Integer(number) => Some(number.to_string()),
            PartitionValue::Null => None,
        });
        Some(texts.collect())
    }

    /// The place of the program with these digits behind those of the keys.
    fn pair(&mut self, digits: Vec<Digit>, slot: usize) -> usize {
        let pair = (digits, slot);
        if let Some(place) = self.pairs.iter().position(|p| *p == pair) {
            return place + 1;
        }
        self.pairs.push(pair);
        self.pairs.len()
    }
}

/// The numbers of a column that a function takes.
fn aggregated(column: &Column, function: Function) -> Result<Source, PlanError> {
    let is_order = matches!(
        function,
        Function::Min | Function::Max | Function::First | Function::Last
    );
    let (source, meaning) = match &column.values {
        Values::Numbers(source, meaning) => (source, *meaning),
        Values::Texts(_) => {
            let hint = "take its min or max, count its different values with distinct(COLUMN), or make it a key";
            return Err(column.wrong("aggregated so", hint));
        }
        Values::Opaque => {
            let hint = "aggregate numbers, booleans, dates or times";
            return Err(column.wrong("aggregated", hint));
        }
    };
    match meaning {
        Meaning::Moment(_) | Meaning::TimeOfDay(_) if !is_order => Err(column.wrong(
            if function == Function::Sum {
                "summed"
            } else {
                "aggregated so"
            },
            "take its min or max, its first, last or distinct values",
        )),
        Meaning::Span(_) if !is_order && function != Function::Sum => Err(column.wrong(
            "averaged",
            "take its sum, min, max, first, last or distinct values",
        )),
        _ => Ok(source.clone()),
    }
}

fn whole(low: u64, high: u64) -> Window {
    Window {
        low,
        high,
        nullable: true,
    }
}
