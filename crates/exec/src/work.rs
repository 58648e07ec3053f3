//! What the threads of a run share.

use crate::finish::Texts;
use crate::run::Progress;
use crate::schedule::Schedule;
use crate::spill::Spill;
use crate::stages::{Clock, Stage};
use crate::stream::{Jobs, Share};
use crate::{Dataset, Error, partials};
use graticule_columns::{Chunk, Scan, Source};
use graticule_dataset::Fetched;
use graticule_kernels::{Partial, Program, Regions};
use graticule_plan::KeyDigits;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What the threads of a run share.
pub(crate) struct Work<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) scan: &'a Arc<Scan>,
    pub(crate) programs: &'a [Program],
    /// What statistics answered, of the first program; to be merged once.
    pub(crate) answered: Option<&'a Partial>,
    pub(crate) keys: &'a [KeyDigits],
    #[cfg_attr(
        not(feature = "gpu"),
        expect(dead_code, reason = "they mark rows for a device")
    )]
    pub(crate) regions: &'a Arc<Regions>,
    pub(crate) schedule: &'a Schedule,
    pub(crate) clock: &'a Clock,
    pub(crate) stopped: &'a AtomicBool,
    pub(crate) progress: Option<&'a Progress>,
    pub(crate) state: State,
}

/// What the threads bring about together.
#[derive(Debug, Default)]
pub(crate) struct State {
    failed: AtomicBool,
    rows_done: AtomicU64,
    fetched: AtomicU64,
    requests: AtomicU64,
    decoded: AtomicU64,
    texts: Mutex<Texts>,
    /// Bytes of those texts, and of those that jobs under way have met.
    text_bytes: Arc<AtomicU64>,
    spill: Mutex<Option<Arc<Spill>>>,
}

/// Bytes and requests of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) fetched: u64,
    pub(crate) requests: u64,
    pub(crate) decoded: u64,
}

impl Work<'_> {
    /// Begins to fetch row groups.
    pub(crate) fn jobs(&self, wanted: Vec<usize>) -> Jobs {
        Jobs::fetch(self.dataset, self.scan, wanted, self.schedule)
    }

    /// Fails when the asker has gone or another thread has failed.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.stopped.load(Ordering::Relaxed) || self.state.failed.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        Ok(())
    }

    /// Lets the other threads end.
    pub(crate) fn stop(&self) {
        self.state.failed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn note_fetched(&self, fetched: &Fetched) {
        self.state
            .fetched
            .fetch_add(fetched.bytes(), Ordering::Relaxed);
        self.state
            .requests
            .fetch_add(fetched.requests(), Ordering::Relaxed);
    }

    /// Notes a chunk, and the texts that its job meets for the first time.
    pub(crate) fn note_decoded(&self, met: &mut Share, chunk: &Chunk) -> Result<(), Error> {
        self.state
            .decoded
            .fetch_add(chunk.bytes() as u64, Ordering::Relaxed);
        if chunk.texts.is_empty() || !self.has_text_digits() {
            return Ok(());
        }
        let bytes = partials::bytes_of(chunk.texts.iter().map(|(_, text)| text.as_str()));
        met.take(&self.state.text_bytes, bytes);
        let mut texts = self
            .state
            .texts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let new = partials::note(&mut texts, chunk.texts.iter().cloned())?;
        let bytes = self.state.text_bytes.fetch_add(new, Ordering::Relaxed) + new;
        if bytes > self.schedule.text_bytes {
            let each = bytes / texts.len().max(1) as u64;
            // At worst each row has a text of its own, in the map and with the job that meets it.
            let most = self.scan.rows().saturating_mul(2 * each);
            return Err(Error::TextMemory {
                texts: texts.len() as u64,
                needed: self.schedule.memory_for_texts(most.max(bytes)),
                allowed: self.schedule.memory,
            });
        }
        Ok(())
    }

    /// Whether a key or a value that is counted is a text; a test for null needs none.
    fn has_text_digits(&self) -> bool {
        let mut digits = self.programs.iter().flat_map(|program| &program.digits);
        digits.any(|digit| {
            let source = self.scan.sources.get(digit.code.slot());
            matches!(source, Some(Source::Text { .. }))
        })
    }

    /// Takes groups that outgrow memory.
    pub(crate) fn spill(&self, program: usize, partial: &Partial) -> Result<(), Error> {
        let spill = {
            let mut spill = self
                .state
                .spill
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            match &*spill {
                Some(spill) => spill.clone(),
                None => spill.insert(Arc::new(Spill::new(self.keys)?)).clone(),
            }
        };
        self.clock
            .time(Stage::Merge, || spill.take(program, partial))
    }

    /// The groups that were spilled, if any were.
    pub(crate) fn spilled(&self) -> Option<Arc<Spill>> {
        let spill = self
            .state
            .spill
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        spill.clone()
    }

    /// Which rows keep their source coordinates for the device's sake.
    #[cfg(feature = "gpu")]
    pub(crate) fn marked(&self) -> graticule_columns::Keep {
        graticule_columns::Keep::Marked(self.regions.clone())
    }

    pub(crate) fn texts(self) -> Texts {
        self.state
            .texts
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note_rows(&self, rows: usize) {
        let done = self
            .state
            .rows_done
            .fetch_add(rows as u64, Ordering::Relaxed)
            + rows as u64;
        if let Some(progress) = self.progress {
            progress(done, self.scan.rows());
        }
    }

    pub(crate) fn tally(&self) -> Tally {
        Tally {
            fetched: self.state.fetched.load(Ordering::Relaxed),
            requests: self.state.requests.load(Ordering::Relaxed),
            decoded: self.state.decoded.load(Ordering::Relaxed),
        }
    }
}
