//! Bytes of a row group to chunks, and columns as files hold them.

pub(crate) mod absent;
mod blame;
pub(crate) mod chunks;
pub(crate) mod convert;
mod decoded;
mod early;
pub(crate) mod fetched;
pub(crate) mod fit;
pub(crate) mod held;
pub(crate) mod ipc;
mod page;
mod rows;
pub(crate) mod stored;
mod texts;
pub(crate) mod time;
pub(crate) mod writer;
