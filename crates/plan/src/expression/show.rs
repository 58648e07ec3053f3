//! Expressions as text that parses back to them.

use super::lex::in_name;
use super::parse::is_keyword;
use super::{Expression, Literal, Operand, Operator};
use std::fmt;

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negate: &bool| if *negate { "not " } else { "" };
        match self {
            Self::And(parts) => joined(f, parts, " and ", |part| {
                matches!(part, Self::And(_) | Self::Or(_))
            }),
            Self::Or(parts) => joined(f, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::Not(inner) => {
                // `not a < 3` is a comparison with `negate`, `not (a < 3)` is this.
                let wraps = matches!(
                    **inner,
                    Self::And(_) | Self::Or(_) | Self::Compare { .. } | Self::CompareColumns { .. }
                );
                write!(f, "not ")?;
                wrapped(f, inner, wraps)
            }
            // As a boolean column alone reads.
            Self::Compare {
                left: left @ Operand::Column(_),
                operator: Operator::Equal,
                literal: Literal::Boolean(true),
                negate,
            } => write!(f, "{}{left}", not(negate)),
            Self::Compare {
                left,
                operator,
                literal,
                negate,
            } => write!(f, "{}{left} {operator} {literal}", not(negate)),
            Self::CompareColumns {
                left,
                operator,
                right,
                negate,
            } => write!(f, "{}{left} {operator} {right}", not(negate)),
            Self::InFile {
                operand,
                file,
                negate,
                ..
            } => write!(f, "{operand} {}in file {}", not(negate), quoted(file)),
            Self::Between {
                operand,
                low,
                high,
                negate,
            } => write!(f, "{operand} {}between {low} and {high}", not(negate)),
            Self::In {
                operand,
                list,
                negate,
            } => {
                write!(f, "{operand} {}in (", not(negate))?;
                for (place, literal) in list.iter().enumerate() {
                    write!(f, "{}{literal}", if place == 0 { "" } else { ", " })?;
                }
                write!(f, ")")
            }
            Self::Like {
                operand,
                pattern,
                escape,
                ignore_case,
                negate,
            } => {
                let like = if *ignore_case { "ilike" } else { "like" };
                write!(f, "{operand} {}{like} {}", not(negate), quoted(pattern))?;
                match escape {
                    Some(escape) => write!(f, " escape {}", quoted(&escape.to_string())),
                    None => Ok(()),
                }
            }
            Self::IsNull { operand, negate } => write!(f, "{operand} is {}null", not(negate)),
            Self::Is { operand, value } => write!(f, "{operand} is {value}"),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expression],
    between: &str,
    wraps: impl Fn(&Expression) -> bool,
) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            write!(f, "{between}")?;
        }
        wrapped(f, part, wraps(part))?;
    }
    Ok(())
}

fn wrapped(f: &mut fmt::Formatter<'_>, part: &Expression, wraps: bool) -> fmt::Result {
    if wraps {
        write!(f, "({part})")
    } else {
        write!(f, "{part}")
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HourOfDay => write!(f, "hour_of_day()"),
            Self::DayOfWeek => write!(f, "day_of_week()"),
            Self::Column(name) => {
                let mut chars = name.chars();
                let is_bare = chars.next().is_some_and(|c| in_name(c).0)
                    && chars.all(|c| in_name(c).1)
                    && !is_keyword(name);
                if is_bare {
                    write!(f, "{name}")
                } else {
                    write!(f, "\"{}\"", name.replace('"', "\"\""))
                }
            }
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            // The shortest text that reads as the same float and not as an integer.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Decimal(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(&quoted(text)),
        }
    }
}

/// A text in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
