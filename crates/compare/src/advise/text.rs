//! Advice as people read it.

use super::{Advice, Question, Spend};
use crate::money::BreakEven;
use crate::report::text::{bytes, digits, many, seconds};
use std::fmt;

/// From so many rounds of the suite on nobody will say that it pays.
const MANY_ROUNDS: f64 = 1e6;

impl Advice {
    /// The answer in a sentence or two.
    pub fn verdict(&self) -> String {
        let saved = self.now.money - self.then.money;
        let share = match self.now.money > 0.0 {
            true => 100.0 * saved / self.now.money,
            false => 0.0,
        };
        let currency = &self.currency;
        let rounds = |pays: BreakEven| match pays {
            BreakEven::Always => Some("at once".to_owned()),
            BreakEven::From(rounds) if rounds < MANY_ROUNDS => {
                Some(format!("after {} rounds of these questions", count(rounds)))
            }
            _ => None,
        };
        if self.is_made {
            return "Nothing is to be gained: the dataset is in that layout already.".to_owned();
        }
        match (rounds(self.pays_money), rounds(self.pays_seconds)) {
            (None, None) if saved <= 0.0 => format!(
                "It does not pay: a round takes {} {currency} now, and would take {} in the layout.",
                digits(self.now.money),
                digits(self.then.money),
            ),
            (None, None) => format!(
                "It does not pay: the layout saves {} {currency} of {} a round, and rewriting takes {}.",
                digits(saved),
                digits(self.now.money),
                digits(self.once.money),
            ),
            (None, Some(time)) => format!(
                "In money it does not pay; in time it does, {time}: {} instead of {} a round.",
                seconds(self.then.seconds),
                seconds(self.now.seconds),
            ),
            (Some(money), time) => format!(
                "It pays {money}: a round then takes {} {currency} instead of {}, {} % less, and {} instead of {}{}.",
                digits(self.then.money),
                digits(self.now.money),
                digits(share),
                seconds(self.then.seconds),
                seconds(self.now.seconds),
                if time.is_none() {
                    ", which wins back no time"
                } else {
                    ""
                },
            ),
        }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sampled = &self.sampled;
        #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
        let per_point = sampled.bytes_coordinates as f64 / sampled.rows.max(1) as f64;
        writeln!(f, "{}", self.verdict())?;
        writeln!(f)?;
        #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
        let rows = sampled.rows as f64;
        writeln!(
            f,
            "tried on    {} of {} days ({}), {} rows: {} bytes a point for longitude and latitude",
            sampled.days.len(),
            sampled.of_days,
            sampled.days.join(", "),
            many(rows),
            digits(per_point),
        )?;
        writeln!(
            f,
            "dataset     {} now, about {} in the layout",
            bytes(self.bytes_before),
            bytes(self.bytes_after),
        )?;
        writeln!(
            f,
            "rewriting   reads {} in {} requests, about {}, {} {}",
            bytes(self.once.work.bytes),
            count(self.once.work.requests),
            seconds(self.once.seconds),
            digits(self.once.money),
            self.currency,
        )?;
        writeln!(f)?;
        let head = ["question", "days", "now", "", "", "", "then", "", "", ""].map(str::to_owned);
        let mut lines = vec![head];
        lines.extend(self.questions.iter().map(|q| line(q, &self.currency)));
        let all = Question {
            name: "all".to_owned(),
            days: 0,
            now: self.now,
            then: self.then,
            then_bytes: [0.0, 0.0],
        };
        lines.push(line(&all, &self.currency));
        let width = |column: usize| {
            let cells = lines.iter().map(|l| l[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..10).map(width).collect();
        for cells in &lines {
            let cells = cells.iter().zip(&widths).enumerate();
            let padded = cells.map(|(column, (cell, &width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            writeln!(f, "{}", padded.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        writeln!(f)?;
        write!(
            f,
            "Bytes and requests are planned from footers and page indexes; \"then\" is that of the days tried, times the days asked. \
             Seconds and money are a model: {} a request, {} at a time, {}/s from the store, and what the steps of a question take on a small machine, shared by its processors; {}{}.",
            seconds(self.rates.request_seconds),
            self.rates.in_flight,
            bytes(self.rates.bytes_per_second),
            self.machine,
            match &self.store {
                Some(store) => format!(", requests and bytes of {store}"),
                None => ", a store that charges nothing".to_owned(),
            },
        )
    }
}

/// A whole number.
fn count(value: f64) -> String {
    match value < 1e4 {
        true => format!("{:.0}", value.ceil()),
        false => many(value),
    }
}

fn line(question: &Question, currency: &str) -> [String; 10] {
    let days = match question.days {
        0 => String::new(),
        days => days.to_string(),
    };
    let of = |spend: &Spend| {
        [
            bytes(spend.work.bytes),
            format!("{} requests", count(spend.work.requests)),
            seconds(spend.seconds),
            format!("{} {currency}", digits(spend.money)),
        ]
    };
    let ([a, b, c, d], [e, f, g, h]) = (of(&question.now), of(&question.then));
    let spread = match question.then_bytes {
        [_, 0.0] => e,
        [low, high] => format!("{e} ({} to {})", bytes(low), bytes(high)),
    };
    [question.name.clone(), days, a, b, c, d, spread, f, g, h]
}
