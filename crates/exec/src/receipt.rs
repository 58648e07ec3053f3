//! What an answer cost.

use crate::cost::Choice;
use crate::stages::{STAGES, Stage};
use graticule_columns::printable;
use graticule_plan::Query;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version that a receipt is written with.
pub const RECEIPT_VERSION: u32 = 1;

/// What it took to answer a question: rows, bytes, requests, memory and time. Kept apart from the
/// answer's bytes, which do not depend on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// [`RECEIPT_VERSION`].
    pub version: u32,
    /// The question.
    pub query: Query,
    /// What was asked.
    pub dataset: DatasetUsed,
    /// What answered.
    pub device: DeviceUsed,
    /// Why the CPU answered although a GPU was to; null if none was.
    pub fallback: Option<String>,
    /// Why this device, and the numbers that decided.
    #[serde(default)]
    pub choice: Choice,
    /// What the CPU did by design in a GPU question.
    pub cpu_steps: Vec<String>,
    /// Columns that a library's reader decoded, for graticule's own reads only flat Parquet columns of numbers, times and texts;
    /// those of Arrow files and nested ones among them.
    #[serde(default)]
    pub columns_by_library: Vec<String>,
    /// How groups were found: `dense`, `sparse` or, on a GPU, `bins`.
    pub grouping: String,
    /// Where the bytes came from.
    pub cache: Cache,
    /// Rows of the dataset.
    pub rows_total: u64,
    /// Rows that were looked at.
    pub rows_scanned: u64,
    /// Rows that passed every filter.
    pub rows_matched: u64,
    /// Why no row passed, as far as is known without reading more; nothing where some did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmatched: Option<String>,
    /// Matching rows that were not looked at, for the statistics of their tiles were the answer.
    pub rows_answered: u64,
    /// Scanned rows whose coordinates are no point. Which rows are scanned is the device's affair: a GPU is given whole
    /// chunks.
    pub rows_invalid: u64,
    /// Rows that were tested again in f64.
    pub rows_rechecked: u64,
    /// Rows that the GPU decided.
    pub rows_device: u64,
    /// NaN values that an aggregate skipped.
    pub values_nan: u64,
    /// Files of the dataset.
    pub files_total: u64,
    /// Files of which nothing was read.
    pub files_pruned: u64,
    /// Row groups of the dataset.
    pub row_groups_total: u64,
    /// Row groups of which nothing was read.
    pub row_groups_pruned: u64,
    /// Pages of which nothing was read, within row groups that were.
    pub pages_pruned: u64,
    /// Tiles of the graticule layout of which nothing was read, for by their statistics no row matches;
    /// those of pruned pages not included.
    pub tiles_pruned: u64,
    /// Tiles of which nothing was read, for their statistics were the answer.
    pub tiles_answered: u64,
    /// Bytes of the dataset's files.
    pub bytes_total: u64,
    /// Bytes that were read from the store for this question, footers apart.
    pub bytes_fetched: u64,
    /// Bytes of the columns after decoding.
    pub bytes_decoded: u64,
    /// Bytes that were sent to the GPU.
    pub bytes_uploaded: u64,
    /// Bytes of groups that outgrew memory and went to disk.
    pub bytes_spilled: u64,
    /// Bytes of footers, page indexes and statistics of tiles, and requests for them and for listings, since the dataset
    /// was opened.
    pub opening: Opening,
    /// Requests for bytes, those that failed and were made again included.
    pub requests: u64,
    /// The process's greatest memory so far, where the system tells.
    pub peak_memory_bytes: Option<u64>,
    /// What it cost, where prices were given; `graticule query --prices` fills it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dollars: Option<f64>,
    /// Time along the critical path, in stages that do not overlap.
    pub seconds: Seconds,
    /// Time of the same stages summed over threads and the GPU's queue.
    pub busy_seconds: Seconds,
}

/// The dataset of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetUsed {
    /// Where it lies, as the user wrote it; of a web server's URL without the query, which may be a signature.
    pub url: String,
    /// A hash of the paths, versions and sizes of its files.
    pub fingerprint: String,
    /// What was guessed of it, and what was left out, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// The device of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceUsed {
    /// `cpu`, or the adapter's name.
    pub name: String,
    /// `cpu`, or the graphics API.
    pub backend: String,
    /// Whether the adapter is a program that runs on the CPU.
    pub is_software: bool,
    /// Threads that decode and, on the CPU, compute.
    pub threads: usize,
}

impl DeviceUsed {
    pub(crate) fn cpu(threads: usize) -> Self {
        Self {
            name: "cpu".to_owned(),
            backend: "cpu".to_owned(),
            is_software: false,
            threads,
        }
    }
}

/// Where the bytes of an answer came from, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cache {
    /// From the store; whether the system had them in memory is not known.
    Store,
    /// Some from the store, some were in memory or on the device.
    Partly,
    /// All columns were kept in memory, as they lie in their files.
    Memory,
    /// All columns were on the device.
    Resident,
    /// Nowhere: the merged partial answer was kept from an earlier question.
    Answer,
}

/// What opening the dataset took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Bytes of footers.
    pub bytes: u64,
    /// Requests.
    pub requests: u64,
}

/// Seconds of each stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// From query to plan, and opening the device for the first question on it; what a device took that failed before
    /// another one answered.
    pub plan: f64,
    /// Waiting for memory that other questions of the same engine hold.
    #[serde(default)]
    pub queue: f64,
    /// Waiting for bytes.
    pub fetch: f64,
    /// From bytes to columns.
    pub decode: f64,
    /// From columns to those that are computed from them: H3 cells, rows of tiles, hours and days of a time zone.
    #[serde(default)]
    pub derive: f64,
    /// From columns to the device's memory.
    pub upload: f64,
    /// Filters, keys, accumulators.
    pub kernel: f64,
    /// From the device's memory back.
    pub readback: f64,
    /// From partials to the answer.
    pub merge: f64,
    /// From the answer to a file.
    pub write: f64,
    /// From the question to the answer.
    pub wall: f64,
}

impl Receipt {
    /// Adds what an earlier question took, on which this one's answer depends.
    pub(crate) fn include(&mut self, earlier: &Self) {
        self.bytes_fetched += earlier.bytes_fetched;
        self.bytes_decoded += earlier.bytes_decoded;
        self.bytes_uploaded += earlier.bytes_uploaded;
        self.bytes_spilled += earlier.bytes_spilled;
        self.requests += earlier.requests;
        self.seconds.include(&earlier.seconds);
        self.busy_seconds.include(&earlier.busy_seconds);
    }
}

impl Seconds {
    /// Adds the stages of an earlier question.
    fn include(&mut self, earlier: &Self) {
        self.plan += earlier.plan;
        self.queue += earlier.queue;
        self.fetch += earlier.fetch;
        self.decode += earlier.decode;
        self.derive += earlier.derive;
        self.upload += earlier.upload;
        self.kernel += earlier.kernel;
        self.readback += earlier.readback;
        self.merge += earlier.merge;
        self.write += earlier.write;
    }

    /// The stages by name, in the order of the work.
    pub fn stages(&self) -> impl Iterator<Item = (&'static str, f64)> {
        [
            ("plan", self.plan),
            ("queue", self.queue),
            ("fetch", self.fetch),
            ("decode", self.decode),
            ("derive", self.derive),
            ("upload", self.upload),
            ("kernel", self.kernel),
            ("readback", self.readback),
            ("merge", self.merge),
            ("write", self.write),
        ]
        .into_iter()
    }

    pub(crate) fn of_stages(stages: [f64; STAGES]) -> Self {
        let of = |stage: Stage| stages[stage as usize];
        Self {
            plan: of(Stage::Plan),
            queue: of(Stage::Queue),
            fetch: of(Stage::Fetch),
            decode: of(Stage::Decode),
            derive: of(Stage::Derive),
            upload: of(Stage::Upload),
            kernel: of(Stage::Kernel),
            readback: of(Stage::Readback),
            merge: of(Stage::Merge),
            write: 0.0,
            wall: 0.0,
        }
    }
}

/// The greatest resident memory of this process so far, in bytes, where the system tells.
pub(crate) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

impl fmt::Display for Receipt {
    /// The short form: what was read, on what, and how long each stage took. What is nothing is not told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.told_rows())?;
        writeln!(f, "{}", self.told_reading())?;
        if self.tiles_answered > 0 {
            writeln!(
                f,
                "{} answered by the statistics of {}",
                counted(self.rows_answered, "row"),
                counted(self.tiles_answered, "tile"),
            )?;
        }
        if let Some(reason) = &self.fallback {
            writeln!(f, "the GPU did not answer: {}", printable(reason))?;
        }
        write!(f, "{:.3} s", self.seconds.wall)?;
        let stages = self.seconds.stages().filter(|(_, time)| *time >= 0.0005);
        for (i, (name, time)) in stages.enumerate() {
            let between = if i == 0 { ":" } else { "" };
            write!(f, "{between} {name} {time:.3}")?;
        }
        match self.dollars {
            Some(dollars) => write!(f, "; {dollars:.2e} dollars"),
            None => Ok(()),
        }
    }
}

impl Receipt {
    fn told_rows(&self) -> String {
        if self.rows_total == 0 {
            return "the dataset holds no row".to_owned();
        }
        let mut told = format!(
            "{} of {} matched ({} scanned",
            counted(self.rows_matched, "row"),
            thousands(self.rows_total),
            thousands(self.rows_scanned),
        );
        for (rows, what) in [
            (self.rows_invalid, "invalid"),
            (self.rows_rechecked, "tested again in f64"),
        ] {
            if rows > 0 {
                told += &format!(", {} {what}", thousands(rows));
            }
        }
        told + ")"
    }

    fn told_reading(&self) -> String {
        let device = &self.device;
        let mut told = match (device.backend.as_str(), device.is_software) {
            ("cpu", _) => "on the CPU".to_owned(),
            (backend, false) => format!("on {} ({backend})", device.name),
            (backend, true) => format!("on {} ({backend}, a software adapter)", device.name),
        };
        if self.row_groups_total > 0 {
            told += &format!(
                ", {} of {}",
                thousands(self.row_groups_total - self.row_groups_pruned),
                counted(self.row_groups_total, "row group"),
            );
        }
        if self.pages_pruned > 0 {
            told += &format!(", {} left out", counted(self.pages_pruned, "page"));
        }
        if self.requests > 0 {
            told += &format!(
                ", {} fetched in {}",
                bytes(self.bytes_fetched),
                counted(self.requests, "request")
            );
        }
        if self.bytes_uploaded > 0 {
            told += &format!(", {} uploaded", bytes(self.bytes_uploaded));
        }
        told
    }
}

/// So many of what has a plural in s.
pub fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// A number with separators: 1 234 567.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes with a unit.
pub fn bytes(n: u64) -> String {
    let units = [
        (1u64 << 40, "TiB"),
        (1 << 30, "GiB"),
        (1 << 20, "MiB"),
        (1 << 10, "KiB"),
    ];
    match units.iter().find(|(size, _)| n >= *size) {
        #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
        Some((size, unit)) => format!("{:.1} {unit}", n as f64 / *size as f64),
        None => format!("{n} B"),
    }
}
