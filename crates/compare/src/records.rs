//! `runs.jsonl`: one line a run, written at once, so that going on is reading it.

use crate::{Answered, CompareError, Cost, Residency};
use graticule::requoted;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What must be the same for runs to stand in one comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// graticule's version.
    pub graticule: String,
    /// The machine: processor, cores, memory, system, adapters.
    pub machine: Vec<String>,
    /// Names and fingerprints of the layouts.
    pub layouts: Vec<[String; 2]>,
    /// Names and JSON of the queries.
    pub queries: Vec<[String; 2]>,
    /// Threads and memory of the engines, in words.
    pub engines: String,
}

impl Setting {
    fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            ("graticule's version", self.graticule != other.graticule),
            ("the machine", self.machine != other.machine),
            ("the dataset or its layouts", self.layouts != other.layouts),
            ("the suite", self.queries != other.queries),
            ("the threads or memory", self.engines != other.engines),
        ]
        .iter()
        .find_map(|(what, differs)| differs.then_some(*what))
    }
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What was run.
    #[serde(flatten)]
    pub place: Trial,
    /// When it ended, UTC.
    pub at: String,
    /// How many threads of the whole machine wanted to run, in the mean of the minute before; `None` where the
    /// system does not tell.
    #[serde(default)]
    pub load: Option<f64>,
    /// What it gave.
    pub outcome: Outcome,
}

/// What was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
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
    /// Which repeat, from 0.
    pub round: usize,
}

/// What a run gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An answer and its cost.
    Answered {
        /// The answer.
        answer: Answered,
        /// The cost.
        cost: Box<Cost>,
    },
    /// Nothing.
    Failed {
        /// Why.
        reason: String,
    },
}

/// The file of the runs.
pub(crate) struct Records {
    path: PathBuf,
    file: File,
    pub(crate) all: Vec<Record>,
}

impl Records {
    /// Begins the file, or goes on with it. Runs that failed are left out, to be tried again.
    pub(crate) fn open(out: &Path, setting: &Setting, resume: bool) -> Result<Self, CompareError> {
        std::fs::create_dir_all(out).map_err(CompareError::write(out))?;
        let path = out.join("runs.jsonl");
        let wrong = |reason: String| CompareError::Runs {
            path: path.display().to_string(),
            reason,
        };
        let known = match std::fs::read_to_string(&path) {
            Ok(text) if resume => Some(text),
            Ok(_) => {
                return Err(wrong(
                    "there are runs already; add `resume` to go on with them, or name another folder as `output`".to_owned(),
                ));
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(CompareError::read(&path)(e)),
        };
        let mut all: Vec<Record> = Vec::new();
        // A line without its end was being written when the process was killed.
        let text = known.as_deref().unwrap_or("");
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        for (number, line) in whole.lines().enumerate() {
            let told = |e: serde_json::Error| {
                wrong(format!(
                    "line {}: {}; name another folder as `output`",
                    number + 1,
                    requoted(e)
                ))
            };
            if number == 0 {
                let then: Setting = serde_json::from_str(line).map_err(told)?;
                if let Some(what) = then.difference(setting) {
                    return Err(wrong(format!(
                        "its runs stand beside no new ones, for {what} changed since; name another folder as `output`"
                    )));
                }
            } else {
                let record: Record = serde_json::from_str(line).map_err(told)?;
                if matches!(record.outcome, Outcome::Answered { .. }) {
                    all.push(record);
                }
            }
        }
        let mut lines = line(setting);
        for record in &all {
            lines += &line(record);
        }
        crate::answers::keep(&path, lines.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&path);
        Ok(Self {
            file: file.map_err(CompareError::write(&path))?,
            path,
            all,
        })
    }

    /// Writes a run down.
    pub(crate) fn push(&mut self, record: Record) -> Result<(), CompareError> {
        let line = line(&record);
        let written = self
            .file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.flush());
        written.map_err(CompareError::write(&self.path))?;
        self.all.push(record);
        Ok(())
    }

    pub(crate) fn has(&self, place: &Trial) -> bool {
        self.all.iter().any(|record| record.place == *place)
    }
}

fn line(value: &impl Serialize) -> String {
    // Structs of texts and numbers always have a JSON.
    serde_json::to_string(value).unwrap_or_default() + "\n"
}
