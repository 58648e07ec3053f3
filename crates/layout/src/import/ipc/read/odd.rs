//! Columns of Arrow IPC of types that arrow's reader does not have, at which it gives up.

use super::MAGIC;
use crate::import::open::unpack;
use arrow::datatypes::Field;
use arrow::ipc::{Schema, root_as_footer, root_as_message};
use graticule_dataset::guarded;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A schema of more bytes is none.
const MOST: u64 = 64 << 20;

/// What is odd about the first such column of a file or stream, if there is one.
pub(super) fn column(path: &Path) -> Option<String> {
    let whole = std::fs::metadata(path).ok()?.len();
    let mut bytes = Vec::new();
    let from = unpack(File::open(path).ok()?).ok()?;
    from.take(MOST.max(whole)).read_to_end(&mut bytes).ok()?;
    match bytes.strip_suffix(MAGIC) {
        Some(rest) if bytes.starts_with(MAGIC) => {
            let (rest, length) = rest.split_last_chunk()?;
            let length = usize::try_from(i32::from_le_bytes(*length)).ok()?;
            let footer = root_as_footer(rest.get(rest.len().checked_sub(length)?..)?).ok()?;
            of_schema(footer.schema()?)
        }
        _ => {
            // Before version 0.15 there was no marker.
            let rest = bytes.strip_prefix(&[255; 4]).unwrap_or(&bytes);
            let message = root_as_message(rest.get(4..)?).ok()?;
            of_schema(message.header_as_schema()?)
        }
    }
}

fn of_schema(schema: Schema<'_>) -> Option<String> {
    schema.fields()?.iter().find_map(|field| {
        let name = field.name().unwrap_or_default();
        let what = match field.type_as_int().map(|int| int.bitWidth()) {
            Some(bits) if bits > 64 => format!("of integers of {bits} bits"),
            _ if guarded(|| Field::from(field)).is_err() => {
                format!("of a type ({:?}) that is not known", field.type_type())
            }
            _ => return None,
        };
        Some(format!(
            "column '{name}' is {what}, which is not read here; write it as a decimal or a text, or leave it out \
             (graticule query reads the file's other columns as they are)"
        ))
    })
}
