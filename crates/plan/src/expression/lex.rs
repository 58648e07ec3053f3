//! The words of an expression.

use super::{Decimal, Literal, Operator};
use std::fmt;

/// A word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A bare name or a keyword.
    Word(String),
    /// A name in double quotes.
    Name(String),
    /// A string in single quotes or a number.
    Literal(Literal),
    Operator(Operator),
    Open,
    Close,
    Comma,
    /// What is no word, and why; nothing follows.
    Bad(String),
    End,
}

/// A word and where it begins, in characters from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) column: usize,
}

impl Token {
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text.eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(text) => write!(f, "'{text}'"),
            Self::Name(name) => write!(f, "column \"{name}\""),
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Operator(operator) => write!(f, "'{operator}'"),
            Self::Open => write!(f, "'('"),
            Self::Close => write!(f, "')'"),
            Self::Comma => write!(f, "','"),
            Self::Bad(reason) => write!(f, "{reason}"),
            Self::End => write!(f, "the end"),
        }
    }
}

/// Whether a character can begin a bare name, and whether it can go on with one.
pub(super) fn in_name(c: char) -> (bool, bool) {
    let begins = c.is_alphabetic() || c == '_';
    (begins, begins || c.is_alphanumeric() || c == '.')
}

/// All words, the last of which is [`Token::End`] or [`Token::Bad`].
pub(super) fn tokens(text: &str) -> Vec<Placed> {
    let chars: Vec<char> = text.chars().collect();
    let mut lexer = Lexer { chars, at: 0 };
    let mut all = Vec::new();
    loop {
        lexer.take_while(char::is_whitespace);
        let column = lexer.at + 1;
        let token = lexer.token();
        let is_last = matches!(token, Token::Bad(_) | Token::End);
        all.push(Placed { token, column });
        if is_last {
            return all;
        }
    }
}

/// A number that is no integer: as a float, unless it has more digits than that.
fn number(text: &str, float: f64) -> Literal {
    match Decimal::read(text) {
        Some(decimal) if Literal::Float(float).decimal() != Some(decimal) => {
            Literal::Decimal(decimal)
        }
        _ => Literal::Float(float),
    }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let rest = self.chars[self.at..].iter();
        let taken: String = rest.take_while(|c| wanted(**c)).collect();
        self.at += taken.chars().count();
        taken
    }

    fn token(&mut self) -> Token {
        let Some(c) = self.peek(0) else {
            return Token::End;
        };
        let next_is_digit = |ahead| self.peek(ahead).is_some_and(|c| c.is_ascii_digit());
        match c {
            '(' | ')' | ',' => {
                self.at += 1;
                match c {
                    '(' => Token::Open,
                    ')' => Token::Close,
                    _ => Token::Comma,
                }
            }
            '"' => self.quoted('"').map_or_else(Token::Bad, Token::Name),
            '\'' => self
                .quoted('\'')
                .map_or_else(Token::Bad, |text| Token::Literal(Literal::Text(text))),
            '!' if self.peek(1) != Some('=') => {
                self.at += 1;
                Token::Word("not".to_owned())
            }
            '&' | '|' => self.twice(c),
            '=' | '!' | '<' | '>' => self.operator(),
            '+' | '-' if next_is_digit(1) || self.peek(1) == Some('.') => self.number(),
            '.' if next_is_digit(1) => self.number(),
            _ if c.is_ascii_digit() => self.number(),
            _ if in_name(c).0 => Token::Word(self.take_while(|c| in_name(c).1)),
            _ => Token::Bad(format!(
                "'{c}' means nothing here; a name with such a character stands in \"double quotes\""
            )),
        }
    }

    /// `&&` and `||`, as many languages have them.
    fn twice(&mut self, c: char) -> Token {
        let word = if c == '&' { "and" } else { "or" };
        match self.take_while(|next| next == c).len() {
            2 => Token::Word(word.to_owned()),
            _ => Token::Bad(format!("'{c}' means nothing here; write '{word}'")),
        }
    }

    fn operator(&mut self) -> Token {
        let text = self.take_while(|c| "=!<>".contains(c));
        match text.as_str() {
            "=" | "==" => Token::Operator(Operator::Equal),
            "!=" | "<>" => Token::Operator(Operator::NotEqual),
            "<" => Token::Operator(Operator::Less),
            "<=" => Token::Operator(Operator::LessOrEqual),
            ">" => Token::Operator(Operator::Greater),
            ">=" => Token::Operator(Operator::GreaterOrEqual),
            _ => Token::Bad(format!("'{text}' is not one of = != < <= > >=")),
        }
    }

    fn number(&mut self) -> Token {
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            let signs = text.is_empty() || (text.ends_with(['e', 'E']) && text.len() > 1);
            if !(c.is_alphanumeric() || "._".contains(c) || (signs && "+-".contains(c))) {
                break;
            }
            text.push(c);
            self.at += 1;
        }
        if let Ok(integer) = text.parse() {
            return Token::Literal(Literal::Integer(integer));
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Token::Literal(number(&text, float)),
            Ok(_) => Token::Bad(format!("{text} is beyond the largest float, 1.8e308")),
            Err(_) => Token::Bad(format!("'{text}' is no number")),
        }
    }

    /// A name or string in quotes; a doubled quote stands for one.
    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            self.at += 1;
            match self.peek(0) {
                None => return Err(format!("this {quote} is never closed")),
                Some(c) if c != quote => text.push(c),
                Some(_) if self.peek(1) == Some(quote) => {
                    self.at += 1;
                    text.push(quote);
                }
                Some(_) => {
                    self.at += 1;
                    return Ok(text);
                }
            }
        }
    }
}
