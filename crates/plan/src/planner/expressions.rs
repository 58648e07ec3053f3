//! `where`, without a `not` but at its leaves, as steps and tests.

use super::Planner;
use super::columns::{Spelling, Values};
use super::filters::Lowered;
use crate::lower::Number;
use crate::meaning::Meaning;
use crate::prune::{Side, Test};
use crate::{Expression, Literal, Operand, Operator, PlanError, lower};
use arrow::datatypes::DataType;
use graticule_columns::{
    CalendarUnit, Compared, Kind, Like, PartitionValue, Source, TextTest, Unit, WordRanges,
    bytes_of_text, text_of_bytes, time_zone,
};
use graticule_kernels::Filter as Step;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// What a leaf compares, once its name is known.
enum Subject {
    /// Values of a kind, and what they mean; with the column's place in the files, where footers tell of it.
    Number(Source, Meaning, Option<usize>),
    Text(String, Spelling),
    /// A column that is null or not, and no more.
    Opaque(String),
    Partition(usize),
}

/// What a side of a comparison of two columns is.
#[derive(Clone, Copy)]
enum Compares {
    Numbers(Meaning),
    Texts(Spelling),
}

/// Lists of so many numbers are looked into; shorter ones are tests of their values, one after the other.
const FEW: usize = 32;

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
            } => self.columns_compared((left, right), *operator, *negate),
            Expression::InFile {
                operand,
                file,
                values,
                negate,
            } => {
                let list = self.list(operand, file, values.as_deref())?;
                self.within(operand, &list, *negate)
            }
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

    fn subject(&self, operand: &Operand) -> Result<Subject, PlanError> {
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

    fn wrong(&self, operand: &Operand, hint: &'static str) -> PlanError {
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

    fn compare(
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
    fn number(
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
    fn text(&self, operand: &Operand, text: &str, spelling: Spelling) -> Result<String, PlanError> {
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

    fn within(
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

    /// The values that a file holds as what they are compared with.
    fn list(
        &self,
        operand: &Operand,
        file: &str,
        values: Option<&Vec<String>>,
    ) -> Result<Vec<Literal>, PlanError> {
        let wrong = |reason: String| PlanError::List {
            file: file.to_owned(),
            reason,
        };
        let unread = "it was not read; call Query::listed before the question is planned";
        let values = values.ok_or_else(|| wrong(unread.to_owned()))?;
        let subject = self.subject(operand)?;
        let literal = |text: &str| match &subject {
            Subject::Number(_, Meaning::Boolean, _) => {
                crate::prune::boolean(text).map(Literal::Boolean)
            }
            Subject::Number(_, Meaning::Number | Meaning::Decimal(_), _) => Literal::number(text),
            Subject::Partition(place) if self.dataset.schema.partitions[*place].is_integer => {
                Literal::number(text)
            }
            _ => Some(Literal::Text(text.to_owned())),
        };
        let checked = |(place, text): (usize, &String)| {
            let literal = literal(text).filter(|literal| match &subject {
                Subject::Number(source, meaning, _) => self
                    .number(operand, source.kind(), *meaning, literal)
                    .is_ok(),
                Subject::Text(_, spelling) => self.text(operand, text, *spelling).is_ok(),
                Subject::Opaque(_) | Subject::Partition(_) => true,
            });
            literal.ok_or_else(|| {
                wrong(format!(
                    "value {}, '{text}', does not compare with {operand}",
                    place + 1
                ))
            })
        };
        values.iter().enumerate().map(checked).collect()
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
        self.slot(source.clone());
        let slot = self.slot(Source::Among {
            of: Box::new(source),
            values: values.clone(),
        });
        Ok(Lowered {
            step: Some(Step::Range {
                slot,
                low: 1,
                high: 1,
                negate,
            }),
            test: place.map_or(Test::Always, |column| Test::Among {
                column,
                kind,
                values,
                negate,
            }),
        })
    }

    fn columns_compared(
        &mut self,
        (left, right): (&Operand, &Operand),
        operator: Operator,
        negate: bool,
    ) -> Result<Lowered, PlanError> {
        let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        let mut sides = Vec::new();
        for (operand, other) in [(left, right), (right, left)] {
            let wrong = |hint| {
                Err(PlanError::Columns {
                    names: [operand.to_string(), other.to_string()],
                    hint,
                })
            };
            sides.push(match self.subject(operand)? {
                Subject::Number(source, meaning, place) => {
                    (source, Compares::Numbers(meaning), place)
                }
                Subject::Text(name, spelling) if is_equality => {
                    (Source::Text { name }, Compares::Texts(spelling), None)
                }
                Subject::Text(..) => {
                    return wrong("texts of two columns compare by = and != alone");
                }
                Subject::Opaque(_) => return wrong("such values can only be selected, or be null"),
                Subject::Partition(_) => {
                    return wrong("a folder's column compares with constants alone");
                }
            });
        }
        let units = match (sides[0].1, sides[1].1) {
            (Compares::Texts(left), Compares::Texts(right)) if left == right => {
                Some([Unit::ONE; 2])
            }
            (Compares::Numbers(left), Compares::Numbers(right)) => left.units(right),
            _ => None,
        };
        let units = units.ok_or_else(|| PlanError::Columns {
            names: [left.to_string(), right.to_string()],
            hint: "numbers compare with numbers, booleans with booleans, texts with texts, \
                   and dates, instants, times of day and durations each with their like",
        })?;
        let places = [0, 1].map(|side| sides[side].2);
        let of = sides.into_iter().map(|(source, ..)| {
            self.slot(source.clone());
            Box::new(source)
        });
        let of: Vec<Box<Source>> = of.collect();
        let [left, right] = <[_; 2]>::try_from(of).expect("two sides");
        let kinds = [left.kind(), right.kind()];
        let slot = self.slot(Source::Order {
            of: [left, right],
            units,
        });
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
        let side = |side: usize| {
            Some(Side {
                column: places[side]?,
                kind: kinds[side],
                unit: units[side],
            })
        };
        let sides = side(0).zip(side(1)).map(|(left, right)| [left, right]);
        Ok(Lowered {
            step: Some(Step::Range {
                slot,
                low: words.low,
                high: words.high,
                negate: words.negate,
            }),
            test: sides.map_or(Test::Always, |sides| Test::Order { sides, words }),
        })
    }

    fn matches(&mut self, name: String, test: TextTest, negate: bool) -> Lowered {
        let words = lower::Words {
            low: 1,
            high: 1,
            negate,
        };
        self.range(Source::Matches { name, test }, None, words)
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
                // A test that nothing passes still is null where the value is.
                let test = TextTest::In(Arc::default());
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

fn any(steps: Vec<Step>, tests: Vec<Test>) -> Lowered {
    Lowered {
        step: Some(Step::Any(steps)),
        test: Test::Any(tests),
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
