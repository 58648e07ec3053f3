//! The loop: interleaved repeats of every cell, each written down as it ends.

use crate::answers::References;
use crate::records::{Outcome, Record, Records, Setting, Trial};
use crate::run::{Cell, RunError, Runner};
use crate::{CompareError, Residency};
use graticule::{Device, Query};
use std::path::Path;

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// Names and questions, with their regions, and the shares that they are asked of as well.
    pub queries: Vec<Asked>,
    /// Names of the layouts, in the runner's order.
    pub layouts: Vec<String>,
    /// The devices; the first to answer is the reference.
    pub devices: Vec<Device>,
    /// The states.
    pub states: Vec<Residency>,
    /// How often each cell is run.
    pub repeat: usize,
    /// Whether to go on with the runs that are there.
    pub resume: bool,
}

/// A question of a measurement.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// The question.
    pub query: Query,
    /// Shares of the row groups, above 0 and up to 1.
    pub sizes: Vec<f64>,
}

/// How far a measurement is.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Runs done.
    pub done: usize,
    /// Runs to do.
    pub total: usize,
    /// The run that begins.
    pub place: &'a Trial,
}

impl Measurement {
    /// Runs what is missing and writes each run to `runs.jsonl` in `out`. Gives all runs, and whether it was stopped
    /// before the end. A cell that fails is not tried again.
    ///
    /// # Errors
    /// [`CompareError`] when the folder cannot be used; what fails in a question is a run's outcome.
    pub fn run(
        &self,
        out: &Path,
        setting: &Setting,
        runner: &mut dyn Runner,
        on_progress: &dyn Fn(Step<'_>),
    ) -> Result<(Vec<Record>, bool), CompareError> {
        let mut records = Records::open(out, setting, self.resume)?;
        let references = References::new(out)?;
        let cells = self.cells();
        for (done, (place, cell)) in cells.iter().enumerate() {
            if records.has(place) || has_failed(&records.all, place) {
                continue;
            }
            on_progress(Step {
                done,
                total: cells.len(),
                place,
            });
            let outcome = match runner.run(cell) {
                Ok(measured) => Outcome::Answered {
                    answer: references.check(&self.reference(place, cell), &measured.answer)?,
                    cost: Box::new(measured.cost),
                },
                Err(RunError::Failed(reason)) => Outcome::Failed { reason },
                Err(RunError::Stopped) => return Ok((records.all, true)),
            };
            records.push(Record {
                place: place.clone(),
                at: now(),
                load: crate::machine::load(),
                outcome,
            })?;
        }
        Ok((records.all, false))
    }

    /// All runs in their order. Repeats are the outer loop and the order of devices and states turns from one to
    /// the next, so that a machine that grows slower or busier does so to all of them.
    fn cells(&self) -> Vec<(Trial, Cell<'_>)> {
        let mut cells = Vec::new();
        for round in 0..self.repeat {
            for asked in &self.queries {
                for (layout, layout_name) in self.layouts.iter().enumerate() {
                    let mut turn: Vec<_> = self.turn(asked).collect();
                    let first = round % turn.len().max(1);
                    turn.rotate_left(first);
                    for (device, state, share) in turn {
                        let place = Trial {
                            query: asked.name.clone(),
                            layout: layout_name.clone(),
                            device: device.to_string(),
                            state,
                            share,
                            round,
                        };
                        let cell = Cell {
                            layout,
                            query: &asked.query,
                            share,
                            device,
                            state,
                        };
                        cells.push((place, cell));
                    }
                }
            }
        }
        cells
    }

    /// The cells of a question and a layout. The CPU keeps no columns, and shares are measured where a machine that
    /// is at work would be: not cold.
    fn turn<'a>(
        &'a self,
        asked: &'a Asked,
    ) -> impl Iterator<Item = (&'a Device, Residency, Option<f64>)> {
        let cells = self.devices.iter().flat_map(|device| {
            let states = self.states.iter().copied();
            states.map(move |state| (device, state))
        });
        let cells: Vec<_> = cells
            .filter(|(device, state)| **device != Device::Cpu || *state != Residency::Resident)
            .collect();
        let whole: Vec<_> = cells.iter().map(|(d, s)| (*d, *s, None)).collect();
        // Parts tell no fallback, so that a device that may fall back is left out.
        let is_at_work = |(device, state): &&(&Device, Residency)| {
            **device != Device::Auto && *state != Residency::Cold
        };
        let at_work: Vec<_> = cells.iter().filter(is_at_work).copied().collect();
        let shares = asked.sizes.iter().flat_map(move |share| {
            let cells = at_work.clone().into_iter();
            cells.map(move |(device, state)| (device, state, Some(*share)))
        });
        whole.into_iter().chain(shares)
    }

    /// Answers that must be the same bytes share a name: those of all layouts, but where the answer is in the order
    /// of the dataset, or of a share of it.
    fn reference(&self, place: &Trial, cell: &Cell<'_>) -> String {
        let share = place
            .share
            .map_or_else(String::new, |share| format!("@{share}"));
        if cell.query.select.is_none() && place.share.is_none() || self.layouts.len() == 1 {
            format!("{}{share}", place.query)
        } else {
            format!("{}@{}{share}", place.query, place.layout)
        }
    }
}

fn has_failed(all: &[Record], place: &Trial) -> bool {
    all.iter().any(|record| {
        let then = Trial {
            round: place.round,
            ..record.place.clone()
        };
        matches!(record.outcome, Outcome::Failed { .. }) && then == *place
    })
}

/// The time, UTC, to the second.
pub(crate) fn now() -> String {
    let now = std::time::SystemTime::now();
    let time = jiff::Timestamp::try_from(now).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
