//! Some days of a dataset, really rewritten.

use super::{Advise, Sampled};
use crate::CompareError;
use crate::days::Day;
use graticule::{Dataset, Engine, Error, OpenOptions, Query};
use graticule_layout::optimize::Report;
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::path::Path;
use tempfile::TempDir;

/// Days that were rewritten.
pub(super) struct Sample {
    /// With the rows of each.
    pub(super) days: Vec<(Day, u64)>,
    pub(super) made: Dataset,
    pub(super) report: Report,
    /// Where they lie as long as they are needed.
    _folder: TempDir,
}

impl Sample {
    /// Takes days that lie evenly among all, and rewrites them.
    pub(super) fn take(
        advise: &Advise,
        dataset: &Dataset,
        engine: &Engine,
        all: &[Day],
    ) -> Result<Self, CompareError> {
        let wanted = advise.days.clamp(1, all.len());
        let days = (0..wanted).map(|i| all[(2 * i + 1) * all.len() / (2 * wanted)]);
        let chosen: Vec<Day> = days.collect();
        let temporary = std::env::temp_dir();
        let folder = tempfile::Builder::new().prefix("graticule-").tempdir();
        let folder = folder.map_err(CompareError::file(&temporary, "written"))?;
        let raw = folder.path().join("sample");
        std::fs::create_dir(&raw).map_err(CompareError::file(&raw, "written"))?;
        let mut days = Vec::new();
        for day in chosen {
            let rows = copy(advise, dataset, engine, &day, &raw)?;
            days.push((day, rows));
        }
        let schema = &dataset.metadata().schema;
        let time = schema.time.as_ref();
        let open = OpenOptions {
            lon: Some(schema.lon.name.clone()),
            lat: Some(schema.lat.name.clone()),
            time: time.map(|t| t.name.clone()),
            time_unit: time.map(|t| t.unit),
            ..OpenOptions::default()
        };
        let mut optimize = advise.optimize.clone();
        optimize.open = open.clone();
        // The sample alone would have fewer rows.
        optimize.partition = Some(advise.partition(dataset));
        let to = folder.path().join("made");
        let progress = |_| (advise.progress)("rewriting them");
        let report = optimize.run(&raw.display().to_string(), &to, &progress)?;
        if report.rows == 0 {
            return Err(CompareError::Argument(format!(
                "no advice: the {wanted} days that were tried hold no row; try more with `days`"
            )));
        }
        let made = Dataset::open_with_blocking(to.display().to_string(), open);
        let made = made.map_err(|source| CompareError::Question {
            what: "the sample".to_owned(),
            source: Box::new(source),
        })?;
        Ok(Self {
            days,
            made,
            report,
            _folder: folder,
        })
    }

    /// How many times as many rows the dataset has.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn share(&self, dataset: &Dataset) -> f64 {
        dataset.metadata().rows() as f64 / self.report.rows as f64
    }

    pub(super) fn told(&self, of_days: usize) -> Sampled {
        Sampled {
            days: self
                .days
                .iter()
                .map(|(day, _)| day.date.to_string())
                .collect(),
            of_days,
            rows: self.report.rows,
            seconds: self.report.seconds,
            bytes: self.report.bytes,
            bytes_coordinates: self.report.bytes_coordinates,
        }
    }
}

/// Copies a day's points, all columns of them; how many they were.
fn copy(
    advise: &Advise,
    dataset: &Dataset,
    engine: &Engine,
    day: &Day,
    folder: &Path,
) -> Result<u64, CompareError> {
    let to = &folder.join(format!("{}.parquet", day.date));
    let said = format!("copying {}", day.date);
    advise.say(&said)?;
    let schema = &dataset.metadata().schema;
    // Fields of structs come with these.
    let is_within = |name: &str| {
        let mut nested = schema.attributes.iter().filter(|a| a.data_type.is_nested());
        nested.any(|a| {
            let rest = name.strip_prefix(a.name.as_str());
            rest.is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let attributes = schema.attributes.iter().map(|a| a.name.as_str());
    let left_out: Vec<&str> = attributes.filter(|name| is_within(name)).collect();
    let columns = schema
        .file_columns()
        .filter(|name| !left_out.contains(name));
    let query = Query::new().during(day.range()).select(columns);
    let file = File::create(to).map_err(CompareError::file(to, "written"))?;
    let question = |source: Error| match source {
        Error::Stopped => CompareError::Stopped,
        source => CompareError::Question {
            what: said.clone(),
            source: Box::new(source),
        },
    };
    let copied = || {
        let mut rows = pollster::block_on(engine.stream(&query, dataset))?;
        let mut writer = ArrowWriter::try_new(file, rows.schema().clone(), None)?;
        let mut copied = 0;
        for batch in rows.blocking() {
            if (advise.progress)(&said).is_break() {
                return Err(Error::Stopped);
            }
            let batch = batch?;
            copied += batch.num_rows() as u64;
            writer.write(&batch)?;
        }
        writer.close()?;
        Ok(copied)
    };
    copied().map_err(question)
}
