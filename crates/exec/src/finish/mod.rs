//! From merged partials to the columns of an answer.

mod extremes;
mod groups;
mod keys;
mod order;
mod overflow;
mod pairs;
mod sections;
mod values;

use crate::role::{ROLE, Role};
use crate::{Error, HANDED, partials};
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{Field, Schema, SchemaRef};
use extremes::TextOrder;
use graticule_kernels::{Partial, Table};
use graticule_plan::{AggregateForm, KeyForm, Plan};
use groups::{Groups, Lexicon};
use overflow::Overflows;
use pairs::Pairs;
use std::collections::BTreeMap;
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
    finish_partials(plan, partials, &texts)
}

/// Whether a plan's answer has few of its groups, so that it pays to finish parts of them each for themselves.
pub(crate) fn has_few_rows(plan: &Plan) -> bool {
    const FEW: usize = 1 << 13;
    order::rows(plan) <= FEW
}

/// Finishes merged partials, one of each program.
pub(crate) fn finish_partials(
    plan: &Plan,
    partials: Vec<Partial>,
    texts: &Texts,
) -> Result<RecordBatch, Error> {
    let words = Words::of(plan, texts);
    let mut section = Section::of(plan, partials, &words)?;
    section.overflows.first()?;
    Ok(section.batch)
}

/// The texts of an answer, put in order once for all its sections.
struct Words<'a> {
    texts: &'a Texts,
    /// Of each key.
    lexicons: Vec<Lexicon>,
    /// All texts as an aggregate orders them, once the answer is ordered by one.
    sorted: OnceLock<Vec<&'a str>>,
}

impl<'a> Words<'a> {
    fn of(plan: &Plan, texts: &'a Texts) -> Self {
        Self {
            texts,
            lexicons: Lexicon::of_keys(plan, texts),
            sorted: OnceLock::new(),
        }
    }
}

/// A part of the answer that has all records of its groups, or all of the answer.
struct Section<'a> {
    groups: Groups<'a>,
    /// The groups that are shown, as they are.
    order: Vec<u32>,
    /// Of each what it is ordered by, if by an aggregate.
    ranks: Option<Vec<u128>>,
    /// By row the sums among them that do not fit.
    overflows: Overflows,
    batch: RecordBatch,
}

/// Groups whose pairs may still come.
struct Unfinished<'a> {
    groups: Groups<'a>,
    /// By program but the first.
    pairs: Vec<Pairs<'a>>,
    words: &'a Words<'a>,
}

impl<'a> Unfinished<'a> {
    /// `partials` has one of each program.
    fn of(plan: &'a Plan, mut partials: Vec<Partial>, words: &'a Words<'a>) -> Result<Self, Error> {
        let program = &plan.part().programs()[0];
        let further = partials.split_off(1);
        let mut main = partials.remove(0);
        if plan.keys().is_empty() && main.groups() == 0 {
            // Without keys there is one row, also of nothing.
            main = Table::new(program, usize::MAX)?.into_partial();
            main.words = main.layout.identity();
        }
        let groups = Groups::of(plan, main, &words.lexicons)?;
        let pairs =
            (1..plan.part().programs().len()).map(|p| Pairs::new(plan, p, &groups, words.texts));
        let pairs = pairs.collect();
        let mut unfinished = Self {
            groups,
            pairs,
            words,
        };
        unfinished.add(plan, &further);
        Ok(unfinished)
    }

    /// Takes in more pairs, one partial of each program but the first.
    fn add(&mut self, plan: &Plan, further: &[Partial]) {
        for (pairs, partial) in self.pairs.iter_mut().zip(further) {
            pairs.add(plan, &self.groups, partial);
        }
    }
}

impl<'a> Section<'a> {
    /// `partials` has one of each program.
    fn of(plan: &'a Plan, partials: Vec<Partial>, words: &'a Words<'a>) -> Result<Self, Error> {
        Self::finish(plan, Unfinished::of(plan, partials, words)?)
    }

    fn finish(plan: &'a Plan, unfinished: Unfinished<'a>) -> Result<Self, Error> {
        let Unfinished {
            groups,
            pairs,
            words,
        } = unfinished;
        let kept: Vec<u32> = match plan.floor() {
            None => (0..groups.count()).collect(),
            Some(floor) => {
                let counts = pairs[floor.program - 1].distinct();
                (0..groups.count())
                    .filter(|&g| counts[g as usize] >= floor.least)
                    .collect()
            }
        };
        let column = |place: usize, of: &[u32], overflows: &mut Overflows| {
            let aggregate = &plan.aggregates()[place];
            match aggregate.form {
                AggregateForm::Quantile {
                    program,
                    first,
                    quantile,
                } => {
                    let pairs = &pairs[program - 1];
                    let scale = values::scale(&aggregate.data_type).unwrap_or(0);
                    let all =
                        pairs.quantiles((aggregate.kind, scale), first, quantile.share(), &groups);
                    Ok(take(&all, &UInt32Array::from(of.to_vec()), None)?)
                }
                AggregateForm::Distinct { program, .. } => {
                    let counts = pairs[program - 1].distinct();
                    let counts = of.iter().map(|&group| counts[group as usize]);
                    Ok(values::integers(counts.collect()))
                }
                AggregateForm::Text {
                    function, program, ..
                } => pairs[program - 1].extreme(function, of),
                _ => values::column(plan, &groups, aggregate, of, overflows),
            }
        };
        // What orders the answer is finished for all groups, the rest for those that are shown.
        let ordering = plan.query().top.as_ref().and(plan.order());
        let mut overflows = Overflows::default();
        let ordered = ordering.map(|place| column(place, &kept, &mut overflows));
        let ordered = ordered.transpose()?;
        // Nothing can be ordered by what is not known.
        overflows.first()?;
        let ordered = ordered.as_ref().zip(ordering);
        let ranks = ordered.map(|(column, place)| {
            match TextOrder::of(&plan.aggregates()[place], words.texts) {
                Some(order) => order.ranks(column, words.sorted.get_or_init(|| order.sorted())),
                None => order::ranks_of(column),
            }
        });
        let (order, ranks) = order::order(plan, &groups, &kept, ranks);
        let columns =
            (0..plan.aggregates().len()).map(|place| column(place, &order, &mut overflows));
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
        let field = Field::new(&key.name, array.data_type().clone(), true);
        let role = match key.form {
            KeyForm::Geohash { .. } => Some(Role::Geohash),
            KeyForm::H3 { .. } => Some(Role::H3),
            KeyForm::Tile { .. } => Some(Role::Tile),
            _ => None,
        };
        let role = role.map(|role| (ROLE.to_owned(), role.name().to_owned()));
        fields.push(field.with_metadata(role.into_iter().collect()));
        arrays.push(array);
    }
    for (aggregate, column) in plan.aggregates().iter().zip(columns) {
        fields.push(Field::new(
            &aggregate.name,
            column.data_type().clone(),
            true,
        ));
        arrays.push(column.clone());
    }
    let options = RecordBatchOptions::new().with_row_count(Some(order.len()));
    let schema = Arc::new(Schema::new(fields));
    Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
}
