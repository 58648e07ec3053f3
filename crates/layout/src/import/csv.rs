//! Lines of delimited text to records. `csv-core` finds the fields; this file keeps each record's
//! bytes and line, gives up on records that do not end, and goes on behind them.

mod records;
mod window;

use super::error::ImportError;
use super::open::{Meter, failed};
use super::record::{Halt, Names, Sink, shown};
use super::source::Source;
use graticule_columns::Note;
use records::{Next, Records};
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
    pub(crate) escape: Option<u8>,
    /// The sorted names of the first file and what it is called, to compare the others' with.
    pub(crate) first: Option<(String, Vec<String>)>,
    pub(crate) odd: Odd,
}

/// Records whose quotes do not end where their fields do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Odd {
    count: u64,
    /// The file and line of the first.
    first: Option<String>,
}

impl Odd {
    fn add(&mut self, source: &Source, line: u64) {
        self.count += 1;
        let first = || format!("{}:{line}", source.name);
        self.first.get_or_insert_with(first);
    }

    pub(crate) fn note(&self) -> Option<Note> {
        self.first.as_ref().map(|first| Note {
            text: format!(
                "records with text behind a closing quote, which was kept: {}, the first at {first}; where a backslash \
                 makes a quote part of the text, say so with `escape` '\\'",
                self.count
            ),
            is_warning: true,
        })
    }
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
        let said = match self.skip_lines {
            0 => {
                window.fill(16).map_err(io)?;
                said(window.bytes())
            }
            _ => None,
        };
        if said.is_some() {
            window.skip_line().map_err(io)?;
        }
        let delimiter = match self.delimiter.or(said) {
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
        let mut records = Records::new(window, delimiter, self.escape);
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
                Next::Record => {
                    let columns = self.header(&records, source, names)?;
                    records.leave();
                    columns
                }
            },
        };
        let mut on_odd = |line| self.odd.add(source, line);
        records.read_all(&columns, names, sink, &io, &mut on_odd)
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
        for field in 0..records.count() {
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
        if records.field(records.count() - 1).is_empty() && here.len() > 1 {
            here.pop();
        }
        let mut sorted = here.clone();
        sorted.sort();
        if let Some(twice) = sorted.windows(2).find(|w| w[0] == w[1]) {
            return Err(whole(format!(
                "two of its columns are named '{}'; name them all with `columns`, and skip the line of names with `skip_lines`",
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

/// The delimiter that a first line tells, as Excel reads and others write it: `sep=;`.
fn said(bytes: &[u8]) -> Option<u8> {
    let end = memchr::memchr2(b'\n', b'\r', bytes)?;
    let line = bytes[..end].trim_ascii_start();
    let quoted = line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\""));
    match quoted.unwrap_or(line) {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter]
            if delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() =>
        {
            Some(*delimiter)
        }
        _ => None,
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
