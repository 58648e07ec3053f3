//! A file's bytes, unpacked, while the caller hears how far they are read.

use super::error::ImportError;
use super::record::Halt;
use super::source::Source;
use flate2::bufread::MultiGzDecoder;
use graticule_dataset::not_text;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;

const BUFFER: usize = 1 << 18;

/// How far the import is, and whether the caller wants it to go on.
pub(crate) struct Meter<'a> {
    state: RefCell<Reading<'a>>,
}

struct Reading<'a> {
    on_progress: &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    done: u64,
    total: u64,
    is_stopped: bool,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(
        total: u64,
        on_progress: &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Self {
        Self {
            state: RefCell::new(Reading {
                on_progress,
                done: 0,
                total,
                is_stopped: false,
            }),
        }
    }

    /// The input is read again from its beginning.
    pub(crate) fn restart(&self) {
        self.state.borrow_mut().done = 0;
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.state.borrow().is_stopped
    }

    /// So many bytes more are read.
    pub(crate) fn add(&self, bytes: u64) {
        self.state.borrow_mut().done += bytes;
    }

    /// Tells the caller; an error where it wants to stop.
    pub(crate) fn tell(&self) -> io::Result<()> {
        let state = &mut *self.state.borrow_mut();
        if (state.on_progress)(state.done.min(state.total), state.total).is_break() {
            state.is_stopped = true;
        }
        match state.is_stopped {
            true => Err(io::Error::other("stopped")),
            false => Ok(()),
        }
    }
}

/// The error of a read, which is the caller's wish where it asked to stop.
pub(crate) fn failed(meter: &Meter<'_>, source: &Source, error: io::Error) -> Halt {
    Halt::Error(match meter.is_stopped() {
        true => ImportError::Stopped,
        false => ImportError::io("read", &source.path)(error),
    })
}

/// Opens a file and unpacks gzip and zstd, which their first bytes tell.
pub(crate) fn open<'m>(
    source: &Source,
    meter: &'m Meter<'_>,
) -> Result<Box<dyn BufRead + 'm>, Halt> {
    let file = File::open(&source.path).map_err(ImportError::io("read", &source.path))?;
    let from = unpack(Counted { file, meter }).map_err(|e| failed(meter, source, e))?;
    let mut from = BufReader::with_capacity(BUFFER, Told { from, meter });
    let head = from.fill_buf().map_err(|e| failed(meter, source, e))?;
    match not_text(head) {
        None => Ok(Box::new(from)),
        Some(reason) => Err(unread(source, reason).into()),
    }
}

/// The error of a file that is of another format.
pub(crate) fn unread(source: &Source, reason: &str) -> ImportError {
    ImportError::File {
        file: source.name.clone(),
        reason: reason.to_owned(),
    }
}

/// The bytes of a file, packed or not.
pub(crate) fn unpack<'r>(from: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let mut raw = BufReader::with_capacity(BUFFER, from);
    Ok(match raw.fill_buf()? {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(raw)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::stream::read::Decoder::with_buffer(raw)?),
        _ => Box::new(raw),
    })
}

struct Counted<'m, 'p> {
    file: File,
    meter: &'m Meter<'p>,
}

impl Read for Counted<'_, '_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(to)?;
        self.meter.add(bytes as u64);
        Ok(bytes)
    }
}

/// Asks at every buffer of unpacked bytes, so that a small file that unpacks to much is stopped too.
struct Told<'m, 'p> {
    from: Box<dyn Read + 'm>,
    meter: &'m Meter<'p>,
}

impl Read for Told<'_, '_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.meter.tell()?;
        self.from.read(to)
    }
}
