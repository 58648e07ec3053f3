//! What a server said that is no answer, and what is known of the URL that it was asked by.

use std::sync::{Arc, Mutex};

/// Why an answer is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the server says {status}{said}")]
    Status {
        status: u16,
        /// The store's own word for it, such as `NoSuchKey`.
        code: String,
        said: String,
    },
    #[error(
        "the server sends whole files only, not the parts that are asked for; download the file, or serve it by a server that answers range requests"
    )]
    NoRanges,
    #[error("the server's listing breaks off: it says that there is more and not how to go on")]
    BrokenOff,
    #[error("the server's listing goes round: the page behind '{0}' ends where it began")]
    GoesRound(String),
    #[error("the server's listing cannot be read: {0}")]
    Unreadable(String),
}

impl Refusal {
    /// The refusal among the causes of an error.
    pub(super) fn of<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        let causes = std::iter::successors(Some(error), |error| error.source());
        causes.into_iter().find_map(|error| error.downcast_ref())
    }

    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether it is the bucket or container that is missing, not what was looked for in it.
    pub(super) fn is_of_bucket(&self) -> bool {
        let is_its = |code: &str| matches!(code, "NoSuchBucket" | "ContainerNotFound");
        matches!(self, Self::Status { code, .. } if is_its(code))
    }

    /// Whether other credentials may fare better.
    pub(super) fn is_denial(&self) -> bool {
        let is_stale = |code: &str| matches!(code, "ExpiredToken" | "InvalidToken");
        matches!(
            self,
            Self::Status {
                status: 401 | 403,
                ..
            }
        ) || matches!(self, Self::Status { code, .. } if is_stale(code))
    }

    /// Whether the same request may fare better the next time.
    pub(super) fn may_pass(&self) -> bool {
        match self.status() {
            // What a server cannot do at all it will not do later.
            Some(501 | 505 | 506 | 508 | 510 | 511) => false,
            Some(status) => matches!(status, 408 | 425 | 429 | 500..),
            None => false,
        }
    }
}

/// What is known of a store's URL, and what its listings left unsaid.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire {
    /// The path that the store's crate makes of the URL's object, and that path and query as they were written: a
    /// signature is of exactly these.
    pub(super) exact: Option<(String, String)>,
    /// The query of a web server's URL.
    pub(super) query: Option<String>,
    /// Whether it is a web server, which may refuse HEAD.
    pub(super) is_web: bool,
    pub(super) unspeakable: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    /// Names that listings had and that are none to the store's crate.
    pub(super) fn take_unspeakable(&self) -> Vec<String> {
        let names = self.unspeakable.lock();
        names
            .map(|mut n| std::mem::take(&mut *n))
            .unwrap_or_default()
    }
}
