//! Points in well-known binary: that of ISO, and that of PostGIS, which has flags and perhaps an SRID.

use super::wkt::on_wgs84;

const POINT: u32 = 1;
const MULTI_POINT: u32 = 4;
/// A thousand for Z, two for M, three for both.
const DIMENSION: u32 = 1000;
const FLAG_Z: u32 = 0x8000_0000;
const FLAG_M: u32 = 0x4000_0000;
const FLAG_SRID: u32 = 0x2000_0000;

/// The x and y of a point, or of a multipoint of one. An empty point is two NaNs, which is no place.
pub(super) fn point(bytes: &[u8]) -> Result<(f64, f64), String> {
    let mut rest = Rest::of(bytes)?;
    match rest.shape()? {
        POINT => rest.point(),
        MULTI_POINT => match rest.word()? {
            0 => Ok((f64::NAN, f64::NAN)),
            1 => {
                let mut only = Rest::of(rest.bytes)?;
                match only.shape()? {
                    POINT => only.point(),
                    other => Err(format!("its multipoint holds a shape of type {other}")),
                }
            }
            many => Err(format!(
                "its geometry is {many} points; only single ones can be read"
            )),
        },
        other => Err(format!(
            "its geometry is of type {other}; only points can be read"
        )),
    }
}

/// What is left of a geometry's bytes.
struct Rest<'a> {
    bytes: &'a [u8],
    length: usize,
    is_little: bool,
}

impl<'a> Rest<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, String> {
        let is_little = match bytes.first() {
            Some(0) => false,
            Some(1) => true,
            Some(other) => {
                return Err(format!(
                    "its geometry begins with {other}, which is no byte order"
                ));
            }
            None => return Err("its point has only 0 bytes".to_owned()),
        };
        Ok(Self {
            bytes: &bytes[1..],
            length: bytes.len(),
            is_little,
        })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let short = || format!("its point has only {} bytes", self.length);
        let (taken, behind) = self.bytes.split_first_chunk().ok_or_else(short)?;
        self.bytes = behind;
        Ok(*taken)
    }

    fn word(&mut self) -> Result<u32, String> {
        let bytes = self.take()?;
        Ok(match self.is_little {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        })
    }

    fn number(&mut self) -> Result<f64, String> {
        let bytes = self.take()?;
        Ok(match self.is_little {
            true => f64::from_le_bytes(bytes),
            false => f64::from_be_bytes(bytes),
        })
    }

    /// The shape's type without its dimensions.
    fn shape(&mut self) -> Result<u32, String> {
        let kind = self.word()?;
        let plain = kind & !(FLAG_Z | FLAG_M | FLAG_SRID);
        if plain / DIMENSION > 3 {
            return Err(format!(
                "its geometry is of type {kind}; only points can be read"
            ));
        }
        if kind & FLAG_SRID != 0 {
            on_wgs84(&self.word()?.to_string())?;
        }
        Ok(plain % DIMENSION)
    }

    fn point(&mut self) -> Result<(f64, f64), String> {
        Ok((self.number()?, self.number()?))
    }
}
