//! The crate's tests in one binary, as each further one links everything once more.

mod expression;
mod expression_laws;
mod query;
mod zones;
