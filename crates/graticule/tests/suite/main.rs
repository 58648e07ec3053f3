//! The crate's tests in one binary, as each further one links everything once more; those that need a process of their own stand beside it.

mod also_in;
mod asked;
mod bounds;
mod changes;
mod common;
mod compared;
mod declared;
mod explain;
mod extremes;
mod found;
#[cfg(feature = "gpu")]
mod gpu;
mod known_answers;
mod lake;
mod ordered;
mod property;
mod row_keys;
mod streamed;
mod together;
mod types;
