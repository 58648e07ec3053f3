//! The crate's tests in one binary, as each further one links everything once more; those that need a process of their own stand beside it.

mod advise;
mod browser;
mod common;
mod equality;
mod report;
mod resume;
