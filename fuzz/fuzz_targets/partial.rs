//! Partial answers, as they come from elsewhere. The first line is the batch's metadata, as JSON; the rest are its columns.
#![no_main]

use arrow::array::{ArrayRef, RecordBatch, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use graticule::Partial;
use std::collections::HashMap;
use std::sync::Arc;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(batch) = batch(bytes) else { return };
    if let Ok((program, partial)) = Partial::from_batch(&batch) {
        let again = partial.to_batch(program).map(|batch| Partial::from_batch(&batch));
        assert_eq!(again.ok().and_then(Result::ok), Some((program, partial)));
    }
});

/// Each column begins with its number of digits' bytes, 4 or 8, and has as many rows as the first byte says.
fn batch(bytes: &[u8]) -> Option<RecordBatch> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let metadata: HashMap<String, String> = serde_json::from_slice(&bytes[..end]).ok()?;
    let (rows, mut rest) = bytes[end + 1..].split_first()?;
    let rows = usize::from(*rows % 8);
    let (mut fields, mut columns) = (Vec::new(), Vec::<ArrayRef>::new());
    while let Some((width, values)) = rest.split_first() {
        let bytes = if width % 2 == 0 { 4 } else { 8 };
        let (values, behind) = values.split_at_checked(rows * bytes)?;
        rest = behind;
        let name = columns.len().to_string();
        if bytes == 4 {
            let words = values.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word));
            columns.push(Arc::new(words.collect::<UInt32Array>()));
            fields.push(Field::new(name, DataType::UInt32, false));
        } else {
            let words = values.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
            columns.push(Arc::new(words.collect::<UInt64Array>()));
            fields.push(Field::new(name, DataType::UInt64, false));
        }
    }
    let schema = Schema::new_with_metadata(fields, metadata);
    RecordBatch::try_new(Arc::new(schema), columns).ok()
}
