//! Comparisons: what stands between `and`, `or` and `not`.

use super::lex::Token;
use super::parse::{Parser, Wrong, is_keyword};
use super::{Expression, Literal, Operand, Operator};
use crate::near;
use graticule_columns::Like;

const FUNCTIONS: [&str; 2] = ["hour_of_day", "day_of_week"];
const TYPED: [&str; 4] = ["date", "timestamp", "time", "uuid"];

impl Parser<'_> {
    /// `3 < speed`, after the 3.
    pub(super) fn turned(&mut self, literal: Literal) -> Result<Expression, Wrong> {
        let &Token::Operator(operator) = &self.next().token else {
            return Err(self.expected("one of = != < <= > >= and a column after a literal"));
        };
        self.take();
        if let Token::Literal(_) = self.next().token {
            return Err(self.wrong("literals are compared with columns, not with each other"));
        }
        Ok(Expression::Compare {
            left: self.operand()?,
            operator: operator.turned(),
            literal,
            negate: false,
        })
    }

    /// What follows an operand.
    pub(super) fn test(&mut self, operand: Operand) -> Result<Expression, Wrong> {
        if let &Token::Operator(operator) = &self.next().token {
            self.take();
            if self.is_operand() {
                return Ok(Expression::CompareColumns {
                    left: operand,
                    operator,
                    right: self.operand()?,
                    negate: false,
                });
            }
            return Ok(Expression::Compare {
                left: operand,
                operator,
                literal: self.literal()?,
                negate: false,
            });
        }
        if self.take_word("is") {
            let negate = self.take_word("not");
            if self.take_word("null") {
                return Ok(Expression::IsNull { operand, negate });
            }
            let value = self.take_word("true");
            if !value && !self.take_word("false") {
                return Err(self.expected("'null', 'true' or 'false'"));
            }
            let is = Expression::Is { operand, value };
            return Ok(if negate {
                Expression::Not(Box::new(is))
            } else {
                is
            });
        }
        let negate = self.take_word("not");
        if self.take_word("between") {
            let low = self.literal()?;
            if !self.take_word("and") {
                return Err(self.expected("'and' between the two ends of 'between'"));
            }
            let high = self.literal()?;
            return Ok(Expression::Between {
                operand,
                low,
                high,
                negate,
            });
        }
        if self.take_word("in") {
            if self.take_word("file") {
                let file = self
                    .text("a file in 'single quotes', such as 'ids.txt' or 'ids.csv:device_id'")?;
                return Ok(Expression::InFile {
                    operand,
                    file,
                    values: None,
                    negate,
                });
            }
            let list = self.list()?;
            return Ok(Expression::In {
                operand,
                list,
                negate,
            });
        }
        for (word, ignore_case) in [("like", false), ("ilike", true)] {
            if self.take_word(word) {
                return self.like(operand, ignore_case, negate);
            }
        }
        if negate {
            return Err(self.expected("'between', 'in', 'like' or 'ilike'"));
        }
        let ends = match &self.next().token {
            Token::Close | Token::End => true,
            token => token.is_word("and") || token.is_word("or"),
        };
        match operand {
            Operand::Column(_) if ends => Ok(Expression::Compare {
                left: operand,
                operator: Operator::Equal,
                literal: Literal::Boolean(true),
                negate: false,
            }),
            _ => Err(self.expected("one of = != < <= > >=, 'between', 'in', 'like' or 'is'")),
        }
    }

    /// What follows `like`.
    fn like(
        &mut self,
        operand: Operand,
        ignore_case: bool,
        negate: bool,
    ) -> Result<Expression, Wrong> {
        let begin = self.tokens;
        let pattern = self.text("a pattern in 'single quotes', such as 'Bus %'")?;
        let mut escape = None;
        if self.take_word("escape") {
            let written = self.tokens;
            let text = self.text("a character in 'single quotes'")?;
            let mut chars = text.chars();
            escape = chars.next();
            if escape.is_none() || chars.next().is_some() {
                self.tokens = written;
                return Err(self.wrong("'escape' takes one character"));
            }
        }
        if Like::new(&pattern, escape, ignore_case).is_none() {
            self.tokens = begin;
            return Err(self.wrong("the pattern ends with its escape character"));
        }
        Ok(Expression::Like {
            operand,
            pattern,
            escape,
            ignore_case,
            negate,
        })
    }

    fn text(&mut self, what: &str) -> Result<String, Wrong> {
        match &self.next().token {
            Token::Literal(Literal::Text(text)) => {
                self.take();
                Ok(text.clone())
            }
            _ => Err(self.expected(what)),
        }
    }

    /// Whether a column or a function comes next, and no literal.
    fn is_operand(&self) -> bool {
        match &self.next().token {
            Token::Name(_) => true,
            token @ Token::Word(word) => {
                let is_typed = TYPED.iter().any(|word| token.is_word(word))
                    && matches!(self.tokens[1].token, Token::Literal(Literal::Text(_)));
                !is_keyword(word) && !is_typed
            }
            _ => false,
        }
    }

    fn list(&mut self) -> Result<Vec<Literal>, Wrong> {
        if !self.take_if(&Token::Open) {
            return Err(self.expected("'(' or 'file' after 'in'"));
        }
        let mut list = vec![self.literal()?];
        while self.take_if(&Token::Comma) {
            list.push(self.literal()?);
        }
        if !self.take_if(&Token::Close) {
            return Err(self.expected("',' or ')'"));
        }
        Ok(list)
    }

    pub(super) fn operand(&mut self) -> Result<Operand, Wrong> {
        match &self.next().token {
            Token::Name(name) => {
                self.take();
                Ok(Operand::Column(name.clone()))
            }
            Token::Word(word) if !is_keyword(word) => {
                if self.tokens[1].token != Token::Open {
                    self.take();
                    return Ok(Operand::Column(word.clone()));
                }
                let operand = match word.to_ascii_lowercase().as_str() {
                    "hour_of_day" => Operand::HourOfDay,
                    "day_of_week" => Operand::DayOfWeek,
                    _ => {
                        let near = near::did_you_mean(word, FUNCTIONS);
                        return Err(self.wrong(format!(
                            "'{word}' is no function{near}; there are hour_of_day() and day_of_week()"
                        )));
                    }
                };
                self.tokens = &self.tokens[2..];
                if !self.take_if(&Token::Close) {
                    return Err(self.expected("')': it takes nothing"));
                }
                Ok(operand)
            }
            Token::Word(_) => {
                let mut wrong = self.expected("a column");
                wrong.reason += "; a column of that name stands in \"double quotes\"";
                Err(wrong)
            }
            _ => Err(self.expected("a column, 'not' or '('")),
        }
    }

    fn literal(&mut self) -> Result<Literal, Wrong> {
        if let Some(literal) = self.literal_if()? {
            return Ok(literal);
        }
        let token = &self.next().token;
        Err(match token {
            Token::Word(word) if word.eq_ignore_ascii_case("null") => {
                self.wrong("nothing equals null; write 'is null' or 'is not null'")
            }
            Token::Word(word) if !is_keyword(word) => self.wrong(format!(
                "'{word}' would be a column, and those stand beside = != < <= > >= alone; \
                 here stands a finite number, a 'string', true or false"
            )),
            Token::Name(name) => self.wrong(format!(
                "\"{name}\" is a column, and those stand beside = != < <= > >= alone; \
                 a string stands in 'single quotes'"
            )),
            _ => self.expected("a finite number, a 'string', true or false"),
        })
    }

    pub(super) fn literal_if(&mut self) -> Result<Option<Literal>, Wrong> {
        let literal = match &self.next().token {
            Token::Literal(literal) => literal.clone(),
            Token::Bad(reason) => return Err(self.wrong(reason.clone())),
            token if token.is_word("true") => Literal::Boolean(true),
            token if token.is_word("false") => Literal::Boolean(false),
            // As SQL has it, what a text is meant to be may stand before it.
            token if TYPED.iter().any(|word| token.is_word(word)) => match &self.tokens[1].token {
                Token::Literal(text @ Literal::Text(_)) => {
                    let text = text.clone();
                    self.take();
                    text
                }
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.take();
        Ok(Some(literal))
    }
}
