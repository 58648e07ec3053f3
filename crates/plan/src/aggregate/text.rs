//! Aggregates as text: calls of functions, joined as arithmetic joins them.

use super::{Aggregate, Arithmetic, Function, Quantile};
use crate::{Expression, Key, Literal, PlanError, list, near};
use std::fmt;
use std::str::FromStr;

/// Functions of one column, which are written so.
const NAMES: [(&str, Function); 14] = [
    ("count", Function::Count),
    ("sum", Function::Sum),
    ("mean", Function::Mean),
    ("min", Function::Min),
    ("max", Function::Max),
    ("span", Function::Span),
    ("var", Function::Var),
    ("stddev", Function::Stddev),
    ("var_pop", Function::VarPop),
    ("stddev_pop", Function::StddevPop),
    ("mode", Function::Mode),
    ("any", Function::Any),
    ("first", Function::First),
    ("last", Function::Last),
];
/// What others call them.
const ALIASES: [(&str, &str); 12] = [
    ("avg", "mean"),
    ("average", "mean"),
    ("std", "stddev"),
    ("stddev_samp", "stddev"),
    ("variance", "var"),
    ("var_samp", "var"),
    ("any_value", "any"),
    ("nunique", "distinct"),
    ("n_unique", "distinct"),
    ("count_distinct", "distinct"),
    ("minimum", "min"),
    ("maximum", "max"),
];
/// How deep parentheses may nest.
const DEPTH: usize = 100;
/// How many aggregates and numbers one aggregate may be joined of, those that names stand for included.
const PARTS: usize = 100;

impl Aggregate {
    /// Reads aggregates with commas between them. Each may use the names of those before it.
    ///
    /// # Errors
    /// [`PlanError::Aggregate`] for the first that cannot be read.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, PlanError> {
        Self::parse_each(list::parts(text))
    }

    /// The same of aggregates that are there each for itself.
    pub(crate) fn parse_each<'a>(
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<Self>, PlanError> {
        let mut all: Vec<Self> = Vec::new();
        for text in texts {
            let next = read(text.trim(), &all)?;
            all.push(next);
        }
        Ok(all)
    }
}

impl FromStr for Aggregate {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        read(text.trim(), &[])
    }
}

fn read(text: &str, before: &[Aggregate]) -> Result<Aggregate, PlanError> {
    named(text, before).map_err(|reason| PlanError::Aggregate {
        text: text.to_owned(),
        reason,
    })
}

/// An aggregate, perhaps with a name before it.
fn named(text: &str, before: &[Aggregate]) -> Result<Aggregate, String> {
    let Some(colon) = list::find(text, ':') else {
        return arithmetic(text, before);
    };
    let (name, rest) = (text[..colon].trim(), text[colon + 1..].trim());
    let is_word = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "_-.% ".contains(c));
    let name = match list::unquoted(name) {
        Some(name) if !name.is_empty() => name,
        _ if is_word => name.to_owned(),
        _ => {
            return Err(format!(
                "'{name}' is no name; write it in \"double quotes\""
            ));
        }
    };
    if arithmetic(rest, before).is_err() && function(&name).is_some() && list::is_plain(rest) {
        return Err(format!("write {name}({rest})"));
    }
    Ok(arithmetic(rest, before)?.named(name))
}

fn arithmetic(text: &str, before: &[Aggregate]) -> Result<Aggregate, String> {
    let mut reader = Reader {
        rest: text.trim(),
        before,
        depth: 0,
    };
    let aggregate = reader.sum()?;
    match reader.rest {
        "" if matches!(aggregate, Aggregate::Number(_)) => {
            Err("a number alone is the same in all rows".to_owned())
        }
        "" => Ok(aggregate),
        rest if rest.starts_with(')') => Err("its last ')' closes nothing".to_owned()),
        rest => Err(format!("expected + - * / or the end, not '{rest}'")),
    }
}

struct Reader<'a> {
    /// What is still to be read, without space before it.
    rest: &'a str,
    /// Those that have names which may be used.
    before: &'a [Aggregate],
    depth: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest.trim_start();
        taken
    }

    fn sum(&mut self) -> Result<Aggregate, String> {
        let mut left = self.product()?;
        loop {
            let operator = match self.rest.chars().next() {
                Some('+') => Arithmetic::Add,
                Some('-') => Arithmetic::Subtract,
                _ => return Ok(left),
            };
            self.take(1);
            let right = self.product()?;
            left = joined(operator, left, right)?;
        }
    }

    fn product(&mut self) -> Result<Aggregate, String> {
        let mut left = self.one()?;
        loop {
            let operator = match self.rest.chars().next() {
                Some('*') => Arithmetic::Multiply,
                Some('/') => Arithmetic::Divide,
                _ => return Ok(left),
            };
            self.take(1);
            let right = self.one()?;
            left = joined(operator, left, right)?;
        }
    }

    fn one(&mut self) -> Result<Aggregate, String> {
        let Some(first) = self.rest.chars().next() else {
            return Err("there is no function".to_owned());
        };
        if first == '(' {
            if self.depth == DEPTH {
                return Err(format!("parentheses nest deeper than {DEPTH}"));
            }
            self.depth += 1;
            self.take(1);
            let inner = self.sum()?;
            self.depth -= 1;
            if !self.rest.starts_with(')') {
                return Err("a '(' is never closed".to_owned());
            }
            self.take(1);
            return Ok(inner);
        }
        if first.is_ascii_digit() || "+-.".contains(first) {
            return self.number();
        }
        if first == '"' {
            let end = self.rest[1..].find('"').map(|end| end + 2);
            let text = self.take(end.ok_or("its quotes do not close")?);
            let name = list::unquoted(text).unwrap_or_default();
            return self.known(&name);
        }
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = self.rest.find(|c| !in_word(c)).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(match self.rest {
                rest if rest.starts_with(')') => "there is no function".to_owned(),
                rest => format!("'{rest}' is no function"),
            });
        }
        let word = self.take(end);
        if !self.rest.starts_with('(') {
            return self.known(word);
        }
        let Some(end) = list::closing(self.rest) else {
            return Err(match self.rest.contains('"') {
                true => "its quotes do not close; a name that holds one stands in \"double quotes\", with the quote doubled",
                false => "its last character is not ')'",
            }
            .to_owned());
        };
        let call = self.take(end + 1);
        call_of(word, call[1..end].trim())
    }

    fn number(&mut self) -> Result<Aggregate, String> {
        let bytes = self.rest.as_bytes();
        let mut end = 1;
        while let Some(&byte) = bytes.get(end) {
            let is_sign = matches!(byte, b'+' | b'-') && matches!(bytes[end - 1], b'e' | b'E');
            if !(byte.is_ascii_alphanumeric() || byte == b'.' || is_sign) {
                break;
            }
            end += 1;
        }
        let text = self.take(end);
        if let Ok(integer) = text.parse::<i64>() {
            return Ok(Aggregate::Number(Literal::Integer(integer.into())));
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Aggregate::Number(Literal::Float(float))),
            _ => Err(format!("'{text}' is no number")),
        }
    }

    /// What stands alone: `count`, or the name of an aggregate before this one.
    fn known(&self, word: &str) -> Result<Aggregate, String> {
        if word.eq_ignore_ascii_case("count") {
            return Ok(Aggregate::Count);
        }
        let mut named = self.before.iter().filter_map(|aggregate| match aggregate {
            Aggregate::Named { name, aggregate } if name == word => Some(aggregate),
            _ => None,
        });
        if let Some(found) = named.next() {
            return Ok(found.as_ref().clone());
        }
        if let Some(name) = function(word) {
            return Err(format!("'{word}' needs a column, as in {}", example(name)));
        }
        Err(unknown(word))
    }
}

fn joined(operator: Arithmetic, left: Aggregate, right: Aggregate) -> Result<Aggregate, String> {
    if parts(&left) + parts(&right) > PARTS {
        return Err(format!("it is joined of more than {PARTS} parts"));
    }
    Ok(Aggregate::Arithmetic {
        operator,
        left: Box::new(left),
        right: Box::new(right),
    })
}

fn parts(aggregate: &Aggregate) -> usize {
    match aggregate {
        Aggregate::Arithmetic { left, right, .. } => parts(left) + parts(right),
        _ => 1,
    }
}

/// The name that a function is known by, whatever it is called.
fn function(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == word);
    let word = alias.map_or(word.as_str(), |(_, name)| name);
    let others = ["distinct", "median", "quantile", "hist"];
    let mut names = NAMES.iter().map(|(name, _)| *name).chain(others);
    names.find(|name| *name == word)
}

fn unknown(word: &str) -> String {
    let hint = match word.to_ascii_lowercase().as_str() {
        "percentile" | "percentile_cont" | "approx_quantile" | "quantile_cont" => {
            "; write quantile(COLUMN, 0.95)"
        }
        "histogram" => "; write hist(COLUMN, 20)",
        "product" | "prod" => "; there is no product",
        _ => {
            let others = ["distinct", "median", "quantile", "hist"];
            let names = NAMES.iter().map(|(name, _)| *name).chain(others);
            return format!("'{word}' is not known{}", near::did_you_mean(word, names));
        }
    };
    format!("'{word}' is not known{hint}")
}

fn example(name: &str) -> String {
    match name {
        "quantile" => "quantile(COLUMN, 0.95)".to_owned(),
        "hist" => "hist(COLUMN, 20)".to_owned(),
        _ => format!("{name}(COLUMN)"),
    }
}

/// A function and what stands in its parentheses.
fn call_of(word: &str, inner: &str) -> Result<Aggregate, String> {
    let Some(name) = function(word) else {
        return Err(unknown(word));
    };
    let (inner, filter) = match list::find_word(inner, "where") {
        Some(at) => (inner[..at].trim(), Some(&inner[at + "where".len()..])),
        None => (inner, None),
    };
    let aggregate = match (name, inner) {
        ("count", "" | "*") => Aggregate::Count,
        _ => function_of(name, inner)?,
    };
    let Some(filter) = filter else {
        return Ok(aggregate);
    };
    let filter: Expression = filter.parse().map_err(|error| match error {
        PlanError::Expression { reason, .. } => format!("after 'where' {reason}"),
        other => other.to_string(),
    })?;
    Ok(aggregate.only(filter))
}

/// A function of a column.
fn function_of(name: &str, inner: &str) -> Result<Aggregate, String> {
    let example = example(name);
    let mut arguments = list::parts(inner);
    if arguments[0].is_empty() {
        return Err(format!("the column is missing; write {example}"));
    }
    if let Some((word, column)) = arguments[0].split_once(' ')
        && name == "count"
        && word.eq_ignore_ascii_case("distinct")
    {
        arguments[0] = column.trim();
        return distinct(&arguments, "distinct(COLUMN)");
    }
    if name == "distinct" {
        return distinct(&arguments, &example);
    }
    let function = match (name, &arguments[1..]) {
        ("median", []) => Function::Quantile(Quantile::MEDIAN),
        ("median", ["exact"]) => Function::ExactQuantile(Quantile::MEDIAN),
        ("quantile", []) => return Err(format!("the quantile is missing; write {example}")),
        ("quantile", [share]) => Function::Quantile(share_of(share)?),
        ("quantile", [share, "exact"]) => Function::ExactQuantile(share_of(share)?),
        ("hist", [bins]) => Function::Histogram(bins_of(bins)?),
        ("hist", []) => return Err(format!("the number of bins is missing; write {example}")),
        (_, []) => match NAMES.iter().find(|(known, _)| *known == name) {
            Some((_, function)) => *function,
            None => return Err(unknown(name)),
        },
        _ => {
            return Err(format!(
                "write {example}; a column with a comma in its name stands in \"double quotes\""
            ));
        }
    };
    let column = column(arguments[0])?;
    Ok(Aggregate::Of { function, column })
}

fn share_of(text: &str) -> Result<Quantile, String> {
    let number = text.parse::<f64>();
    let number = number.map_err(|_| format!("'{text}' is no number from 0 to 1"))?;
    Quantile::checked(number)
}

fn bins_of(text: &str) -> Result<u16, String> {
    let most = Function::MOST_BINS;
    let bins = text.parse().ok().filter(|bins| (1..=most).contains(bins));
    bins.ok_or_else(|| format!("'{text}' is no number of bins from 1 to {most}"))
}

fn column(text: &str) -> Result<String, String> {
    match list::unquoted(text) {
        Some(name) if !name.is_empty() => Ok(name),
        None if list::is_plain(text) => Ok(text.to_owned()),
        _ => Err(format!(
            "'{text}' is no column; a name with a quote or a parenthesis that is left open stands in \"double quotes\", its own quotes doubled"
        )),
    }
}

/// The different values of a column, or of any other key.
fn distinct(arguments: &[&str], example: &str) -> Result<Aggregate, String> {
    let [text] = arguments else {
        return Err(format!(
            "write {example}; a column with a comma in its name stands in \"double quotes\""
        ));
    };
    match text.parse() {
        Ok(Key::Column { name: column }) => Ok(Aggregate::Of {
            function: Function::Distinct,
            column,
        }),
        Ok(Key::Zone(_) | Key::Near(_)) => {
            Err("zones are loaded for keys; group by them and count the rows".to_owned())
        }
        Ok(key) => Ok(Aggregate::Distinct(key)),
        Err(_) if list::is_plain(text) && !text.contains(':') => Ok(Aggregate::Of {
            function: Function::Distinct,
            column: (*text).to_owned(),
        }),
        Err(PlanError::Key { reason, .. }) => Err(reason),
        Err(other) => Err(other.to_string()),
    }
}

impl Aggregate {
    /// How loosely it binds: sums, products, and what stands alone.
    fn looseness(&self) -> u8 {
        match self {
            Self::Arithmetic { operator, .. } => match operator {
                Arithmetic::Add | Arithmetic::Subtract => 2,
                Arithmetic::Multiply | Arithmetic::Divide => 1,
            },
            _ => 0,
        }
    }

    /// Writes a function's call, with which rows it takes.
    fn write_call(&self, f: &mut fmt::Formatter<'_>, filter: Option<&Expression>) -> fmt::Result {
        let (name, mut inner) = match self {
            Self::Count => ("count", String::new()),
            Self::Distinct(key) => ("distinct", key.to_string()),
            Self::Of { function, column } => call(*function, column),
            other => return write!(f, "{other}"),
        };
        if let Some(filter) = filter {
            let space = if inner.is_empty() { "" } else { " " };
            inner += &format!("{space}where {filter}");
        }
        match inner.is_empty() {
            true => write!(f, "{name}"),
            false => write!(f, "{name}({inner})"),
        }
    }
}

/// A function of a column, and what stands in its parentheses.
fn call(function: Function, column: &str) -> (&'static str, String) {
    let reads_so = match function {
        // It takes other keys too.
        Function::Distinct => column
            .parse::<Key>()
            .is_ok_and(|key| key == Key::column(column)),
        Function::Count => column != "*",
        _ => true,
    };
    let is_bare = list::is_plain(column) && list::find_word(column, "where").is_none();
    let column = match is_bare && reads_so {
        true => column.to_owned(),
        false => list::quoted(column),
    };
    match function {
        Function::Quantile(q) => ("quantile", format!("{column}, {}", q.share())),
        Function::ExactQuantile(q) => ("quantile", format!("{column}, {}, exact", q.share())),
        Function::Histogram(bins) => ("hist", format!("{column}, {bins}")),
        Function::Distinct => ("distinct", column),
        _ => {
            let name = NAMES.iter().find(|(_, known)| *known == function);
            (name.map_or("", |(name, _)| name), column)
        }
    }
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count | Self::Of { .. } | Self::Distinct(_) => self.write_call(f, None),
            Self::Where { aggregate, filter } => aggregate.write_call(f, Some(filter)),
            Self::Number(number) => write!(f, "{number}"),
            Self::Arithmetic {
                operator,
                left,
                right,
            } => {
                let own = self.looseness();
                let wrapped = |part: &Self, wraps: bool| match wraps {
                    true => format!("({part})"),
                    false => part.to_string(),
                };
                let left = wrapped(left, left.looseness() > own);
                let right = wrapped(right, right.looseness() >= own);
                write!(f, "{left} {operator} {right}")
            }
            Self::Named { name, aggregate } => {
                let is_word =
                    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
                match is_word {
                    true => write!(f, "{name}: {aggregate}"),
                    false => write!(f, "{}: {aggregate}", list::quoted(name)),
                }
            }
        }
    }
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        })
    }
}

impl From<Aggregate> for String {
    fn from(aggregate: Aggregate) -> Self {
        aggregate.to_string()
    }
}

impl TryFrom<String> for Aggregate {
    type Error = PlanError;

    fn try_from(text: String) -> Result<Self, PlanError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written() {
        for (text, written) in [
            ("count(*)", "count"),
            ("Count()", "count"),
            ("avg(v)", "mean(v)"),
            ("count(v)", "count(v)"),
            ("count(distinct v)", "distinct(v)"),
            ("count( where a = 'x)y' )", "count(where a = 'x)y')"),
            (
                "sum(speed (m/s) where v > 2)",
                "sum(speed (m/s) where v > 2)",
            ),
            ("sum(\"a where b\")", "sum(\"a where b\")"),
            ("distinct(h3:9)", "distinct(h3:9)"),
            ("distinct(\"h3:9\")", "distinct(\"h3:9\")"),
            ("quantile(v,0.5,exact)", "quantile(v, 0.5, exact)"),
            ("median(v)", "quantile(v, 0.5)"),
            ("hist(v, 8)", "hist(v, 8)"),
            ("count/(count+1)", "count / (count + 1)"),
            ("1-2-3*count", "1 - 2 - 3 * count"),
            ("1-(2-count)", "1 - (2 - count)"),
            ("x: max(t)-min(t)", "x: max(t) - min(t)"),
            ("\"a:b\": count", "\"a:b\": count"),
            ("mean(driver's age)", "mean(driver's age)"),
        ] {
            let read: Aggregate = text.parse().expect(text);
            assert_eq!(read.to_string(), written);
            assert_eq!(written.parse::<Aggregate>(), Ok(read), "{written}");
        }
    }

    #[test]
    fn names_before_may_be_used() {
        let all = Aggregate::parse_all("moving: count(where m = 'a,b'), share: moving / count");
        let all = all.expect("aggregates");
        assert_eq!(all[1].to_string(), "share: count(where m = 'a,b') / count");
        assert_eq!(all[1].name(), "share");
    }

    #[test]
    fn refusals_say_what_to_write() {
        for (text, hint) in [
            ("min:v", "write min(v)"),
            ("percentile(v, 5)", "quantile(COLUMN, 0.95)"),
            ("hist(v)", "hist(COLUMN, 20)"),
            ("hist(v, 0)", "from 1 to 1000"),
            ("5", "the same in all rows"),
            ("count +", "there is no function"),
            ("(count", "never closed"),
            ("count(where v >)", "after 'where'"),
            ("sum(v, w)", "write sum(COLUMN)"),
            ("moving / count", "'moving' is not known"),
        ] {
            let error = text.parse::<Aggregate>().expect_err(text).to_string();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }

    /// Names stand for all their parts, so that each may double them.
    #[test]
    fn there_is_an_end_of_parts() {
        let sum = |parts: usize| vec!["count"; parts].join(" + ").parse::<Aggregate>();
        assert!(sum(PARTS).is_ok());
        assert!(sum(PARTS + 1).is_err());
        let doubled = (1..40).fold("a0: count".to_owned(), |text, n| {
            let last = n - 1;
            format!("{text}, a{n}: a{last} + a{last}")
        });
        assert!(Aggregate::parse_all(&doubled).is_err());
    }
}
