//! Rows until there are enough for a batch of a file.

use crate::Error;
use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait, RecordBatch};
use arrow::buffer::OffsetBuffer;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{DataType, SchemaRef};
use graticule_exec::HANDED;

/// Bytes of texts in a batch, after which it ends with fewer rows.
const BATCH_BYTES: usize = 4 << 20;

/// Rows of the batch that comes next. Where it ends depends on the rows alone, not on the batches they came in.
pub(super) struct Held {
    rows: BatchCoalescer,
    count: usize,
    bytes: usize,
}

impl Held {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self {
            rows: BatchCoalescer::new(schema, HANDED),
            count: 0,
            bytes: 0,
        }
    }

    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let lengths = lengths(batch);
        let mut first = 0;
        for (row, length) in lengths.into_iter().enumerate() {
            self.count += 1;
            self.bytes += length;
            if self.count == HANDED || self.bytes >= BATCH_BYTES {
                let next = row + 1;
                self.rows.push_batch(batch.slice(first, next - first))?;
                self.rows.finish_buffered_batch()?;
                (first, self.count, self.bytes) = (next, 0, 0);
            }
        }
        if first < batch.num_rows() {
            let rest = batch.slice(first, batch.num_rows() - first);
            self.rows.push_batch(rest)?;
        }
        Ok(())
    }

    /// Ends the batch that is under way.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        Ok(self.rows.finish_buffered_batch()?)
    }

    pub(super) fn next(&mut self) -> Option<RecordBatch> {
        self.rows.next_completed_batch()
    }
}

/// Bytes of the texts of each row.
fn lengths(batch: &RecordBatch) -> Vec<usize> {
    let mut lengths = vec![0; batch.num_rows()];
    for column in batch.columns() {
        add(column, &mut lengths);
    }
    lengths
}

fn add(column: &ArrayRef, lengths: &mut [usize]) {
    match column.data_type() {
        DataType::Utf8 => by_offsets(column, column.as_string::<i32>().offsets(), lengths),
        DataType::LargeUtf8 => by_offsets(column, column.as_string::<i64>().offsets(), lengths),
        DataType::Binary => by_offsets(column, column.as_binary::<i32>().offsets(), lengths),
        DataType::LargeBinary => by_offsets(column, column.as_binary::<i64>().offsets(), lengths),
        DataType::Utf8View => {
            let texts = column.as_string_view().iter();
            for (length, text) in lengths.iter_mut().zip(texts) {
                *length += text.map_or(0, str::len);
            }
        }
        DataType::BinaryView => {
            let values = column.as_binary_view().iter();
            for (length, value) in lengths.iter_mut().zip(values) {
                *length += value.map_or(0, <[u8]>::len);
            }
        }
        _ => {}
    }
}

fn by_offsets<O: OffsetSizeTrait>(
    column: &ArrayRef,
    offsets: &OffsetBuffer<O>,
    lengths: &mut [usize],
) {
    for (row, (length, bytes)) in lengths.iter_mut().zip(offsets.lengths()).enumerate() {
        // What lies below a null is nobody's value.
        if column.is_valid(row) {
            *length += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringArray;
    use std::sync::Arc;

    /// Rows of the batches that come of texts of a mebibyte, so many at a time.
    fn cut(count: usize, at_once: usize) -> Vec<usize> {
        let text = "x".repeat(1 << 20);
        let texts =
            StringArray::from_iter((0..count).map(|i| (i % 2 == 0).then_some(text.as_str())));
        let batch = RecordBatch::try_from_iter([("note", Arc::new(texts) as ArrayRef)]);
        let batch = batch.expect("a batch");
        let mut held = Held::new(batch.schema());
        for first in (0..count).step_by(at_once) {
            let some = at_once.min(count - first);
            held.push(&batch.slice(first, some)).expect("pushed");
        }
        held.finish().expect("finished");
        std::iter::from_fn(|| held.next())
            .map(|batch| batch.num_rows())
            .collect()
    }

    #[test]
    fn long_texts_make_batches_of_few_rows_however_they_come() {
        // The fourth text is row 6, for each second row is null.
        for at_once in [1, 4, 7, 40] {
            assert_eq!(cut(40, at_once), [7, 8, 8, 8, 8, 1], "{at_once}");
        }
    }
}
