//! Lists with commas, and names that hold what else would end them.

/// What of a text stands in neither parentheses nor quotes: the places of its characters. A text in single quotes begins
/// behind anything but a letter or a digit, for names may hold apostrophes.
fn outside(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let (mut depth, mut within) = (0_u32, None);
    let mut before = ' ';
    text.char_indices().filter(move |&(_, c)| {
        let is_outside = depth == 0 && within.is_none();
        match (within, c) {
            (Some(quote), _) if quote == c => within = None,
            (Some(_), _) => {}
            (None, '"') => within = Some(c),
            (None, '\'') if !before.is_alphanumeric() => within = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        before = c;
        is_outside && !"\"'(".contains(c)
    })
}

/// The parts of a list: cut at the commas that stand in neither parentheses nor quotes.
pub fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut from) = (Vec::new(), 0);
    for (at, _) in outside(text).filter(|(_, c)| *c == ',') {
        parts.push(text[from..at].trim());
        from = at + 1;
    }
    parts.push(text[from..].trim());
    parts
}

/// The place of the first such character that stands in neither parentheses nor quotes.
pub(crate) fn find(text: &str, wanted: char) -> Option<usize> {
    let mut found = outside(text).filter(|(_, c)| *c == wanted);
    found.next().map(|(at, _)| at)
}

/// The place of the first such word that stands in neither parentheses nor quotes, in any case.
pub(crate) fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_end = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
    let mut found = outside(text).filter(|&(at, _)| {
        let rest = &text[at..];
        let is_it = rest
            .get(..word.len())
            .is_some_and(|w| w.eq_ignore_ascii_case(word));
        is_it && is_end(rest[word.len()..].chars().next()) && is_end(text[..at].chars().next_back())
    });
    found.next().map(|(at, _)| at)
}

/// The place of the parenthesis that closes the one that the text begins with.
pub(crate) fn closing(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('(')?;
    let mut ends = outside(inner).filter(|(_, c)| *c == ')');
    ends.next().map(|(at, _)| at + 1)
}

/// The name that `text` writes, if it is one name in double quotes; a doubled quote stands for one.
pub fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let plain = inner.replace("\"\"", "");
    (!plain.contains('"')).then(|| inner.replace("\"\"", "\""))
}

/// The names, each that stands before another time with `_2`, `_3` and so on behind it.
pub fn distinct_names(names: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    let names: Vec<String> = names.into_iter().map(Into::into).collect();
    let mut distinct: Vec<String> = Vec::with_capacity(names.len());
    for name in &names {
        let numbered = (2..).map(|n| format!("{name}_{n}"));
        let is_free = |other: &String| !distinct.contains(other) && !names.contains(other);
        let free = match distinct.contains(name) {
            true => numbered.into_iter().find(is_free),
            false => None,
        };
        distinct.push(free.unwrap_or_else(|| name.clone()));
    }
    distinct
}

/// The name in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether a name survives in a list, or within a pair of parentheses, without quotes.
pub(crate) fn is_plain(name: &str) -> bool {
    let mut depth = 0_i32;
    let closed = name.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth >= 0
    });
    let odd = name.contains(['"', ',']) || name.trim() != name || name.is_empty();
    closed && depth == 0 && !odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_names() {
        assert_eq!(
            parts("a, sum(b),quantile(c, 0.5) ,\"d,\"\"e\",\"f(\",g"),
            [
                "a",
                "sum(b)",
                "quantile(c, 0.5)",
                "\"d,\"\"e\"",
                "\"f(\"",
                "g"
            ]
        );
        assert_eq!(parts(""), [""]);
        for name in ["", "\"", "a\"b", "\"\"", " ", "a,b(", "ü"] {
            assert_eq!(unquoted(&quoted(name)).as_deref(), Some(name));
        }
        for text in ["", "\"", "a", "\"a", "\"a\"b\"", "\"\"\""] {
            assert_eq!(unquoted(text), None, "{text}");
        }
        assert!(is_plain("speed (m/s)") && !is_plain(")(") && !is_plain("a\"") && !is_plain(" a"));
    }
}
