//! Partial answers as they travel: a record batch for each program, and one of the texts that hashes in
//! them stand for.

use crate::Error;
use crate::finish::Texts;
use crate::run::Run;
use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use graticule_kernels::{Partial, Program, Table};
use graticule_plan::Plan;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// What marks a batch of texts in its metadata.
const TEXTS: &str = "graticule.texts";

/// Bytes that a text takes beside its own, in a map or among those that a job has met.
const TEXT: usize = 64;

/// Bytes of memory that texts take.
pub(crate) fn bytes_of<'a>(texts: impl Iterator<Item = &'a str>) -> u64 {
    texts.map(|text| (text.len() + TEXT) as u64).sum()
}

/// Notes texts, and tells the bytes that they take; two that share a hash are an error.
pub(crate) fn note(
    texts: &mut Texts,
    more: impl IntoIterator<Item = (u64, String)>,
) -> Result<u64, Error> {
    let mut bytes = 0;
    for (hash, text) in more {
        match texts.entry(hash) {
            Entry::Vacant(place) => {
                bytes += bytes_of(std::iter::once(text.as_str()));
                place.insert(text);
            }
            Entry::Occupied(known) if *known.get() != text => {
                return Err(Error::SameHash {
                    texts: [known.get().clone(), text],
                });
            }
            Entry::Occupied(_) => {}
        }
    }
    Ok(bytes)
}

/// The batches of a part's answer.
pub(crate) fn batches(partials: &[Partial], texts: &Texts) -> Result<Vec<RecordBatch>, Error> {
    let mut batches = Vec::new();
    for (program, partial) in partials.iter().enumerate() {
        batches.push(partial.to_batch(program)?);
    }
    if !texts.is_empty() {
        let metadata = [(TEXTS.to_owned(), String::new())];
        let fields = vec![
            Field::new("hash", DataType::UInt64, false),
            Field::new("text", DataType::Utf8, false),
        ];
        let schema = Arc::new(Schema::new_with_metadata(fields, metadata.into()));
        let hashes: ArrayRef = Arc::new(UInt64Array::from_iter_values(texts.keys().copied()));
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values(texts.values()));
        batches.push(RecordBatch::try_new(schema, vec![hashes, texts])?);
    }
    Ok(batches)
}

/// Merges the batches of a plan's parts: a partial for each program, and the texts.
pub(crate) fn merged(plan: &Plan, batches: &[RecordBatch]) -> Result<(Vec<Partial>, Texts), Error> {
    let programs = plan.part().programs();
    let tables = programs.iter().map(|p| Table::new(p, usize::MAX));
    let mut tables = tables.collect::<Result<Vec<_>, _>>()?;
    let mut texts = Texts::new();
    let foreign =
        |reason: &str| Error::Kernel(graticule_kernels::KernelError::Foreign(reason.to_owned()));
    for batch in batches {
        if batch.schema().metadata().contains_key(TEXTS) {
            let wrong = || foreign("its texts have the wrong types");
            let column = |i: usize| batch.columns().get(i).ok_or_else(wrong);
            let hashes = column(0)?
                .as_primitive_opt::<UInt64Type>()
                .ok_or_else(wrong)?;
            let words = column(1)?.as_string_opt::<i32>().ok_or_else(wrong)?;
            let pairs = hashes.values().iter().zip(words.iter());
            let pairs = pairs.map(|(hash, text)| (*hash, text.unwrap_or("").to_owned()));
            note(&mut texts, pairs)?;
            continue;
        }
        let (program, partial) = Partial::from_batch(batch)?;
        let table = tables.get_mut(program);
        table
            .ok_or_else(|| foreign("it is of another question"))?
            .absorb(&partial)?;
    }
    let partials = tables.into_iter().map(Table::into_partial).collect();
    Ok((partials, texts))
}

/// More groups than this are merged faster in parts, each of which is near the processor, and on all threads.
const NEAR_GROUPS: usize = 1 << 16;

/// Whether what was found of each program, and what statistics answered, is to be merged in parts: for there are many groups,
/// or they take more than so many bytes.
pub(crate) fn are_many<'a, F: Iterator<Item = &'a Partial>>(
    run: &'a Run,
    allowed: usize,
    found: impl Fn(usize) -> F,
) -> bool {
    let merged = (0..run.programs.len()).map(|program| {
        let known = run.answered.as_ref().filter(|_| program == 0);
        most(found(program).chain(known))
    });
    let (groups, bytes) = merged.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    // A table takes up to four times the bytes of its groups.
    groups > NEAR_GROUPS || bytes > allowed / 4
}

/// The most groups that merging partials of one program makes, and their bytes; one alone is there already.
fn most<'a>(partials: impl Iterator<Item = &'a Partial>) -> (usize, usize) {
    let partials: Vec<_> = partials.filter(|partial| partial.groups() > 0).collect();
    let Some((first, others)) = partials.split_first().filter(|(_, o)| !o.is_empty()) else {
        return (0, 0);
    };
    let wide = others.iter().fold(first.layout.clone(), |wide, partial| {
        wide.widened(&partial.layout)
    });
    let groups: usize = partials.iter().map(|partial| partial.groups()).sum();
    (groups, groups * (8 * wide.stride + 4 * first.digits.len()))
}

/// Merges partials of one program within so many bytes.
pub(crate) fn merge(
    program: &Program,
    mut partials: Vec<Partial>,
    allowed: usize,
) -> Result<Partial, Error> {
    if partials.len() > 1 {
        let empty = |partial: &Partial| partial.groups() == 0;
        let all_empty = partials.iter().all(empty);
        partials.retain(|partial| all_empty || !empty(partial));
    }
    if partials.len() == 1 {
        return Ok(partials.remove(0));
    }
    let mut table = Table::new(program, allowed)?;
    for partial in &partials {
        table.absorb(partial)?;
    }
    Ok(table.into_partial())
}
