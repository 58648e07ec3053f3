//! Arrow IPC files, also known as Feather: the footer says where the record batches lie, and the header
//! of each where its columns do, so that columns are read by ranges as those of Parquet.

mod footer;
mod layout;
mod open;

pub(crate) use footer::Footer;
pub(crate) use layout::Batch;
pub(crate) use open::fetch;

use crate::DatasetError;

/// What such files begin and end with.
pub(crate) const MAGIC: &[u8] = b"ARROW1";
/// What the messages of a stream begin with.
const CONTINUATION: &[u8] = &[0xff; 4];

/// Tells, of a file that does not end as one should, whether it is another kind of Arrow.
///
/// # Errors
/// What it is, and what to do.
pub(crate) fn check_head(path: &str, head: &[u8]) -> Result<(), DatasetError> {
    let path = path.to_owned();
    let reason = if head.starts_with(CONTINUATION) {
        "it is an Arrow stream, which has no footer to find columns by; make Parquet of it with graticule import `format` arrow"
    } else if head.starts_with(b"FEA1") {
        "it is Feather of version 1; write it again as version 2, which is Arrow IPC"
    } else if head.starts_with(MAGIC) {
        let reason =
            "it begins as an Arrow file and has no footer: it was cut off, or is still written";
        let reason = reason.to_owned();
        return Err(DatasetError::Footer { path, reason });
    } else {
        return Ok(());
    };
    Err(DatasetError::Unreadable { path, reason })
}
