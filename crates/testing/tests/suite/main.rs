//! The crate's tests in one binary, as each further one links everything once more; those that need a process of their own stand beside it.

mod aggregates;
mod calendar;
mod cells;
mod faults;
mod filters;
mod groups;
mod logic;
mod places;
mod rich;
mod selections;
mod statistics;
mod tables;
