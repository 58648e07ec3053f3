//! Merged partial answers that are kept, by what was asked and of which versions of which files.

use crate::finish::Texts;
use crate::partials::bytes_of;
use graticule_kernels::{Counters, Partial};
use graticule_plan::Part;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// A merged partial answer.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) partials: Vec<Partial>,
    pub(crate) texts: Texts,
    pub(crate) counters: Counters,
    pub(crate) grouping: String,
}

impl Kept {
    pub(crate) fn bytes(&self) -> u64 {
        bytes(&self.partials) + bytes_of(self.texts.values().map(String::as_str))
    }
}

fn bytes(partials: &[Partial]) -> u64 {
    partials.iter().map(|partial| partial.bytes() as u64).sum()
}

/// What was asked, byte for byte: the store, and the part, which names the version of each file.
pub(crate) type Asked = Arc<[u8]>;

/// What was asked, unless it takes more bytes than are worth keeping.
pub(crate) fn asked(store: &str, part: &Part) -> Option<Asked> {
    const MOST: usize = 1 << 20;
    /// Takes so many bytes and no more.
    struct Short(Vec<u8>);
    impl Write for Short {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0.len() + bytes.len() > MOST {
                return Err(std::io::ErrorKind::FileTooLarge.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut short = Short(store.as_bytes().to_vec());
    short.0.push(0);
    serde_json::to_writer(&mut short, part).ok()?;
    Some(short.0.into())
}

/// Partial answers within so many bytes; those that were not asked for the longest go first.
#[derive(Debug)]
pub(crate) struct Answers {
    allowed: u64,
    state: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    kept: HashMap<Asked, Entry>,
    bytes: u64,
    turn: u64,
}

#[derive(Debug)]
struct Entry {
    answer: Arc<Kept>,
    bytes: u64,
    last: u64,
}

impl Answers {
    pub(crate) fn within(allowed: u64) -> Self {
        Self {
            allowed,
            state: Mutex::default(),
        }
    }

    /// Whether any are kept.
    pub(crate) fn are_kept(&self) -> bool {
        self.allowed > 0
    }

    /// Whether partials are not too large to be kept.
    pub(crate) fn take(&self, partials: &[Partial]) -> bool {
        bytes(partials) <= self.allowed / 4
    }

    pub(crate) fn find(&self, asked: &Asked) -> Option<Arc<Kept>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.turn += 1;
        let turn = state.turn;
        let entry = state.kept.get_mut(asked)?;
        entry.last = turn;
        Some(entry.answer.clone())
    }

    /// Keeps an answer, unless it is more than a quarter of what may be kept.
    pub(crate) fn keep(&self, asked: Asked, answer: Kept) {
        let bytes = answer.bytes() + asked.len() as u64;
        if bytes > self.allowed / 4 {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.turn += 1;
        let entry = Entry {
            answer: Arc::new(answer),
            bytes,
            last: state.turn,
        };
        state.bytes += bytes;
        if let Some(before) = state.kept.insert(asked, entry) {
            state.bytes -= before.bytes;
        }
        while state.bytes > self.allowed {
            let oldest = state.kept.iter().min_by_key(|(_, entry)| entry.last);
            let Some(oldest) = oldest.map(|(asked, _)| asked.clone()) else {
                return;
            };
            let gone = state.kept.remove(&oldest);
            state.bytes -= gone.map_or(0, |entry| entry.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bytes: usize) -> Kept {
        Kept {
            partials: Vec::new(),
            texts: [(1, "x".repeat(bytes))].into(),
            counters: Counters::default(),
            grouping: String::new(),
        }
    }

    #[test]
    fn what_was_not_asked_for_the_longest_goes_first() {
        let answers = Answers::within(1000);
        let asked = |name: u8| -> Asked { vec![name].into() };
        for name in 0..4 {
            answers.keep(asked(name), kept(150));
        }
        assert!(answers.find(&asked(0)).is_some());
        answers.keep(asked(4), kept(150));
        let there = (0..5).filter(|&name| answers.find(&asked(name)).is_some());
        assert_eq!(there.collect::<Vec<_>>(), [0, 2, 3, 4]);
        // More than a quarter.
        answers.keep(asked(5), kept(300));
        assert!(answers.find(&asked(5)).is_none());
        // Once more under the same name.
        answers.keep(asked(4), kept(100));
        answers.keep(asked(6), kept(100));
        assert_eq!(answers.state.lock().expect("a lock").kept.len(), 5);
    }
}
