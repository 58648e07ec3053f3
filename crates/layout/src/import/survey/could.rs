//! What the values of one name can all be.

use crate::import::record::shown;
use crate::import::value::{self, EXACT, Notation, Number, Type};

#[derive(Debug, Clone)]
pub(super) struct Could {
    /// Values that are no words for null.
    pub(super) values: u64,
    /// Words for null that are texts in a column of texts.
    pub(super) words: u64,
    /// Those that are times and no whole numbers.
    pub(super) times: u64,
    /// Also those that would be numbers with decimal commas, or points, or without what parts their thousands.
    pub(super) numbers: u64,
    /// Those that are points in well-known text, whole or not.
    pub(super) points: u64,
    int: bool,
    float: bool,
    /// A number that is no mere word, such as inf.
    pub(super) has_finite: bool,
    /// A number with a point.
    has_real: bool,
    has_padded: bool,
    has_plus: bool,
    has_negative: bool,
    /// A whole number that no double may be.
    has_large: bool,
    bool: bool,
    time: bool,
    /// The first value that is no number, or that may be a name though it is one.
    pub(super) odd: Option<Box<str>>,
    /// How that value parts its thousands, if it does.
    pub(super) parted: Option<&'static str>,
    /// The first value that is no time.
    pub(super) timeless: Option<Box<str>>,
    pub(super) word: Option<Box<str>>,
}

impl Could {
    pub(super) const ALL: Self = Self {
        values: 0,
        words: 0,
        times: 0,
        numbers: 0,
        points: 0,
        int: true,
        float: true,
        has_finite: false,
        has_real: false,
        has_padded: false,
        has_plus: false,
        has_negative: false,
        has_large: false,
        bool: true,
        time: true,
        odd: None,
        parted: None,
        timeless: None,
        word: None,
    };

    pub(super) fn see(&mut self, text: &[u8], is_quoted: bool, notation: &Notation) {
        let text = text.trim_ascii();
        if text.is_empty() || notation.is_null(text) {
            return;
        }
        let number = match is_quoted {
            true => None,
            false => notation.number(text),
        };
        if number.is_none() && notation.is_null_word(text) {
            self.words += 1;
            self.word.get_or_insert_with(|| shown(text).into());
            return;
        }
        self.values += 1;
        self.number(text, number, notation);
        self.points += u64::from(graticule_dataset::begins_as_point(text));
        self.bool = self.bool && !is_quoted && value::bool(text).is_some();
        let is_whole = matches!(number, Some(Number::Whole(_)));
        if self.time || !is_whole {
            let is_time = notation.moment(text).is_some();
            self.time = self.time && is_time;
            self.times += u64::from(is_time && !is_whole);
            if !is_time {
                self.timeless.get_or_insert_with(|| shown(text).into());
            }
        }
    }

    fn number(&mut self, text: &[u8], number: Option<Number>, notation: &Notation) {
        let is_nearly = number.is_some()
            || notation.is_with_comma(text)
            || notation.is_with_point(text)
            || notation.parted(text).is_some();
        self.numbers += u64::from(is_nearly);
        self.float = self.float && number.is_some();
        self.int = self.int && matches!(number, Some(Number::Whole(_)));
        self.has_finite |= !matches!(number, None | Some(Number::Word(_)));
        self.has_negative |= number.is_some() && text.starts_with(b"-");
        match number {
            Some(Number::Whole(int)) => self.has_large |= int.unsigned_abs() > EXACT,
            Some(Number::Real(_)) => self.has_real = true,
            Some(Number::Padded(_)) => self.has_padded = true,
            Some(Number::Plus(_)) => self.has_plus = true,
            Some(Number::Word(_)) => {}
            None if self.odd.is_none() => {
                self.odd = Some(shown(text).into());
                self.parted = notation.parted(text);
            }
            None => {}
        }
    }

    /// Whether zeros or a plus stand before whole numbers and nothing shows that they count.
    fn is_names(&self) -> bool {
        let is_padded = self.has_padded && !self.has_real;
        is_padded || (self.has_plus && !self.has_real && !self.has_negative)
    }

    pub(super) fn kind(&self) -> Option<Type> {
        Some(match self {
            _ if self.values == 0 => return None,
            _ if self.bool => Type::Bool,
            _ if self.int => Type::Int,
            _ if self.float && self.has_finite && !self.has_large && !self.is_names() => {
                Type::Float
            }
            _ if self.time => Type::Time,
            _ => Type::Text,
        })
    }
}
