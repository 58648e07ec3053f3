//! What counts of pairs tell of a group: how many distinct values, and which is at a quantile.

use super::groups::Groups;
use arrow::array::{ArrayRef, Float64Array};
use graticule_columns::Kind;
use graticule_kernels::{Code, Partial, Program, log};
use graticule_plan::Plan;
use std::sync::Arc;

/// Group, code of the value, rows: ascending, without duplicates.
pub(super) struct Pairs {
    all: Vec<(u32, u64, u64)>,
}

impl Pairs {
    pub(super) fn of(plan: &Plan, groups: &Groups<'_>, partial: &Partial) -> Self {
        let keys = plan.part.programs[0].digits.len();
        let code = |group: usize| {
            let digits = partial.digits[keys..].iter();
            digits.fold(0u64, |code, digit| code << 32 | u64::from(digit[group]))
        };
        let index = groups.index();
        let mut all = Vec::with_capacity(partial.groups());
        for (group, words) in groups.parents(plan, partial) {
            // A group without its parent would be one that no row made.
            if let Some(&parent) = index.get(&words) {
                all.push((parent, code(group), partial.record(group)[0]));
            }
        }
        all.sort_unstable();
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0 && next.1 == kept.1;
            if same {
                kept.2 += next.2;
            }
            same
        });
        Self { all }
    }

    /// The number of distinct values of each group; the two zeros are one value, null is none.
    pub(super) fn distinct(
        &self,
        program: &Program,
        null: Option<u64>,
        groups: &Groups<'_>,
    ) -> Vec<u64> {
        let keys = program.digits.len();
        let last = program.digits.last();
        let minus_zero = last
            .filter(|_| keys > 0)
            .and_then(|digit| match digit.code {
                Code::Offset { slot, low } => {
                    let kind = program.slots[slot].kind;
                    let minus = match kind {
                        Kind::F32 => 1 << 31,
                        Kind::F64 => 1 << 63,
                        _ => return None,
                    };
                    kind.order(minus).checked_sub(low)
                }
                _ => None,
            });
        let mut counts = vec![0; groups.count() as usize];
        let mut before: Option<(u32, u64)> = None;
        let values = self.all.iter().filter(|(_, code, _)| Some(*code) != null);
        for &(group, code, _) in values {
            // Minus zero's word is the one just below zero's.
            let is_same = before == Some((group, code.wrapping_sub(1)))
                && minus_zero == Some(code.wrapping_sub(1));
            counts[group as usize] += u64::from(!is_same);
            before = Some((group, code));
        }
        counts
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
