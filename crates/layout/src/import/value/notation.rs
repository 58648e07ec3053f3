//! How the values of the files are written.

use super::Type;
use super::clock::{Clock, Moment};
use super::number::{self, Number};
use crate::import::options::Unit;
use std::borrow::Cow;

/// Null in every column, and only there a text: what databases write for it.
const ALWAYS: &[u8] = b"\\N";

/// Null in any case of letters where a column is no text. In a text they may be a name: NA is Namibia.
const WORDS: &[&str] = &[
    "NULL",
    "(null)",
    "NA",
    "N/A",
    "<NA>",
    "#N/A",
    "#NA",
    "None",
    "nil",
    "NaN",
    "-NaN",
    "+NaN",
    "-",
    "--",
    "---",
    "0000-00-00",
    "0000-00-00 00:00:00",
];

/// How numbers, times and nulls are written.
#[derive(Debug, Clone)]
pub(crate) struct Notation {
    pub(crate) clock: Clock,
    /// What stands before the fraction of a number.
    pub(crate) decimal: u8,
    /// Further words for null.
    pub(crate) nulls: Vec<String>,
}

impl Notation {
    /// Whether a text is null in every column.
    pub(crate) fn is_null(&self, text: &[u8]) -> bool {
        text == ALWAYS || self.nulls.iter().any(|null| null.as_bytes() == text)
    }

    /// Whether a text is null in a column that is no text. Numbers and times are to be asked first.
    pub(crate) fn is_null_word(&self, text: &[u8]) -> bool {
        let is_word = |word: &&str| text.eq_ignore_ascii_case(word.as_bytes());
        text.is_empty() || self.is_null(text) || WORDS.iter().any(is_word)
    }

    pub(crate) fn number(&self, text: &[u8]) -> Option<Number> {
        number::number(&self.ungrouped(text), self.decimal)
    }

    /// A number without the points that part thousands, as in `1.234,5`. Without a decimal comma behind them they may be
    /// decimal ones.
    fn ungrouped<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        match self.decimal == b',' && number::is_grouped(text) {
            true => Cow::Owned(text.iter().copied().filter(|b| *b != b'.').collect()),
            false => Cow::Borrowed(text),
        }
    }

    /// Any writing of a number, where a column is known to hold numbers.
    pub(crate) fn float(&self, text: &[u8]) -> Option<f64> {
        number::float(&self.ungrouped(text), self.decimal)
    }

    /// Degrees, in which no point parts thousands.
    pub(crate) fn coordinate(&self, text: &[u8]) -> Option<f64> {
        number::float(text, self.decimal).or_else(|| number::float(text, b'.'))
    }

    pub(crate) fn moment(&self, text: &[u8]) -> Option<Moment> {
        self.clock.moment(text)
    }

    /// A number of units since 1970.
    pub(crate) fn scaled(&self, text: &[u8], unit: Unit) -> Option<Moment> {
        let scaled = number::scaled(text, unit, self.decimal);
        scaled.or_else(|| number::scaled(text, unit, b'.'))
    }

    /// Whether a text would be a number if its comma were a decimal one.
    pub(crate) fn is_with_comma(&self, text: &[u8]) -> bool {
        self.decimal != b',' && text.contains(&b',') && number::float(text, b',').is_some()
    }

    /// Whether a text would be a number if its point were no decimal comma.
    pub(crate) fn is_with_point(&self, text: &[u8]) -> bool {
        self.decimal == b',' && text.contains(&b'.') && number::float(text, b'.').is_some()
    }

    /// How a text parts the thousands of a number, and what to do, where it does and is not one that has a point.
    pub(crate) fn parted(&self, text: &[u8]) -> Option<&'static str> {
        if !number::is_parted(text) || self.is_with_point(text) {
            return None;
        }
        Some(if self.is_with_comma(text) {
            "may have a decimal comma, which `decimal` , reads, or a comma between its thousands, which is to be taken \
             out of the file where the column should be numbers"
        } else if self.is_with_comma_behind_points(text) {
            "has a decimal comma behind points between its thousands, which `decimal` , reads"
        } else {
            "has something between its thousands; take that out of the file where the column should be numbers"
        })
    }

    /// Whether a text would be a number if its comma were a decimal one behind points that part its thousands.
    fn is_with_comma_behind_points(&self, text: &[u8]) -> bool {
        self.decimal != b',' && number::is_grouped(text) && number::is_parted(text)
    }

    /// What to try where a text is not a value of a type, to stand behind the message.
    pub(crate) fn advice(&self, text: &[u8], wanted: Type) -> &'static str {
        match wanted {
            Type::Float | Type::Int
                if self.is_with_comma(text) || self.is_with_comma_behind_points(text) =>
            {
                "; `decimal` , reads decimal commas"
            }
            Type::Float | Type::Int if self.is_with_point(text) => {
                " (its point may part thousands, or be a decimal one)"
            }
            Type::Float | Type::Int if self.parted(text).is_some() => {
                "; take out what stands between its thousands"
            }
            Type::Time if self.clock.format.is_some() => "; it is not as `time_format` says",
            Type::Time => "; `time_format` says how it is written",
            _ => "",
        }
    }
}
