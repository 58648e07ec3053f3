//! Pages as they were before they were compressed, into memory that is there already.

use brotli_decompressor::Decompressor as Brotli;
use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use std::io::Read;

/// What undoes the compression of a column chunk.
pub(super) enum Codec {
    None,
    Snappy(snap::raw::Decoder),
    Zstd(zstd::bulk::Decompressor<'static>),
    Lz4,
    Gzip,
    Brotli,
}

impl Codec {
    /// Nothing for those that only the library knows.
    pub(super) fn of(compression: Compression) -> Option<Self> {
        Some(match compression {
            Compression::UNCOMPRESSED => Self::None,
            Compression::SNAPPY => Self::Snappy(snap::raw::Decoder::new()),
            Compression::ZSTD(_) => Self::Zstd(zstd::bulk::Decompressor::new().ok()?),
            Compression::LZ4_RAW => Self::Lz4,
            Compression::GZIP(_) => Self::Gzip,
            Compression::BROTLI(_) => Self::Brotli,
            // The framing of Hadoop, and what old writers took for it.
            _ => return None,
        })
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Fills `decoded`, neither more nor less.
    pub(super) fn decompress(&mut self, encoded: &[u8], decoded: &mut [u8]) -> Result<(), String> {
        let wanted = decoded.len();
        let length = match self {
            Self::None => {
                return Err("the page is not compressed".to_owned());
            }
            Self::Snappy(decoder) => {
                let length = snap::raw::decompress_len(encoded).map_err(|e| e.to_string())?;
                match length == wanted {
                    true => decoder
                        .decompress(encoded, decoded)
                        .map_err(|e| e.to_string())?,
                    false => length,
                }
            }
            Self::Zstd(decoder) => decoder
                .decompress_to_buffer(encoded, decoded)
                .map_err(|e| e.to_string())?,
            Self::Lz4 => {
                lz4_flex::block::decompress_into(encoded, decoded).map_err(|e| e.to_string())?
            }
            Self::Gzip => fill(MultiGzDecoder::new(encoded), decoded)?,
            Self::Brotli => fill(Brotli::new(encoded, BROTLI_BUFFER), decoded)?,
        };
        match length == wanted {
            true => Ok(()),
            false => Err(format!(
                "it holds {length} bytes once it is decompressed, and its header says {wanted}"
            )),
        }
    }
}

const BROTLI_BUFFER: usize = 4 << 10;

/// Reads until the bytes are full, and whether there are more; returns how many were there.
fn fill(mut from: impl Read, decoded: &mut [u8]) -> Result<usize, String> {
    let mut length = 0;
    while length < decoded.len() {
        match from.read(&mut decoded[length..]) {
            Ok(0) => return Ok(length),
            Ok(read) => length += read,
            Err(e) => return Err(e.to_string()),
        }
    }
    let more = from.read(&mut [0]).map_err(|e| e.to_string())?;
    Ok(length + more)
}
