//! One file for each kernel: the CPU twin of the shader of the same name.

mod bbox;
mod bucket;
mod cell;
mod circle;
mod count;
mod dated;
mod dense;
mod layer;
mod log;
mod max;
mod min;
mod null;
mod offset;
mod range;
mod squares;
mod sum;
mod valid;

pub(crate) use bbox::bbox;
pub(crate) use bucket::{Buckets, bucket, distances, near_bucket, span};
pub(crate) use cell::{cell, cell_of};
pub(crate) use circle::circle;
pub(crate) use count::count;
pub(crate) use dated::dated;
pub(crate) use dense::dense;
pub(crate) use layer::{layer, zone};
pub(crate) use log::log;
pub(crate) use max::max;
pub(crate) use min::min;
pub(crate) use null::null;
pub(crate) use offset::offset;
pub(crate) use range::{range, range_of_offsets};
pub(crate) use squares::squares;
pub(crate) use sum::sum;
pub(crate) use valid::valid;
