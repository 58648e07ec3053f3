//! The text of a group that is chosen, of the pairs that tell which texts it has: the least, the greatest, the first, the
//! last, or the one that occurs most often.
//!
//! Texts are hashes in the kernels' records, which know no order of theirs. So the pairs of group and text that
//! `distinct` counts are the partial of `min` and `max` too, and texts are compared here: by their bytes, and what
//! was bytes in the file by those.

use super::Texts;
use crate::Error;
use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::datatypes::DataType;
use graticule_columns::compare_bytes;
use graticule_plan::{AggregateColumn, AggregateForm, Function};
use std::cmp::Ordering;
use std::sync::Arc;

/// The order of the texts that codes of a column stand for.
#[derive(Clone, Copy)]
pub(super) struct TextOrder<'a> {
    texts: &'a Texts,
    values: Option<&'a [String]>,
    are_bytes: bool,
}

/// The text of each group that is chosen so far.
#[derive(Clone)]
pub(super) struct Extremes<'a> {
    function: Function,
    order: TextOrder<'a>,
    codes: Vec<Option<u64>>,
    /// Where a time or a count decides, that of each.
    at: Vec<u64>,
    /// Whether a code was met whose text nobody told.
    is_untold: bool,
}

impl<'a> TextOrder<'a> {
    /// That of an aggregate which is a text.
    pub(super) fn of(aggregate: &'a AggregateColumn, texts: &'a Texts) -> Option<Self> {
        let AggregateForm::Text { values, .. } = &aggregate.form else {
            return None;
        };
        let are_bytes = matches!(
            aggregate.data_type,
            DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView
                | DataType::FixedSizeBinary(_)
        );
        Some(Self {
            texts,
            values: values.as_deref(),
            are_bytes,
        })
    }

    fn text(&self, code: u64) -> Option<&'a str> {
        match self.values {
            Some(values) => Some(values.get(usize::try_from(code).ok()?)?),
            None => self.texts.get(&code).map(String::as_str),
        }
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        match self.are_bytes {
            true => compare_bytes(one, other),
            false => one.cmp(other),
        }
    }

    /// All texts that there are, in their order.
    pub(super) fn sorted(&self) -> Vec<&'a str> {
        let mut all: Vec<&str> = match self.values {
            Some(values) => values.iter().map(String::as_str).collect(),
            None => self.texts.values().map(String::as_str).collect(),
        };
        all.sort_unstable_by(|one, other| self.compare(one, other));
        all
    }

    /// Numbers that sort as the texts of a column, nulls first; the same for equal texts of all parts of an answer, by
    /// all the texts [sorted](Self::sorted).
    pub(super) fn ranks(&self, column: &ArrayRef, sorted: &[&str]) -> Vec<u128> {
        let rank = |text: &str| {
            let less = sorted.partition_point(|other| self.compare(other, text).is_lt());
            1 + less as u128
        };
        let texts = column.as_string::<i32>().iter();
        texts.map(|text| text.map_or(0, rank)).collect()
    }
}

impl<'a> Extremes<'a> {
    /// Of so many groups that no text is known of.
    pub(super) fn of(
        aggregate: &'a AggregateColumn,
        texts: &'a Texts,
        groups: u32,
    ) -> Option<Self> {
        let AggregateForm::Text { function, .. } = aggregate.form else {
            return None;
        };
        Some(Self {
            function,
            order: TextOrder::of(aggregate, texts)?,
            codes: vec![None; groups as usize],
            at: vec![0; groups as usize],
            is_untold: false,
        })
    }

    pub(super) fn is(&self, function: Function) -> bool {
        self.function == function
    }

    /// Whether times decide.
    pub(super) fn is_timed(&self) -> bool {
        matches!(self.function, Function::First | Function::Last)
    }

    /// Notes that a group has a text at a time, or so often; of several at the best one the least is chosen.
    pub(super) fn note_at(&mut self, group: u32, code: u64, at: u64) {
        let Some(text) = self.order.text(code) else {
            self.is_untold = true;
            return;
        };
        let (known, best) = (
            &mut self.codes[group as usize],
            &mut self.at[group as usize],
        );
        let by_at = match self.function {
            Function::First => at.cmp(best),
            _ => at.cmp(best).reverse(),
        };
        let is_better = match known.and_then(|known| self.order.text(known)) {
            None => true,
            Some(before) => by_at.then_with(|| self.order.compare(text, before)).is_lt(),
        };
        if is_better {
            (*known, *best) = (Some(code), at);
        }
    }

    /// Notes that a group has a text.
    pub(super) fn note(&mut self, group: u32, code: u64) {
        if !matches!(self.function, Function::Min | Function::Max) {
            return;
        }
        let Some(text) = self.order.text(code) else {
            self.is_untold = true;
            return;
        };
        let known = &mut self.codes[group as usize];
        let wanted = match self.function {
            Function::Min => Ordering::Less,
            _ => Ordering::Greater,
        };
        let before = known.and_then(|known| self.order.text(known));
        if before.is_none_or(|before| self.order.compare(text, before) == wanted) {
            *known = Some(code);
        }
    }

    /// The texts of some groups.
    ///
    /// # Errors
    /// [`Error::Texts`] where one was not told.
    pub(super) fn column(&self, of: &[u32]) -> Result<ArrayRef, Error> {
        if self.is_untold {
            return Err(Error::Texts);
        }
        let codes = of.iter().map(|&group| self.codes[group as usize]);
        let texts = codes.map(|code| self.order.text(code?));
        Ok(Arc::new(texts.collect::<StringArray>()))
    }
}
