//! The bytes from a record's begin on, and the line that it begins on.

use std::io::{self, BufRead, Read};

const STEP: usize = 1 << 18;

/// A view of a file that moves forwards, grows as asked, and counts lines (`\n`, `\r\n` or `\r`).
pub(super) struct Window<'a> {
    from: Box<dyn BufRead + 'a>,
    bytes: Vec<u8>,
    begin: usize,
    line: u64,
    /// The last byte left behind was `\r`, to which a `\n` belongs.
    is_half: bool,
}

impl<'a> Window<'a> {
    pub(super) fn new(from: Box<dyn BufRead + 'a>) -> Self {
        Self {
            from,
            bytes: Vec::new(),
            begin: 0,
            line: 1,
            is_half: false,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.begin..]
    }

    /// The line that the window begins on, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Reads until there are so many bytes, or the file ends.
    pub(super) fn fill(&mut self, least: usize) -> io::Result<()> {
        while self.bytes.len() - self.begin < least {
            if self.begin > 0 {
                self.bytes.drain(..self.begin);
                self.begin = 0;
            }
            let step = (STEP.max(least) - self.bytes.len().min(least)) as u64;
            if (&mut self.from).take(step).read_to_end(&mut self.bytes)? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Leaves bytes behind.
    pub(super) fn skip(&mut self, count: usize) {
        let left = &self.bytes[self.begin..self.begin + count];
        for place in memchr::memchr2_iter(b'\n', b'\r', left) {
            let before = match place {
                0 => self.is_half,
                _ => left[place - 1] == b'\r',
            };
            // The second half of a line end that was counted with its first.
            self.line += u64::from(left[place] == b'\r' || !before);
        }
        if let Some(last) = left.last() {
            self.is_half = *last == b'\r';
        }
        self.begin += count;
    }

    pub(super) fn skip_blank_lines(&mut self) -> io::Result<()> {
        loop {
            self.fill(1)?;
            let is_end = |b: &&u8| matches!(b, b'\n' | b'\r');
            let blank = self.bytes().iter().take_while(is_end).count();
            if blank == 0 {
                return Ok(());
            }
            self.skip(blank);
        }
    }

    /// Leaves the rest of a line behind, however long it is.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        self.rest_of_line().skip()
    }

    pub(super) fn rest_of_line(&mut self) -> Rest<'_, 'a> {
        Rest {
            window: self,
            is_done: false,
        }
    }
}

/// The rest of a line and its end, read without being held.
pub(super) struct Rest<'w, 'a> {
    window: &'w mut Window<'a>,
    is_done: bool,
}

impl Rest<'_, '_> {
    /// Leaves behind what was not read.
    pub(super) fn skip(mut self) -> io::Result<()> {
        io::copy(&mut self, &mut io::sink()).map(|_| ())
    }
}

impl Read for Rest<'_, '_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.is_done || to.is_empty() {
            return Ok(0);
        }
        self.window.fill(1)?;
        let whole = match memchr::memchr2(b'\n', b'\r', self.window.bytes()) {
            Some(place) => {
                self.window.fill(place + 2)?;
                let is_two = self.window.bytes()[place..].starts_with(b"\r\n");
                place + 1 + usize::from(is_two)
            }
            None => self.window.bytes().len(),
        };
        let bytes = self.window.bytes();
        let count = whole.min(to.len());
        to[..count].copy_from_slice(&bytes[..count]);
        let is_end = |b: u8| matches!(b, b'\n' | b'\r');
        self.is_done = count == 0 || (count == whole && is_end(to[count - 1]));
        self.window.skip(count);
        Ok(count)
    }
}
