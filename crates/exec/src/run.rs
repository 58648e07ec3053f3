//! One run of a part: what its workers share, and what they bring about together.

use crate::finish::Texts;
use crate::morsels::Share;
use crate::runtime::{Reservation, Runtime};
use crate::schedule::Schedule;
use crate::spill::Spill;
use crate::stages::{Clock, Stage};
use crate::{Dataset, Error, partials};
use graticule_columns::{Chunk, Scan, Source};
use graticule_dataset::{Fetched, Panicked, guarded};
use graticule_kernels::{KernelError, Partial, Program, Regions};
use graticule_plan::{KeyDigits, Part};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Called with rows done and rows to do, from any thread.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// What the workers of a run share.
pub(crate) struct Run {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) dataset: Dataset,
    pub(crate) scan: Arc<Scan>,
    pub(crate) programs: Arc<[Program]>,
    /// What statistics answered, of the first program; to be merged once.
    pub(crate) answered: Option<Partial>,
    pub(crate) keys: Vec<KeyDigits>,
    pub(crate) regions: Regions,
    pub(crate) schedule: Schedule,
    /// Whether what is read stays at hand for other questions.
    pub(crate) keeps_columns: bool,
    pub(crate) clock: Clock,
    /// Set when the asker has gone.
    pub(crate) stopped: Arc<AtomicBool>,
    pub(crate) progress: Option<Progress>,
    /// The memory that the run may take; given back with the last that works for it.
    _memory: Reservation,
    state: Shared,
}

/// What the workers bring about together.
#[derive(Debug, Default)]
struct Shared {
    has_failed: AtomicBool,
    /// The failure that stopped the others.
    failure: Mutex<Option<Error>>,
    rows_done: AtomicU64,
    fetched: AtomicU64,
    at_hand: AtomicU64,
    requests: AtomicU64,
    decoded: AtomicU64,
    texts: Mutex<Texts>,
    /// Bytes of those texts, and of those that morsels under way have met.
    text_bytes: Arc<AtomicU64>,
    spill: Mutex<Option<Arc<Spill>>>,
    /// Columns that a library's reader decoded.
    by_library: Mutex<BTreeSet<String>>,
}

/// Bytes and requests of a run, and bytes that earlier questions had left at hand.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) fetched: u64,
    pub(crate) at_hand: u64,
    pub(crate) requests: u64,
    pub(crate) decoded: u64,
}

impl Tally {
    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            fetched: self.fetched + other.fetched,
            at_hand: self.at_hand + other.at_hand,
            requests: self.requests + other.requests,
            decoded: self.decoded + other.decoded,
        }
    }
}

/// Locks what stays whole even where another thread has panicked.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run {
    pub(crate) fn new(
        runtime: Arc<Runtime>,
        dataset: Dataset,
        part: Part,
        (schedule, memory): (Schedule, Reservation),
        (stopped, progress): (Arc<AtomicBool>, Option<Progress>),
    ) -> Self {
        let (scan, programs, keys, answered) = part.into_work();
        let bytes = scan.groups.iter().map(|group| group.bytes).sum();
        Self {
            keeps_columns: runtime.columns.takes(bytes),
            runtime,
            dataset,
            scan: Arc::new(scan),
            regions: Regions::of(&programs),
            programs: programs.into(),
            answered,
            keys,
            schedule,
            clock: Clock::default(),
            stopped,
            progress,
            _memory: memory,
            state: Shared::default(),
        }
    }

    /// Fails when the asker has gone or another worker has failed.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let has_failed = self.state.has_failed.load(Ordering::Relaxed);
        if self.stopped.load(Ordering::Relaxed) || has_failed {
            return Err(Error::Stopped);
        }
        Ok(())
    }

    /// Lets the other workers end; the first failure tells more than the stops that it causes.
    pub(crate) fn fail(&self, error: Error) {
        let mut failure = lock(&self.state.failure);
        match (&*failure, &error) {
            (None, _) => *failure = Some(error),
            (Some(Error::Stopped), known) if !matches!(known, Error::Stopped) => {
                *failure = Some(error);
            }
            _ => {}
        }
        self.state.has_failed.store(true, Ordering::Relaxed);
    }

    /// The failure that stopped the others, taken out.
    pub(crate) fn failure(&self) -> Option<Error> {
        lock(&self.state.failure).take()
    }

    /// Runs work over a row group; a panic is an error that names the file, and so is a row that the file's
    /// statistics leave no room for.
    pub(crate) fn guard<T>(
        &self,
        place: usize,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        match guarded(work) {
            Ok(result) => result.map_err(|error| self.named(error, Some(place))),
            Err(panicked) => Err(self.panicked(&panicked, place)),
        }
    }

    /// Drops the kept columns of the file of a row group over which work has failed: its bytes may be damaged, and a
    /// further question reads them again.
    pub(crate) fn forget(&self, place: usize) {
        let group = self.scan.groups.get(place);
        if let Some(file) = group.and_then(|group| self.scan.files.get(group.file)) {
            let store = self.dataset.files.store();
            self.runtime.columns.forget(store, &file.path, &file.etag);
        }
    }

    /// A panic over a row group.
    pub(crate) fn panicked(&self, panicked: &Panicked, place: usize) -> Error {
        Error::Worker(match self.file_at(Some(place)) {
            Some((file, row_group)) => format!("'{file}', row group {row_group}: {panicked}"),
            None => panicked.to_string(),
        })
    }

    /// Tells of a row that statistics leave no room for where it is, as far as that is known: a device says only at
    /// its end that it met one.
    pub(crate) fn named(&self, error: Error, place: Option<usize>) -> Error {
        let Error::Kernel(KernelError::Stray) = error else {
            return error;
        };
        Error::Stray(match (self.file_at(place), &*self.scan.files) {
            (Some((file, row_group)), _) => format!("'{file}', row group {row_group}"),
            (None, [file]) => format!("'{}'", file.path),
            (None, files) => format!("one of {} files (`device` cpu names it)", files.len()),
        })
    }

    /// The file and the row group at a place of the scan.
    fn file_at(&self, place: Option<usize>) -> Option<(&str, usize)> {
        let group = self.scan.groups.get(place?)?;
        Some((&self.scan.files.get(group.file)?.path, group.row_group))
    }

    pub(crate) fn note_fetched(&self, fetched: &Fetched) {
        let state = &self.state;
        state.fetched.fetch_add(fetched.bytes(), Ordering::Relaxed);
        state
            .at_hand
            .fetch_add(fetched.at_hand(), Ordering::Relaxed);
        let requests = fetched.requests();
        state.requests.fetch_add(requests, Ordering::Relaxed);
    }

    /// Notes columns that a library's reader decodes.
    pub(crate) fn note_by_library(&self, names: &[&str]) {
        let mut known = lock(&self.state.by_library);
        for name in names {
            if !known.contains(*name) {
                known.insert((*name).to_owned());
            }
        }
    }

    /// The columns that a library's reader decoded.
    pub(crate) fn by_library(&self) -> Vec<String> {
        lock(&self.state.by_library).iter().cloned().collect()
    }

    /// Notes a chunk, and the texts that its morsel meets for the first time.
    pub(crate) fn note_decoded(&self, met: &mut Share, chunk: &Chunk) -> Result<(), Error> {
        let state = &self.state;
        let bytes = chunk.bytes() as u64;
        state.decoded.fetch_add(bytes, Ordering::Relaxed);
        if chunk.texts.is_empty() || !self.has_text_digits() {
            return Ok(());
        }
        let bytes = partials::bytes_of(chunk.texts.iter().map(|(_, text)| text.as_str()));
        met.take(&state.text_bytes, bytes);
        let mut texts = lock(&state.texts);
        let new = partials::note(&mut texts, chunk.texts.iter().cloned())?;
        let bytes = state.text_bytes.fetch_add(new, Ordering::Relaxed) + new;
        if bytes > self.schedule.text_bytes {
            let each = bytes / texts.len().max(1) as u64;
            // At worst each row has a text of its own, in the map and with the morsel that meets it.
            let most = self.scan.rows().saturating_mul(2 * each);
            return Err(Error::TextMemory {
                texts: texts.len() as u64,
                needed: self.schedule.memory_for_texts(most.max(bytes)),
                allowed: self.schedule.memory,
            });
        }
        Ok(())
    }

    fn has_text_digits(&self) -> bool {
        has_text_digits(&self.scan, &self.programs)
    }

    /// Whether keys tell groups apart before they are merged; of zones and of no keys they do not.
    pub(crate) fn has_parts(&self) -> bool {
        self.keys.iter().any(|key| !key.digits.is_empty())
    }

    /// Takes groups that outgrow their table, or memory.
    pub(crate) fn spill(&self, program: usize, partial: &Partial) -> Result<(), Error> {
        let spill = {
            let mut spill = lock(&self.state.spill);
            let room = self.runtime.settings.parted_bytes;
            let room = room.unwrap_or_else(|| self.schedule.parted_bytes());
            let new = || Arc::new(Spill::new(&self.keys, room));
            spill.get_or_insert_with(new).clone()
        };
        self.clock.time(Stage::Merge, || {
            spill.take(&self.programs, program, partial)
        })
    }

    /// What is made of groups that have left their tables and are in memory, if any have and are; of `share` bytes for
    /// the tables of a program on each thread; they are let go then. Nothing where one part of them has most, which does not
    /// fit.
    pub(crate) fn of_parted<T>(
        &self,
        make: impl FnOnce(&Spill, usize) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let Some(spill) = self.spilled().filter(|spill| spill.bytes() == 0) else {
            return Ok(None);
        };
        let share = self.schedule.table_bytes / self.programs.len().max(1);
        match make(&spill, share) {
            Err(Error::Kernel(KernelError::Memory { .. }) | Error::PairMemory { .. }) => Ok(None),
            made => {
                *lock(&self.state.spill) = None;
                made.map(Some)
            }
        }
    }

    /// The merged groups of all parts, as [`Self::of_parted`].
    pub(crate) fn gathered(&self) -> Result<Option<Vec<Partial>>, Error> {
        self.of_parted(|spill, share| spill.gathered(&self.programs, share, &|| self.check()))
    }

    /// The groups that were spilled, if any were.
    pub(crate) fn spilled(&self) -> Option<Arc<Spill>> {
        lock(&self.state.spill).clone()
    }

    /// The texts that were met, taken out.
    pub(crate) fn texts(&self) -> Texts {
        std::mem::take(&mut *lock(&self.state.texts))
    }

    /// The texts that were met.
    pub(crate) fn texts_met(&self) -> Texts {
        lock(&self.state.texts).clone()
    }

    /// Takes texts in that an earlier run has met.
    pub(crate) fn know(&self, texts: Texts) {
        *lock(&self.state.texts) = texts;
    }

    pub(crate) fn note_rows(&self, rows: usize) {
        let rows = rows as u64;
        let done = self.state.rows_done.fetch_add(rows, Ordering::Relaxed) + rows;
        if let Some(progress) = &self.progress {
            progress(done, self.scan.rows());
        }
    }

    pub(crate) fn tally(&self) -> Tally {
        Tally {
            fetched: self.state.fetched.load(Ordering::Relaxed),
            at_hand: self.state.at_hand.load(Ordering::Relaxed),
            requests: self.state.requests.load(Ordering::Relaxed),
            decoded: self.state.decoded.load(Ordering::Relaxed),
        }
    }
}

/// Whether texts are told apart by their hashes: as keys, as values that are counted, or as columns that are compared with
/// each other. A test for null needs none.
pub(crate) fn has_text_digits(scan: &Scan, programs: &[Program]) -> bool {
    let compares_texts = |source: &Source| match source {
        Source::Order { of, .. } => of.iter().any(|side| side.is_text()),
        _ => false,
    };
    if scan.sources.iter().any(compares_texts) {
        return true;
    }
    let mut digits = programs.iter().flat_map(|program| &program.digits);
    digits.any(|digit| {
        let source = scan.sources.get(digit.code.slot());
        source.is_some_and(Source::is_text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dataset;
    use graticule_columns::Unit;

    /// Two texts that share a hash would be equal as columns; where that is noticed, another hash is taken.
    #[test]
    fn texts_that_are_compared_with_each_other_are_told_apart() {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");
        let dataset = Dataset::open_blocking(sample).expect("a dataset");
        let texts = ["a", "b"].map(|name| Source::Text {
            name: name.to_owned(),
        });
        let mut sources = vec![Source::FixedLon, Source::FixedLat];
        sources.extend(texts.clone());
        let mut scan = Scan::everything(dataset.metadata(), sources, [""; 0]);
        assert!(!has_text_digits(&scan, &[]));
        scan.sources.push(Source::Order {
            of: texts.map(Box::new),
            units: [Unit::ONE; 2],
        });
        assert!(has_text_digits(&scan, &[]));
    }
}
