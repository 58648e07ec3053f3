//! Aggregates: as accumulators of the first program, or as programs of their own that count pairs.

use super::columns::{Column, Values};
use super::{Pair, Planner};
use crate::meaning::Meaning;
use crate::plan::{AggregateColumn, AggregateForm, Choice, Floor, KeyForm};
use crate::window::Window;
use crate::{Aggregate, Expression, Function, Key, MinDistinct, PlanError};
use arrow::datatypes::DataType;
use graticule_columns::{Condition, Kind, PartitionValue, RowGroup, Source, TextTest};
use graticule_kernels::exact::Spread;
use graticule_kernels::{Accumulator, Code, Digit, DigitPart, Filter as Step, log};

impl Planner<'_> {
    /// The place of an aggregate among what is computed; of the rows alone for which an expression is true, if there is one.
    pub(super) fn aggregate(
        &mut self,
        aggregate: &Aggregate,
        filter: Option<&Expression>,
        groups: &[&RowGroup],
    ) -> Result<usize, PlanError> {
        let name = match filter {
            Some(filter) => aggregate.clone().only(filter.clone()).to_string(),
            None => aggregate.to_string(),
        };
        if let Some(place) = self.aggregates.iter().position(|known| known.name == name) {
            return Ok(place);
        }
        let condition = filter.map(|filter| self.condition(filter)).transpose()?;
        let (kind, data_type, form) = match aggregate {
            Aggregate::Of { function, column } if *function != Function::Distinct => {
                self.of_column(*function, column, condition.as_ref(), groups)?
            }
            other => {
                let form = self.count_of(other, condition, groups)?;
                (Kind::U64, DataType::Int64, form)
            }
        };
        self.aggregates.push(AggregateColumn {
            name,
            kind,
            data_type,
            form,
        });
        Ok(self.aggregates.len() - 1)
    }

    /// Counts of rows, and of different values.
    fn count_of(
        &mut self,
        aggregate: &Aggregate,
        condition: Option<Condition>,
        groups: &[&RowGroup],
    ) -> Result<AggregateForm, PlanError> {
        Ok(match (aggregate, condition) {
            (Aggregate::Count, None) => AggregateForm::Count,
            (Aggregate::Count, Some(condition)) => {
                let slot = self.slot(Source::Holds(condition));
                self.valid(slot)
            }
            (Aggregate::Of { column, .. }, condition) => {
                let Counted { program, null, .. } =
                    self.distinct(column, condition.as_ref(), Vec::new(), groups)?;
                AggregateForm::Distinct { program, null }
            }
            (Aggregate::Distinct(key), condition) => {
                let program = self.distinct_key(key, condition.as_ref(), groups)?;
                AggregateForm::Distinct {
                    program,
                    null: None,
                }
            }
            (other, _) => {
                return Err(PlanError::Aggregate {
                    text: other.to_string(),
                    reason: "'where' stands in the parentheses of one function".to_owned(),
                });
            }
        })
    }

    /// How many values of a slot are neither null nor NaN.
    fn valid(&mut self, slot: usize) -> AggregateForm {
        let valid = self.accumulator(Accumulator::Valid { slot });
        AggregateForm::Value {
            function: Function::Count,
            value: valid,
            valid,
        }
    }

    /// A function of a column, but the number of its different values.
    fn of_column(
        &mut self,
        function: Function,
        name: &str,
        condition: Option<&Condition>,
        groups: &[&RowGroup],
    ) -> Result<(Kind, DataType, AggregateForm), PlanError> {
        if function == Function::Count {
            let source = self.nullness(name)?;
            let source = self.only(source, condition);
            let slot = self.slot(source);
            return Ok((Kind::U64, DataType::Int64, self.valid(slot)));
        }
        let column = self.column(name)?;
        if let Values::Texts(_) = &column.values {
            let form = self.text_choice(function, &column, condition, groups)?;
            return Ok((Kind::U64, column.data_type, form));
        }
        let source = aggregated(&column, function)?;
        let kind = source.kind();
        let choice = match function {
            Function::ExactQuantile(quantile) => Some(Choice::Quantile(quantile)),
            Function::Mode => Some(Choice::Mode),
            _ => None,
        };
        if choice.is_some() || matches!(function, Function::Histogram(_)) {
            // By its values, also where folders hold them.
            let window = self.words(kind, &column, groups);
            let Counted { program, low, null } =
                self.counted((source, window), None, condition, Vec::new());
            let form = match (choice, function) {
                (Some(choice), _) => AggregateForm::Chosen {
                    choice,
                    program,
                    low,
                    null,
                },
                (None, Function::Histogram(bins)) => AggregateForm::Histogram {
                    bins,
                    program,
                    low,
                    null,
                },
                _ => AggregateForm::Count,
            };
            return Ok((kind, column.data_type, form));
        }
        let source = self.only(source, condition);
        let slot = self.slot(source);
        let form = self.of_slot(function, slot, &column, groups)?;
        Ok((kind, column.data_type, form))
    }

    /// A function that accumulators tell of.
    fn of_slot(
        &mut self,
        function: Function,
        slot: usize,
        column: &Column,
        groups: &[&RowGroup],
    ) -> Result<AggregateForm, PlanError> {
        let kind = self.sources[slot].kind();
        Ok(match function {
            Function::Quantile(quantile) => {
                let bounds = self.words(kind, column, groups);
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
                    program: self.pair(vec![digit], slot, Vec::new()),
                    first,
                    quantile,
                }
            }
            Function::Var | Function::Stddev | Function::VarPop | Function::StddevPop => {
                AggregateForm::Spread {
                    spread: match function {
                        Function::Var => Spread::Variance,
                        Function::VarPop => Spread::VarianceOfAll,
                        Function::StddevPop => Spread::DeviationOfAll,
                        _ => Spread::Deviation,
                    },
                    valid: self.accumulator(Accumulator::Valid { slot }),
                    sum: self.accumulator(Accumulator::Sum { slot }),
                    squares: self.accumulator(Accumulator::Squares { slot }),
                }
            }
            Function::First | Function::Last => {
                self.dataset.schema.time.as_ref().ok_or(PlanError::NoTime)?;
                let time = self.slot(Source::Time);
                let value = self.accumulator(match function {
                    Function::First => Accumulator::First { slot, time },
                    _ => Accumulator::Last { slot, time },
                });
                AggregateForm::Value {
                    function,
                    value,
                    // Its own first word counts.
                    valid: value,
                }
            }
            _ => {
                let valid = self.accumulator(Accumulator::Valid { slot });
                let value = self.accumulator(match function {
                    Function::Min | Function::Any => Accumulator::Min { slot },
                    Function::Max => Accumulator::Max { slot },
                    _ => Accumulator::Sum { slot },
                });
                AggregateForm::Value {
                    function: match function {
                        Function::Any => Function::Min,
                        other => other,
                    },
                    value,
                    valid,
                }
            }
        })
    }

    /// A text that is chosen among those of a column.
    fn text_choice(
        &mut self,
        function: Function,
        column: &Column,
        condition: Option<&Condition>,
        groups: &[&RowGroup],
    ) -> Result<AggregateForm, PlanError> {
        let function = match function {
            Function::Min | Function::Any => Function::Min,
            Function::Max | Function::Mode | Function::First | Function::Last => function,
            _ => {
                aggregated(column, function)?;
                function
            }
        };
        let mut accumulators = Vec::new();
        if let Function::First | Function::Last = function {
            self.dataset.schema.time.as_ref().ok_or(PlanError::NoTime)?;
            let slot = self.slot(Source::Time);
            accumulators.push(Accumulator::Valid { slot });
            accumulators.push(match function {
                Function::First => Accumulator::Min { slot },
                _ => Accumulator::Max { slot },
            });
        }
        let Counted { program, null, .. } =
            self.distinct(&column.name, condition, accumulators, groups)?;
        Ok(AggregateForm::Text {
            function,
            program,
            null,
            values: self.partition_texts(&column.name),
        })
    }

    /// A source that is null where a column is, and whose words need not be its values.
    fn nullness(&mut self, name: &str) -> Result<Source, PlanError> {
        if let Some(partition) = self.dataset.schema.partition(name) {
            let (slot, values) = self.partition_slot(partition);
            let Some(high) = values.iter().position(|v| *v == PartitionValue::Null) else {
                return Ok(self.sources[slot].clone());
            };
            // Null is one of its values there, the last.
            let source = Box::new(self.sources[slot].clone());
            return Ok(Source::Holds(Condition::Range {
                source,
                low: 0,
                high: (high as u64).wrapping_sub(1),
                negate: high == 0,
            }));
        }
        let column = self.column(name)?;
        Ok(match column.values {
            Values::Numbers(source, _) => source,
            Values::Texts(_) | Values::Opaque => Source::Matches {
                name: column.name,
                test: TextTest::of_null(),
            },
        })
    }

    /// The rows of a source that pass a test; all if there is none.
    fn only(&mut self, source: Source, condition: Option<&Condition>) -> Source {
        let Some(condition) = condition else {
            return source;
        };
        // What it is composed of has slots before it.
        self.slot(source.clone());
        Source::Where {
            of: Box::new(source),
            condition: condition.clone(),
        }
    }

    /// An expression as a test whose sources have slots.
    fn condition(&mut self, filter: &Expression) -> Result<Condition, PlanError> {
        let lowered = self.lowered(&filter.normalised())?;
        Ok(match lowered.step {
            Some(step) => self.condition_of(&step),
            None => Condition::All(Vec::new()),
        })
    }

    fn condition_of(&self, step: &Step) -> Condition {
        let source = |slot: usize| Box::new(self.sources[slot].clone());
        let all = |parts: &[Step]| parts.iter().map(|part| self.condition_of(part)).collect();
        match step {
            Step::Range {
                slot,
                low,
                high,
                negate,
            } => Condition::Range {
                source: source(*slot),
                low: *low,
                high: *high,
                negate: *negate,
            },
            Step::IsNull { slot, negate } => Condition::IsNull {
                source: source(*slot),
                negate: *negate,
            },
            Step::Any(parts) => Condition::Any(all(parts)),
            Step::All(parts) => Condition::All(all(parts)),
            // No expression has a region.
            Step::Bbox(_) | Step::Circle(_) | Step::Layer { .. } => Condition::Any(Vec::new()),
        }
    }

    pub(super) fn floor(
        &mut self,
        floor: &MinDistinct,
        groups: &[&RowGroup],
    ) -> Result<Floor, PlanError> {
        let Counted { program, null, .. } =
            self.distinct(&floor.column, None, Vec::new(), groups)?;
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

    /// The program that counts pairs of group and value of any column, of the rows that pass a test, with further
    /// accumulators for each pair.
    fn distinct(
        &mut self,
        column: &str,
        condition: Option<&Condition>,
        accumulators: Vec<Accumulator>,
        groups: &[&RowGroup],
    ) -> Result<Counted, PlanError> {
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
        Ok(self.counted((source, window), null, condition, accumulators))
    }

    /// The program that counts pairs of group and a source's value within a window, of the rows that pass a test.
    fn counted(
        &mut self,
        (source, window): (Source, Window),
        null: Option<u64>,
        condition: Option<&Condition>,
        accumulators: Vec<Accumulator>,
    ) -> Counted {
        let source = self.only(source, condition);
        let slot = self.slot(source);
        let low = window.low;
        let code = Code::Offset { slot, low };
        let extent = u128::from(window.high - low) + 1;
        let digits = super::keys::parts(&code, extent);
        let program = self.pair(digits, slot, accumulators);
        Counted { program, low, null }
    }

    /// The program that counts pairs of group and value of a key, of the rows that pass a test.
    fn distinct_key(
        &mut self,
        key: &Key,
        condition: Option<&Condition>,
        groups: &[&RowGroup],
    ) -> Result<usize, PlanError> {
        let before = std::mem::take(&mut self.digits);
        let made = self.key(key, groups);
        let digits = std::mem::replace(&mut self.digits, before);
        let made = made?;
        if let KeyForm::Zone { .. } | KeyForm::Near { .. } = made.form {
            return Err(PlanError::Aggregate {
                text: format!("distinct({key})"),
                reason: "zones may share a name; group by them and count the rows".to_owned(),
            });
        }
        // What may be null has the slot that is, first.
        let slot = digits.first().map_or(0, |digit| digit.code.slot());
        let source = self.sources[slot].clone();
        let source = self.only(source, condition);
        let live = self.slot(source);
        Ok(self.pair(digits, live, Vec::new()))
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

    /// The place of the program with these digits behind those of the keys, and these accumulators behind the count.
    fn pair(&mut self, digits: Vec<Digit>, live: usize, accumulators: Vec<Accumulator>) -> usize {
        let pair = Pair {
            digits,
            live,
            accumulators,
        };
        if let Some(place) = self.pairs.iter().position(|p| *p == pair) {
            return place + 1;
        }
        self.pairs.push(pair);
        self.pairs.len()
    }
}

/// A program that counts pairs of group and value.
struct Counted {
    program: usize,
    /// The ordered word of code 0.
    low: u64,
    /// The code of null, where that is one: files have a value of a partition even if it is null.
    null: Option<u64>,
}

/// The numbers of a column that a function takes.
fn aggregated(column: &Column, function: Function) -> Result<Source, PlanError> {
    let is_order = matches!(
        function,
        Function::Min
            | Function::Max
            | Function::Any
            | Function::Mode
            | Function::First
            | Function::Last
            | Function::ExactQuantile(_)
    );
    let (source, meaning) = match &column.values {
        Values::Numbers(source, meaning) => (source, *meaning),
        Values::Texts(_) => {
            let hint = "take its min, max, mode, first or last, count its different values with distinct(COLUMN), or make it a key";
            return Err(column.wrong("aggregated so", hint));
        }
        Values::Opaque => {
            let hint = "aggregate numbers, booleans, dates or times";
            return Err(column.wrong("aggregated", hint));
        }
    };
    match meaning {
        Meaning::Moment(_) | Meaning::Date(_) | Meaning::TimeOfDay(_) if !is_order => Err(column
            .wrong(
                if function == Function::Sum {
                    "summed"
                } else {
                    "aggregated so"
                },
                "take its min, max, span, mode, first, last, distinct values or an exact quantile",
            )),
        Meaning::Span(_) if !is_order && function != Function::Sum => Err(column.wrong(
            "averaged",
            "take its sum, min, max, span, mode, first, last, distinct values or an exact quantile",
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
