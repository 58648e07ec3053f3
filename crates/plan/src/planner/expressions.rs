//! `where`, without a `not` but at its leaves, as steps and tests.

use super::Planner;
use super::columns::{Spelling, Values};
use super::filters::Lowered;
use crate::lower::Number;
use crate::meaning::Meaning;
use crate::prune::Test;
use crate::{Expression, Literal, Operand, Operator, PlanError, lower};
use arrow::datatypes::DataType;
use graticule_columns::{
    CalendarUnit, Kind, Like, PartitionValue, Source, TextTest, bytes_of_text, text_of_bytes,
    time_zone,
};
use graticule_kernels::Filter as Step;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// What a leaf compares, once its name is known.
pub(super) enum Subject {
    /// Values of a kind, and what they mean; with the column's place in the files, where footers tell of it.
    Number(Source, Meaning, Option<usize>),
    Text(String, Spelling),
    /// A column that is null or not, and no more.
    Opaque(String),
    Partition(usize),
}

impl Planner<'_> {
    /// Takes an expression in: each part of an `and` is a filter of its own.
    pub(super) fn expression(&mut self, expression: &Expression) -> Result<(), PlanError> {
        if let Expression::And(parts) = expression {
            for part in parts {
                self.expression(part)?;
            }
            return Ok(());
        }
        let mut lowered = self.lowered(expression)?;
        // Whole files pass such a test or do not.
        if matches!(lowered.test, Test::Partition { .. }) {
            lowered.step = None;
        }
        self.take(lowered);
        Ok(())
    }

    pub(super) fn lowered(&mut self, expression: &Expression) -> Result<Lowered, PlanError> {
        match expression {
            Expression::And(parts) => {
                let (steps, tests) = self.all(parts)?;
                Ok(Lowered {
                    step: Some(Step::All(steps)),
                    test: Test::All(tests),
                })
            }
            Expression::Or(parts) => {
                let (steps, tests) = self.all(parts)?;
                Ok(any(steps, tests))
            }
            Expression::Compare {
                left,
                operator,
                literal,
                negate,
            } => self.compare(left, *operator, literal, *negate),
            Expression::Between {
                operand,
                low,
                high,
                negate,
            } => self.between(operand, low, high, *negate),
            Expression::In {
                operand,
                list,
                negate,
            } => self.within(operand, list, *negate),
            Expression::CompareColumns {
                left,
                operator,
                right,
                negate,
            } => self.two_columns([left, right], *operator, *negate),
            Expression::InFile {
                operand,
                file,
                values,
                negate,
            } => self.in_file(operand, (file, values.as_deref()), *negate),
            Expression::Like {
                operand,
                pattern,
                escape,
                ignore_case,
                negate,
            } => {
                let like = Like::new(pattern, *escape, *ignore_case);
                let hint = "end the pattern with another character than that of 'escape'";
                self.like(
                    operand,
                    like.ok_or_else(|| self.wrong(operand, hint))?,
                    *negate,
                )
            }
            Expression::IsNull { operand, negate } => self.is_null(operand, *negate),
            // Neither is left in what is normalised.
            Expression::Is { .. } | Expression::Not(_) => self.lowered(&expression.normalised()),
        }
    }

    fn all(&mut self, parts: &[Expression]) -> Result<(Vec<Step>, Vec<Test>), PlanError> {
        let (mut steps, mut tests) = (Vec::new(), Vec::new());
        for part in parts {
            let lowered = self.lowered(part)?;
            steps.extend(lowered.step);
            tests.push(lowered.test);
        }
        Ok((steps, tests))
    }

    pub(super) fn subject(&self, operand: &Operand) -> Result<Subject, PlanError> {
        let name = match operand {
            Operand::Column(name) => name,
            Operand::HourOfDay => return self.calendar_source(CalendarUnit::HourOfDay),
            Operand::DayOfWeek => return self.calendar_source(CalendarUnit::DayOfWeek),
        };
        let schema = &self.dataset.schema;
        if let Some(partition) = schema.partition(name) {
            return Ok(Subject::Partition(partition));
        }
        // Whatever the time column is called, if no other is called so.
        let schema = &self.dataset.schema;
        let is_known = schema.file_column(name).is_some();
        let time = schema.time.as_ref().filter(|_| name == "time" && !is_known);
        let column = self.column(time.map_or(name, |time| &time.name))?;
        Ok(match column.values {
            Values::Numbers(source, meaning) => Subject::Number(source, meaning, column.place),
            Values::Texts(spelling) => Subject::Text(column.name, spelling),
            Values::Opaque => Subject::Opaque(column.name),
        })
    }

    fn calendar_source(&self, unit: CalendarUnit) -> Result<Subject, PlanError> {
        Ok(Subject::Number(
            Source::Calendar(self.calendar(unit)?),
            Meaning::Number,
            None,
        ))
    }

    pub(super) fn wrong(&self, operand: &Operand, hint: &'static str) -> PlanError {
        let name = operand.to_string();
        let data_type = match operand {
            Operand::Column(name) => {
                let column = self.column(name);
                column.map_or_else(|_| String::new(), |column| column.data_type.to_string())
            }
            Operand::HourOfDay | Operand::DayOfWeek => DataType::Int32.to_string(),
        };
        PlanError::ColumnType {
            name,
            data_type,
            purpose: "compared with that literal",
            hint,
        }
    }

    pub(super) fn compare(
        &mut self,
        operand: &Operand,
        operator: Operator,
        literal: &Literal,
        negate: bool,
    ) -> Result<Lowered, PlanError> {
        match (self.subject(operand)?, literal) {
            (Subject::Number(source, meaning, place), literal) => {
                let number = self.number(operand, source.kind(), meaning, literal)?;
                let mut words = lower::comparison(source.kind(), operator, number);
                words.negate ^= negate;
                Ok(self.range(source, place, words))
            }
            (Subject::Text(name, spelling), Literal::Text(text)) => {
                let text = self.text(operand, text, spelling)?;
                let below = match spelling {
                    Spelling::Bytes => TextTest::BytesBelow,
                    Spelling::Text | Spelling::Uuid => TextTest::Below,
                };
                let (test, complement) = match operator {
                    Operator::Equal => (TextTest::In(Arc::new(vec![text])), false),
                    Operator::NotEqual => (TextTest::In(Arc::new(vec![text])), true),
                    Operator::Less => (below(text, false), false),
                    Operator::LessOrEqual => (below(text, true), false),
                    Operator::Greater => (below(text, true), true),
                    Operator::GreaterOrEqual => (below(text, false), true),
                };
                Ok(self.matches(name, test, complement != negate))
            }
            (Subject::Text(..), _) => {
                Err(self.wrong(operand, "compare it with a text in 'single quotes'"))
            }
            (Subject::Opaque(_), _) => {
                Err(self.wrong(operand, "ask whether it 'is null', or select it"))
            }
            (Subject::Partition(place), literal) => {
                self.check_partition(operand, place, literal)?;
                Ok(self.partition(place, |value| {
                    crate::prune::compares(value, operator, literal).map(|holds| holds != negate)
                }))
            }
        }
    }

    /// A literal as a number that compares with those of a column.
    pub(super) fn number(
        &self,
        operand: &Operand,
        kind: Kind,
        meaning: Meaning,
        literal: &Literal,
    ) -> Result<Number, PlanError> {
        let zone = match meaning {
            Meaning::Moment(_) => time_zone(self.timezone),
            _ => Ok(TimeZone::UTC),
        };
        let zone = zone.map_err(|reason| PlanError::Timezone { reason })?;
        let number = meaning.number(kind, literal, &zone);
        number.map_err(|hint| self.wrong(operand, hint))
    }

    /// A literal as a text that compares with those of a column; bytes and UUIDs as they are told.
    pub(super) fn text(
        &self,
        operand: &Operand,
        text: &str,
        spelling: Spelling,
    ) -> Result<String, PlanError> {
        let (told, hint) = match spelling {
            Spelling::Text => return Ok(text.to_owned()),
            Spelling::Bytes => (
                bytes_of_text(text).map(|bytes| text_of_bytes(&bytes).into_owned()),
                "write bytes as '\\x' and two hexadecimal digits for each, such as '\\x00ff'",
            ),
            Spelling::Uuid => (
                uuid(text),
                "compare it with a UUID such as '00112233-4455-6677-8899-aabbccddeeff'",
            ),
        };
        told.ok_or_else(|| self.wrong(operand, hint))
    }

    fn between(
        &mut self,
        operand: &Operand,
        low: &Literal,
        high: &Literal,
        negate: bool,
    ) -> Result<Lowered, PlanError> {
        if let Subject::Number(source, meaning, place) = self.subject(operand)? {
            let kind = source.kind();
            let [low, high] = [low, high].map(|end| self.number(operand, kind, meaning, end));
            let above = lower::comparison(kind, Operator::GreaterOrEqual, low?);
            let below = lower::comparison(kind, Operator::LessOrEqual, high?);
            let mut words = lower::Words {
                low: above.low.max(below.low),
                high: above.high.min(below.high),
                negate,
            };
            if above.low > above.high || below.low > below.high {
                (words.low, words.high) = (1, 0);
            }
            return Ok(self.range(source, place, words));
        }
        let above = self.compare(operand, Operator::GreaterOrEqual, low, negate)?;
        let below = self.compare(operand, Operator::LessOrEqual, high, negate)?;
        let steps = above.step.into_iter().chain(below.step).collect();
        let tests = vec![above.test, below.test];
        Ok(if negate {
            any(steps, tests)
        } else {
            Lowered {
                step: Some(Step::All(steps)),
                test: Test::All(tests),
            }
        })
    }

    pub(super) fn matches(&mut self, name: String, test: TextTest, negate: bool) -> Lowered {
        self.flag(Source::Matches { name, test }, negate)
    }

    /// The rows in which a source is 1, or those in which it is not.
    pub(super) fn flag(&mut self, source: Source, negate: bool) -> Lowered {
        let words = lower::Words {
            low: 1,
            high: 1,
            negate,
        };
        self.range(source, None, words)
    }

    fn like(&mut self, operand: &Operand, like: Like, negate: bool) -> Result<Lowered, PlanError> {
        match self.subject(operand)? {
            Subject::Text(name, Spelling::Text | Spelling::Uuid) => {
                let test = match like.only() {
                    Some(text) => TextTest::In(Arc::new(vec![text.to_owned()])),
                    None => TextTest::Like(like),
                };
                Ok(self.matches(name, test, negate))
            }
            Subject::Partition(place) if !self.dataset.schema.partitions[place].is_integer => {
                Ok(self.partition(place, |value| match value {
                    PartitionValue::Text(text) => Some(like.holds(text) != negate),
                    PartitionValue::Integer(_) | PartitionValue::Null => None,
                }))
            }
            _ => Err(self.wrong(
                operand,
                "'like' is for texts; compare it with = < > or 'between'",
            )),
        }
    }

    fn is_null(&mut self, operand: &Operand, negate: bool) -> Result<Lowered, PlanError> {
        let (source, column) = match self.subject(operand)? {
            Subject::Number(source, _, place) => (source, place),
            Subject::Text(name, _) | Subject::Opaque(name) => {
                let test = TextTest::of_null();
                (Source::Matches { name, test }, None)
            }
            Subject::Partition(place) => {
                return Ok(self.partition(place, |value| {
                    Some((*value == PartitionValue::Null) != negate)
                }));
            }
        };
        let slot = self.slot(source);
        Ok(Lowered {
            step: Some(Step::IsNull { slot, negate }),
            test: column.map_or(Test::Always, |column| Test::Null { column, negate }),
        })
    }

    fn check_partition(
        &self,
        operand: &Operand,
        place: usize,
        literal: &Literal,
    ) -> Result<(), PlanError> {
        let is_text = matches!(literal, Literal::Text(_));
        if matches!(literal, Literal::Boolean(_)) && self.is_boolean_folder(place) {
            return Ok(());
        }
        let is_boolean = matches!(literal, Literal::Boolean(_));
        if is_boolean || is_text == self.dataset.schema.partitions[place].is_integer {
            return Err(PlanError::ColumnType {
                name: operand.to_string(),
                data_type: if self.dataset.schema.partitions[place].is_integer {
                    "an integer partition"
                } else {
                    "a text partition"
                }
                .to_owned(),
                purpose: "compared with that literal",
                hint: "write integers plain and text in 'quotes'",
            });
        }
        Ok(())
    }

    /// Whether all texts of a folder's column are 'true' or 'false'.
    fn is_boolean_folder(&self, partition: usize) -> bool {
        let files = self.dataset.files.iter();
        let mut values = files.map(|file| &file.partitions[partition]);
        values.all(|value| match value {
            PartitionValue::Text(text) => crate::prune::boolean(text).is_some(),
            PartitionValue::Null => true,
            PartitionValue::Integer(_) => false,
        })
    }

    /// A test of a partition's value: `None`, as of null, passes nowhere.
    fn partition(
        &mut self,
        partition: usize,
        holds: impl Fn(&PartitionValue) -> Option<bool>,
    ) -> Lowered {
        let (slot, values) = self.partition_slot(partition);
        let passing: Vec<bool> = values.iter().map(|v| holds(v) == Some(true)).collect();
        let steps = (0u64..).zip(&passing).filter(|(_, p)| **p);
        let steps = steps.map(|(place, _)| Step::Range {
            slot,
            low: place,
            high: place,
            negate: false,
        });
        Lowered {
            step: Some(Step::Any(steps.collect())),
            test: Test::Partition {
                partition,
                passing: values
                    .iter()
                    .zip(&passing)
                    .filter(|(_, p)| **p)
                    .map(|(v, _)| v.clone())
                    .collect(),
            },
        }
    }
}

/// A UUID as it is told, however it is written: lower case, with hyphens.
fn uuid(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let inner = text.strip_prefix("urn:uuid:").unwrap_or(&text);
    let inner = inner.trim_start_matches('{').trim_end_matches('}');
    let digits: String = inner.chars().filter(|c| *c != '-').collect();
    let is_uuid = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_uuid.then(|| {
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
        parts.join("-")
    })
}

pub(super) fn any(steps: Vec<Step>, tests: Vec<Test>) -> Lowered {
    Lowered {
        step: Some(Step::Any(steps)),
        test: Test::Any(tests),
    }
}
