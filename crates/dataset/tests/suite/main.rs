//! The crate's tests in one binary, as each further one links everything once more.

mod arrow;
mod arrow_damage;
mod checksums;
mod common;
mod decimals;
mod drift;
mod faults;
mod folders;
mod lake;
mod manifest;
mod native;
mod nulls;
mod pages;
mod points;
mod tables;
mod units;
mod web;
