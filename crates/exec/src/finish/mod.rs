//! From merged partials to the columns of an answer.

mod arithmetic;
mod columns;
mod extremes;
mod groups;
mod having;
mod histogram;
mod keys;
mod order;
mod overflow;
mod pairs;
mod sections;
mod values;

use crate::role::{CALENDAR, ROLE, Role, Told};
use crate::{Error, HANDED, partials};
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use columns::Columns;
use graticule_kernels::{Partial, Program, Table};
use graticule_plan::{KeyColumn, KeyForm, Plan};
use groups::{Groups, Lexicon};
use overflow::Overflows;
use pairs::Pairs;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

pub(crate) use keys::timestamps;
pub(crate) use sections::{finish_parted, finish_spilled};
pub(crate) use values::typed;

/// Texts by the hashes that stand for them in digits.
pub(crate) type Texts = BTreeMap<u64, String>;

/// The rows of an answer, in their order.
pub(crate) struct Finished {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Box<dyn Iterator<Item = Result<RecordBatch, Error>> + Send>,
}

impl Finished {
    /// An answer that is there.
    pub(crate) fn of(batch: RecordBatch) -> Self {
        let rows = batch.num_rows();
        Self {
            schema: batch.schema(),
            batches: Box::new((0..rows).step_by(HANDED).map(move |first| {
                let count = HANDED.min(rows - first);
                Ok(batch.slice(first, count))
            })),
        }
    }
}

/// Merges the partial answers of all parts of a plan, in any order, and finishes them.
///
/// # Errors
/// [`Error`] when a batch is no partial of this plan, or an integer sum overflows.
pub fn finish(plan: &Plan, partials: &[RecordBatch]) -> Result<RecordBatch, Error> {
    let (partials, texts) = partials::merged(plan, partials)?;
    finish_partials(plan, partials, &texts, usize::MAX)
}

/// Finds out whether all columns of a plan's answer can be computed, before rows are read: of an answer without rows.
///
/// # Errors
/// [`Error::Plan`] where arithmetic or a test is of what has none.
pub(crate) fn check(plan: &Plan) -> Result<(), Error> {
    sections::none(plan, &Shared::of(plan, &Texts::new(), usize::MAX)).map(drop)
}

/// Whether a plan's answer has few of its groups, so that it pays to finish parts of them each for themselves.
pub(crate) fn has_few_rows(plan: &Plan) -> bool {
    const FEW: usize = 1 << 13;
    order::rows(plan) <= FEW
}

/// Finishes merged partials, one of each program, with so many bytes for what is made of pairs.
pub(crate) fn finish_partials(
    plan: &Plan,
    partials: Vec<Partial>,
    texts: &Texts,
    allowed: usize,
) -> Result<RecordBatch, Error> {
    let shared = Shared::of(plan, texts, allowed);
    let mut section = Section::of(plan, partials, &shared)?;
    section.overflows.first()?;
    Ok(section.batch)
}

/// What all sections of an answer share: its texts, put in order once, and a bound.
struct Shared<'a> {
    texts: &'a Texts,
    /// Of each key.
    lexicons: Vec<Lexicon>,
    /// All texts as each aggregate orders them, once the answer is ordered by it.
    sorted: Vec<OnceLock<Vec<&'a str>>>,
    /// Bytes that the pairs of a section, and what is made of them, may take beside their tables.
    allowed: usize,
}

impl<'a> Shared<'a> {
    fn of(plan: &Plan, texts: &'a Texts, allowed: usize) -> Self {
        Self {
            texts,
            lexicons: Lexicon::of_keys(plan, texts),
            sorted: plan.aggregates().iter().map(|_| OnceLock::new()).collect(),
            allowed,
        }
    }
}

/// A part of the answer that has all records of its groups, or all of the answer.
struct Section<'a> {
    groups: Groups<'a>,
    /// The groups that are shown, as they are.
    order: Vec<u32>,
    /// Of each its ranks by what orders the answer before its keys, the first first.
    ranks: Vec<Vec<u128>>,
    /// By row the sums among them that do not fit.
    overflows: Overflows,
    batch: RecordBatch,
}

/// Groups whose pairs may still come.
struct Unfinished<'a> {
    groups: Groups<'a>,
    /// By program but the first.
    pairs: Vec<Pairs<'a>>,
    shared: &'a Shared<'a>,
}

impl<'a> Unfinished<'a> {
    /// `partials` has one of each program.
    fn of(
        plan: &'a Plan,
        mut partials: Vec<Partial>,
        shared: &'a Shared<'a>,
    ) -> Result<Self, Error> {
        let program = &plan.part().programs()[0];
        let further = partials.split_off(1);
        let mut main = partials.remove(0);
        if plan.keys().is_empty() && main.groups() == 0 {
            // Without keys there is one row, also of nothing.
            main = Table::new(program, usize::MAX)?.into_partial();
            main.words = main.layout.identity();
        }
        let groups = Groups::of(plan, main, &shared.lexicons)?;
        let pairs =
            (1..plan.part().programs().len()).map(|p| Pairs::new(plan, p, &groups, shared.texts));
        let pairs = pairs.collect();
        let mut unfinished = Self {
            groups,
            pairs,
            shared,
        };
        unfinished.add(plan, &further)?;
        Ok(unfinished)
    }

    /// Takes in more pairs, one partial of each program but the first.
    ///
    /// # Errors
    /// [`Error::PairMemory`] where they are more than may be kept.
    fn add(&mut self, plan: &Plan, further: &[Partial]) -> Result<(), Error> {
        let before = self.pairs.iter().map(Pairs::bytes).sum::<usize>();
        let mut allowed = self.shared.allowed.saturating_sub(before);
        for (pairs, partial) in self.pairs.iter_mut().zip(further) {
            let kept = pairs.bytes();
            pairs.add(plan, &self.groups, partial, allowed)?;
            allowed = allowed.saturating_sub(pairs.bytes() - kept);
        }
        Ok(())
    }
}

impl<'a> Section<'a> {
    /// `partials` has one of each program.
    fn of(plan: &'a Plan, partials: Vec<Partial>, shared: &'a Shared<'a>) -> Result<Self, Error> {
        Self::finish(plan, Unfinished::of(plan, partials, shared)?)
    }

    fn finish(plan: &'a Plan, unfinished: Unfinished<'a>) -> Result<Self, Error> {
        let Unfinished {
            groups,
            mut pairs,
            shared,
        } = unfinished;
        pairs.iter_mut().for_each(Pairs::sort);
        let kept: Vec<u32> = match plan.floor() {
            None => (0..groups.count()).collect(),
            Some(floor) => {
                let counts = pairs[floor.program - 1].distinct();
                (0..groups.count())
                    .filter(|&g| counts[g as usize] >= floor.least)
                    .collect()
            }
        };
        let columns = Columns {
            plan,
            groups: &groups,
            pairs: &pairs,
            shared,
        };
        let mut overflows = Overflows::default();
        let kept = columns.passing(kept, &mut overflows)?;
        // What orders the answer is finished for all groups, the rest for those that are shown.
        let ranks = columns.ranks(&kept, &mut overflows)?;
        // Nothing can be ordered by what is not known, or tested.
        overflows.first()?;
        let (order, ranks) = order::order(plan, &groups, &kept, ranks);
        let answer = plan.answer_columns().iter();
        let columns = answer.map(|column| columns.value(&column.value, &order, &mut overflows));
        let columns = columns.collect::<Result<Vec<_>, Error>>()?;
        let batch = batch(plan, &groups, &order, &columns)?;
        Ok(Self {
            groups,
            overflows: overflows.of(&order),
            order,
            ranks,
            batch,
        })
    }
}

/// The rows of some groups, keys first, with their aggregates.
fn batch(
    plan: &Plan,
    groups: &Groups<'_>,
    order: &[u32],
    columns: &[ArrayRef],
) -> Result<RecordBatch, Error> {
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (place, key) in plan.keys().iter().enumerate() {
        let words: Vec<u128> = order
            .iter()
            .map(|&g| groups.words[place][g as usize])
            .collect();
        let array = keys::column(key, &groups.lexicons[place], &words)?;
        fields.push(key_field(key, &array));
        arrays.push(array);
    }
    let zone = plan.query().timezone.as_deref();
    for (answer, column) in plan.answer_columns().iter().zip(columns) {
        let zone = zone.filter(|_| matches!(column.data_type(), DataType::Timestamp(..)));
        let column = match zone {
            Some(zone) => keys::in_zone(column.clone(), zone)?,
            None => column.clone(),
        };
        let told = zone.map(|_| (CALENDAR.to_owned(), Told::Time.name().to_owned()));
        let field = Field::new(&answer.name, column.data_type().clone(), true);
        fields.push(field.with_metadata(told.into_iter().collect()));
        arrays.push(column);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(order.len()));
    let schema = Arc::new(Schema::new(fields));
    Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
}

/// How the instants of a key are told, where that is not as all others are.
fn told(key: &KeyColumn) -> Option<Told> {
    match &key.form {
        KeyForm::Calendar {
            calendar,
            is_labelled,
            ..
        } => match is_labelled {
            true => Told::of(calendar.unit),
            false => Some(Told::Time),
        },
        KeyForm::Time { zone, .. } if zone != "UTC" => Some(Told::Time),
        _ => None,
    }
}

/// The column of a key, with what it tells of a place or of the calendar.
pub(crate) fn key_field(key: &KeyColumn, column: &ArrayRef) -> Field {
    let role = match key.form {
        KeyForm::Geohash { .. } => Some(Role::Geohash),
        KeyForm::H3 { .. } => Some(Role::H3),
        KeyForm::Tile { .. } => Some(Role::Tile),
        _ => None,
    };
    let role = role.map(|role| (ROLE.to_owned(), role.name().to_owned()));
    let told = told(key).map(|told| (CALENDAR.to_owned(), told.name().to_owned()));
    let field = Field::new(&key.name, column.data_type().clone(), true);
    field.with_metadata(role.into_iter().chain(told).collect())
}

/// The texts that words of a plan's keys number, where those are none of the dataset's.
#[derive(Debug)]
pub(crate) struct KeyTexts(Vec<Lexicon>);

impl KeyTexts {
    pub(crate) fn of(plan: &Plan) -> Self {
        Self(Lexicon::of_keys(plan, &Texts::new()))
    }
}

/// The values of a key of groups that are rows; of a row in several zones their names, with semicolons between.
pub(crate) fn key_column(
    key: &KeyColumn,
    texts: &KeyTexts,
    place: usize,
    program: &Program,
    rows: &Partial,
) -> Result<ArrayRef, Error> {
    let lexicon = &texts.0[place];
    let KeyForm::Zone { layer, .. } = key.form else {
        return keys::column(key, lexicon, &keys::words(key, lexicon, rows));
    };
    let layer = &program.layers[layer];
    let names = (0..rows.groups()).map(|row| {
        let zones = layer.members(keys::code(key, rows, row)).into_iter();
        let numbers: BTreeSet<u128> = zones.map(|zone| lexicon.number(zone.into())).collect();
        let named = numbers.into_iter().filter_map(|number| {
            let number = usize::try_from(number).ok()?;
            lexicon.texts.get(number).map(String::as_str)
        });
        let named: Vec<&str> = named.collect();
        (!named.is_empty()).then(|| named.join("; "))
    });
    Ok(Arc::new(names.collect::<StringArray>()))
}
