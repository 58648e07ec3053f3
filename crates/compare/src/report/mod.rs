//! The report: one set of figures as a page, as Markdown, CSV and JSON.

mod asked;
mod charts;
mod conclusion;
mod headline;
mod html;
mod lines;
mod table;
mod tables;
pub(crate) mod text;
mod verdict;

use crate::answers::keep;
use crate::bound::{self, Bound, Ceiling};
use crate::model::Extrapolated;
use crate::records::Setting;
use crate::summary::Row;
use crate::{CompareError, Residency};
use serde::Serialize;
use std::path::Path;
pub use verdict::{Money, Pays, Rent, Tariff};

/// The version of `report.json`.
const VERSION: u32 = 1;

/// Everything that a report says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The version of this form.
    pub version: u32,
    /// What the suite is about.
    pub title: String,
    /// The command that made it.
    pub command: String,
    /// When its first and its last run ended, UTC.
    pub dates: [String; 2],
    /// The median and the greatest load of the machine while it ran, this work included.
    pub load: Option<[f64; 2]>,
    /// Threads of the machine.
    pub threads: usize,
    /// Whether it was stopped before the end.
    pub is_stopped: bool,
    /// What all runs have in common.
    pub setting: Setting,
    /// The layouts.
    pub layouts: Vec<LayoutUsed>,
    /// The questions.
    pub questions: Vec<QuestionAsked>,
    /// What answered for each device that was asked.
    pub devices: Vec<DeviceAsked>,
    /// What seconds and bytes are paid at.
    pub tariff: Tariff,
    /// Questions an hour for money a month.
    pub rate: f64,
    /// The cells.
    pub rows: Vec<ReportRow>,
    /// When a GPU pays.
    pub pays: Vec<Pays>,
    /// What no GPU can beat, by the CPU's figures of the first layout, warm ones where there are; `None` without such.
    pub ceiling: Option<Ceiling>,
    /// What the model says of more points, where asked.
    pub extrapolated: Vec<Extrapolated>,
    /// Why it says nothing of others.
    pub not_extrapolated: Vec<String>,
    /// The answer in words.
    pub headline: Vec<String>,
}

/// A layout of the dataset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayoutUsed {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub url: String,
    /// Its rows.
    pub rows: u64,
    /// Its files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The first and the last UTC day that may have rows, as 2026-03-01; `None` where the footers tell none.
    pub days: Option<[String; 2]>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuestionAsked {
    /// Its name.
    pub name: String,
    /// What it asks, in plain English.
    pub words: String,
}

/// A device that was asked for, and what answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeviceAsked {
    /// As it was asked for.
    pub asked: String,
    /// Names of what answered; none where nothing did.
    pub answered: Vec<String>,
    /// Whether what answered is a program that runs on the CPU.
    pub is_software: bool,
}

/// A cell with what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportRow {
    /// The cell.
    #[serde(flatten)]
    pub row: Row,
    /// Seconds of the median run's stages.
    pub stages: Vec<(&'static str, f64)>,
    /// Rows that were looked at a second.
    pub rows_per_second: Option<f64>,
    /// What bounds it.
    pub bound: Option<Bound>,
    /// What it costs.
    pub money: Option<Money>,
}

/// What a report is made from.
pub(crate) struct Parts {
    pub(crate) title: String,
    pub(crate) command: String,
    pub(crate) dates: [String; 2],
    pub(crate) load: Option<[f64; 2]>,
    pub(crate) is_stopped: bool,
    pub(crate) setting: Setting,
    pub(crate) layouts: Vec<LayoutUsed>,
    pub(crate) questions: Vec<QuestionAsked>,
    pub(crate) devices: Vec<DeviceAsked>,
    pub(crate) tariff: Tariff,
    pub(crate) rate: f64,
    pub(crate) rows: Vec<Row>,
    pub(crate) extrapolated: Vec<Extrapolated>,
    pub(crate) not_extrapolated: Vec<String>,
}

impl Report {
    pub(crate) fn new(parts: Parts) -> Self {
        let rows = parts.rows.iter().map(|row| ReportRow {
            stages: row.stages(),
            rows_per_second: row.rows_per_second(),
            bound: bound::bound(row).filter(|_| row.is_sound()),
            money: parts.tariff.money(row, parts.rate),
            row: row.clone(),
        });
        let mut report = Self {
            version: VERSION,
            rows: rows.collect(),
            pays: parts.tariff.pays(&parts.rows),
            title: parts.title,
            command: parts.command,
            dates: parts.dates,
            load: parts.load,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            is_stopped: parts.is_stopped,
            setting: parts.setting,
            ceiling: ceiling(&parts.rows, &parts.layouts),
            layouts: parts.layouts,
            questions: parts.questions,
            devices: parts.devices,
            tariff: parts.tariff,
            rate: parts.rate,
            extrapolated: parts.extrapolated,
            not_extrapolated: parts.not_extrapolated,
            headline: Vec::new(),
        };
        report.headline = headline::headline(&report);
        report
    }

    /// The cells that gave other bytes than the first answer.
    pub fn mismatches(&self) -> impl Iterator<Item = &Row> {
        let rows = self.rows.iter().map(|r| &r.row);
        rows.filter(|r| matches!(r.status, crate::Status::Mismatch(_)))
    }

    /// The cells that gave no answer, or whose answer another device gave.
    pub fn failures(&self) -> impl Iterator<Item = &Row> {
        let rows = self.rows.iter().map(|r| &r.row);
        rows.filter(|r| {
            matches!(
                r.status,
                crate::Status::Failed(_) | crate::Status::FellBack(_)
            )
        })
    }

    /// How many times as much a machine with a GPU costs as the CPU's; `None` without both prices.
    pub(crate) fn gpu_costs_times(&self) -> Option<f64> {
        let cpu = self.tariff.machines.get("cpu")?;
        Some(self.tariff.gpu.as_ref()?.per_hour / cpu.machine.per_hour)
    }

    /// The report as Markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        for (number, sentence) in self.headline.iter().enumerate() {
            out += &match number {
                0 => format!("# {sentence}\n\n"),
                _ => format!("{sentence}\n\n"),
            };
        }
        out += "## What was asked\n\n";
        for line in asked::data(self) {
            out += &format!("{line}\n\n");
        }
        for question in &self.questions {
            out += &format!("- **{}**: {}\n", question.name, question.words);
        }
        out += "\n";
        for table in tables::tables(self) {
            out += &table.markdown();
        }
        out += "## How it was measured\n\n";
        for line in tables::method(self) {
            out += &format!("- {line}\n");
        }
        out
    }

    /// The report as a page that needs nothing else.
    pub fn html(&self) -> String {
        html::html(self)
    }

    /// The cells as CSV, a line a cell, numbers as they are.
    ///
    /// # Errors
    /// None; memory can be written.
    pub fn csv(&self) -> Result<Vec<u8>, CompareError> {
        lines::csv(self)
    }

    pub(crate) fn name(&self) -> String {
        let title = if self.title.is_empty() {
            "a suite"
        } else {
            &self.title
        };
        format!("graticule compare: {title}")
    }

    /// Writes `report.html`, `report.md`, `report.csv` and `report.json` to a folder.
    ///
    /// # Errors
    /// [`CompareError::File`] when they cannot be written.
    pub fn write(&self, out: &Path) -> Result<(), CompareError> {
        let json = serde_json::to_vec_pretty(self).unwrap_or_default();
        keep(&out.join("report.json"), &json)?;
        keep(&out.join("report.csv"), &self.csv()?)?;
        keep(&out.join("report.md"), self.markdown().as_bytes())?;
        keep(&out.join("report.html"), self.html().as_bytes())
    }
}

/// What no GPU can beat, of the CPU's cells of the first layout.
fn ceiling(rows: &[Row], layouts: &[LayoutUsed]) -> Option<Ceiling> {
    let first = layouts.first()?;
    let of = |state: Residency| -> Vec<&Row> {
        let of_cpu = |r: &&Row| r.device == "cpu" && r.state == state && r.layout == first.name;
        let is_whole = |r: &&Row| r.share.is_none() && r.is_sound();
        rows.iter().filter(of_cpu).filter(is_whole).collect()
    };
    let states = [Residency::Warm, Residency::Cold];
    states.iter().find_map(|state| bound::ceiling(&of(*state)))
}
