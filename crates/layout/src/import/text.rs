//! CSV, GPX and GeoJSON: a look at some records for the types, then all of them to rows.

use super::csv::{Csv, Odd};
use super::error::ImportError;
use super::open::{Meter, open};
use super::options::{Checked, Format, Import};
use super::record::{Halt, Names, Sink};
use super::rejects::Rejects;
use super::report::Report;
use super::roles::{self, Looks, PointAt, Roles, Time, Told, UNITS};
use super::rows::Rows;
use super::schema::Schema;
use super::source::{Source, Sources};
use super::staging::Staging;
use super::survey::Survey;
use super::value::{Clock, Notation, Type};
use super::{geojson, gpx, write};
use graticule_columns::{Note, listed};
use graticule_dataset::unit_of;

/// Records looked at for the types, and files that they are taken from.
const SAMPLE: usize = 10_000;
const SAMPLE_FILES: usize = 16;

/// How the files are read, and the names found in them.
struct Reading<'a, 'p> {
    format: Format,
    csv: Csv,
    /// Tracks of the files that were read already.
    before: gpx::Before,
    names: Names,
    meter: &'a Meter<'p>,
}

impl Reading<'_, '_> {
    fn read(&mut self, source: &Source, sink: &mut dyn Sink) -> Result<(), Halt> {
        let from = open(source, self.meter)?;
        let (meter, names) = (self.meter, &mut self.names);
        match self.format {
            Format::Gpx => gpx::read(source, meter, from, &mut self.before, names, sink),
            Format::GeoJson => geojson::read(source, meter, from, names, sink),
            Format::Csv | Format::Arrow => self.csv.read(source, meter, from, names, sink),
        }
    }

    /// Looks at records, in each of the files at most so many.
    fn survey<'c>(
        &mut self,
        files: &[&Source],
        limit: usize,
        import: &'c Import,
        notation: &'c Notation,
        roles: Option<Roles>,
    ) -> Result<Survey<'c>, ImportError> {
        self.restart();
        let mut survey = Survey::new(import, notation, roles, limit as u64);
        for source in files {
            survey.next_file();
            match self.read(source, &mut survey) {
                Ok(()) | Err(Halt::Enough | Halt::Unforeseen) => {}
                Err(Halt::Error(error)) => return Err(error),
            }
        }
        Ok(survey)
    }

    /// Looks at records and chooses the columns.
    fn choose(
        &mut self,
        files: &[&Source],
        limit: usize,
        import: &Import,
        notation: &Notation,
    ) -> Result<Choice, ImportError> {
        let mut survey = self.survey(files, limit, import, notation, None)?;
        let first = &files[0].name;
        let with_place;
        let mut import = import;
        let is_points = |column: usize| survey.is_mostly_points(column);
        let place = roles::place(import, first, self.names.all(), &is_points)?;
        if place.is_some() && self.format == Format::Csv {
            with_place = Import {
                geometry: place,
                ..import.clone()
            };
            import = &with_place;
            // Records that will be rejected for their place must not have decided anything.
            survey = self.survey(files, limit, import, notation, None)?;
        }
        let mut choice = Choice::of(import, self.format, first, self.names.all(), &survey)?;
        // Records that will be rejected for their time must not have decided anything.
        if let Some(Time::One(column, Told::Name)) = choice.roles.time
            && choice.types[column] == Some(Type::Time)
            && !survey.is_all_times(column)
        {
            let roles = Some(choice.roles);
            let survey = self.survey(files, limit, import, notation, roles)?;
            let time = choice.roles.time;
            choice = Choice::of(import, self.format, first, self.names.all(), &survey)?;
            choice.roles.time = time;
            choice.types[column] = Some(Type::Time);
        }
        Ok(choice)
    }

    /// The files are read again from the first.
    fn restart(&mut self) {
        self.meter.restart();
        self.before = gpx::Before::default();
        self.csv.odd = Odd::default();
    }
}

/// What a look at records has shown.
struct Choice {
    roles: Roles,
    /// By the number of a name.
    types: Vec<Option<Type>>,
    notes: Vec<Note>,
}

impl Choice {
    fn of(
        import: &Import,
        format: Format,
        first: &str,
        names: &[String],
        survey: &Survey<'_>,
    ) -> Result<Self, ImportError> {
        if names.is_empty() {
            return Err(ImportError::File {
                file: first.to_owned(),
                reason: "it has no line of names; give `columns`, or leave it out".to_owned(),
            });
        }
        let mut roles = roles::find_texts(import, first, names)?;
        let mut types = survey.types(names.len());
        let mut notes = Vec::new();
        // Of other formats the unit is a part.
        if format == Format::Csv {
            notes.extend(settle(import, first, names, &mut roles, &types, survey)?);
        }
        check_time(import, names, roles, &types)?;
        declare(import, first, names, &mut types)?;
        if roles.time.is_none() && import.time.is_none() {
            let is_role = |column: usize| match roles.place {
                PointAt::Point { lon, lat } => column == lon || column == lat,
                PointAt::Polyline(place) | PointAt::Wkt(place) => column == place,
            };
            let looks = |column: usize| match types[column] {
                _ if is_role(column) => Looks::Other,
                Some(Type::Time) => Looks::Times,
                Some(_) if import.declared(&names[column]).is_some() => Looks::Other,
                // A bad time makes its record a reject, not all times texts.
                Some(Type::Text) if survey.is_mostly_times(column) => Looks::MostlyTimes,
                Some(Type::Int | Type::Float) => Looks::Numbers,
                None => Looks::Empty,
                Some(_) => Looks::Other,
            };
            let (time, note) = roles::time(import, names, &looks);
            if let Some(Time::One(column, _)) = time
                && looks(column) == Looks::MostlyTimes
            {
                types[column] = Some(Type::Time);
            }
            roles.time = time;
            notes.extend(note);
        }
        notes.extend(survey.notes(names, &types, roles));
        Ok(Self {
            roles,
            types,
            notes,
        })
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
    if let (Some(unit), false) = (import.coordinate_unit, sources.format == Format::Csv) {
        return Err(ImportError::Argument {
            argument: "`coordinate_unit`",
            value: unit.to_string(),
            reason: format!("{} is in degrees", sources.format.name()),
        });
    }
    let notation = Notation {
        clock: Clock {
            zone: checked.zone.clone(),
            format: import.time_format.clone(),
        },
        decimal: import.decimal,
        nulls: import.nulls.clone(),
    };
    let mut reading = Reading {
        format: sources.format,
        csv: Csv {
            delimiter: import.delimiter,
            columns: import.columns.clone(),
            skip_lines: import.skip_lines,
            escape: import.escape,
            first: None,
            odd: Odd::default(),
        },
        before: gpx::Before::default(),
        names: Names::default(),
        meter,
    };
    if sources.format != Format::Csv {
        // A file without a point has them all the same.
        let _ = (reading.names.number("lon"), reading.names.number("lat"));
    }
    let all: Vec<&Source> = sources.files.iter().collect();
    let taken = all.len().min(SAMPLE_FILES);
    let sample: Vec<&Source> = (0..taken).map(|i| all[i * all.len() / taken]).collect();
    let mut choice = reading.choose(&sample, SAMPLE / taken, import, &notation)?;
    let mut may_widen = true;
    loop {
        let path: Vec<&str> = checked.path.iter().flat_map(|p| p.names()).collect();
        let schema = Schema::new(import, choice.roles, &reading.names, &choice.types, &path)?;
        let attempt = Attempt {
            import,
            checked,
            sources,
            staging,
            schema: &schema,
            notation: &notation,
            may_widen,
        };
        if let Some(mut report) = attempt.run(&mut reading, rejects)? {
            report.notes = choice.notes;
            report.notes.extend(reading.csv.odd.note());
            return Ok(report);
        }
        // The rejects first, whose file may lie in the staging folder.
        rejects.restart()?;
        staging.restart()?;
        choice = reading.choose(&all, usize::MAX, import, &notation)?;
        may_widen = false;
    }
}

/// Finds out the unit of the place's numbers, and what is to be told of it.
fn settle(
    import: &Import,
    file: &str,
    names: &[String],
    roles: &mut Roles,
    types: &[Option<Type>],
    survey: &Survey<'_>,
) -> Result<Option<Note>, ImportError> {
    let columns = match roles.place {
        PointAt::Point { lon, lat } => [lon, lat],
        PointAt::Polyline(place) | PointAt::Wkt(place) => [place, place],
    };
    let [lon, lat] = columns.map(|column| names[column].as_str());
    let told = |text: String| Note {
        text,
        is_warning: false,
    };
    if let Some(unit) = import.coordinate_unit {
        let text = format!("{lon} and {lat} are read as {unit}, as `coordinate_unit` says");
        return Ok(Some(told(text)));
    }
    match roles.place {
        PointAt::Polyline(_) => return Ok(None),
        PointAt::Wkt(_) => {
            let text = format!("the points are of column '{lon}', in well-known text");
            return Ok(Some(told(text)));
        }
        PointAt::Point { .. } => {}
    }
    roles.is_whole = columns.iter().all(|c| types[*c] == Some(Type::Int));
    let told = unit_of([lon, lat], "whole numbers", survey.ends(), roles.is_whole);
    let (unit, note) = told.map_err(|reason| ImportError::File {
        file: file.to_owned(),
        reason: format!("{reason}{UNITS}"),
    })?;
    roles.unit = unit;
    Ok(note)
}

/// A column that the caller calls a time must not be a number without a unit.
fn check_time(
    import: &Import,
    names: &[String],
    roles: Roles,
    types: &[Option<Type>],
) -> Result<(), ImportError> {
    let Some(Time::One(column, Told::Said)) = roles.time else {
        return Ok(());
    };
    let is_number = matches!(types[column], Some(Type::Int | Type::Float));
    match is_number && import.time_unit.is_none() && import.time_format.is_none() {
        false => Ok(()),
        true => Err(ImportError::Argument {
            argument: "`time_column`",
            value: names[column].clone(),
            reason: "it holds numbers; say with `time_unit` whether they are s, ms, us or ns"
                .to_owned(),
        }),
    }
}

/// The types that the caller said.
fn declare(
    import: &Import,
    file: &str,
    names: &[String],
    types: &mut [Option<Type>],
) -> Result<(), ImportError> {
    let texts = import.text.iter().map(|name| ("text", name, Type::Text));
    let others = import
        .types
        .iter()
        .map(|(name, kind)| ("type", name, *kind));
    for (setting, name, kind) in texts.chain(others) {
        let number = names.iter().position(|n| n == name);
        let number = number.ok_or_else(|| ImportError::NoColumn {
            file: file.to_owned(),
            role: kind.name(),
            tried: format!("'{name}'"),
            setting,
            columns: listed(names),
        })?;
        types[number] = Some(kind);
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
    notation: &'a Notation,
    may_widen: bool,
}

impl Attempt<'_> {
    /// `None` where a value was not foreseen by the schema.
    fn run(
        &self,
        reading: &mut Reading<'_, '_>,
        rejects: &mut Rejects,
    ) -> Result<Option<Report>, ImportError> {
        reading.restart();
        std::thread::scope(|scope| {
            let folder = self.staging.folder();
            let (parts, writer) = write::start(scope, folder, self.schema.arrow.clone())?;
            let mut rows = Rows::new(
                self.import,
                self.schema,
                self.notation,
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
                .map_err(|_| ImportError::ThreadDied("a thread died".to_owned()))?;
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
        rows.finish()?;
        Ok(files_empty)
    }
}
