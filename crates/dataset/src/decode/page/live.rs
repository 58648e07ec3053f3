//! Which rows have a value.

use arrow::buffer::BooleanBuffer;

/// Which of the rows in the making are not null; empty as long as none is.
#[derive(Debug, Default)]
pub(super) struct Live {
    rows: Vec<bool>,
}

impl Live {
    /// Adds rows behind so many others; where some are null, which are not.
    pub(super) fn push(&mut self, before: usize, rows: usize, live: Option<&[bool]>) {
        match live {
            Some(live) => {
                self.rows.resize(before, true);
                self.rows.extend_from_slice(live);
            }
            None if !self.rows.is_empty() => self.rows.resize(before + rows, true),
            None => {}
        }
    }

    /// Whether no row is null.
    pub(super) fn is_all(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a row is not null.
    pub(super) fn has(&self, row: usize) -> bool {
        self.is_all() || self.rows[row]
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }

    /// The rows that were pushed since the last time, if one of them is null.
    pub(super) fn take(&mut self) -> Option<BooleanBuffer> {
        let rows = std::mem::take(&mut self.rows);
        (!rows.is_empty()).then(|| BooleanBuffer::from(rows))
    }
}

/// Whether all rows are null. They have the first place of a dictionary, which one of nothing has not.
pub(super) fn is_none(live: Option<&[bool]>) -> bool {
    live.is_some_and(|live| !live.contains(&true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_nulls_cost_nothing_until_one_comes() {
        let mut live = Live::default();
        live.push(0, 2, None);
        assert!(live.is_all() && live.has(1));
        assert_eq!(live.take(), None);
        live.push(0, 2, None);
        live.push(2, 2, Some(&[false, true]));
        live.push(4, 1, None);
        assert!(live.has(1) && !live.has(2) && live.has(4) && !live.is_all());
        let expected = BooleanBuffer::from(vec![true, true, false, true, true]);
        assert_eq!(live.take(), Some(expected));
        assert!(live.is_all());
    }
}
