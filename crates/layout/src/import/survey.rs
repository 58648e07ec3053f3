//! Looks at values to choose the columns' types.

use super::record::{Fields, Halt, Names, Sink};
use super::value::{self, Clock, Type};
use std::io::Read;

/// What the values of one name can all be.
#[derive(Debug, Clone, Copy)]
struct Could {
    seen: u64,
    /// Those that are times and no whole numbers.
    times: u64,
    int: bool,
    float: bool,
    /// A number that is no mere word, such as nan.
    has_finite: bool,
    /// A number that is not whole, or not written as whole ones are.
    has_fraction: bool,
    /// A whole number that no double may be.
    has_large: bool,
    bool: bool,
    time: bool,
}

impl Could {
    const ALL: Self = Self {
        seen: 0,
        times: 0,
        int: true,
        float: true,
        has_finite: false,
        has_fraction: false,
        has_large: false,
        bool: true,
        time: true,
    };

    fn see(&mut self, text: &[u8], quoted: bool, clock: &Clock) {
        let trimmed = text.trim_ascii();
        if trimmed.is_empty() {
            return;
        }
        self.seen += 1;
        if quoted {
            (self.int, self.float, self.bool) = (false, false, false);
        }
        let int = value::int(trimmed);
        self.int = self.int && int.is_some();
        if int.is_some() {
            self.has_finite = true;
        } else if !quoted {
            let float = value::float(trimmed).filter(|_| !is_name(trimmed));
            self.float = self.float && float.is_some();
            let is_finite = float.is_some_and(f64::is_finite);
            self.has_finite |= is_finite;
            self.has_fraction |= is_finite;
        }
        self.has_large |= int.is_some_and(|i| i.unsigned_abs() > value::EXACT);
        self.bool = self.bool && value::bool(trimmed).is_some();
        if self.time || int.is_none() {
            let is_time = clock.moment(trimmed).is_some();
            self.time = self.time && is_time;
            self.times += u64::from(is_time && int.is_none());
        }
    }

    fn kind(self) -> Option<Type> {
        Some(match self {
            _ if self.seen == 0 => return None,
            _ if self.bool => Type::Bool,
            _ if self.int => Type::Int,
            _ if self.float && self.has_finite && !self.has_large => Type::Float,
            _ if self.time => Type::Time,
            _ => Type::Text,
        })
    }
}

/// Whether digits name something rather than count it: zeros stand before them, as in 007, or they
/// are more than a double keeps.
fn is_name(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_padded = matches!(digits, [b'0', b'0'..=b'9', ..]);
    is_padded || (digits.len() > 15 && digits.iter().all(u8::is_ascii_digit))
}

/// Sees records, of each file at most so many.
pub(crate) struct Survey<'a> {
    clock: &'a Clock,
    could: Vec<Could>,
    limit: u64,
    left: u64,
}

impl<'a> Survey<'a> {
    pub(crate) fn new(clock: &'a Clock, limit: u64) -> Self {
        Self {
            clock,
            could: Vec::new(),
            limit,
            left: limit,
        }
    }

    pub(crate) fn next_file(&mut self) {
        self.left = self.limit;
    }

    /// The types of so many names, `None` where no value was seen.
    pub(crate) fn types(&self, names: usize) -> Vec<Option<Type>> {
        let mut types: Vec<_> = self.could.iter().map(|c| c.kind()).collect();
        types.resize(names, None);
        types
    }

    /// Whether nine values of a name in ten are times.
    pub(crate) fn is_mostly_times(&self, name: usize) -> bool {
        let is_mostly = |c: &Could| c.seen > 0 && 10 * c.times >= 9 * c.seen;
        self.could.get(name).is_some_and(is_mostly)
    }

    /// As [`Survey::types`], of everything, after a sample had shown others. What the sample said
    /// stands, so that one bad value makes no numbers texts; but whole numbers may turn out to be others.
    pub(crate) fn widened(&self, sample: &[Option<Type>], names: usize) -> Vec<Option<Type>> {
        let mut types = self.types(names);
        for (number, kind) in sample.iter().enumerate() {
            types[number] = match (kind, self.could.get(number)) {
                (Some(Type::Int), Some(c)) if c.has_fraction && !c.has_large => Some(Type::Float),
                (Some(kind), _) => Some(*kind),
                (None, _) => types[number],
            };
        }
        types
    }
}

impl Sink for Survey<'_> {
    fn record(&mut self, _: u64, _: &[u8], fields: &Fields, names: &Names) -> Result<(), Halt> {
        self.could
            .resize(names.all().len().max(self.could.len()), Could::ALL);
        for span in &fields.spans {
            self.could[span.column].see(fields.text(span), span.quoted, self.clock);
        }
        self.enough()
    }

    fn reject(&mut self, _: u64, _: &str, _: &mut dyn Read) -> Result<(), Halt> {
        self.enough()
    }
}

impl Survey<'_> {
    fn enough(&mut self) -> Result<(), Halt> {
        self.left = self.left.saturating_sub(1);
        match self.left {
            0 => Err(Halt::Enough),
            _ => Ok(()),
        }
    }
}
