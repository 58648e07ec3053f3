//! Progress on stderr, when a person looks at it.

use graticule::thousands;
use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

/// A bar of rows, whose number may be told later; hidden where stderr is no terminal.
pub(crate) fn bar(total: Option<u64>, what: &str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    if let Some(total) = total {
        bar.set_length(total);
    }
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar:.cyan/dim} {so_far}") {
        bar.set_style(style.with_key("so_far", so_far));
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rows each second, rounded down"
)]
fn so_far(state: &ProgressState, out: &mut dyn Write) {
    // What cannot be written is not shown.
    if let Some(total) = state.len().filter(|total| *total > 0) {
        let (rows, rate) = (thousands(state.pos()), thousands(state.per_sec() as u64));
        let _ = write!(
            out,
            "{rows} of {}, {rate}/s, {:#} left",
            thousands(total),
            HumanDuration(state.eta())
        );
    }
}

/// Something that goes on, as far as nobody knows how long; hidden where stderr is no terminal.
pub(crate) fn spinner(what: &str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}
