//! Cuts a stream into the texts of its features, without understanding more of JSON than brackets
//! and quotes. So a feature that is no JSON is one reject, and the next is read.

use super::scan::{Scan, Step};
use crate::import::lines::Lines;
use crate::import::record::MAX_RECORD;
use std::io::{self, BufRead, Read};

pub(super) enum Next {
    Feature(Vec<u8>),
    /// A collection's members beside its features, those before them or those behind.
    Members(Vec<u8>),
    /// From here on nothing can be told apart.
    Broken(String),
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Before the first object is whole.
    Unknown,
    /// Within the list of a FeatureCollection.
    Collection,
    /// Behind that list.
    Tail,
    /// A feature a line: a line that is cut short ends there.
    Lines,
    /// One object behind the other.
    Sequence,
}

pub(super) struct Splitter<'a> {
    lines: Lines<'a>,
    mode: Mode,
    record_line: u64,
}

impl<'a> Splitter<'a> {
    pub(super) fn new(lines: Lines<'a>) -> Self {
        Self {
            lines,
            mode: Mode::Unknown,
            record_line: 1,
        }
    }

    /// The line on which the last found text begins.
    pub(super) fn record_line(&self) -> u64 {
        self.record_line
    }

    /// What was read of the last text, and the rest of the file.
    pub(super) fn rest(&mut self) -> impl Read {
        self.lines.rest()
    }

    pub(super) fn next(&mut self) -> io::Result<Next> {
        if self.mode == Mode::Tail {
            return self.tail();
        }
        let first = self.skip_space()?;
        match (first, self.mode) {
            (None, Mode::Collection) => Ok(Next::Broken(
                "the file ends before its list of features does".to_owned(),
            )),
            (None, _) => Ok(Next::End),
            (Some(b']'), Mode::Collection) => {
                self.lines.consume(1);
                self.mode = Mode::Tail;
                self.tail()
            }
            (Some(_), Mode::Lines) => self.line(),
            (Some(b'{'), _) => self.object(),
            (Some(b'['), Mode::Unknown) => Ok(Next::Broken(
                "this is no GeoJSON, but a list; a FeatureCollection, or a feature a line, is read"
                    .to_owned(),
            )),
            (Some(other), _) => {
                let shown = char::from(other).escape_default();
                Ok(Next::Broken(format!(
                    "'{shown}' where a feature should begin; the file is not read further"
                )))
            }
        }
    }

    /// Skips what may stand between features, and marks what follows.
    fn skip_space(&mut self) -> io::Result<Option<u8>> {
        loop {
            self.lines.mark();
            self.record_line = self.lines.line();
            let in_list = self.mode == Mode::Collection;
            let bytes = self.lines.fill_buf()?;
            let skip = |b: &u8| match b {
                // RFC 8142 begins each text with 0x1E; a byte order mark may begin the file.
                b' ' | b'\t' | b'\r' | b'\n' | 0x1e | 0xef | 0xbb | 0xbf => true,
                b',' => in_list,
                _ => false,
            };
            let blank = bytes.iter().take_while(|b| skip(b)).count();
            let (next, len) = (bytes.get(blank).copied(), bytes.len());
            self.lines.consume(blank);
            if next.is_some() || len == 0 {
                self.lines.mark();
                self.record_line = self.lines.line();
                return Ok(next);
            }
        }
    }

    /// A line, whatever it holds.
    fn line(&mut self) -> io::Result<Next> {
        loop {
            if self.lines.is_full() {
                return Ok(Next::Broken(format!(
                    "it is longer than {MAX_RECORD} bytes"
                )));
            }
            let bytes = self.lines.fill_buf()?;
            let end = memchr::memchr(b'\n', bytes);
            let count = end.map_or(bytes.len(), |place| place + 1);
            self.lines.consume(count);
            if end.is_some() || count == 0 {
                return Ok(Next::Feature(self.lines.tape().to_vec()));
            }
        }
    }

    /// An object from its first bracket to its last, or the begin of a list of features.
    fn object(&mut self) -> io::Result<Next> {
        let mut scan = Scan::default();
        loop {
            let may_be_collection = self.mode == Mode::Unknown;
            if self.lines.is_full() {
                return Ok(Next::Broken(format!(
                    "it is longer than {MAX_RECORD} bytes"
                )));
            }
            let bytes = self.lines.fill_buf()?;
            if bytes.is_empty() {
                return Ok(Next::Broken(
                    "the file ends in the middle of a feature".to_owned(),
                ));
            }
            let mut end = None;
            for (place, &byte) in bytes.iter().enumerate() {
                match scan.step(byte) {
                    Step::Within => {}
                    Step::Features if !may_be_collection => {}
                    step => {
                        end = Some((place + 1, step));
                        break;
                    }
                }
            }
            let len = bytes.len();
            match end {
                None => self.lines.consume(len),
                Some((count, Step::Features)) => {
                    self.lines.consume(count);
                    self.mode = Mode::Collection;
                    return Ok(Next::Members([self.lines.tape(), b"]}"].concat()));
                }
                Some((count, _)) => {
                    self.lines.consume(count);
                    let feature = self.lines.tape().to_vec();
                    if self.mode == Mode::Unknown {
                        self.mode = self.after_first(&feature)?;
                    }
                    return Ok(Next::Feature(feature));
                }
            }
        }
    }

    /// A first object that is a line of its own says that every one is.
    fn after_first(&mut self, feature: &[u8]) -> io::Result<Mode> {
        let next = self
            .lines
            .fill_buf()?
            .iter()
            .find(|b| !matches!(b, b' ' | b'\t' | b'\r'));
        Ok(match next {
            Some(b'\n') if !feature.contains(&b'\n') => Mode::Lines,
            _ => Mode::Sequence,
        })
    }

    /// Behind the list there are at most further members, of which none is a point.
    fn tail(&mut self) -> io::Result<Next> {
        // The object was opened by the collection itself.
        let mut scan = Scan::within(1);
        let mut members = br#"{"features":[]"#.to_vec();
        loop {
            self.lines.mark();
            let bytes = self.lines.fill_buf()?;
            if bytes.is_empty() {
                return Ok(Next::Broken(
                    "the file ends before its collection does".to_owned(),
                ));
            }
            let end = bytes
                .iter()
                .position(|&byte| matches!(scan.step(byte), Step::End));
            let count = end.map_or(bytes.len(), |place| place + 1);
            // More than that says nothing of a CRS.
            let room = MAX_RECORD.saturating_sub(members.len());
            members.extend_from_slice(&bytes[..count.min(room)]);
            self.lines.consume(count);
            if end.is_some() {
                // Another collection may follow, as `cat` makes them.
                self.mode = Mode::Unknown;
                return Ok(Next::Members(members));
            }
        }
    }
}
