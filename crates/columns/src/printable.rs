//! Texts of others on their way to a terminal, which obeys some characters.

use std::borrow::Cow;

/// A text in one line and without what a terminal would obey: control characters are escaped as in `\n` and `\u{1b}`.
///
/// ```
/// assert_eq!(graticule_columns::printable("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
/// assert_eq!(graticule_columns::printable("Zürich \u{9b}2J"), "Zürich \\u{9b}2J");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c.is_control() {
            true => escaped.extend(c.escape_default()),
            false => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}
