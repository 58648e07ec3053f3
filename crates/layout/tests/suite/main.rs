//! The crate's tests in one binary, as each further one links everything once more.

mod answers;
mod common;
mod declared;
mod exact;
mod geolife;
mod import;
mod panics;
mod readers;
mod resumed;
mod tables;
mod tiles;
