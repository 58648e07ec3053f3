//! Some rows of a vector.

use crate::marks;

/// Rows of a vector, ascending: all of them, or a list.
#[derive(Debug, Default, Clone)]
pub(super) struct Rows {
    count: usize,
    is_all: bool,
    /// The first ones of these where it is not all of them.
    list: Vec<u32>,
}

impl Rows {
    /// Takes those whose mark is 1.
    pub(super) fn mark(&mut self, marks: &[u8]) {
        self.is_all = marks::all_marked(marks);
        self.count = if self.is_all {
            marks.len()
        } else {
            marks::list(marks, &mut self.list)
        };
    }

    /// Hands out the list, emptied, to be filled.
    pub(super) fn begin(&mut self) -> Vec<u32> {
        self.list.clear();
        std::mem::take(&mut self.list)
    }

    /// Takes the rows of a list, ascending.
    pub(super) fn end(&mut self, list: Vec<u32>) {
        (self.count, self.is_all, self.list) = (list.len(), false, list);
    }

    /// Takes the first ones, of which there are no others.
    pub(super) fn all(&mut self, count: usize) {
        (self.count, self.is_all) = (count, true);
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The list; `None` where it is all rows.
    pub(super) fn list(&self) -> Option<&[u32]> {
        (!self.is_all).then(|| &self.list[..self.count])
    }

    /// The row at a position.
    pub(super) fn row(&self, position: u32) -> u32 {
        self.list().map_or(position, |list| list[position as usize])
    }

    #[expect(clippy::cast_possible_truncation, reason = "a vector has few rows")]
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let all = if self.is_all {
            0..self.count as u32
        } else {
            0..0
        };
        all.chain(self.list().unwrap_or(&[]).iter().copied())
    }

    /// Takes the same as others.
    pub(super) fn copy(&mut self, other: &Self) {
        (self.count, self.is_all) = (other.count, other.is_all);
        if let Some(list) = other.list() {
            self.list.clear();
            self.list.extend_from_slice(list);
        }
    }

    /// Keeps of these only the ones at some positions, ascending.
    pub(super) fn keep(&mut self, positions: &Self) {
        let Some(positions) = positions.list() else {
            return;
        };
        if self.is_all {
            self.list.clear();
            self.list.extend_from_slice(positions);
        } else {
            // A position is not before the place that it moves to.
            for (to, &from) in positions.iter().enumerate() {
                self.list[to] = self.list[from as usize];
            }
        }
        (self.count, self.is_all) = (positions.len(), false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &Rows) -> Vec<u32> {
        rows.iter().collect()
    }

    #[test]
    fn rows_of_rows() {
        let (mut rows, mut positions, mut copy) = Default::default();
        let (rows, positions, copy): (&mut Rows, &mut Rows, &mut Rows) =
            (&mut rows, &mut positions, &mut copy);
        rows.mark(&[1; 12]);
        assert_eq!((rows.list(), rows.len()), (None, 12));
        positions.mark(&[1; 12]);
        rows.keep(positions);
        assert_eq!(rows.list(), None, "still all");
        positions.mark(&[0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        rows.keep(positions);
        assert_eq!(of(rows), [1, 2, 10, 11]);
        positions.mark(&[1, 0, 0, 1]);
        rows.keep(positions);
        assert_eq!(of(rows), [1, 11]);
        copy.copy(rows);
        positions.mark(&[0, 0]);
        rows.keep(positions);
        assert!(rows.is_empty() && of(rows).is_empty());
        assert_eq!(of(copy), [1, 11]);
    }
}
