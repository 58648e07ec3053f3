//! One record after the other, each with its bytes.

use super::window::Window;
use crate::import::record::{Fields, Halt, MAX_COLUMNS, MAX_RECORD, Names, Sink, Span};
use csv_core::{ReadRecordResult as Found, Reader, ReaderBuilder};

/// What became of the bytes behind the window's start.
pub(super) enum Next {
    Record,
    /// A record that does not end, or is too large: why.
    Broken(String),
    End,
}

pub(super) struct Records<'a> {
    window: Window<'a>,
    delimiter: u8,
    escape: Option<u8>,
    reader: Reader,
    fields: Fields,
    ends: Vec<usize>,
    /// The bytes of the record in the window.
    used: usize,
    /// Its fields.
    count: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(window: Window<'a>, delimiter: u8, escape: Option<u8>) -> Self {
        let mut builder = ReaderBuilder::new();
        Self {
            window,
            delimiter,
            escape,
            reader: builder.delimiter(delimiter).escape(escape).build(),
            fields: Fields::default(),
            ends: vec![0; 64],
            used: 0,
            count: 0,
        }
    }

    /// How many fields the record at hand has.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Goes on behind the record at hand.
    pub(super) fn leave(&mut self) {
        self.window.skip(self.used);
    }

    pub(super) fn field(&self, field: usize) -> &[u8] {
        let begin = if field == 0 { 0 } else { self.ends[field - 1] };
        &self.fields.bytes[begin..self.ends[field]]
    }

    pub(super) fn read_all(
        &mut self,
        columns: &[Option<usize>],
        names: &Names,
        sink: &mut dyn Sink,
        io: &dyn Fn(std::io::Error) -> Halt,
        on_odd: &mut dyn FnMut(u64),
    ) -> Result<(), Halt> {
        loop {
            match self.next().map_err(io)? {
                Next::End => return Ok(()),
                Next::Broken(reason) => {
                    let line = self.window.line();
                    // Only the first line is lost: the next may well be a record.
                    let mut rest = self.window.rest_of_line();
                    sink.reject(line, &reason, &mut rest)?;
                    rest.skip().map_err(io)?;
                    self.reader.reset();
                }
                Next::Record => {
                    let raw = &self.window.bytes()[..self.used];
                    if is_odd(raw, self.delimiter, self.escape) {
                        on_odd(self.window.line());
                    }
                    self.hand_on(columns, names, sink)?;
                    self.leave();
                }
            }
        }
    }

    fn hand_on(
        &mut self,
        columns: &[Option<usize>],
        names: &Names,
        sink: &mut dyn Sink,
    ) -> Result<(), Halt> {
        let (line, count) = (self.window.line(), self.count);
        let mut raw = &self.window.bytes()[..self.used];
        // Delimiters at the end of a line hold nothing that could be lost.
        let all = |used: &[usize]| used.windows(2).all(|w| w[0] == w[1]);
        let is_ragged = count < columns.len()
            || (count > columns.len() && !all(&self.ends[columns.len().max(1) - 1..count]));
        if is_ragged {
            let reason = format!("{count} fields instead of {}", columns.len());
            return sink.reject(line, &reason, &mut raw);
        }
        self.fields.spans.clear();
        let mut begin = 0;
        for (column, &end) in columns.iter().zip(&self.ends) {
            if let Some(column) = *column {
                self.fields.spans.push(Span {
                    column,
                    begin,
                    end,
                    quoted: false,
                });
            }
            begin = end;
        }
        sink.record(line, raw, &self.fields, names)
    }

    /// Finds the next record, which then begins the window.
    pub(super) fn next(&mut self) -> std::io::Result<Next> {
        self.window.skip_blank_lines()?;
        if self.window.bytes().is_empty() {
            return Ok(Next::End);
        }
        let (mut used, mut out, mut count) = (0, 0, 0);
        // The text is never longer than the bytes; one more lets the reader see the end.
        loop {
            let mut more = &self.window.bytes()[used..];
            let is_end = more.is_empty();
            if is_end {
                // A record that a line end does not finish has an open quote.
                more = b"\n";
            }
            let bytes = &mut self.fields.bytes;
            let (found, read, written, ended) =
                self.reader
                    .read_record(more, &mut bytes[out..], &mut self.ends[count..]);
            used += if is_end { 0 } else { read };
            out += written;
            count += ended;
            match found {
                Found::Record => {
                    (self.used, self.count) = (used, count);
                    return Ok(Next::Record);
                }
                Found::OutputFull => {
                    let larger = (bytes.len() * 2).max(1 << 12);
                    bytes.resize(larger, 0);
                }
                Found::OutputEndsFull if count >= MAX_COLUMNS => {
                    return Ok(Next::Broken(format!("more than {MAX_COLUMNS} fields")));
                }
                Found::OutputEndsFull => self.ends.resize(count * 2, 0),
                Found::InputEmpty if is_end => {
                    return Ok(Next::Broken("a quote is not closed".to_owned()));
                }
                Found::InputEmpty if used > MAX_RECORD => {
                    let spans = memchr::memchr2(b'\n', b'\r', &self.window.bytes()[..used]);
                    return Ok(Next::Broken(match spans {
                        None => format!("the line is longer than {MAX_RECORD} bytes"),
                        Some(_) => format!("a quote is not closed within {MAX_RECORD} bytes"),
                    }));
                }
                Found::InputEmpty => self.window.fill(used + 1)?,
                Found::End => return Ok(Next::End),
            }
        }
    }
}

/// Whether text stands behind a quote that closes a field.
fn is_odd(record: &[u8], delimiter: u8, escape: Option<u8>) -> bool {
    if memchr::memchr(b'"', record).is_none() {
        return false;
    }
    let mut bytes = record.iter().copied().peekable();
    let (mut is_begin, mut in_quotes) = (true, false);
    while let Some(byte) = bytes.next() {
        if in_quotes {
            if Some(byte) == escape {
                bytes.next();
            } else if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
                in_quotes = false;
                let is_end = |b: &u8| *b == delimiter || matches!(b, b'\n' | b'\r');
                if bytes.peek().is_some_and(|b| !is_end(b)) {
                    return true;
                }
            }
        } else {
            in_quotes = is_begin && byte == b'"';
        }
        is_begin = !in_quotes && byte == delimiter;
    }
    false
}
