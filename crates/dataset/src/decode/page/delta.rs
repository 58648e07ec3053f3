//! `DELTA_BINARY_PACKED`: each number as what it is more than the one before, bit-packed in small blocks.

use super::bits::{Word, unpack, varint};
use crate::file::thrift::unzigzag;
use std::ops::Range;

/// Where a reader is within the numbers of a page.
#[derive(Debug)]
pub(super) struct Delta {
    /// The bytes that are still to be read.
    rest: Range<usize>,
    /// Numbers that are left.
    left: usize,
    /// Blocks within each block, and the numbers of each of them.
    blocks: usize,
    block_numbers: usize,
    /// The number before the next one; before the first the first itself.
    last: u64,
    is_begun: bool,
    /// Added to each difference of the block.
    least: u64,
    /// Where the widths of the small blocks are.
    widths: usize,
    /// Number of the small block, where its bytes begin, and how many of its numbers are done.
    block: usize,
    bytes: usize,
    width: usize,
    done: usize,
}

const SHORT: &str = "it ends before its last value";

impl Delta {
    /// Of numbers of so many bits in these bytes of a page.
    pub(super) fn new(page: &[u8], bytes: Range<usize>, bits: usize) -> Result<Self, &'static str> {
        let held = page.get(..bytes.end).ok_or(SHORT)?;
        let mut at = bytes.start;
        let mut size = || {
            let number = varint(held, &mut at).ok_or(SHORT)?;
            usize::try_from(number).map_err(|_| "it has blocks larger than memory")
        };
        let (numbers, blocks, left) = (size()?, size()?, size()?);
        let first = unzigzag(varint(held, &mut at).ok_or(SHORT)?);
        if bits == 32 && i32::try_from(first).is_err() {
            return Err("first value too large");
        }
        if blocks == 0 || numbers % 128 != 0 || numbers % blocks != 0 || numbers / blocks % 32 != 0
        {
            return Err("it has blocks of a size that the format does not allow");
        }
        Ok(Self {
            rest: at..bytes.end,
            left,
            blocks,
            block_numbers: numbers / blocks,
            last: first.cast_unsigned(),
            is_begun: false,
            least: 0,
            widths: 0,
            block: blocks - 1,
            bytes: 0,
            width: 0,
            done: numbers / blocks,
        })
    }

    /// Begins the next small block.
    fn begin(&mut self, page: &[u8], bits: usize) -> Result<(), &'static str> {
        let held = page.get(..self.rest.end).ok_or(SHORT)?;
        self.block += 1;
        if self.block == self.blocks {
            let least = unzigzag(varint(held, &mut self.rest.start).ok_or(SHORT)?);
            if bits == 32 && i32::try_from(least).is_err() {
                return Err("'min_delta' too large");
            }
            self.least = least.cast_unsigned();
            self.widths = self.rest.start;
            self.block = 0;
            self.rest.start = self.rest.start.saturating_add(self.blocks);
        }
        let width = *held.get(self.widths + self.block).ok_or(SHORT)?;
        self.width = usize::from(width);
        if self.width > bits {
            return Err("it has differences of more bits than its type");
        }
        (self.bytes, self.done) = (self.rest.start, 0);
        let length = (self.block_numbers / 8).saturating_mul(self.width);
        self.rest.start = self.rest.start.saturating_add(length);
        Ok(())
    }

    /// The next numbers.
    pub(super) fn read<W: Word>(&mut self, page: &[u8], out: &mut [W]) -> Result<(), &'static str> {
        if out.len() > self.left {
            return Err("it has fewer values than its header says");
        }
        self.left -= out.len();
        let first = usize::from(!self.is_begun && !out.is_empty());
        if first == 1 {
            out[0] = W::of(self.last);
            self.is_begun = true;
        }
        let mut out = &mut out[first..];
        while !out.is_empty() {
            if self.done == self.block_numbers {
                self.begin(page, W::BITS)?;
            }
            let count = (self.block_numbers - self.done).min(out.len());
            let (now, later) = out.split_at_mut(count);
            self.differences(page, now)?;
            let (least, mut last) = (W::of(self.least), W::of(self.last));
            for number in &mut *now {
                last = last.plus(number.plus(least));
                *number = last;
            }
            self.last = last.wide();
            self.done += count;
            out = later;
        }
        Ok(())
    }

    fn differences<W: Word>(&self, page: &[u8], out: &mut [W]) -> Result<(), &'static str> {
        // The last block may end with its last number.
        let bits = (self.done + out.len()).saturating_mul(self.width);
        if self.bytes.saturating_add(bits.div_ceil(8)) > self.rest.end {
            return Err(SHORT);
        }
        unpack(
            page.get(self.bytes..).ok_or(SHORT)?,
            self.width,
            self.done,
            out,
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the format: 7, 5, 3, 1, 2, 3, 4, 5, of which the differences are -2, -2, -2, 1, 1, 1, 1.
    fn page() -> Vec<u8> {
        // 128 numbers in 4 blocks, 8 in all, the first is 7; least -2; widths 2, 0, 0, 0.
        let mut page = vec![128, 1, 4, 8, 14, 3, 2, 0, 0, 0];
        // 0, 0, 0, 3, 3, 3, 3 of two bits.
        page.extend([0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0]);
        page
    }

    #[test]
    fn the_example_of_the_format() {
        let page = page();
        for parts in [vec![8], vec![1, 7], vec![2, 3, 3], vec![5, 1, 2]] {
            let mut wide = Delta::new(&page, 0..page.len(), 64).expect("numbers");
            let mut narrow = Delta::new(&page, 0..page.len(), 32).expect("numbers");
            let (mut all, mut all_narrow) = (Vec::new(), Vec::new());
            for part in parts {
                let mut out = vec![0u64; part];
                wide.read(&page, &mut out).expect("read");
                all.extend(out);
                let mut out = vec![0u32; part];
                narrow.read(&page, &mut out).expect("read");
                all_narrow.extend(out);
            }
            assert_eq!(all, [7, 5, 3, 1, 2, 3, 4, 5]);
            assert_eq!(all_narrow, [7, 5, 3, 1, 2, 3, 4, 5]);
            assert!(wide.read(&page, &mut [0u64]).is_err(), "there are no more");
        }
    }

    #[test]
    fn what_is_cut_off_or_lies_is_an_error() {
        let whole = page();
        for end in 0..12 {
            let read = Delta::new(&whole[..end], 0..end, 64)
                .and_then(|mut delta| delta.read(&whole[..end], &mut [0u64; 8]));
            assert!(read.is_err(), "{end}");
        }
        let mut of_33_bits = whole.clone();
        of_33_bits[6] = 33;
        of_33_bits.extend([0; 200]);
        let mut delta = Delta::new(&of_33_bits, 0..of_33_bits.len(), 32).expect("numbers");
        assert!(delta.read(&of_33_bits, &mut [0u32; 8]).is_err());
        for header in [[128, 1, 0, 8, 14], [129, 1, 4, 8, 14], [128, 1, 8, 8, 14]] {
            assert!(Delta::new(&header, 0..5, 64).is_err(), "{header:?}");
        }
    }
}
