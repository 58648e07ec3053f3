//! The crate's tests in one binary, as each further one links everything once more.

mod bad_input;
mod compare;
mod flags;
mod golden;
mod import;
mod info;
mod lake;
mod lists;
#[cfg(feature = "manual")]
mod manual;
mod optimize;
mod outputs;
mod queries;
mod receipts;
mod sample;
#[cfg(unix)]
mod signals;
mod terminal;
mod unmatched;
mod zones;
