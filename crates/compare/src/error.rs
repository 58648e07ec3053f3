use thiserror::Error;

/// What can go wrong with a comparison.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CompareError {
    /// An argument makes no sense.
    #[error("{0}")]
    Argument(String),
    /// The suite cannot be used.
    #[error("suite '{path}'{}: {reason}", query.as_ref().map_or_else(String::new, |q| format!(", query '{q}'")))]
    Suite {
        /// The file.
        path: String,
        /// The query, where it is one's fault.
        query: Option<String>,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The prices cannot be used.
    #[error("prices '{path}', {entry}: {reason}")]
    Prices {
        /// The file.
        path: String,
        /// Which entry.
        entry: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The runs of an earlier comparison cannot be gone on with.
    #[error("'{path}': {reason}")]
    Runs {
        /// The file.
        path: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The model has too little to stand on.
    #[error("no model of {what}: {reason}")]
    Model {
        /// The query, device and state.
        what: String,
        /// What is missing.
        reason: String,
    },
    /// A question that everything rests on fails.
    #[error("{what}: {source}")]
    Question {
        /// What was asked.
        what: String,
        /// Why it failed.
        source: Box<graticule::Error>,
    },
    /// Rewriting a sample failed.
    #[error(transparent)]
    Sample(#[from] graticule_layout::optimize::OptimizeError),
    /// A file cannot be read or written.
    #[error("'{path}' cannot be {verb}: {source}")]
    File {
        /// The file.
        path: String,
        /// `read` or `written`.
        verb: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The comparison was stopped; what was measured is kept.
    #[error("stopped; what was measured is kept, `resume` goes on")]
    Stopped,
}

impl CompareError {
    /// Whether an argument or a file that was given is at fault.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Argument(_) | Self::Suite { .. } | Self::Prices { .. } | Self::Runs { .. } => {
                true
            }
            Self::Question { source, .. } => matches!(**source, graticule::Error::Plan(_)),
            _ => false,
        }
    }

    pub(crate) fn read(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        Self::file(path, "read")
    }

    pub(crate) fn write(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        Self::file(path, "written")
    }

    pub(crate) fn file(
        path: &std::path::Path,
        verb: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { path, verb, source }
    }
}
