//! One file for each kernel: the CPU twin of the shader of the same name.

mod bbox;
mod bucket;
mod cell;
mod circle;
mod count;
mod dated;
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
pub(crate) use bucket::bucket;
pub(crate) use cell::cell;
pub(crate) use circle::circle;
pub(crate) use count::count;
pub(crate) use dated::dated;
pub(crate) use layer::{layer, zone};
pub(crate) use log::log;
pub(crate) use max::max;
pub(crate) use min::min;
pub(crate) use null::null;
pub(crate) use offset::offset;
pub(crate) use range::{range32, range64};
pub(crate) use squares::squares;
pub(crate) use sum::sum;
pub(crate) use valid::valid;

/// Records of a table and where one accumulator's word lies in each.
pub(crate) struct Records<'a> {
    pub(crate) words: &'a mut [u64],
    pub(crate) stride: usize,
    pub(crate) at: usize,
}

impl Records<'_> {
    #[inline]
    pub(crate) fn word(&mut self, place: u32) -> &mut u64 {
        &mut self.words[place as usize * self.stride + self.at]
    }
}

/// The place that all rows share, if they do: then a step reduces before it touches the record.
#[inline]
pub(crate) fn shared(places: &[u32]) -> Option<u32> {
    let (&first, &last) = (places.first()?, places.last()?);
    (first == last && places.iter().all(|&p| p == first)).then_some(first)
}
