//! From runs to rows of a table: the median run of each cell, and the spread around it.

use crate::records::{Outcome, Record, Trial};
use crate::{Cost, Residency};
use graticule::Cache;
use serde::{Deserialize, Serialize};

/// What became of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "why")]
pub enum Status {
    /// All runs gave the reference's bytes.
    Same,
    /// A run gave other bytes; its first difference.
    Mismatch(String),
    /// Another device answered than was asked; why.
    FellBack(String),
    /// There is no answer; why.
    Failed(String),
}

/// Seconds of several runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// A quarter is not above it.
    pub lower: f64,
    /// The middle run's; of two middle ones the faster one's.
    pub median: f64,
    /// A quarter is not below it.
    pub upper: f64,
    /// The greatest.
    pub greatest: f64,
}

/// A cell of the comparison: all repeats of a question on one layout and device in one state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Name of the query.
    pub query: String,
    /// Name of the layout.
    pub layout: String,
    /// The device that was asked for.
    pub device: String,
    /// What was in memory.
    pub state: Residency,
    /// The share of the row groups; `None` for the whole question.
    pub share: Option<f64>,
    /// What became of it.
    pub status: Status,
    /// How many runs gave an answer.
    pub runs: usize,
    /// Their seconds; `None` where there is no answer.
    pub wall: Option<Spread>,
    /// The cost of the median run: all figures of the row are of this one run.
    pub median: Option<Cost>,
    /// Rows of the answer.
    pub groups: u64,
    /// What must be known of it, from any run.
    pub notes: Vec<String>,
}

impl Row {
    /// Whether a GPU, and not the CPU in its place, gave the figures.
    pub fn is_gpu(&self) -> bool {
        let receipt = self.median.as_ref().and_then(|m| m.receipt.as_ref());
        match receipt {
            Some(receipt) => receipt.device.backend != "cpu",
            None => self.median.is_some() && self.device.starts_with("gpu"),
        }
    }

    /// Whether the figures may be quoted: the reference's bytes, from the device that was asked.
    pub fn is_sound(&self) -> bool {
        self.status == Status::Same && self.wall.is_some()
    }

    /// Rows that were looked at a second; `None` where there is no answer or no time.
    pub fn rows_per_second(&self) -> Option<f64> {
        let median = self.median.as_ref().filter(|m| m.wall > 0.0)?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a rate is shown with three digits"
        )]
        Some(median.rows as f64 / median.wall)
    }

    /// The stages of the median run with their seconds, `other` being what no stage explains.
    pub fn stages(&self) -> Vec<(&'static str, f64)> {
        let Some(receipt) = self.median.as_ref().and_then(|m| m.receipt.as_ref()) else {
            return Vec::new();
        };
        let mut stages: Vec<_> = receipt.seconds.stages().collect();
        let known: f64 = stages.iter().map(|s| s.1).sum();
        stages.push(("other", (receipt.seconds.wall - known).max(0.0)));
        stages
    }
}

/// The spread of some seconds, and which of them is the median one. `None` of none.
pub(crate) fn spread(seconds: &[f64]) -> Option<(Spread, usize)> {
    let mut order: Vec<usize> = (0..seconds.len()).collect();
    order.sort_by(|a, b| seconds[*a].total_cmp(&seconds[*b]));
    let last = order.len().checked_sub(1)?;
    let at = |place: usize| seconds[order[place]];
    let spread = Spread {
        least: at(0),
        lower: at(last / 4),
        median: at(last / 2),
        upper: at(last - last / 4),
        greatest: at(last),
    };
    Some((spread, order[last / 2]))
}

/// A row for each cell, in the order in which the cells were first run.
pub fn summarise(records: &[Record]) -> Vec<Row> {
    let cell = |place: &Trial| Trial {
        round: 0,
        ..place.clone()
    };
    let mut places: Vec<Trial> = Vec::new();
    for record in records {
        if !places.contains(&cell(&record.place)) {
            places.push(cell(&record.place));
        }
    }
    let mut rows: Vec<Row> = Vec::new();
    for place in places {
        let of: Vec<&Record> = records.iter().filter(|r| cell(&r.place) == place).collect();
        rows.push(row(place, &of));
    }
    rows
}

fn row(place: Trial, records: &[&Record]) -> Row {
    let (mut costs, mut groups, mut notes) = (Vec::new(), 0, Vec::new());
    let (mut mismatch, mut fallback, mut failed) = (None, None, None);
    for record in records {
        match &record.outcome {
            Outcome::Failed { reason } => failed = failed.or(Some(reason.clone())),
            Outcome::Answered { answer, cost } => {
                mismatch = mismatch.or(answer.difference.clone());
                fallback = fallback.or(cost.fallback.clone());
                groups = answer.rows;
                notes.extend(
                    cost.note
                        .clone()
                        .into_iter()
                        .chain(is_as_said(&place, cost)),
                );
                costs.push(cost.as_ref());
            }
        }
    }
    notes.sort();
    notes.dedup();
    let seconds: Vec<f64> = costs.iter().map(|c| c.wall).collect();
    let found = spread(&seconds);
    // The worst comes first: a wrong answer that another device gave is a wrong answer.
    let status = match (mismatch, fallback, failed) {
        (Some(why), ..) => Status::Mismatch(why),
        (_, Some(why), _) => Status::FellBack(why),
        (_, _, Some(why)) => Status::Failed(why),
        _ => Status::Same,
    };
    Row {
        query: place.query,
        layout: place.layout,
        device: place.device,
        state: place.state,
        share: place.share,
        status,
        runs: costs.len(),
        wall: found.map(|f| f.0),
        median: found.map(|f| costs[f.1].clone()),
        groups,
        notes,
    }
}

/// What a run that was to be in a state says against it.
fn is_as_said(place: &Trial, cost: &Cost) -> Option<String> {
    let receipt = cost.receipt.as_ref()?;
    let fetched = receipt.bytes_fetched;
    match (place.state, cost.storage_bytes) {
        (Residency::Cold, Some(storage)) if storage < fetched / 2 && cost.note.is_none() => Some(
            "less than half of the bytes came from storage: the system kept its cache, or storage has one of its own, so that cold is no colder than warm here".to_owned(),
        ),
        (Residency::Warm, Some(storage)) if storage > fetched / 2 && fetched > 0 => {
            Some("more than half of the bytes came from storage: the files do not stay in the system's cache".to_owned())
        }
        (Residency::Warm, _) if matches!(receipt.cache, Cache::Resident | Cache::Partly) => {
            Some("columns were on the device already".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Answered;

    #[test]
    fn the_median_is_a_run() {
        let (spread, place) = spread(&[5.0, 1.0, 3.0, 2.0, 4.0]).expect("some");
        assert_eq!(place, 2);
        assert_eq!((spread.least, spread.lower, spread.median), (1.0, 2.0, 3.0));
        assert_eq!((spread.upper, spread.greatest), (4.0, 5.0));
        let (even, place) = super::spread(&[4.0, 1.0, 2.0, 3.0]).expect("some");
        assert_eq!((even.median, place), (2.0, 2));
        assert_eq!((even.lower, even.upper), (1.0, 4.0));
        assert_eq!(super::spread(&[]), None);
    }

    fn record(round: usize, wall: f64, difference: Option<&str>, fallback: Option<&str>) -> Record {
        Record {
            place: Trial {
                query: "q".into(),
                layout: "l".into(),
                device: "gpu".into(),
                state: Residency::Warm,
                share: None,
                round,
            },
            at: String::new(),
            load: None,
            outcome: Outcome::Answered {
                answer: Answered {
                    rows: 2,
                    bytes: 3,
                    hash: String::new(),
                    difference: difference.map(str::to_owned),
                },
                cost: Box::new(Cost {
                    wall,
                    rows: 100,
                    fallback: fallback.map(str::to_owned),
                    ..Cost::default()
                }),
            },
        }
    }

    #[test]
    fn one_wrong_run_of_many_is_a_mismatch() {
        let mut records = vec![
            record(0, 3.0, None, None),
            record(1, 1.0, None, None),
            record(2, 2.0, None, None),
        ];
        let rows = summarise(&records);
        assert_eq!(
            (rows.len(), rows[0].runs, &rows[0].status),
            (1, 3, &Status::Same)
        );
        assert_eq!(rows[0].rows_per_second(), Some(50.0));
        assert!(rows[0].is_sound());
        records.push(record(3, 2.0, None, Some("lost")));
        assert_eq!(
            summarise(&records)[0].status,
            Status::FellBack("lost".into())
        );
        records.push(record(4, 2.0, Some("u0"), None));
        assert_eq!(summarise(&records)[0].status, Status::Mismatch("u0".into()));
        assert!(!summarise(&records)[0].is_sound());
    }
}
