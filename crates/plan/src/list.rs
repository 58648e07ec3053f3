//! Lists with commas, and names that hold what else would end them.

/// The parts of a list: cut at the commas that stand in neither parentheses nor double quotes.
pub(crate) fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut from) = (Vec::new(), 0);
    let (mut depth, mut in_quotes) = (0_u32, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => in_quotes = !in_quotes,
            '(' if !in_quotes => depth += 1,
            ')' if !in_quotes => depth = depth.saturating_sub(1),
            ',' if !in_quotes && depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts
}

/// The name that `text` writes, if it is one name in double quotes; a doubled quote stands for one.
pub(crate) fn unquoted(text: &str) -> Option<String> {
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
