//! What the header of a page says, as far as a reader of flat columns asks.

use crate::file::thrift::{Kind, Walk, page_header, unzigzag};
use parquet::basic::Encoding;

/// The header of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes of the header itself.
    pub(super) length: usize,
    /// Bytes of the page as it lies behind its header.
    pub(super) encoded: usize,
    /// Bytes of the page once it is decompressed.
    pub(super) decoded: usize,
    pub(super) crc: Option<u32>,
    pub(super) body: Body,
}

/// What kind of page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Dictionary {
        values: usize,
        encoding: Encoding,
    },
    Data {
        values: usize,
        encoding: Encoding,
        /// How its definition levels are encoded.
        levels: Encoding,
    },
    DataV2 {
        values: usize,
        nulls: usize,
        rows: usize,
        encoding: Encoding,
        /// Bytes of the definition levels before the values.
        definition: usize,
        repetition: usize,
        is_compressed: bool,
    },
    /// An index, or what later versions of the format bring.
    Other,
}

/// Numbers of a structure by their fields, of which Parquet's have at most eight.
type Numbers = [Option<i64>; 9];

const PLACE_CRC: usize = 4;

/// The header at the beginning of these bytes.
pub(super) fn header(bytes: &[u8]) -> Result<Header, &'static str> {
    let sizes = page_header(bytes)?;
    let mut walk = Walk::of(bytes);
    let (mut own, mut nested) = (Numbers::default(), [None; 9]);
    each(&mut walk, |walk, field, kind| {
        match (field, kind) {
            // Of a data page, a dictionary and a data page of the second version.
            (5 | 7 | 8, Kind::STRUCT) => nested[field] = Some(numbers(walk)?),
            _ => return number(walk, field, kind, &mut own),
        }
        Ok(())
    })?;
    let size = |size: u64| usize::try_from(size).map_err(|_| "a page is larger than memory");
    Ok(Header {
        length: sizes.length,
        encoded: size(sizes.encoded)?,
        decoded: size(sizes.decoded)?,
        // The checksum's bits are written as a signed number.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the low 32 bits are meant"
        )]
        crc: own[PLACE_CRC].map(|crc| crc as u32),
        body: match own[1] {
            Some(0) => data(nested[5].ok_or("a data page has no header of its own")?)?,
            Some(2) => dictionary(nested[7].ok_or("a dictionary has no header of its own")?)?,
            Some(3) => data_v2(nested[8].ok_or("a data page has no header of its own")?)?,
            _ => Body::Other,
        },
    })
}

/// Hands each field of a structure to `take`, which takes its value.
fn each(
    walk: &mut Walk<'_>,
    mut take: impl FnMut(&mut Walk<'_>, usize, u8) -> Result<(), &'static str>,
) -> Result<(), &'static str> {
    let mut field = 0i64;
    loop {
        let head = walk.byte()?;
        let (kind, step) = (head & 0x0f, head >> 4);
        if kind == Kind::STOP {
            return Ok(());
        }
        field = match step {
            0 => unzigzag(walk.number()?),
            step => field.saturating_add(step.into()),
        };
        take(walk, usize::try_from(field).unwrap_or(usize::MAX), kind)?;
    }
}

/// Takes the value of a field, and notes it if it is a number or a flag.
fn number(
    walk: &mut Walk<'_>,
    field: usize,
    kind: u8,
    numbers: &mut Numbers,
) -> Result<(), &'static str> {
    let value = match kind {
        Kind::TRUE => 1,
        Kind::FALSE => 0,
        Kind::I16..=Kind::I64 => unzigzag(walk.number()?),
        _ => return walk.value(kind, 1),
    };
    if let Some(number) = numbers.get_mut(field) {
        *number = Some(value);
    }
    Ok(())
}

fn numbers(walk: &mut Walk<'_>) -> Result<Numbers, &'static str> {
    let mut found = Numbers::default();
    each(walk, |walk, field, kind| {
        number(walk, field, kind, &mut found)
    })?;
    Ok(found)
}

fn count(numbers: &Numbers, field: usize) -> Result<usize, &'static str> {
    let number = numbers[field].ok_or("the header of a page lacks a number")?;
    usize::try_from(number).map_err(|_| "the header of a page has a count below zero")
}

fn encoding(numbers: &Numbers, field: usize) -> Result<Encoding, &'static str> {
    #[expect(deprecated, reason = "old files have it for levels")]
    const PACKED: Encoding = Encoding::BIT_PACKED;
    Ok(
        match numbers[field].ok_or("the header of a page names no encoding")? {
            0 => Encoding::PLAIN,
            2 => Encoding::PLAIN_DICTIONARY,
            3 => Encoding::RLE,
            4 => PACKED,
            5 => Encoding::DELTA_BINARY_PACKED,
            6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
            7 => Encoding::DELTA_BYTE_ARRAY,
            8 => Encoding::RLE_DICTIONARY,
            9 => Encoding::BYTE_STREAM_SPLIT,
            _ => return Err("a page has an encoding of no known number"),
        },
    )
}

fn data(numbers: Numbers) -> Result<Body, &'static str> {
    Ok(Body::Data {
        values: count(&numbers, 1)?,
        encoding: encoding(&numbers, 2)?,
        levels: encoding(&numbers, 3)?,
    })
}

fn dictionary(numbers: Numbers) -> Result<Body, &'static str> {
    Ok(Body::Dictionary {
        values: count(&numbers, 1)?,
        encoding: encoding(&numbers, 2)?,
    })
}

fn data_v2(numbers: Numbers) -> Result<Body, &'static str> {
    Ok(Body::DataV2 {
        values: count(&numbers, 1)?,
        nulls: count(&numbers, 2)?,
        rows: count(&numbers, 3)?,
        encoding: encoding(&numbers, 4)?,
        definition: count(&numbers, 5)?,
        repetition: count(&numbers, 6)?,
        // A page that does not say so is compressed.
        is_compressed: numbers[7] != Some(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_pages_are() {
        // 1: 0, 2: 300, 3: 20, 4: -2, 5: { 1: 7, 2: PLAIN, 3: RLE, 4: RLE }
        let data = [
            0x15, 0, 0x15, 0xd8, 4, 0x15, 40, 0x15, 3, 0x1c, 0x15, 14, 0x15, 0, 0x15, 6, 0x15, 6,
            0, 0,
        ];
        let expected = Header {
            length: 20,
            encoded: 20,
            decoded: 300,
            crc: Some(0xffff_fffe),
            body: Body::Data {
                values: 7,
                encoding: Encoding::PLAIN,
                levels: Encoding::RLE,
            },
        };
        assert_eq!(header(&data), Ok(expected));
        for end in 0..data.len() {
            assert!(header(&data[..end]).is_err(), "{end}");
        }
        // 1: 3, 2: 8, 3: 8, 8: { 1: 4, 2: 1, 3: 4, 4: RLE_DICTIONARY, 5: 2, 6: 0, 7: false }
        let second = [
            0x15, 6, 0x15, 16, 0x15, 16, 0x5c, 0x15, 8, 0x15, 2, 0x15, 8, 0x15, 16, 0x15, 4, 0x15,
            0, 0x12, 0, 0,
        ];
        let expected = Body::DataV2 {
            values: 4,
            nulls: 1,
            rows: 4,
            encoding: Encoding::RLE_DICTIONARY,
            definition: 2,
            repetition: 0,
            is_compressed: false,
        };
        assert_eq!(header(&second).map(|h| h.body), Ok(expected));
        // A dictionary of fewer than no values.
        let below = [0x15, 4, 0x15, 16, 0x15, 16, 0x4c, 0x15, 1, 0x15, 0, 0, 0];
        assert!(header(&below).is_err());
    }
}
