//! Patterns of texts, as SQL has them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A pattern that whole texts match: `%` is any run of characters, also none, `_` is one, all others are themselves. Where
/// the case of letters is ignored, a letter is as its lower case, where that is one character.
///
/// ```
/// use graticule_columns::Like;
/// let bus = Like::new("bus_%", None, false).expect("a pattern");
/// assert!(bus.holds("bus 42") && bus.holds("bus!") && !bus.holds("bus") && !bus.holds("Bus 42"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Like {
    pieces: Vec<Piece>,
    ignore_case: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Piece {
    /// These characters.
    Text(String),
    /// Any one character.
    One,
    /// Any characters, or none.
    Many,
}

impl Like {
    /// Reads a pattern, in which a character behind `escape` is itself. `None` where it ends with that.
    pub fn new(pattern: &str, escape: Option<char>, ignore_case: bool) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            let itself = match c {
                c if Some(c) == escape => chars.next()?,
                '_' => {
                    pieces.push(Piece::One);
                    continue;
                }
                '%' => {
                    if pieces.last() != Some(&Piece::Many) {
                        pieces.push(Piece::Many);
                    }
                    continue;
                }
                c => c,
            };
            let itself = if ignore_case { lower(itself) } else { itself };
            match pieces.last_mut() {
                Some(Piece::Text(text)) => text.push(itself),
                _ => pieces.push(Piece::Text(itself.into())),
            }
        }
        Some(Self {
            pieces,
            ignore_case,
        })
    }

    /// The one text that matches, where there is only one.
    pub fn only(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] if !self.ignore_case => Some(text),
            _ => None,
        }
    }

    /// Whether a text matches.
    pub fn holds(&self, text: &str) -> bool {
        match self.ignore_case {
            true => self.matches(&text.chars().map(lower).collect::<String>()),
            false => self.matches(text),
        }
    }

    fn matches(&self, text: &str) -> bool {
        let (mut rest, mut at) = (text, 0);
        // The piece behind the last `%`, and the first place where it has not been tried.
        let mut again: Option<(usize, &str)> = None;
        loop {
            let next = match self.pieces.get(at) {
                None => rest.is_empty().then_some(""),
                Some(Piece::Many) => {
                    again = Some((at + 1, rest));
                    Some(rest)
                }
                Some(Piece::Text(text)) => rest.strip_prefix(text.as_str()),
                Some(Piece::One) => after_one(rest),
            };
            if let Some(next) = next {
                if at == self.pieces.len() {
                    return true;
                }
                (rest, at) = (next, at + 1);
                continue;
            }
            let Some((piece, tried)) = again else {
                return false;
            };
            let Some(mut from) = after_one(tried) else {
                return false;
            };
            if let Some(Piece::Text(text)) = self.pieces.get(piece) {
                match from.find(text.as_str()) {
                    Some(found) => from = &from[found..],
                    None => return false,
                }
            }
            again = Some((piece, from));
            (rest, at) = (from, piece);
        }
    }
}

/// The pattern in single quotes, `\\` before what is itself, and what it ignores.
impl fmt::Display for Like {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'")?;
        for piece in &self.pieces {
            match piece {
                Piece::One => write!(f, "_")?,
                Piece::Many => write!(f, "%")?,
                Piece::Text(text) => {
                    for c in text.chars() {
                        let escape = if "%_\\".contains(c) { "\\" } else { "" };
                        write!(f, "{escape}{c}")?;
                    }
                }
            }
        }
        let case = if self.ignore_case { " in any case" } else { "" };
        write!(f, "'{case}")
    }
}

fn after_one(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}

/// A character's lower case, where that is one character too.
fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn like(pattern: &str) -> Like {
        Like::new(pattern, Some('!'), false).expect("a pattern")
    }

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, yes, no) in [
            ("", &[""][..], &["a"][..]),
            ("a", &["a"], &["", "A", "aa"]),
            ("%", &["", "a", "é%"], &[]),
            ("_", &["a", "é", "%"], &["", "ab"]),
            ("a%", &["a", "ab"], &["ba", ""]),
            ("%a", &["a", "ba", "aaa"], &["ab"]),
            ("%aab", &["aab", "aaab", "aabaab"], &["aaba"]),
            (
                "a%b_c%d",
                &["abxcd", "aabbcd", "abbcccd"],
                &["abcd", "abxce"],
            ),
            ("%_é", &["xé", "éé"], &["é", ""]),
            ("50!%", &["50%"], &["50", "500"]),
            ("!!!_", &["!_"], &["!a", "!!_"]),
        ] {
            for text in yes {
                assert!(like(pattern).holds(text), "'{text}' like '{pattern}'");
            }
            for text in no {
                assert!(!like(pattern).holds(text), "'{text}' not like '{pattern}'");
            }
        }
        assert_eq!(Like::new("a!", Some('!'), false), None);
        assert!(Like::new("a\\%", None, false).is_some_and(|like| like.holds("a\\b")));
    }

    #[test]
    fn case_is_ignored_letter_by_letter() {
        let like = |pattern, text| {
            let like = Like::new(pattern, None, true);
            like.expect("a pattern").holds(text)
        };
        assert!(like("BÜS%", "büs 4") && like("büs%", "BÜS 4") && like("Σ", "σ"));
        assert!(!like("ß", "SS") && like("İ_", "İx"), "one for one");
    }

    #[test]
    fn a_pattern_may_be_a_text() {
        assert_eq!(like("a!%").only(), Some("a%"));
        assert_eq!(like("").only(), Some(""));
        assert_eq!(like("a_").only(), None);
        let any_case = Like::new("A%", None, true).expect("a pattern");
        assert_eq!(any_case.only(), None);
        assert_eq!(any_case.to_string(), "'a%' in any case");
        assert_eq!(like("a!%_").to_string(), "'a\\%_'");
    }

    /// By definition: what is left of a pattern against what is left of a text.
    fn defined(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], _) => text.is_empty(),
            (['%', rest @ ..], _) => (0..=text.len()).any(|at| defined(rest, &text[at..])),
            (['_', rest @ ..], [_, others @ ..]) => defined(rest, others),
            ([one, rest @ ..], [other, others @ ..]) => one == other && defined(rest, others),
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn as_defined(pattern in "[ab%_]{0,7}", text in "[abé]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let like = Like::new(&pattern, None, false).expect("a pattern");
            prop_assert_eq!(like.holds(&text), defined(&chars(&pattern), &chars(&text)));
        }
    }
}
