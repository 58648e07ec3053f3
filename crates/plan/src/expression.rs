//! `--where`: comparisons of columns with numbers or strings, joined by `and`.

use crate::PlanError;
use serde::{Deserialize, Serialize};

/// `column operator literal`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The column.
    pub column: String,
    /// How it compares.
    pub operator: Operator,
    /// With what.
    pub literal: Literal,
}

/// How values compare. NaN passes only [`Operator::NotEqual`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `=`
    #[serde(rename = "=")]
    Equal,
    /// `!=` or `<>`
    #[serde(rename = "!=")]
    NotEqual,
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    LessOrEqual,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    GreaterOrEqual,
}

/// What a column is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// A whole number, compared exactly with integers.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A string, for partition columns.
    Text(String),
}

impl Comparison {
    /// Reads comparisons joined by `and`, such as `speed > 3 and trip_id = 7`.
    ///
    /// # Errors
    /// [`PlanError::Expression`], which points at the place.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, PlanError> {
        let mut reader = Reader { text, at: 0 };
        let mut all = Vec::new();
        loop {
            reader.comparison(&mut all)?;
            reader.skip_space();
            if reader.rest().is_empty() {
                return Ok(all);
            }
            if !reader.take_word("and") {
                let hint = if reader.take_word("or") {
                    "'or' is not built yet; only 'and' joins comparisons"
                } else {
                    "expected 'and' or the end"
                };
                return Err(reader.wrong(hint));
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn wrong(&self, reason: impl Into<String>) -> PlanError {
        PlanError::Expression {
            text: self.text.to_owned(),
            column: self.text[..self.at].chars().count() + 1,
            reason: reason.into(),
        }
    }

    /// The longest prefix of the rest whose characters are all wanted.
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let start = self.at;
        let taken = self.take_while(|c| c.is_alphanumeric() || c == '_');
        if !taken.eq_ignore_ascii_case(word) {
            self.at = start;
        }
        self.at > start
    }

    fn comparison(&mut self, all: &mut Vec<Comparison>) -> Result<(), PlanError> {
        let column = self.column()?;
        let mut push = |operator, literal| {
            all.push(Comparison {
                column: column.clone(),
                operator,
                literal,
            });
        };
        if self.take_word("between") {
            push(Operator::GreaterOrEqual, self.literal()?);
            if !self.take_word("and") {
                return Err(self.wrong("expected 'and' between the two ends of 'between'"));
            }
            push(Operator::LessOrEqual, self.literal()?);
        } else {
            let operator = self.operator()?;
            push(operator, self.literal()?);
        }
        Ok(())
    }

    fn column(&mut self) -> Result<String, PlanError> {
        self.skip_space();
        if self.rest().starts_with('"') {
            return self.quoted('"');
        }
        let name = self.take_while(|c| c.is_alphanumeric() || "_.".contains(c));
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            self.at -= name.len();
            return Err(self.wrong("expected the name of a column"));
        }
        Ok(name.to_owned())
    }

    fn operator(&mut self) -> Result<Operator, PlanError> {
        self.skip_space();
        let start = self.at;
        match self.take_while(|c| "=!<>".contains(c)) {
            "=" | "==" => Ok(Operator::Equal),
            "!=" | "<>" => Ok(Operator::NotEqual),
            "<" => Ok(Operator::Less),
            "<=" => Ok(Operator::LessOrEqual),
            ">" => Ok(Operator::Greater),
            ">=" => Ok(Operator::GreaterOrEqual),
            _ => {
                self.at = start;
                Err(self.wrong("expected one of = != < <= > >= or 'between'"))
            }
        }
    }

    fn literal(&mut self) -> Result<Literal, PlanError> {
        self.skip_space();
        if self.rest().starts_with('\'') {
            return Ok(Literal::Text(self.quoted('\'')?));
        }
        let start = self.at;
        let text = self.take_while(|c| c.is_ascii_alphanumeric() || "+-._".contains(c));
        let is_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        if let (true, Ok(integer)) = (is_number, text.parse()) {
            return Ok(Literal::Integer(integer));
        }
        match text.parse::<f64>() {
            Ok(float) if is_number && float.is_finite() => Ok(Literal::Float(float)),
            _ => {
                self.at = start;
                Err(self.wrong("expected a finite number or a 'string'"))
            }
        }
    }

    /// A name or string in quotes; a doubled quote stands for one.
    fn quoted(&mut self, quote: char) -> Result<String, PlanError> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((i, c)) = chars.next() {
            if c != quote {
                text.push(c);
            } else if chars.next_if(|(_, next)| *next == quote).is_some() {
                text.push(quote);
            } else {
                self.at = start + i + 1;
                return Ok(text);
            }
        }
        Err(self.wrong(format!("this {quote} is never closed")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_read() {
        let all = Comparison::parse_all(
            "a<=-3 AND \"b c\" != 2.5e1 and d between 1 and 2 and e = 'it''s'",
        );
        let all = all.expect("an expression");
        let shown: Vec<_> = all
            .iter()
            .map(|c| (c.column.as_str(), c.operator))
            .collect();
        assert_eq!(
            shown,
            [
                ("a", Operator::LessOrEqual),
                ("b c", Operator::NotEqual),
                ("d", Operator::GreaterOrEqual),
                ("d", Operator::LessOrEqual),
                ("e", Operator::Equal)
            ]
        );
        assert_eq!(all[0].literal, Literal::Integer(-3));
        assert_eq!(all[1].literal, Literal::Float(25.0));
        assert_eq!(all[4].literal, Literal::Text("it's".to_owned()));
    }

    #[test]
    fn errors_point_at_the_place() {
        for (text, at) in [
            ("", 1),
            ("a >", 4),
            ("a ~ 3", 3),
            ("a > 3 or b > 2", 9),
            ("a > 3 b", 7),
            ("3 > a", 1),
            ("a > nan", 5),
            ("a = 'x", 5),
            ("a between 1", 12),
        ] {
            match Comparison::parse_all(text) {
                Err(PlanError::Expression { column, .. }) => assert_eq!(column, at, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
