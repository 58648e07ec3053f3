//! Values as text.

mod cells;
mod moments;

pub use cells::{cell, is_number, json, string, told};
pub use moments::format_time;
