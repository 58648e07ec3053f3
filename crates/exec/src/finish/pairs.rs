//! What counts of pairs tell of a group: how many distinct values, which is at a quantile or occurs most often, how many
//! lie in a bin, and which text is the least.

use super::Texts;
use super::extremes::Extremes;
use super::groups::Groups;
use super::histogram::{self, Histogram};
use crate::Error;
use arrow::array::{ArrayRef, Float64Array};
use graticule_columns::Kind;
use graticule_kernels::{Code, Partial, Program, log};
use graticule_plan::{AggregateColumn, AggregateForm, Choice, Function, Plan};
use std::sync::Arc;

/// What the pairs of a program tell. They may come in pieces, as long as all pairs of a value are in one of them.
pub(super) struct Pairs<'a> {
    /// The code that stands for null, which is no value.
    null: Option<u64>,
    /// Minus zero's code, if values have one: the two zeros are one value.
    minus_zero: Option<u64>,
    /// By group the distinct values but zero, and whether that was among them.
    counts: Vec<u64>,
    has_zero: Vec<bool>,
    /// Group, code of the value, rows: without duplicates, and ascending once they are sorted. Kept only where the counts
    /// are needed.
    all: Vec<(u32, u64, u64)>,
    is_ranked: bool,
    extremes: Vec<Extremes<'a>>,
}

impl<'a> Pairs<'a> {
    /// No pairs of a plan's program yet.
    pub(super) fn new(
        plan: &'a Plan,
        program: usize,
        groups: &Groups<'_>,
        texts: &'a Texts,
    ) -> Self {
        let mut forms = plan.aggregates().iter().map(|aggregate| &aggregate.form);
        let null = forms.find_map(|form| match *form {
            AggregateForm::Distinct { program: p, null }
            | AggregateForm::Chosen {
                program: p, null, ..
            }
            | AggregateForm::Histogram {
                program: p, null, ..
            }
            | AggregateForm::Text {
                program: p, null, ..
            } if p == program => null,
            _ => None,
        });
        let is_text = |aggregate: &&AggregateColumn| matches!(aggregate.form, AggregateForm::Text { program: p, .. } if p == program);
        let mut extremes: Vec<Extremes<'_>> = Vec::new();
        for aggregate in plan.aggregates().iter().filter(is_text) {
            extremes.extend(Extremes::of(aggregate, texts, groups.count()));
        }
        let floor = plan.floor().filter(|f| f.program == program);
        let ranks = |form: &AggregateForm| match *form {
            AggregateForm::Quantile { program: p, .. }
            | AggregateForm::Chosen { program: p, .. }
            | AggregateForm::Histogram { program: p, .. } => p == program,
            AggregateForm::Text {
                function: Function::Mode,
                program: p,
                ..
            } => p == program,
            _ => false,
        };
        let count = groups.count() as usize;
        Self {
            null: null.or(floor.and_then(|floor| floor.null)),
            minus_zero: minus_zero(&plan.part().programs()[program]),
            counts: vec![0; count],
            has_zero: vec![false; count],
            all: Vec::new(),
            is_ranked: plan.aggregates().iter().any(|a| ranks(&a.form)),
            extremes,
        }
    }

    /// Bytes of the pairs that are kept.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.all.as_slice())
    }

    /// Takes a piece in, which may make so many more bytes to be kept.
    ///
    /// # Errors
    /// [`Error::PairMemory`] where it makes more.
    pub(super) fn add(
        &mut self,
        plan: &Plan,
        groups: &Groups<'_>,
        partial: &Partial,
        allowed: usize,
    ) -> Result<(), Error> {
        let keys = plan.part().programs()[0].digits.len();
        let code = |group: usize| {
            let digits = partial.digits[keys..].iter();
            digits.fold(0u64, |code, digit| code << 32 | u64::from(digit[group]))
        };
        self.note_times(plan, groups, partial, code);
        if !self.is_ranked && groups.has_digits() {
            self.count_distinct(groups, partial, code);
            return Ok(());
        }
        let mut met = Vec::with_capacity(partial.groups());
        // A group without its parent would be one that no row made.
        let mut meet = |pair: usize, parent: u32| {
            met.push((parent, code(pair), partial.record(pair)[0]));
        };
        if groups.has_digits() {
            // Words of their own for each pair and group take ten times the pairs.
            for pair in 0..partial.groups() {
                if let Some(parent) = groups.find(partial, pair) {
                    meet(pair, parent);
                }
            }
        } else {
            let index = groups.index();
            for (pair, words) in groups.parents(plan, partial) {
                if let Some(&parent) = index.get(&words) {
                    meet(pair, parent);
                }
            }
        }
        met.sort_unstable();
        met.dedup_by(|next, kept| {
            let same = next.0 == kept.0 && next.1 == kept.1;
            if same {
                kept.2 += next.2;
            }
            same
        });
        for &(group, code, _) in &met {
            self.note(group, code);
        }
        if !self.is_ranked {
            return Ok(());
        }
        if size_of_val(met.as_slice()) > allowed {
            return Err(Error::PairMemory {
                values: (self.all.len() + met.len()) as u64,
                bytes: (self.bytes() + size_of_val(met.as_slice())) as u64,
                allowed: (self.bytes() + allowed) as u64,
            });
        }
        if self.all.is_empty() {
            self.all = met;
        } else {
            // Doubling would take twice of what is allowed.
            self.all.reserve_exact(met.len());
            self.all.append(&mut met);
        }
        Ok(())
    }

    /// Puts what is kept in order, once all pieces are there: none has a value of another.
    pub(super) fn sort(&mut self) {
        if !self.all.is_sorted() {
            self.all.sort_unstable();
        }
    }

    /// Counts pairs whose groups are those of the answer: each of them is there once, so none need be sorted.
    fn count_distinct(
        &mut self,
        groups: &Groups<'_>,
        partial: &Partial,
        code: impl Fn(usize) -> u64,
    ) {
        for pair in 0..partial.groups() {
            // A group without its parent would be one that no row made.
            let Some(group) = groups.find(partial, pair) else {
                continue;
            };
            self.note(group, code(pair));
        }
    }

    /// Notes texts by their times, where some are chosen so.
    fn note_times(
        &mut self,
        plan: &Plan,
        groups: &Groups<'_>,
        partial: &Partial,
        code: impl Fn(usize) -> u64,
    ) {
        let null = self.null;
        let mut timed: Vec<_> = self.extremes.iter_mut().filter(|e| e.is_timed()).collect();
        let [_, valid, time] = partial.layout.fields.as_slice() else {
            return;
        };
        if timed.is_empty() {
            return;
        }
        let mut note = |pair: usize, parent: u32| {
            let record = partial.record(pair);
            if record[valid.at] > 0 && Some(code(pair)) != null {
                for extremes in &mut timed {
                    extremes.note_at(parent, code(pair), record[time.at]);
                }
            }
        };
        if groups.has_digits() {
            for pair in 0..partial.groups() {
                if let Some(parent) = groups.find(partial, pair) {
                    note(pair, parent);
                }
            }
        } else {
            let index = groups.index();
            for (pair, words) in groups.parents(plan, partial) {
                if let Some(&parent) = index.get(&words) {
                    note(pair, parent);
                }
            }
        }
    }

    /// Notes a value of a group, which has not met it before.
    fn note(&mut self, group: u32, code: u64) {
        if Some(code) == self.null {
            return;
        }
        for extremes in &mut self.extremes {
            extremes.note(group, code);
        }
        // Minus zero's word is the one just below zero's.
        let is_zero = |minus: u64| code == minus || code == minus.wrapping_add(1);
        if self.minus_zero.is_some_and(is_zero) {
            self.has_zero[group as usize] = true;
        } else {
            self.counts[group as usize] += 1;
        }
    }

    /// The number of distinct values of each group.
    pub(super) fn distinct(&self) -> Vec<u64> {
        let zeros = self.has_zero.iter().map(|&has| u64::from(has));
        self.counts.iter().zip(zeros).map(|(n, z)| n + z).collect()
    }

    /// The least or the greatest text of some groups.
    ///
    /// # Errors
    /// [`Error::Texts`] where a text was not told.
    pub(super) fn extreme(&self, function: Function, of: &[u32]) -> Result<ArrayRef, Error> {
        let extremes = self.extremes.iter().find(|e| e.is(function));
        let extremes = extremes.ok_or(Error::Texts)?;
        match function {
            Function::Mode => {
                let mut counted = extremes.clone();
                for (group, pairs) in self.by_group() {
                    for &(_, code, rows) in pairs.iter().filter(|pair| Some(pair.1) != self.null) {
                        counted.note_at(group, code, rows);
                    }
                }
                counted.column(of)
            }
            _ => extremes.column(of),
        }
    }

    /// The pairs of each group that has some.
    fn by_group(&self) -> impl Iterator<Item = (u32, &[(u32, u64, u64)])> {
        self.all
            .chunk_by(|one, next| one.0 == next.0)
            .map(|pairs| (pairs[0].0, pairs))
    }

    /// Of values whose code 0 is an ordered word of a kind, the bits of the one that is chosen in each group.
    pub(super) fn chosen(
        &self,
        choice: Choice,
        (kind, low): (Kind, u64),
        groups: &Groups<'_>,
    ) -> Vec<Option<u64>> {
        let mut bits = vec![None; groups.count() as usize];
        for (group, pairs) in self.by_group() {
            let values = || pairs.iter().filter(|pair| Some(pair.1) != self.null);
            let at = match choice {
                Choice::Quantile(quantile) => {
                    let rank = rank(quantile.share(), values().map(|pair| pair.2).sum());
                    let mut seen = 0;
                    values().find(|pair| {
                        seen += pair.2;
                        seen >= rank
                    })
                }
                Choice::Mode => {
                    bits[group as usize] = self
                        .mode(values())
                        .map(|code| kind.unorder(code.wrapping_add(low)));
                    continue;
                }
            };
            bits[group as usize] = at.map(|pair| kind.unorder(pair.1.wrapping_add(low)));
        }
        bits
    }

    /// The code that occurs most often, the least of several; the two zeros are one value.
    fn mode<'p>(&self, pairs: impl Iterator<Item = &'p (u32, u64, u64)>) -> Option<u64> {
        let (mut best, mut minus_zeros) = (None, 0);
        for &(_, code, rows) in pairs {
            if Some(code) == self.minus_zero {
                minus_zeros = rows;
            }
            let is_zero = self
                .minus_zero
                .is_some_and(|minus| code == minus.wrapping_add(1));
            let rows = rows + if is_zero { minus_zeros } else { 0 };
            if best.is_none_or(|(most, _)| rows > most) {
                best = Some((rows, code));
            }
        }
        best.map(|(_, code)| code)
    }

    /// Of values in units of `10^-scale` whose code 0 is an ordered word of a kind, the bins of each group.
    pub(super) fn histograms(
        &self,
        bins: u16,
        (kind, scale, low): (Kind, i8, u64),
        of: &[u32],
    ) -> ArrayRef {
        let histogram = |&group: &u32| {
            let start = self.all.partition_point(|pair| pair.0 < group);
            let pairs = self.all[start..].iter().take_while(|pair| pair.0 == group);
            let values = pairs.filter(|pair| Some(pair.1) != self.null).map(|pair| {
                let bits = kind.unorder(pair.1.wrapping_add(low));
                (histogram::float(kind, bits, scale), pair.2)
            });
            Histogram::of(bins, values)
        };
        histogram::column(of.iter().map(histogram).collect())
    }

    /// Of values in units of `10^-scale` the middle of the bucket of the `ceil(q n)`-th least value, at least the first.
    pub(super) fn quantiles(
        &self,
        (kind, scale): (Kind, i8),
        first: u64,
        q: f64,
        groups: &Groups<'_>,
    ) -> ArrayRef {
        let one = 10f64.powi(scale.into());
        let mut values = vec![None; groups.count() as usize];
        let mut rest = self.all.as_slice();
        while let Some(&(group, ..)) = rest.first() {
            let end = rest.partition_point(|pair| pair.0 <= group);
            let (mine, others) = rest.split_at(end);
            let total: u64 = mine.iter().map(|pair| pair.2).sum();
            let rank = rank(q, total);
            let mut seen = 0;
            let at = mine.iter().find(|pair| {
                seen += pair.2;
                seen >= rank
            });
            values[group as usize] = at.map(|pair| log::middle(kind, pair.1 + first) / one);
            rest = others;
        }
        Arc::new(Float64Array::from(values))
    }
}

/// Minus zero's code among the values that a program counts.
fn minus_zero(program: &Program) -> Option<u64> {
    let Code::Offset { slot, low } = program.digits.last()?.code else {
        return None;
    };
    let kind = program.slots[slot].kind;
    let minus = match kind {
        Kind::F32 => 1 << 31,
        Kind::F64 => 1 << 63,
        _ => return None,
    };
    kind.order(minus).checked_sub(low)
}

/// `ceil(q n)`, at least 1 and at most n. The product is rounded to f64, so that nine tenths of ten
/// values are nine, although the f64 0.9 is a little more.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to n"
)]
fn rank(q: f64, n: u64) -> u64 {
    ((q * n as f64).ceil() as u64).clamp(1, n.max(1))
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn ranks() {
        assert_eq!(
            [rank(0.0, 5), rank(0.5, 5), rank(0.5, 4), rank(1.0, 5)],
            [1, 3, 2, 5]
        );
        assert_eq!(
            [rank(0.9, 10), rank(0.1, 10), rank(5e-324, u64::MAX)],
            [9, 1, 1]
        );
    }
}
