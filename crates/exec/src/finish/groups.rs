//! The groups of the answer: what their keys are, and their records.

use super::{Texts, keys};
use crate::Error;
use graticule_columns::compare_bytes;
use graticule_kernels::{KernelError, Partial, RecordLayout};
use graticule_plan::{KeyColumn, KeyForm, Plan};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Groups by the words of their keys.
pub(super) struct Groups<'a> {
    /// By key: a word for each group, which sorts as the key does.
    pub(super) words: Vec<Vec<u128>>,
    /// By key: the texts that its words number, if they number any.
    pub(super) lexicons: &'a [Lexicon],
    pub(super) layout: RecordLayout,
    /// The records, one after the other.
    records: Vec<u64>,
    count: u32,
    /// Whether they are other groups than those of the digits.
    is_regrouped: bool,
    /// Groups by their digits; made when pairs come.
    by_digits: OnceLock<hashbrown::HashMap<u128, u32>>,
    digits: Vec<Vec<u32>>,
}

/// Texts in their order, and the numbers of hashes or zones among them.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    pub(super) texts: Vec<String>,
    numbers: HashMap<u64, u128>,
}

impl Lexicon {
    /// The lexicons of a plan's keys.
    pub(super) fn of_keys(plan: &Plan, texts: &Texts) -> Vec<Self> {
        let of = |key: &KeyColumn| match &key.form {
            KeyForm::Text { are_bytes } => {
                let texts = texts.iter().map(|(hash, text)| (*hash, text.clone()));
                match are_bytes {
                    true => Self::of(texts, compare_bytes),
                    false => Self::of(texts, str::cmp),
                }
            }
            KeyForm::Zone { names, .. } | KeyForm::Near { names, .. } => {
                let named = (0..).zip(names.iter().cloned());
                Self::of(
                    named.filter_map(|(zone, name)| Some((zone, name?))),
                    str::cmp,
                )
            }
            _ => Self::default(),
        };
        plan.keys().iter().map(of).collect()
    }

    fn of(
        named: impl Iterator<Item = (u64, String)>,
        compare: impl Fn(&str, &str) -> Ordering,
    ) -> Self {
        let mut named: Vec<_> = named.collect();
        named.sort_by(|a, b| compare(&a.1, &b.1));
        let mut lexicon = Self::default();
        for (word, text) in named {
            // Zones may share a name.
            if lexicon.texts.last() != Some(&text) {
                lexicon.texts.push(text);
            }
            lexicon
                .numbers
                .insert(word, lexicon.texts.len() as u128 - 1);
        }
        lexicon
    }

    pub(super) fn number(&self, word: u64) -> u128 {
        self.numbers.get(&word).copied().unwrap_or(keys::NULL)
    }
}

/// Groups are numbered by 32 bits.
fn count(groups: usize) -> Result<u32, Error> {
    u32::try_from(groups).map_err(|_| {
        Error::Kernel(KernelError::Groups {
            most: u32::MAX.into(),
        })
    })
}

impl<'a> Groups<'a> {
    pub(super) fn of(
        plan: &Plan,
        partial: Partial,
        lexicons: &'a [Lexicon],
    ) -> Result<Self, Error> {
        for (key, lexicon) in plan.keys().iter().zip(lexicons) {
            let known = |hash: u64| lexicon.numbers.contains_key(&hash);
            if matches!(key.form, KeyForm::Text { .. }) && !keys::hashes(key, &partial).all(known) {
                return Err(Error::Texts);
            }
        }
        let mut groups = Self {
            words: Vec::new(),
            lexicons,
            layout: partial.layout.clone(),
            records: Vec::new(),
            count: 0,
            is_regrouped: false,
            by_digits: OnceLock::new(),
            digits: Vec::new(),
        };
        // Beyond the tiles' map the columns still differ.
        let regroups = |key: &KeyColumn| match key.form {
            KeyForm::Zone { .. } | KeyForm::Near { .. } => true,
            KeyForm::Tile { .. } => key.nullable,
            _ => false,
        };
        if plan.keys().iter().any(regroups) {
            groups.is_regrouped = true;
            groups.expand(plan, &partial)?;
            return Ok(groups);
        }
        groups.count = count(partial.groups())?;
        for (key, lexicon) in plan.keys().iter().zip(lexicons) {
            groups.words.push(keys::words(key, lexicon, &partial));
        }
        groups.records = partial.words;
        if plan.part().programs().len() > 1 {
            groups.digits = partial.digits;
        }
        Ok(groups)
    }

    /// Groups anew by the keys' words: a point in several zones counts in each.
    fn expand(&mut self, plan: &Plan, partial: &Partial) -> Result<(), Error> {
        let mut found: HashMap<Vec<u128>, usize> = HashMap::new();
        let mut names: Vec<Vec<u128>> = Vec::new();
        for (group, words) in self.parents(plan, partial) {
            let place = *found.entry(words.clone()).or_insert_with(|| {
                names.push(words);
                self.records.extend(self.layout.identity());
                names.len() - 1
            });
            let at = place * self.layout.stride;
            let into = &mut self.records[at..at + self.layout.stride];
            partial
                .layout
                .merge(into, &partial.layout, partial.record(group));
        }
        self.count = count(names.len())?;
        let key = |key: usize| names.iter().map(|words| words[key]).collect();
        self.words = (0..plan.keys().len()).map(key).collect();
        Ok(())
    }

    /// For each group of a partial whose first digits are the keys', the words of the answer's groups
    /// that it is part of.
    pub(super) fn parents(&self, plan: &Plan, partial: &Partial) -> Vec<(usize, Vec<u128>)> {
        let mut all: Vec<(usize, Vec<u128>)> =
            (0..partial.groups()).map(|g| (g, Vec::new())).collect();
        for (key, lexicon) in plan.keys().iter().zip(self.lexicons) {
            if let KeyForm::Zone { layer, other, .. } = key.form {
                let layer = &plan.part().programs()[0].layers[layer];
                let mut more = Vec::new();
                for (group, words) in all {
                    let members = layer.members(keys::code(key, partial, group));
                    let mut add = |word: u128| {
                        let mut words = words.clone();
                        words.push(word);
                        more.push((group, words));
                    };
                    if members.is_empty() && other {
                        add(keys::NULL);
                    }
                    let mut numbers: Vec<u128> = members
                        .iter()
                        .map(|&zone| lexicon.number(u64::from(zone)))
                        .collect();
                    numbers.sort_unstable();
                    numbers.dedup();
                    numbers.into_iter().for_each(&mut add);
                }
                all = more;
                continue;
            }
            let column = keys::words(key, lexicon, partial);
            if let KeyForm::Near { other: false, .. } = key.form {
                all.retain(|(group, _)| !keys::is_null(key, partial, *group));
            }
            for (group, words) in &mut all {
                words.push(column[*group]);
            }
        }
        all
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn record(&self, group: usize) -> &[u64] {
        &self.records[group * self.layout.stride..(group + 1) * self.layout.stride]
    }

    /// Whether [`Self::find`] knows groups by their digits.
    pub(super) fn has_digits(&self) -> bool {
        !self.is_regrouped && self.digits.len() <= 4
    }

    /// The group of a pair, whose first digits are the group's.
    pub(super) fn find(&self, pairs: &Partial, pair: usize) -> Option<u32> {
        let packed = |all: &[Vec<u32>], at: usize| {
            let digits = all.iter().take(self.digits.len());
            digits.fold(0u128, |packed, digit| packed << 32 | u128::from(digit[at]))
        };
        let index = self.by_digits.get_or_init(|| {
            let groups = (0..self.count).map(|g| (packed(&self.digits, g as usize), g));
            groups.collect()
        });
        index.get(&packed(&pairs.digits, pair)).copied()
    }

    /// Where a group with these words is.
    pub(super) fn index(&self) -> HashMap<Vec<u128>, u32> {
        (0..self.count)
            .map(|g| {
                let words = self.words.iter().map(|w| w[g as usize]);
                (words.collect(), g)
            })
            .collect()
    }
}
