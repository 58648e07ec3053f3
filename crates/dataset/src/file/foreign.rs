//! What a file is that is neither Parquet nor Arrow: the first mistake of newcomers, and of downloads.

/// Bytes of a file's beginning that tell what it is.
pub(crate) const HEAD: u64 = 512;

const ENCRYPTED: &str =
    "its footer is encrypted, and there is no way to give a key; write it again without encryption";
const GPX: &str = "it is GPX; make Parquet of it: graticule import FILE DIR";
const JSON: &str = "it is JSON; if it is GeoJSON, make Parquet of it: graticule import FILE DIR";
const TEXT: &str = "it is text, such as CSV; make Parquet of it: graticule import FILE DIR";
const HTML: &str = "it is a web page, perhaps one that says what went wrong when it was downloaded; look into it and download it again";
const XML: &str = "it is XML; graticule import makes Parquet of GPX, or a server's word on what went wrong came in place of the file";
const LFS: &str = "it is a pointer of Git LFS, not the file: git lfs pull";

/// What begins files of other formats.
const HEADS: [(&[u8], &str); 15] = [
    (b"PARE", ENCRYPTED),
    (b"ORC", "it is ORC; write it again as Parquet"),
    (b"Obj\x01", "it is Avro; write it again as Parquet"),
    (b"VTXF", "it is Vortex; write it again as Parquet"),
    (
        b"PK\x03\x04",
        "it is a zip archive; what is in it may be for graticule import, or Parquet once it is unpacked",
    ),
    (b"\x1f\x8b", COMPRESSED),
    (b"\x28\xb5\x2f\xfd", COMPRESSED),
    (b"BZh", COMPRESSED),
    (b"\xfd7zXZ", COMPRESSED),
    (
        b"SQLite format 3\0",
        "it is SQLite, as GeoPackage is; write its points as Parquet or CSV",
    ),
    (
        b"\x89HDF\r\n",
        "it is HDF5, as NetCDF 4 is; write its points as Parquet or CSV",
    ),
    (b"CDF", "it is NetCDF; write its points as Parquet or CSV"),
    (b"fgb", "it is FlatGeobuf; write it again as GeoParquet"),
    (
        b"\0\0\x27\x0a",
        "it is a shapefile; write it again as GeoParquet",
    ),
    (b"version https://git-lfs", LFS),
];
const COMPRESSED: &str = "it is compressed as a whole; graticule import reads compressed CSV, GPX and GeoJSON, and Parquet has to be unpacked first";

/// What a file is that was taken for text by its name or by a flag, and what to do; nothing where its first bytes are not
/// those of another format.
pub fn not_text(head: &[u8]) -> Option<&'static str> {
    let head = &head[..head.len().min(512)];
    // The first column of a table may be called ORC.
    if is_text(head) && !head.starts_with(b"version https://git-lfs") {
        return None;
    }
    if head.starts_with(b"PAR1") || head.starts_with(b"ARROW1") {
        return Some(
            "it is no text, but Parquet or Arrow, which graticule query and optimize read as it is",
        );
    }
    match magic(head) {
        Some(COMPRESSED) => {
            Some("it is compressed by something else than gzip or zstd, or twice; unpack it first")
        }
        other => other,
    }
}

/// What a file is by its first and last bytes, and what to do; nothing where they tell nothing.
pub(crate) fn reason(path: &str, head: &[u8], tail: &[u8]) -> Option<&'static str> {
    if tail.ends_with(b"PARE") {
        return Some(ENCRYPTED);
    }
    if tail.ends_with(b"LANC") {
        return Some("it is a file of Lance; write it again as Parquet");
    }
    if tail.ends_with(b"VTXF") {
        return Some("it is Vortex; write it again as Parquet");
    }
    if let Some(reason) = magic(head) {
        return Some(reason);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    let contains = |word: &str| {
        let lower = text.to_ascii_lowercase();
        lower
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    };
    match text.first() {
        Some(b'<') if contains("<gpx") => Some(GPX),
        Some(b'<') if contains("<html") || contains("<!doctype") => Some(HTML),
        Some(b'<') => Some(XML),
        Some(b'{' | b'[') => Some(JSON),
        _ if is_text(text) || is_named_text(path) => Some(TEXT),
        _ => None,
    }
}

/// What a file is whose first bytes are none of a text.
fn magic(head: &[u8]) -> Option<&'static str> {
    if head.get(8..12) == Some(b".FIT") {
        return Some(
            "it is a FIT recording; export it as GPX or CSV from its maker's site, or convert it with GPSBabel, \
             and make Parquet of that: graticule import FILE DIR",
        );
    }
    let found = HEADS.iter().find(|(magic, _)| head.starts_with(magic));
    found.map(|(_, reason)| *reason)
}

/// Whether there is no byte that texts do not have.
fn is_text(bytes: &[u8]) -> bool {
    let is_letter = |b: &u8| matches!(b, b'\t' | b'\r' | b'\n' | b' '..=b'~' | 0x80..);
    // One that is cut within a letter is text too.
    let is_valid = match str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    !bytes.is_empty() && is_valid && bytes.iter().all(is_letter)
}

/// A table may be in any encoding.
fn is_named_text(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    ["csv", "tsv", "txt"]
        .iter()
        .any(|text| extension.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_bytes() {
        let fit = b"\x0e\x20\x8b\x08\x24\x00\x00\x00.FIT\x00\x00";
        for (head, tail, word) in [
            (&b"lon,lat\n1,2\n"[..], &b"1,2\n"[..], "graticule import"),
            (
                b"\xef\xbb\xbfL\xc3\xa4nge;Breite\n1;2\n",
                b"1;2\n",
                "graticule import",
            ),
            (b"<?xml version='1.0'?>\n<gpx>", b"</gpx>", "it is GPX"),
            (b"{\"type\": \"Feature\"}", b"}", "GeoJSON"),
            (b"<!DOCTYPE html><p>404", b"</p>", "web page"),
            (fit, b"\0\0", "FIT recording"),
            (b"PK\x03\x04\x14\0", b"\0\0", "zip archive"),
            (b"\0\0\0\0", b"\x02\0LANC", "Lance"),
            (b"VTXF", b"\0\0VTXF", "Vortex"),
            (b"ORC\x11", b"\x03ORC\x17", "ORC"),
            (b"Obj\x01\x04", b"\0\0", "Avro"),
            (b"PAR1\x15\x04", b"\x00PARE", "encrypted"),
            (
                b"version https://git-lfs.github.com/spec/v1\n",
                b"\n",
                "git lfs pull",
            ),
        ] {
            let reason = reason("x", head, tail).unwrap_or_else(|| panic!("{word}"));
            assert!(reason.contains(word), "{reason}");
        }
        let unread = |head: &[u8]| not_text(head).unwrap_or_default();
        assert!(unread(b"PK\x03\x04\x14\0").contains("zip archive"));
        assert!(unread(fit).contains("FIT recording"));
        assert!(unread(b"BZh91AY&SY\x01\x02").contains("unpack it first"));
        assert!(unread(b"PAR1\x15\x04").contains("as it is"));
        assert_eq!(not_text(b"ORC,lon,lat\n1,2,3\n"), None);
        assert!(unread(b"version https://git-lfs.github.com/spec/v1\n").contains("git lfs pull"));
        assert_eq!(reason("x.bin", b"\x01\x02\x03", b"\x04"), None);
        // UTF-16.
        assert_eq!(reason("x.CSV", b"\xff\xfel\0o\0", b"\n\0"), Some(TEXT));
    }
}
