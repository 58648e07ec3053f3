//! Lengths that a Parquet file claims, looked at before it is decoded: a decoder makes room for as many elements
//! as a list claims to have and as many bytes as a page does, and where the system has no such room the
//! process ends.

/// Structures within structures; Parquet has seven.
const DEEPEST: usize = 32;

const CUT: &str = "its footer ends within a value";
const LONG: &str = "its footer claims more than it holds";

/// Whether all lists, texts and structures of a structure in Thrift's compact protocol lie within these bytes.
pub(crate) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    Walk { rest: bytes }.structure(0)
}

/// What the header of a page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageHeader {
    /// Bytes of the header itself.
    pub(crate) length: usize,
    /// Bytes of the page once it is decompressed.
    pub(crate) decoded: u64,
    /// Bytes of the page as it lies behind its header.
    pub(crate) encoded: u64,
}

/// The header of a page, at the beginning of these bytes.
pub(crate) fn page_header(bytes: &[u8]) -> Result<PageHeader, &'static str> {
    let mut walk = Walk { rest: bytes };
    let mut sizes = [None; 4];
    let mut field = 0;
    loop {
        let head = walk.byte()?;
        let (kind, step) = (head & 0x0f, head >> 4);
        if kind == Kind::STOP {
            break;
        }
        field = match step {
            0 => unzigzag(walk.number()?),
            step => i64::saturating_add(field, step.into()),
        };
        // 1 is its type, 2 and 3 are its sizes.
        let place = usize::try_from(field)
            .ok()
            .filter(|&field| field < sizes.len());
        match place {
            Some(place) if kind == Kind::I32 => {
                sizes[place] = u64::try_from(unzigzag(walk.number()?)).ok();
            }
            _ if matches!(kind, Kind::TRUE | Kind::FALSE) => {}
            _ => walk.value(kind, 0)?,
        }
    }
    let size = |place: usize| sizes[place].ok_or("a page does not say its size");
    Ok(PageHeader {
        length: bytes.len() - walk.rest.len(),
        decoded: size(2)?,
        encoded: size(3)?,
    })
}

pub(crate) fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// The types of the compact protocol.
pub(crate) struct Kind;

impl Kind {
    pub(crate) const STOP: u8 = 0;
    pub(crate) const TRUE: u8 = 1;
    pub(crate) const FALSE: u8 = 2;
    pub(crate) const BYTE: u8 = 3;
    pub(crate) const I16: u8 = 4;
    pub(crate) const I32: u8 = 5;
    pub(crate) const I64: u8 = 6;
    pub(crate) const DOUBLE: u8 = 7;
    pub(crate) const BINARY: u8 = 8;
    pub(crate) const LIST: u8 = 9;
    pub(crate) const SET: u8 = 10;
    pub(crate) const MAP: u8 = 11;
    pub(crate) const STRUCT: u8 = 12;
    pub(crate) const UUID: u8 = 13;
}

/// Reads values one after another.
pub(crate) struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn skip(&mut self, bytes: u64) -> Result<(), &'static str> {
        let bytes = usize::try_from(bytes).map_err(|_| LONG)?;
        self.rest = self.rest.get(bytes..).ok_or(LONG)?;
        Ok(())
    }

    pub(crate) fn byte(&mut self) -> Result<u8, &'static str> {
        let (byte, rest) = self.rest.split_first().ok_or(CUT)?;
        self.rest = rest;
        Ok(*byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64, &'static str> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("its footer has a number of more than 64 bits")
    }

    /// How many elements follow, each of at least one byte.
    fn count(&self, count: u64) -> Result<u64, &'static str> {
        match count <= self.rest.len() as u64 {
            true => Ok(count),
            false => Err(LONG),
        }
    }

    fn structure(&mut self, depth: usize) -> Result<(), &'static str> {
        if depth > DEEPEST {
            return Err("its footer is nested too deep");
        }
        loop {
            let head = self.byte()?;
            let (kind, step) = (head & 0x0f, head >> 4);
            if kind == Kind::STOP {
                return Ok(());
            }
            if step == 0 {
                self.number()?;
            }
            // The value of a field that is true or false is its type.
            if !matches!(kind, Kind::TRUE | Kind::FALSE) {
                self.value(kind, depth)?;
            }
        }
    }

    /// Passes over a value of a type.
    pub(crate) fn value(&mut self, kind: u8, depth: usize) -> Result<(), &'static str> {
        match kind {
            Kind::TRUE | Kind::FALSE | Kind::BYTE => self.skip(1),
            Kind::I16..=Kind::I64 => self.number().map(|_| ()),
            Kind::DOUBLE => self.skip(8),
            Kind::UUID => self.skip(16),
            Kind::BINARY => {
                let length = self.number()?;
                self.skip(length)
            }
            Kind::LIST | Kind::SET => self.list(depth + 1),
            Kind::MAP => self.map(depth + 1),
            Kind::STRUCT => self.structure(depth + 1),
            _ => Err("its footer has a value of no known type"),
        }
    }

    fn list(&mut self, depth: usize) -> Result<(), &'static str> {
        if depth > DEEPEST {
            return Err("its footer is nested too deep");
        }
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.number()?,
            few => u64::from(few),
        };
        for _ in 0..self.count(count)? {
            self.value(head & 0x0f, depth)?;
        }
        Ok(())
    }

    fn map(&mut self, depth: usize) -> Result<(), &'static str> {
        if depth > DEEPEST {
            return Err("its footer is nested too deep");
        }
        let count = self.number()?;
        if count == 0 {
            return Ok(());
        }
        let kinds = self.byte()?;
        for _ in 0..self.count(count)? {
            self.value(kinds >> 4, depth)?;
            self.value(kinds & 0x0f, depth)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_is_sound() {
        // 1: i32 = 1, 2: "ab", 3: [true, false], 4: { 1: 2.0 }, 5: true, 21 (spelled out): {}
        let mut bytes = vec![0x15, 2, 0x18, 2, b'a', b'b', 0x19, 0x21, 1, 2, 0x1c, 0x17];
        bytes.extend(2f64.to_le_bytes());
        bytes.extend([0, 0x11, 0x0b, 42, 0, 0]);
        assert_eq!(check(&bytes), Ok(()));
        for end in 0..bytes.len() {
            assert!(check(&bytes[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn claims_are_held_against_what_is_there() {
        // A list of 15 and more structures, of which none follows; one of 3, of which two follow.
        assert_eq!(
            check(&[0xf9, 0xfc, 0x80, 0x80, 0x80, 0x80, 4, 0, 0]),
            Err(LONG)
        );
        assert_eq!(check(&[0xf9, 0x3c, 0, 0]), Err(LONG));
        assert_eq!(check(&[0xf9, 0x3c, 0, 0, 0, 0]), Ok(()));
        // A text of five bytes, of which four follow.
        assert_eq!(check(&[0xf8, 5, 0, 0, 0, 0]), Err(LONG));
        // A map of a million pairs.
        assert_eq!(check(&[0xfb, 0xc0, 0x84, 0x3d, 0x33, 0, 0]), Err(LONG));
    }

    #[test]
    fn a_page_says_its_sizes() {
        // 1: 0, 2: 300, 3: 20, 5: { 1: 7 }, and a byte of the page.
        let bytes = [0x15, 0, 0x15, 0xd8, 4, 0x15, 40, 0x2c, 0x15, 14, 0, 0, 99];
        let found = page_header(&bytes);
        let expected = PageHeader {
            length: 12,
            decoded: 300,
            encoded: 20,
        };
        assert_eq!(found, Ok(expected));
        // Of fewer than no bytes, and of none that it says.
        assert!(page_header(&[0x15, 0, 0x15, 1, 0x15, 40, 0]).is_err());
        assert!(page_header(&[0x15, 0, 0]).is_err());
    }

    #[test]
    fn depth_has_an_end() {
        let deep = |levels: usize| [vec![0x1c; levels], vec![0; levels + 1]].concat();
        assert_eq!(check(&deep(DEEPEST)), Ok(()));
        assert!(check(&deep(DEEPEST + 1)).is_err());
    }
}
