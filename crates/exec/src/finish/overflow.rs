//! Sums that do not fit: an error where they are shown, whichever groups are finished with them.

use crate::Error;
use std::collections::BTreeMap;

/// The first overflow of each group.
#[derive(Default)]
pub(super) struct Overflows {
    groups: BTreeMap<u32, Error>,
}

impl Overflows {
    /// Takes an overflow of a group in.
    pub(super) fn note(&mut self, group: u32, error: impl FnOnce() -> Error) {
        self.groups.entry(group).or_insert_with(error);
    }

    /// The error of the first group that has one, if any does.
    pub(super) fn first(&mut self) -> Result<(), Error> {
        self.groups.pop_first().map_or(Ok(()), |(_, e)| Err(e))
    }

    /// Those of some groups, by their places in this order.
    pub(super) fn of(mut self, order: &[u32]) -> Self {
        if self.groups.is_empty() {
            return self;
        }
        let groups = (0..).zip(order);
        let groups = groups.filter_map(|(place, group)| Some((place, self.groups.remove(group)?)));
        Self {
            groups: groups.collect(),
        }
    }

    /// The error of a row, taken out.
    pub(super) fn take(&mut self, row: u32) -> Option<Error> {
        self.groups.remove(&row)
    }

    /// Takes in those of further rows, before which there are so many.
    pub(super) fn append(&mut self, before: u32, further: Self) {
        let further = further.groups.into_iter();
        self.groups
            .extend(further.map(|(row, error)| (before.saturating_add(row), error)));
    }
}
