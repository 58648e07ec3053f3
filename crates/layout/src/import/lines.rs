//! A reader that knows its line, keeps what was read since a mark, and reads no record too large.

use super::record::MAX_RECORD;
use std::io::{self, BufRead, Read};

pub(crate) struct Lines<'a> {
    from: Box<dyn BufRead + 'a>,
    line: u64,
    tape: Vec<u8>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(from: Box<dyn BufRead + 'a>) -> Self {
        Self {
            from,
            line: 1,
            tape: Vec::new(),
        }
    }

    /// The line of the next byte, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Forgets what was read.
    pub(crate) fn mark(&mut self) {
        self.tape.clear();
    }

    /// What was read since the mark.
    pub(crate) fn tape(&self) -> &[u8] {
        &self.tape
    }

    /// Whether more would be too large, so that reading on is an error.
    pub(crate) fn is_full(&self) -> bool {
        self.tape.len() > MAX_RECORD
    }

    /// What was read since the mark, and then the rest of the file.
    pub(crate) fn rest(&mut self) -> impl Read {
        let tape = std::mem::take(&mut self.tape);
        io::Cursor::new(tape).chain(&mut self.from)
    }
}

impl Read for Lines<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(to.len());
        to[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Lines<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.is_full() {
            return Err(io::Error::other(format!(
                "it is longer than {MAX_RECORD} bytes"
            )));
        }
        self.from.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        // The buffer is there already: filling it again costs nothing.
        if let Ok(bytes) = self.from.fill_buf() {
            let bytes = &bytes[..count.min(bytes.len())];
            self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
            self.tape.extend_from_slice(bytes);
        }
        self.from.consume(count);
    }
}
