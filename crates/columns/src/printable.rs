//! Texts of others among ours, and on their way to a terminal, which obeys some characters.

use std::borrow::Cow;
use std::fmt::Display;

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

/// What another library says, with single quotes for its backticks: in our messages those hold the names of settings.
///
/// ```
/// assert_eq!(graticule_columns::requoted("missing field `type`"), "missing field 'type'");
/// ```
pub fn requoted(said: impl Display) -> String {
    said.to_string().replace('`', "'")
}

/// Names of columns as a list, in single quotes where one has a backtick and could be taken for a setting.
///
/// ```
/// assert_eq!(graticule_columns::listed(&["x", "`time`"]), "x, '`time`'");
/// ```
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let shown = names.iter().map(|name| match name.as_ref() {
        name if name.contains('`') => format!("'{name}'"),
        name => name.to_owned(),
    });
    shown.collect::<Vec<_>>().join(", ")
}
