//! What comes in from other formats, against values written by hand.
#![allow(clippy::unwrap_used, reason = "tests")]

mod bad;
mod csv;
mod killed;
mod other;
mod places;
mod public;
mod round_trip;
mod support;
mod times;
mod values;
