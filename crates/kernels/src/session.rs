use crate::{KernelError, Partial};
use graticule_columns::Chunk;

/// A run of programs: takes chunks, gives the partial answers. What a CPU thread and a GPU have in
/// common.
pub trait Session {
    /// What can go wrong.
    type Error: From<KernelError>;

    /// Takes the rows of a chunk in.
    ///
    /// # Errors
    /// When the chunk cannot be taken; the session is of no more use then.
    fn push(&mut self, chunk: &Chunk) -> Result<(), Self::Error>;
}

/// What a session found.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The groups of each program.
    pub partials: Vec<Partial>,
    /// What happened to the rows.
    pub counters: Counters,
}

/// What happened to the rows of the chunks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Rows of the chunks.
    pub scanned: u64,
    /// Rows whose coordinates are no point.
    pub invalid: u64,
    /// Valid rows that passed every filter.
    pub matched: u64,
    /// Rows that integers could not decide and f64 did.
    pub rechecked: u64,
    /// Rows that a GPU decided.
    pub device: u64,
    /// NaN values that an aggregate skipped.
    pub nan: u64,
}

impl Counters {
    /// Adds another session's counts.
    pub fn add(&mut self, other: &Self) {
        self.scanned += other.scanned;
        self.invalid += other.invalid;
        self.matched += other.matched;
        self.rechecked += other.rechecked;
        self.device += other.device;
        self.nan += other.nan;
    }
}
