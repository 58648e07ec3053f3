//! From words to an expression: `or` binds loosest, then `and`, then `not`, then comparisons.

use super::Expression;
use super::lex::{Placed, Token, tokens};

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) column: usize,
    pub(super) reason: String,
}

/// How deep parentheses and `not` may nest.
const DEPTH: usize = 200;
const KEYWORDS: [&str; 9] = [
    "and", "or", "not", "between", "in", "is", "null", "true", "false",
];

/// Whether a name can only be written in double quotes.
pub(super) fn is_keyword(name: &str) -> bool {
    KEYWORDS.iter().any(|word| name.eq_ignore_ascii_case(word))
}

pub(super) fn expression(text: &str) -> Result<Expression, Wrong> {
    let tokens = tokens(text);
    let mut parser = Parser {
        tokens: &tokens,
        depth: 0,
    };
    let expression = parser.or()?;
    match parser.next().token {
        Token::End => Ok(expression),
        Token::Close => Err(parser.wrong("this ')' closes nothing")),
        _ => Err(parser.expected("'and', 'or' or the end")),
    }
}

pub(super) struct Parser<'a> {
    /// What is still to be read, with an end that is never taken.
    pub(super) tokens: &'a [Placed],
    depth: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn next(&self) -> &'a Placed {
        &self.tokens[0]
    }

    pub(super) fn take(&mut self) -> &'a Token {
        let (first, rest) = (&self.tokens[0].token, &self.tokens[1..]);
        if !rest.is_empty() {
            self.tokens = rest;
        }
        first
    }

    pub(super) fn take_if(&mut self, token: &Token) -> bool {
        let found = self.next().token == *token;
        if found {
            self.take();
        }
        found
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.next().token.is_word(word);
        if found {
            self.take();
        }
        found
    }

    pub(super) fn wrong(&self, reason: impl Into<String>) -> Wrong {
        Wrong {
            column: self.next().column,
            reason: reason.into(),
        }
    }

    pub(super) fn expected(&self, what: &str) -> Wrong {
        self.wrong(match &self.next().token {
            Token::Bad(reason) => reason.clone(),
            found => format!("expected {what}, not {found}"),
        })
    }

    fn deeper(&mut self) -> Result<(), Wrong> {
        if self.depth == DEPTH {
            return Err(self.wrong(format!(
                "parentheses and 'not' nest deeper than {DEPTH}; write it flatter, for instance with 'in'"
            )));
        }
        self.depth += 1;
        Ok(())
    }

    fn or(&mut self) -> Result<Expression, Wrong> {
        let first = self.and()?;
        let mut parts = vec![first];
        while self.take_word("or") {
            parts.push(self.and()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Expression::Or(parts),
        })
    }

    fn and(&mut self) -> Result<Expression, Wrong> {
        let first = self.not()?;
        let mut parts = vec![first];
        while self.take_word("and") {
            parts.push(self.not()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Expression::And(parts),
        })
    }

    fn not(&mut self) -> Result<Expression, Wrong> {
        if !self.next().token.is_word("not") {
            return self.primary();
        }
        self.deeper()?;
        self.take();
        let in_parentheses = self.next().token == Token::Open;
        let mut inner = self.not()?;
        self.depth -= 1;
        match &mut inner {
            Expression::Compare { negate, .. } | Expression::CompareColumns { negate, .. }
                if !*negate && !in_parentheses =>
            {
                *negate = true;
                Ok(inner)
            }
            _ => Ok(Expression::Not(Box::new(inner))),
        }
    }

    fn primary(&mut self) -> Result<Expression, Wrong> {
        if self.next().token == Token::Open {
            self.deeper()?;
            self.take();
            let inner = self.or()?;
            if !self.take_if(&Token::Close) {
                return Err(self.expected("'and', 'or' or ')'"));
            }
            self.depth -= 1;
            return Ok(inner);
        }
        if let Some(literal) = self.literal_if()? {
            return self.turned(literal);
        }
        let operand = self.operand()?;
        self.test(operand)
    }
}
