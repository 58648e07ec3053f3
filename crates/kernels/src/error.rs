use thiserror::Error;

/// What can go wrong while a program runs or partials merge.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KernelError {
    /// A row's key lies outside the window that the files' statistics promised.
    #[error(
        "a row has a key outside the range that the file's statistics state; the file's footer is wrong: rewrite the file, or read without statistics (`ignore_statistics`)"
    )]
    Stray,
    /// The groups do not fit the memory setting.
    #[error(
        "the groups need more memory than is allowed: {groups} groups so far at {bytes_per_group} bytes each, of {allowed} bytes; the question may have up to {most_groups} groups, for which {needed} bytes suffice. Raise the limit, ask for a coarser key or filter more"
    )]
    Memory {
        /// Groups when the limit was met.
        groups: u64,
        /// Bytes a group takes.
        bytes_per_group: u64,
        /// The limit in bytes.
        allowed: u64,
        /// The most groups that the question can have.
        most_groups: u64,
        /// Bytes that suffice for them.
        needed: u64,
    },
    /// More groups than can be numbered.
    #[error("the question has more than {most} groups; ask for a coarser key or filter more")]
    Groups {
        /// The most.
        most: u64,
    },
    /// A row in an edge cell came without its source coordinates.
    #[error("row {row} must be tested again in f64 but its source coordinates were not kept")]
    NotWatched {
        /// Row within its chunk.
        row: u32,
    },
    /// A column that is computed from others cannot be.
    #[error("a column cannot be derived: {0}")]
    Derived(String),
    /// A partial of another version of graticule, or of another program.
    #[error("this partial answer cannot be merged: {0}")]
    Foreign(String),
    /// A record batch could not be built.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
}
