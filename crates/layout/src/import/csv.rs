//! Lines of delimited text to records. `csv-core` finds the fields; this file keeps each record's
//! bytes and line, gives up on records that do not end, and goes on behind them.

mod window;

use super::error::ImportError;
use super::open::{Meter, failed};
use super::record::{Fields, Halt, MAX_COLUMNS, MAX_RECORD, Names, Sink, Span, shown};
use super::source::Source;
use csv_core::{ReadRecordResult as Found, Reader, ReaderBuilder};
use std::io::BufRead;
use window::Window;

/// How the files are written; the same for all of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Csv {
    /// Told by the first line of the first file where it is `None`.
    pub(crate) delimiter: Option<u8>,
    /// The columns' names where the files have none; empty ones are left out.
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) skip_lines: u64,
    /// The sorted names of the first file and what it is called, to compare the others' with.
    pub(crate) first: Option<(String, Vec<String>)>,
}

/// What became of the bytes behind the window's start.
enum Next {
    Record,
    /// A record that does not end, or is too large: why.
    Broken(String),
    End,
}

impl Csv {
    /// Reads one file.
    pub(crate) fn read(
        &mut self,
        source: &Source,
        meter: &Meter<'_>,
        from: Box<dyn BufRead + '_>,
        names: &mut Names,
        sink: &mut dyn Sink,
    ) -> Result<(), Halt> {
        let mut window = Window::new(from);
        let io = |e| failed(meter, source, e);
        let whole = |reason: &str| ImportError::File {
            file: source.name.clone(),
            reason: reason.to_owned(),
        };
        window.fill(4).map_err(io)?;
        match window.bytes() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                return Err(whole("it is UTF-16; convert it to UTF-8 first").into());
            }
            [0xef, 0xbb, 0xbf, ..] => window.skip(3),
            _ => {}
        }
        for _ in 0..self.skip_lines {
            window.skip_line().map_err(io)?;
        }
        let delimiter = match self.delimiter {
            Some(delimiter) => delimiter,
            None => {
                window.skip_blank_lines().map_err(io)?;
                window.fill(1 << 16).map_err(io)?;
                // A file without a line tells nothing.
                let found = if window.bytes().is_empty() {
                    None
                } else {
                    Some(likely(window.bytes()))
                };
                self.delimiter = found;
                found.unwrap_or(b',')
            }
        };
        let mut records = Records {
            window,
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            fields: Fields::default(),
            ends: vec![0; 64],
            used: 0,
            count: 0,
        };
        let columns = match &self.columns {
            Some(columns) => columns
                .iter()
                .map(|c| Some(c.trim()).filter(|c| !c.is_empty()))
                .map(|c| c.map(|c| names.number(c)))
                .collect(),
            None => match records.next().map_err(io)? {
                Next::End => return Ok(()),
                Next::Broken(reason) => {
                    return Err(whole(&format!("its first line: {reason}")).into());
                }
                Next::Record => self.header(&records, source, names)?,
            },
        };
        records.read_all(&columns, names, sink, &io)
    }

    /// The columns of a file's line of names.
    fn header(
        &mut self,
        records: &Records<'_>,
        source: &Source,
        names: &mut Names,
    ) -> Result<Vec<Option<usize>>, ImportError> {
        let whole = |reason: String| ImportError::File {
            file: source.name.clone(),
            reason,
        };
        let mut here = Vec::new();
        for field in 0..records.count {
            let text = records.field(field);
            let name = std::str::from_utf8(text).map_err(|_| {
                whole(format!(
                    "the name of column {} is not UTF-8: '{}'; convert the file",
                    field + 1,
                    shown(text)
                ))
            })?;
            let name = name.trim();
            here.push(match name {
                // An index without a name, as pandas writes it, and what a last delimiter makes.
                "" => format!("column{}", field + 1),
                name => name.to_owned(),
            });
        }
        // A delimiter at the end of the names makes no column.
        if records.field(records.count - 1).is_empty() && here.len() > 1 {
            here.pop();
        }
        let mut sorted = here.clone();
        sorted.sort();
        if let Some(twice) = sorted.windows(2).find(|w| w[0] == w[1]) {
            return Err(whole(format!(
                "two of its columns are named '{}'; name them all with --columns, and skip the line of names with --skip-lines",
                twice[0]
            )));
        }
        match &self.first {
            None => self.first = Some((source.name.clone(), sorted)),
            Some((_, first)) if *first == sorted => {}
            Some((name, first)) => {
                let differs = |a: &[String], b: &[String]| {
                    let only: Vec<_> = a.iter().filter(|n| !b.contains(n)).cloned().collect();
                    only.join(", ")
                };
                return Err(whole(format!(
                    "its columns are not those of '{name}': only here [{}], only there [{}]; import them apart",
                    differs(&sorted, first),
                    differs(first, &sorted)
                )));
            }
        }
        Ok(here.iter().map(|name| Some(names.number(name))).collect())
    }
}

/// The delimiter that a line has most of.
fn likely(bytes: &[u8]) -> u8 {
    let end = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut is_quoted = false;
    for &byte in &bytes[..end] {
        is_quoted ^= byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += u32::from(*delimiter == byte && !is_quoted);
        }
    }
    // The first of those that are equally frequent.
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    best.map_or(b',', |(delimiter, _)| *delimiter)
}

struct Records<'a> {
    window: Window<'a>,
    reader: Reader,
    fields: Fields,
    ends: Vec<usize>,
    /// The bytes of the record in the window.
    used: usize,
    /// Its fields.
    count: usize,
}

impl Records<'_> {
    fn field(&self, field: usize) -> &[u8] {
        let begin = if field == 0 { 0 } else { self.ends[field - 1] };
        &self.fields.bytes[begin..self.ends[field]]
    }

    fn read_all(
        &mut self,
        columns: &[Option<usize>],
        names: &Names,
        sink: &mut dyn Sink,
        io: &dyn Fn(std::io::Error) -> Halt,
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
                    self.hand_on(columns, names, sink)?;
                    self.window.skip(self.used);
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
    fn next(&mut self) -> std::io::Result<Next> {
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
