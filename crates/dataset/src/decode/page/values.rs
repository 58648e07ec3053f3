//! The values of a page as words, whatever its encoding.

use super::bits::{Word, unpack};
use super::delta::Delta;
use super::hybrid::Hybrid;
use parquet::basic::Encoding;
use std::ops::Range;

/// Bits of a physical type's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// Booleans, which become words of 32 bits.
    Bit,
    Narrow,
    Wide,
    /// Bytes, each behind their length.
    Text,
}

/// Where a text lies in bytes, and its length.
pub(super) type Span = (usize, usize);

/// Where a reader is within the values of a page.
#[derive(Debug)]
pub(super) enum Values {
    /// Values as they are, from a byte on.
    Plain(Range<usize>),
    /// Booleans, from a bit on.
    Bits(Range<usize>),
    /// Places in the dictionary.
    Keys(Hybrid),
    /// Booleans in runs.
    Runs(Hybrid),
    Delta(Delta),
    /// All first bytes, then all second ones, and so on; the place of the next value.
    Split(Range<usize>, usize),
}

const SHORT: &str = "it ends before its last value";

/// Whether values of a width can be read in an encoding.
pub(super) fn is_read(encoding: Encoding, width: Width, is_integer: bool) -> bool {
    match encoding {
        Encoding::PLAIN => true,
        Encoding::RLE => width == Width::Bit,
        Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => width != Width::Bit,
        Encoding::DELTA_BINARY_PACKED => width != Width::Bit && is_integer,
        Encoding::BYTE_STREAM_SPLIT => !matches!(width, Width::Bit | Width::Text),
        _ => false,
    }
}

impl Values {
    /// The values in these bytes of a page.
    pub(super) fn new(
        page: &[u8],
        bytes: Range<usize>,
        encoding: Encoding,
        width: Width,
    ) -> Result<Self, &'static str> {
        let held = page.get(bytes.clone()).ok_or(SHORT)?;
        Ok(match (encoding, width) {
            (Encoding::PLAIN, Width::Bit) => Self::Bits(8 * bytes.start..8 * bytes.end),
            (Encoding::PLAIN, _) => Self::Plain(bytes),
            (Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY, _) => {
                // A page of nulls alone may have no byte.
                let width = held.first().copied().unwrap_or(0);
                let start = (bytes.start + 1).min(bytes.end);
                Self::Keys(Hybrid::new(start..bytes.end, width.into())?)
            }
            (Encoding::RLE, _) => {
                let length = held.first_chunk().map(|length| u32::from_le_bytes(*length));
                let length = length.ok_or(SHORT)? as usize;
                let runs = bytes.start + 4..bytes.start.saturating_add(4 + length);
                if runs.end > bytes.end {
                    return Err("it has runs that reach beyond it");
                }
                Self::Runs(Hybrid::new(runs, 1)?)
            }
            (Encoding::DELTA_BINARY_PACKED, width) => {
                let bits = if width == Width::Wide { 64 } else { 32 };
                Self::Delta(Delta::new(page, bytes, bits)?)
            }
            (Encoding::BYTE_STREAM_SPLIT, width) => {
                let size = if width == Width::Wide { 8 } else { 4 };
                if held.len() % size != 0 {
                    return Err("its bytes are not a whole number of values");
                }
                Self::Split(bytes, 0)
            }
            _ => return Err("it has an encoding that is not of its type"),
        })
    }

    /// The next values, of 32 bits; places in the dictionary where the page has those.
    pub(super) fn read_narrow(&mut self, page: &[u8], out: &mut [u32]) -> Result<(), &'static str> {
        match self {
            Self::Plain(bytes) => {
                let taken = take(bytes, 4 * out.len())?;
                let words = page.get(taken).ok_or(SHORT)?.as_chunks::<4>().0;
                for (out, word) in out.iter_mut().zip(words) {
                    *out = u32::from_le_bytes(*word);
                }
            }
            Self::Bits(bits) => {
                let taken = take(bits, out.len())?;
                unpack(page, 1, taken.start, out);
            }
            Self::Keys(runs) | Self::Runs(runs) => runs.read(page, out)?,
            Self::Delta(delta) => delta.read(page, out)?,
            Self::Split(bytes, done) => split::<4, u32>(page, bytes, done, out)?,
        }
        Ok(())
    }

    /// As [`Self::read_narrow`], of 64 bits; not for places in the dictionary.
    pub(super) fn read_wide(&mut self, page: &[u8], out: &mut [u64]) -> Result<(), &'static str> {
        match self {
            Self::Plain(bytes) => {
                let taken = take(bytes, 8 * out.len())?;
                let words = page.get(taken).ok_or(SHORT)?.as_chunks::<8>().0;
                for (out, word) in out.iter_mut().zip(words) {
                    *out = u64::from_le_bytes(*word);
                }
            }
            Self::Delta(delta) => delta.read(page, out)?,
            Self::Split(bytes, done) => split::<8, u64>(page, bytes, done, out)?,
            Self::Bits(_) | Self::Keys(_) | Self::Runs(_) => {
                return Err("it has an encoding that is not of its type");
            }
        }
        Ok(())
    }

    /// As [`Self::read_narrow`], where texts lie; not for places in the dictionary.
    pub(super) fn read_spans(&mut self, page: &[u8], out: &mut [Span]) -> Result<(), &'static str> {
        let Self::Plain(bytes) = self else {
            return Err("it has an encoding that is not of its type");
        };
        for out in out {
            let head = take(bytes, 4)?;
            let length = page.get(head).and_then(|head| head.first_chunk());
            let length = u32::from_le_bytes(*length.ok_or(SHORT)?) as usize;
            *out = (take(bytes, length)?.start, length);
        }
        Ok(())
    }

    /// Passes over values of a width; those that only all before them tell are read.
    pub(super) fn skip(
        &mut self,
        page: &[u8],
        width: Width,
        count: usize,
    ) -> Result<(), &'static str> {
        match self {
            Self::Plain(_) if width == Width::Text => {
                (0..count).try_for_each(|_| self.read_spans(page, &mut [(0, 0)]))?;
            }
            Self::Plain(bytes) => {
                let size = if width == Width::Wide { 8 } else { 4 };
                take(bytes, size * count)?;
            }
            Self::Bits(bits) => {
                take(bits, count)?;
            }
            Self::Keys(runs) | Self::Runs(runs) => runs.skip(page, count)?,
            Self::Split(_, done) => *done += count,
            Self::Delta(delta) => {
                const STEP: usize = 256;
                for start in (0..count).step_by(STEP) {
                    let step = STEP.min(count - start);
                    match width {
                        Width::Wide => delta.read(page, &mut [0u64; STEP][..step])?,
                        _ => delta.read(page, &mut [0u32; STEP][..step])?,
                    }
                }
            }
        }
        Ok(())
    }
}

/// So many from the front of a range.
fn take(from: &mut Range<usize>, count: usize) -> Result<Range<usize>, &'static str> {
    let end = from.start.saturating_add(count);
    if end > from.end {
        return Err(SHORT);
    }
    let taken = from.start..end;
    from.start = end;
    Ok(taken)
}

fn split<const SIZE: usize, W: Word>(
    page: &[u8],
    bytes: &Range<usize>,
    done: &mut usize,
    out: &mut [W],
) -> Result<(), &'static str> {
    let stream = bytes.len() / SIZE;
    let end = done.saturating_add(out.len());
    if end > stream {
        return Err(SHORT);
    }
    let held = page.get(bytes.clone()).ok_or(SHORT)?;
    out.fill(W::default());
    for byte in 0..SIZE {
        let stream = &held[byte * stream..][*done..end];
        for (out, part) in out.iter_mut().zip(stream) {
            *out = out.plus(W::of(u64::from(*part) << (8 * byte)));
        }
    }
    *done = end;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_apart_are_words_again() {
        let page = [9, 1, 4, 2, 5, 0, 0, 0, 0x80];
        let mut values =
            Values::new(&page, 1..9, Encoding::BYTE_STREAM_SPLIT, Width::Narrow).expect("values");
        let mut out = [0; 2];
        values.read_narrow(&page, &mut out).expect("read");
        assert_eq!(out, [0x0000_0201, 0x8000_0504]);
        assert!(values.read_narrow(&page, &mut out[..1]).is_err());
        let cut = Values::new(&page, 2..9, Encoding::BYTE_STREAM_SPLIT, Width::Narrow);
        assert!(cut.is_err());
    }

    #[test]
    fn plain_values_end_with_the_page() {
        let page = [1, 2, 0, 0, 0, 3, 0, 0, 0, 4];
        let mut values = Values::new(&page, 1..10, Encoding::PLAIN, Width::Narrow).expect("values");
        values.skip(&page, Width::Narrow, 1).expect("passed over");
        let mut out = [0];
        values.read_narrow(&page, &mut out).expect("read");
        assert_eq!(out, [3]);
        assert!(values.read_narrow(&page, &mut out).is_err());
        // Two bytes of booleans.
        let mut bits = Values::new(&[0b101, 1], 0..2, Encoding::PLAIN, Width::Bit).expect("values");
        let mut out = [0; 9];
        bits.read_narrow(&[0b101, 1], &mut out).expect("read");
        assert_eq!(out, [1, 0, 1, 0, 0, 0, 0, 0, 1]);
    }
}
