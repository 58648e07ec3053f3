//! CSV, GPX and GeoJSON: a look at some records for the types, then all of them to rows.

use super::csv::Csv;
use super::error::ImportError;
use super::open::{Meter, open};
use super::options::{Checked, Format, Import};
use super::record::{Halt, Names, Sink};
use super::rejects::Rejects;
use super::report::Report;
use super::roles::{self, Roles, Time};
use super::rows::Rows;
use super::schema::Schema;
use super::source::{Source, Sources};
use super::staging::Staging;
use super::survey::Survey;
use super::value::{Clock, Type};
use super::{geojson, gpx, write};

/// Records looked at for the types, and files that they are taken from.
const SAMPLE: usize = 10_000;
const SAMPLE_FILES: usize = 16;

/// How the files are read, and the names found in them.
struct Reading<'a, 'p> {
    format: Format,
    csv: Csv,
    names: Names,
    meter: &'a Meter<'p>,
}

impl Reading<'_, '_> {
    fn read(&mut self, source: &Source, sink: &mut dyn Sink) -> Result<(), Halt> {
        let from = open(source, self.meter)?;
        let (meter, names) = (self.meter, &mut self.names);
        match self.format {
            Format::Gpx => gpx::read(source, meter, from, names, sink),
            Format::GeoJson => geojson::read(source, meter, from, names, sink),
            Format::Csv | Format::Arrow => self.csv.read(source, meter, from, names, sink),
        }
    }

    /// Looks at records, in each of the files at most so many.
    fn survey<'c, 's>(
        &mut self,
        files: impl Iterator<Item = &'s Source>,
        limit: usize,
        clock: &'c Clock,
    ) -> Result<Survey<'c>, ImportError> {
        self.meter.restart();
        let mut survey = Survey::new(clock, limit as u64);
        for source in files {
            survey.next_file();
            match self.read(source, &mut survey) {
                Ok(()) | Err(Halt::Enough | Halt::Unforeseen) => {}
                Err(Halt::Error(error)) => return Err(error),
            }
        }
        Ok(survey)
    }
}

/// Imports the files into the staging folder.
pub(crate) fn import(
    import: &Import,
    checked: &Checked,
    sources: &Sources,
    staging: &Staging,
    rejects: &mut Rejects,
    meter: &Meter<'_>,
) -> Result<Report, ImportError> {
    let clock = Clock {
        zone: checked.zone.clone(),
        format: import.time_format.clone(),
    };
    let mut reading = Reading {
        format: sources.format,
        csv: Csv {
            delimiter: import.delimiter,
            columns: import.columns.clone(),
            skip_lines: import.skip_lines,
            first: None,
        },
        names: Names::default(),
        meter,
    };
    if sources.format != Format::Csv {
        // A file without a point has them all the same.
        let _ = (reading.names.number("lon"), reading.names.number("lat"));
    }
    let files = &sources.files;
    let taken = files.len().min(SAMPLE_FILES);
    let sample = (0..taken).map(|i| &files[i * files.len() / taken]);
    let mut survey = reading.survey(sample, SAMPLE / taken, &clock)?;
    let mut types = survey.types(reading.names.all().len());
    let first = &files[0].name;
    if reading.names.all().is_empty() {
        return Err(ImportError::File {
            file: first.clone(),
            reason: "it has no line of names; give --columns, or leave it out".to_owned(),
        });
    }
    let roles = roles::find(import, first, reading.names.all())?;
    check_time(import, &reading.names, roles, &types)?;
    let mut may_widen = true;
    loop {
        if let Some(Time::One(column, _)) = roles.time
            && survey.is_mostly_times(column)
        {
            // A bad time makes its record a reject, not all times texts.
            types[column] = Some(Type::Time);
        }
        texts(import, first, &reading.names, &mut types)?;
        let path: Vec<&str> = checked.path.iter().flat_map(|p| p.names()).collect();
        let schema = Schema::new(import, roles, &reading.names, &types, &path)?;
        let attempt = Attempt {
            import,
            checked,
            sources,
            staging,
            schema: &schema,
            clock: &clock,
            may_widen,
        };
        if let Some(report) = attempt.run(&mut reading, rejects)? {
            return Ok(report);
        }
        // The rejects first, whose file may lie in the staging folder.
        rejects.restart()?;
        staging.restart()?;
        survey = reading.survey(files.iter(), usize::MAX, &clock)?;
        types = survey.widened(&types, reading.names.all().len());
        may_widen = false;
    }
}

/// A column that the caller calls a time must not be a number without a unit.
fn check_time(
    import: &Import,
    names: &Names,
    roles: Roles,
    types: &[Option<Type>],
) -> Result<(), ImportError> {
    let Some(Time::One(column, true)) = roles.time else {
        return Ok(());
    };
    let is_number = matches!(types[column], Some(Type::Int | Type::Float));
    match is_number && import.time_unit.is_none() && import.time_format.is_none() {
        false => Ok(()),
        true => Err(ImportError::Argument {
            argument: "--time-column",
            value: names.all()[column].clone(),
            reason: "it holds numbers; say with --time-unit whether they are s, ms, us or ns"
                .to_owned(),
        }),
    }
}

/// The columns that the caller wants as text.
fn texts(
    import: &Import,
    file: &str,
    names: &Names,
    types: &mut [Option<Type>],
) -> Result<(), ImportError> {
    for name in &import.text {
        let number = names.get(name).ok_or_else(|| ImportError::NoColumn {
            file: file.to_owned(),
            role: "text",
            tried: format!("'{name}'"),
            flag: "--text",
            columns: names.all().join(", "),
        })?;
        types[number] = Some(Type::Text);
    }
    Ok(())
}

/// All records to rows of a schema.
struct Attempt<'a> {
    import: &'a Import,
    checked: &'a Checked,
    sources: &'a Sources,
    staging: &'a Staging,
    schema: &'a Schema,
    clock: &'a Clock,
    may_widen: bool,
}

impl Attempt<'_> {
    /// `None` where a value was not foreseen by the schema.
    fn run(
        &self,
        reading: &mut Reading<'_, '_>,
        rejects: &mut Rejects,
    ) -> Result<Option<Report>, ImportError> {
        reading.meter.restart();
        std::thread::scope(|scope| {
            let folder = self.staging.folder();
            let (parts, writer) = write::start(scope, folder, self.schema.arrow.clone())?;
            let step = self.import.step.unwrap_or(0);
            let mut rows = Rows::new(
                self.schema,
                self.clock,
                step,
                self.may_widen,
                &parts,
                rejects,
            );
            let read = self.read_all(reading, &mut rows);
            let counts = rows.counts;
            drop(rows);
            // The writer ends when nobody can send any more.
            drop(parts);
            let written = writer
                .join()
                .map_err(|_| ImportError::ThreadDied("writing"))?;
            let (files_empty, written) = match (read, written) {
                // The reader stops because the writer has: that one's error says why.
                (_, Err(error)) => return Err(error),
                (Err(Halt::Unforeseen), _) => return Ok(None),
                (Err(Halt::Error(error)), _) => return Err(error),
                (Err(Halt::Enough), Ok(written)) => (0, written),
                (Ok(files_empty), Ok(written)) => (files_empty, written),
            };
            Ok(Some(Report {
                files: self.sources.files.len() as u64,
                files_empty,
                files_left_out: self.sources.left_out,
                records: counts.records,
                records_without_point: counts.without_point,
                rows: counts.rows,
                invalid: counts.invalid,
                times_cut: counts.cut,
                columns: Schema::described(&self.schema.arrow),
                parts: written.parts,
                bytes: written.bytes,
                ..Report::default()
            }))
        })
    }

    /// Reads every file; how many of them held no row.
    fn read_all(&self, reading: &mut Reading<'_, '_>, rows: &mut Rows<'_>) -> Result<u64, Halt> {
        let mut files_empty = 0;
        for source in &self.sources.files {
            let path = match &self.checked.path {
                Some(path) => path.values(&source.path)?,
                None => Vec::new(),
            };
            rows.next_file(&source.name, path);
            let before = rows.counts.rows;
            reading.read(source, rows)?;
            files_empty += u64::from(rows.counts.rows == before);
        }
        rows.flush()?;
        Ok(files_empty)
    }
}
