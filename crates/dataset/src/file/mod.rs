//! One file: what it says of itself before its rows, and what its columns are.

pub(crate) mod contents;
pub(crate) mod coordinates;
pub(crate) mod footer;
pub(crate) mod foreign;
pub(crate) mod geometry;
pub(crate) mod guard;
pub(crate) mod hint;
pub(crate) mod ipc;
pub(crate) mod mapping;
pub(crate) mod mark;
pub(crate) mod meaning;
pub(crate) mod ranges;
pub(crate) mod text;
pub(crate) mod thrift;
pub(crate) mod view;
