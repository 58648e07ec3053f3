//! Bytes as the texts that they are told as, which keep what they are and how they compare.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write;

/// What begins the text of bytes that cannot be read.
const HEX: &str = "\\x";

/// Bytes as text: their UTF-8 where that is readable, else `\x` and hexadecimal digits, so that different bytes are
/// different texts.
///
/// ```
/// assert_eq!(graticule_columns::text_of_bytes(b"KESTREL"), "KESTREL");
/// assert_eq!(graticule_columns::text_of_bytes(&[0xff, 0x01]), "\\xff01");
/// ```
pub fn text_of_bytes(bytes: &[u8]) -> Cow<'_, str> {
    let is_readable = |text: &str| {
        let mut chars = text.chars();
        !text.starts_with(HEX) && chars.all(|c| !c.is_control() || "\t\n\r".contains(c))
    };
    match std::str::from_utf8(bytes) {
        Ok(text) if is_readable(text) => Cow::Borrowed(text),
        _ => {
            let mut text = String::from(HEX);
            hex(&mut text, bytes);
            Cow::Owned(text)
        }
    }
}

/// The bytes that a text spells: the digits behind `\x`, in lower or upper case, or else its UTF-8. `None` where no
/// pairs of digits follow `\x`, as in no text that [`text_of_bytes`] makes.
pub fn bytes_of_text(text: &str) -> Option<Cow<'_, [u8]>> {
    let Some(digits) = text.strip_prefix(HEX) else {
        return Some(Cow::Borrowed(text.as_bytes()));
    };
    let digit = |byte: u8| {
        let digit = char::from(byte).to_digit(16)?;
        u8::try_from(digit).ok()
    };
    let byte = |pair: &[u8]| match *pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(byte).collect();
    bytes.map(Cow::Owned)
}

/// The order of bytes by the texts that [`text_of_bytes`] made of them.
///
/// ```
/// use graticule_columns::compare_bytes;
/// assert!(compare_bytes("ab", "\\x8001").is_lt());
/// assert!("ab" > "\\x8001");
/// ```
pub fn compare_bytes(one: &str, other: &str) -> Ordering {
    // Digits sort as the bytes that they spell.
    match one.starts_with(HEX) == other.starts_with(HEX) {
        true => one.cmp(other),
        false => bytes_of_text(one).cmp(&bytes_of_text(other)),
    }
}

/// Adds the two digits of each byte to a text.
pub fn hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_are_text_where_they_can_be_read() {
        assert_eq!(text_of_bytes("Åre\t1".as_bytes()), "Åre\t1");
        assert_eq!(text_of_bytes(&[0x41, 0x00]), "\\x4100");
        assert_eq!(text_of_bytes(b"\\x41"), "\\x5c783431");
        assert_eq!(text_of_bytes(b""), "");
    }

    #[test]
    fn what_spells_no_bytes_is_told() {
        assert_eq!(bytes_of_text("\\xFf0a").as_deref(), Some(&[0xff, 0x0a][..]));
        assert_eq!(bytes_of_text("\\x6162").as_deref(), Some(&b"ab"[..]));
        assert_eq!(bytes_of_text("\\x").as_deref(), Some(&b""[..]));
        for wrong in ["\\x8", "\\xzz", "\\x61\\x62", "\\xé"] {
            assert_eq!(bytes_of_text(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn texts_compare_as_the_bytes_that_they_tell(
            one in bytes(),
            other in bytes(),
        ) {
            let [told, told_other] = [&one, &other].map(|bytes| text_of_bytes(bytes));
            prop_assert_eq!(bytes_of_text(&told), Some(Cow::Borrowed(&one[..])));
            prop_assert_eq!(compare_bytes(&told, &told_other), one.cmp(&other));
        }
    }

    /// Few different ones, so that many are readable and many begin alike.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop::sample::select(b"\x00\x7f\x80\xc3\xa9\xff\\xab09~".to_vec());
        prop::collection::vec(byte, 0..6)
    }
}
