//! The crate's tests in one binary, as each further one links everything once more.

mod common;
mod layer;
mod layer_random;
mod layer_speed;
