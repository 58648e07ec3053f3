//! Values and times straight into columns of a chunk.

use super::leaf::{Sink, Words};
use super::live::{Live, is_none};
use graticule_columns::{Column, Data, Kind};

/// What the words of a page become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Words of 32 bits, of which the low ones count and are widened.
    Narrow(Trim),
    /// Words of 64 bits, as they are.
    Wide,
    /// Signed words of 32 bits that are widened and multiplied.
    Times(i64),
}

/// Which bits of a word count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trim {
    All,
    I8,
    I16,
    U8,
    U16,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the library takes the low bits, too"
)]
impl Trim {
    fn of(self, word: u32) -> u32 {
        match self {
            Self::All => word,
            Self::I8 => i32::from(word as i8).cast_unsigned(),
            Self::I16 => i32::from(word as i16).cast_unsigned(),
            Self::U8 => u32::from(word as u8),
            Self::U16 => u32::from(word as u16),
        }
    }
}

fn times(factor: i64, word: u32) -> u64 {
    (i64::from(word.cast_signed()) * factor).cast_unsigned()
}

/// A column of a chunk in the making.
pub(super) struct Value {
    kind: Kind,
    form: Form,
    narrow: Vec<u32>,
    wide: Vec<u64>,
    /// The dictionary's values, of 32 or of 64 bits.
    narrow_entries: Vec<u32>,
    wide_entries: Vec<u64>,
    /// The least entry, where `narrow_entries` are what the entries are beyond it.
    base: u64,
    has_offsets: bool,
    /// Whether `narrow` has offsets from the least entry.
    is_offset: bool,
    live: Live,
    rows: usize,
    /// Rows of the largest chunk so far.
    most: usize,
}

const BEYOND: &str = "it has a place that is not in its dictionary";

impl Value {
    pub(super) fn new(kind: Kind, form: Form) -> Self {
        Self {
            kind,
            form,
            narrow: Vec::new(),
            wide: Vec::new(),
            narrow_entries: Vec::new(),
            wide_entries: Vec::new(),
            base: 0,
            has_offsets: false,
            is_offset: false,
            live: Live::default(),
            rows: 0,
            most: 0,
        }
    }

    /// Makes room for the rows of the next chunk: as much as for the largest so far, since memory of one size is used
    /// again.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.most = self.most.max(rows);
        self.is_offset = self.has_offsets;
        if self.is_offset || matches!(self.form, Form::Narrow(_)) {
            self.narrow.reserve_exact(self.most);
        }
    }

    /// Where words of 64 bits go, which is kept from chunk to chunk unless the chunk takes it.
    fn wide(&mut self) -> &mut Vec<u64> {
        self.wide
            .reserve_exact(self.most.saturating_sub(self.wide.len()));
        &mut self.wide
    }

    /// The column of the rows that were pushed since the last one.
    pub(super) fn take(&mut self) -> Column {
        let validity = self.live.take();
        self.rows = 0;
        if matches!(self.form, Form::Narrow(_)) {
            let words = std::mem::take(&mut self.narrow);
            return Column::new(self.kind, Data::Plain32(words.into()), validity);
        }
        if self.is_offset {
            let data = Data::Offset {
                base: self.base,
                offsets: std::mem::take(&mut self.narrow).into(),
            };
            return Column::new(self.kind, data, validity);
        }
        if self.kind.is_float() {
            let words = std::mem::take(&mut self.wide);
            return Column::new(self.kind, Data::Plain64(words.into()), validity);
        }
        let column = Column::compact_from(self.kind, &self.wide, validity);
        self.wide.clear();
        column
    }

    /// As whole numbers what was kept as offsets.
    fn widen(&mut self) {
        if self.is_offset {
            let base = self.base;
            let narrow = std::mem::take(&mut self.narrow);
            let words = narrow.iter();
            let words = words.map(|offset| base.wrapping_add(u64::from(*offset)));
            self.wide().extend(words);
            self.is_offset = false;
        }
    }

    fn keys(&mut self, keys: &[u32], is_none: bool) -> Result<(), &'static str> {
        let highest = keys.iter().copied().max().unwrap_or(0) as usize;
        if highest >= self.narrow_entries.len().max(self.wide_entries.len()) {
            if highest > 0 || !is_none {
                return Err(BEYOND);
            }
            match self.form {
                Form::Narrow(_) => self.narrow.resize(self.narrow.len() + keys.len(), 0),
                Form::Wide | Form::Times(_) => {
                    self.widen();
                    let zeros = keys.iter().map(|_| 0);
                    self.wide().extend(zeros);
                }
            }
            return Ok(());
        }
        if !(self.is_offset || matches!(self.form, Form::Narrow(_))) {
            self.wide();
        }
        let (narrow, base) = (&self.narrow_entries, self.base);
        let keys = keys.iter().map(|key| *key as usize);
        match self.form {
            Form::Narrow(_) => self.narrow.extend(keys.map(|key| narrow[key])),
            _ if self.is_offset => self.narrow.extend(keys.map(|key| narrow[key])),
            _ if self.has_offsets => {
                let words = keys.map(|key| base.wrapping_add(narrow[key].into()));
                self.wide.extend(words);
            }
            _ => self.wide.extend(keys.map(|key| self.wide_entries[key])),
        }
        Ok(())
    }
}

impl Sink for Value {
    fn dictionary(&mut self, entries: usize) {
        match self.form {
            Form::Narrow(_) => self.narrow_entries = Vec::with_capacity(entries),
            Form::Wide | Form::Times(_) => self.wide_entries = Vec::with_capacity(entries),
        }
    }

    fn enter(&mut self, words: Words<'_>) {
        match (self.form, words) {
            (Form::Narrow(trim), Words::Narrow(words)) => {
                let words = words.iter().map(|word| trim.of(*word));
                self.narrow_entries.extend(words);
            }
            (Form::Times(factor), Words::Narrow(words)) => {
                let words = words.iter().map(|word| times(factor, *word));
                self.wide_entries.extend(words);
            }
            (_, Words::Wide(words)) => self.wide_entries.extend_from_slice(words),
            _ => {}
        }
    }

    fn entered(&mut self) {
        if self.kind.is_float() || !self.kind.is_wide() {
            return;
        }
        let ordered = || self.wide_entries.iter().map(|word| self.kind.order(*word));
        if let (Some(low), Some(high)) = (ordered().min(), ordered().max())
            && high - low <= u64::from(u32::MAX)
        {
            let base = self.kind.unorder(low);
            #[expect(clippy::cast_possible_truncation, reason = "the span was looked at")]
            let offset = |word: &u64| word.wrapping_sub(base) as u32;
            self.base = base;
            self.narrow_entries = self.wide_entries.iter().map(offset).collect();
            self.wide_entries = Vec::new();
            self.has_offsets = true;
            self.is_offset = self.rows == 0;
        }
    }

    fn push(&mut self, words: Words<'_>, live: Option<&[bool]>) -> Result<(), &'static str> {
        let rows = match (self.form, words) {
            (_, Words::Keys(keys)) => {
                self.keys(keys, is_none(live))?;
                keys.len()
            }
            (Form::Narrow(Trim::All), Words::Narrow(words)) => {
                self.narrow.extend_from_slice(words);
                words.len()
            }
            (Form::Narrow(trim), Words::Narrow(words)) => {
                self.narrow.extend(words.iter().map(|word| trim.of(*word)));
                words.len()
            }
            (Form::Times(factor), Words::Narrow(words)) => {
                self.widen();
                let wide = words.iter().map(|word| times(factor, *word));
                self.wide().extend(wide);
                words.len()
            }
            (_, Words::Wide(words)) => {
                self.widen();
                self.wide().extend_from_slice(words);
                words.len()
            }
            (Form::Wide, Words::Narrow(_)) => return Err("it has words of another width"),
        };
        self.live.push(self.rows, rows, live);
        self.rows += rows;
        Ok(())
    }
}
