//! Runs of equal numbers and of bit-packed ones, as Parquet's RLE encoding mixes them.

use super::bits::{unpack, varint};
use std::ops::Range;

/// Where a reader is within the runs of a page.
#[derive(Debug)]
pub(super) struct Hybrid {
    /// The bytes that are still to be read.
    rest: Range<usize>,
    width: usize,
    run: Run,
}

#[derive(Debug)]
enum Run {
    Same {
        word: u32,
        left: usize,
    },
    Packed {
        /// Its bytes.
        bytes: Range<usize>,
        done: usize,
        left: usize,
    },
}

const SHORT: &str = "it ends before its last value";

impl Hybrid {
    /// Of numbers of `width` bits in these bytes of a page.
    pub(super) fn new(bytes: Range<usize>, width: usize) -> Result<Self, &'static str> {
        if width > 32 {
            return Err("it has places in its dictionary of more than 32 bits");
        }
        Ok(Self {
            rest: bytes,
            width,
            run: Run::Same { word: 0, left: 0 },
        })
    }

    /// Numbers of the current run that are left; a run is begun where one ended.
    fn left(&mut self, page: &[u8]) -> Result<usize, &'static str> {
        loop {
            match self.run {
                Run::Same { left, .. } | Run::Packed { left, .. } if left > 0 => return Ok(left),
                _ => self.begin(page)?,
            }
        }
    }

    fn begin(&mut self, page: &[u8]) -> Result<(), &'static str> {
        let bytes = page.get(..self.rest.end).ok_or(SHORT)?;
        let head = varint(bytes, &mut self.rest.start).ok_or(SHORT)?;
        let count = usize::try_from(head >> 1).map_err(|_| "a run has more values than memory")?;
        if head & 1 == 0 {
            let end = self.rest.start + self.width.div_ceil(8);
            let bytes = bytes.get(self.rest.start..end).ok_or(SHORT)?;
            let mut word = [0; 4];
            word[..bytes.len()].copy_from_slice(bytes);
            self.rest.start = end;
            self.run = Run::Same {
                word: u32::from_le_bytes(word),
                left: count,
            };
            return Ok(());
        }
        // The last run may end with its last value rather than with eight.
        let wanted = count.saturating_mul(self.width);
        let end = self.rest.start.saturating_add(wanted).min(self.rest.end);
        let held = (end - self.rest.start) * 8;
        let held = held.checked_div(self.width).unwrap_or(usize::MAX);
        let left = count.saturating_mul(8).min(held);
        if left == 0 && count > 0 {
            return Err(SHORT);
        }
        self.run = Run::Packed {
            bytes: self.rest.start..end,
            done: 0,
            left,
        };
        self.rest.start = end;
        Ok(())
    }

    /// The next numbers.
    pub(super) fn read(&mut self, page: &[u8], out: &mut [u32]) -> Result<(), &'static str> {
        let width = self.width;
        let mut out = out;
        while !out.is_empty() {
            let count = self.left(page)?.min(out.len());
            let (now, later) = out.split_at_mut(count);
            match &mut self.run {
                Run::Same { word, left } => {
                    now.fill(*word);
                    *left -= count;
                }
                Run::Packed { bytes, done, left } => {
                    // Loads may reach into what follows; masks hide it.
                    let held = page.get(bytes.start..).ok_or(SHORT)?;
                    unpack(held, width, *done, now);
                    *done += count;
                    *left -= count;
                }
            }
            out = later;
        }
        Ok(())
    }

    /// Passes over numbers.
    pub(super) fn skip(&mut self, page: &[u8], count: usize) -> Result<(), &'static str> {
        let mut wanted = count;
        while wanted > 0 {
            let count = self.left(page)?.min(wanted);
            match &mut self.run {
                Run::Same { left, .. } => *left -= count,
                Run::Packed { done, left, .. } => {
                    *done += count;
                    *left -= count;
                }
            }
            wanted -= count;
        }
        Ok(())
    }

    /// Whether the next numbers, so many, are all this one, as far as one run tells.
    pub(super) fn is_all(
        &mut self,
        page: &[u8],
        one: u32,
        count: usize,
    ) -> Result<bool, &'static str> {
        Ok(self.left(page)? >= count && matches!(self.run, Run::Same { word, .. } if word == one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_read_and_passed_over() {
        // Five times 6; eight numbers of three bits; nothing; twice 1.
        let page = [10, 6, 3, 0b1101_0001, 0b0101_1000, 0b0001_1111, 0, 0, 4, 1];
        let all = [6, 6, 6, 6, 6, 1, 2, 3, 4, 5, 6, 7, 0, 1, 1];
        for skipped in 0..=15 {
            let mut runs = Hybrid::new(0..page.len(), 3).expect("runs");
            runs.skip(&page, skipped).expect("passed over");
            let mut out = vec![9; 15 - skipped];
            runs.read(&page, &mut out).expect("read");
            assert_eq!(out, all[skipped..]);
            assert!(runs.skip(&page, 1).is_err(), "there are no more");
        }
        let mut runs = Hybrid::new(0..page.len(), 3).expect("runs");
        assert_eq!(runs.is_all(&page, 6, 5), Ok(true));
        assert_eq!(runs.is_all(&page, 6, 6), Ok(false));
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        // Sixteen numbers of three bits, of which two bytes hold five.
        let page = [5, 0xff, 0xff];
        let mut runs = Hybrid::new(0..3, 3).expect("runs");
        let mut out = [0; 5];
        runs.read(&page, &mut out).expect("they are there");
        assert_eq!(out, [7; 5]);
        assert!(runs.read(&page, &mut out[..1]).is_err());
        assert!(Hybrid::new(0..3, 33).is_err());
        // A run that says it has 2^62 numbers of no bits.
        let page = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        let mut runs = Hybrid::new(0..9, 0).expect("runs");
        runs.read(&page, &mut out).expect("zeros");
        assert_eq!(out, [0; 5]);
    }
}
