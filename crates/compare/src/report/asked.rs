//! What was asked, of what, on which machine: in words.

use super::text::{bytes, digits, plural};
use super::{LayoutUsed, Report};

/// The data, a sentence a layout, and the machine.
pub(crate) fn data(report: &Report) -> Vec<String> {
    let mut said: Vec<String> = report.layouts.iter().map(layout).collect();
    // Processor and memory, and whether the program is one whose seconds mean nothing.
    let machine = report.setting.machine.iter().enumerate();
    let machine = machine.filter(|(place, said)| *place < 2 || said.contains("DEBUG"));
    let machine: Vec<&str> = machine.map(|(_, said)| said.as_str()).collect();
    let day = report.dates[1].split('T').next().unwrap_or_default();
    said.push(format!("Measured on {day}: {}.", machine.join("; ")));
    said
}

fn layout(layout: &LayoutUsed) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts are shown with three digits"
    )]
    let (rows, size) = (layout.rows as f64, layout.bytes as f64);
    let points = match rows {
        n if n >= 1e9 => format!("{} billion", digits(n / 1e9)),
        n if n >= 1e6 => format!("{} million", digits(n / 1e6)),
        n if n >= 1e3 => format!("{} thousand", digits(n / 1e3)),
        n => n.to_string(),
    };
    let files = usize::try_from(layout.files).unwrap_or(usize::MAX);
    let days = layout.days.as_ref().map_or_else(String::new, |days| {
        let [first, last] = days;
        match number_of(first, last) {
            Some(1) => format!(" of {first}"),
            Some(number) => format!(" of {number} days, {first} to {last} (UTC)"),
            None => format!(" of {first} to {last} (UTC)"),
        }
    });
    format!(
        "Data: {}, {points} points{days}, in {} of {}.",
        layout.name,
        plural(files, "file"),
        bytes(size)
    )
}

fn number_of(first: &str, last: &str) -> Option<i32> {
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    Some((day(last)? - day(first)?).get_days() + 1)
}
