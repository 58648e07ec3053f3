//! Advice as people read it.

use super::{Advice, Question, Spend};
use crate::money::BreakEven;
use crate::report::text::{bytes, count, digits, many, percent, seconds};
use std::fmt;

/// Asked more often than that, nobody will say that it pays.
const OFTEN: f64 = 1e6;

impl Advice {
    /// The answer in a sentence: from how often on rewriting pays, and what decides on that.
    pub fn verdict(&self) -> String {
        if self.is_made {
            return "Nothing is to be gained: the dataset is in that layout already.".to_owned();
        }
        let these = match self.questions.len() {
            1 => "this question has".to_owned(),
            number => format!("these {number} questions have"),
        };
        let (before, after) = (million(self.now.money), million(self.then.money));
        let currency = &self.currency;
        let spread = self.spread();
        match (often(self.pays_money), often(self.pays_seconds)) {
            (None, None) if self.then.money >= self.now.money => format!(
                "Rewriting does not pay, however often these questions are asked: to ask all of them a million times costs {before} {currency} now, and would cost {after} in the \
                 layout{spread}.",
            ),
            (None, None) => format!(
                "Rewriting does not pay: it costs {} {currency}, and saves {} of {before} when all questions are asked a million times{spread}.",
                digits(self.once.money),
                million(self.now.money - self.then.money),
            ),
            (None, Some(time)) => format!(
                "Rewriting pays in time, once {these} been asked {time}, all of them then taking {} instead of {}; in money it does not{spread}.",
                seconds(self.then.seconds),
                seconds(self.now.seconds),
            ),
            (Some(money), time) => format!(
                "Rewriting pays once {these} been asked {money}{spread}: all of them then take {} instead of {}{}, and cost {after} {currency} instead of {before} for a million times, \
                 {} less.",
                seconds(self.then.seconds),
                seconds(self.now.seconds),
                if time.is_none() {
                    " (which wins back no time)"
                } else {
                    ""
                },
                percent(1.0 - self.then.money / self.now.money),
            ),
        }
    }

    /// What it is if all days were like the best and like the worst that were tried, where that is something else.
    fn spread(&self) -> String {
        let [best, worst] = self.pays_within.map(often);
        match (best, worst) {
            (best, worst) if best == worst => String::new(),
            (Some(best), Some(worst)) => {
                let best = best.trim_end_matches(" times");
                format!(" ({best} to {worst}, by the days that were tried)")
            }
            (Some(best), None) => format!(
                " ({best} if all days were like the best that was tried, never if all were like the worst)"
            ),
            (None, _) => String::new(),
        }
    }
}

/// How often, where that is not for ever.
fn often(pays: BreakEven) -> Option<String> {
    match pays {
        BreakEven::Always => Some("once".to_owned()),
        BreakEven::From(1.0) => Some("once".to_owned()),
        BreakEven::From(times) if times < OFTEN => Some(format!("{} times", count(times))),
        _ => None,
    }
}

/// Money for a million times.
fn million(money: f64) -> String {
    digits(money * 1e6)
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
            match &sampled.days[..] {
                [first, _, _, .., last] => format!("{first} to {last}"),
                days => days.join(", "),
            },
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
        let money = format!("{} a million", self.currency);
        let head = [
            "question", "days", "bytes", "then", "requests", "then", "time", "then", &money, "then",
        ];
        let mut lines = vec![head.map(str::to_owned)];
        lines.extend(self.questions.iter().map(line));
        let all = Question {
            name: "all".to_owned(),
            days: 0,
            now: self.now,
            then: self.then,
            then_bytes: [0.0, 0.0],
        };
        lines.push(line(&all));
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
            "\"then\" is what the layout would take. Bytes and requests are planned from footers and page indexes, those of the layout on the days that were rewritten, for as many rows as there are. \
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

fn line(question: &Question) -> [String; 10] {
    let days = match question.days {
        0 => String::new(),
        days => days.to_string(),
    };
    let of = |spend: &Spend| {
        [
            bytes(spend.work.bytes),
            count(spend.work.requests),
            seconds(spend.seconds),
            million(spend.money),
        ]
    };
    let ([a, b, c, d], [e, f, g, h]) = (of(&question.now), of(&question.then));
    let [low, high] = question.then_bytes.map(bytes);
    let spread = match low == high || high == bytes(0.0) {
        true => e,
        false => format!("{e} ({low} to {high})"),
    };
    [question.name.clone(), days, a, spread, b, f, c, g, d, h]
}
