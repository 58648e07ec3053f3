use super::error::ImportError;
use super::path::PathColumns;
use super::report::Report;
use graticule_geo::CoordinateUnit;
use jiff::tz::TimeZone;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What a file's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines of delimited text.
    Csv,
    /// Tracks, routes and waypoints in XML.
    Gpx,
    /// Points of a FeatureCollection, of a feature a line, or of a sequence of features.
    GeoJson,
    /// Arrow IPC, file (also called Feather) or stream.
    Arrow,
}

impl Format {
    /// Its name, as in `format`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Gpx => "gpx",
            Self::GeoJson => "geojson",
            Self::Arrow => "arrow",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Csv, Self::Gpx, Self::GeoJson, Self::Arrow];
        let found = all.into_iter().find(|f| f.name() == text);
        found.ok_or_else(|| format!("'{text}' is not one of csv, gpx, geojson, arrow"))
    }
}

/// The unit of times that are numbers, counted from 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Second,
    /// Milliseconds.
    Millisecond,
    /// Microseconds.
    Microsecond,
    /// Nanoseconds.
    Nanosecond,
}

/// The type of a column that the caller knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Any text.
    Text,
    /// Integers of 64 bits, also with zeros or a plus before them.
    Int,
    /// Numbers, also with exponents of any writing.
    Float,
    /// true or false.
    Bool,
    /// Times, as `time_format` says or as ISO 8601 and RFC 3339 write them.
    Time,
}

impl ColumnType {
    /// Its name, as `types` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::Time => "time",
        }
    }
}

impl std::str::FromStr for ColumnType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Text, Self::Int, Self::Float, Self::Bool, Self::Time];
        let found = all.into_iter().find(|t| t.name() == text);
        found.ok_or_else(|| format!("'{text}' is not one of text, int, float, bool, time"))
    }
}

/// What to import, and how it is written. [`Import::new`] has the usual answers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Import {
    /// Files, folders (searched through, by the files' names), or `-`, standard input.
    pub sources: Vec<PathBuf>,
    /// The format; told by the files' names if `None`.
    pub format: Option<Format>,
    /// The longitude column; `lon`, `lng`, `longitude` or `x` in any case if `None`.
    pub lon: Option<String>,
    /// The latitude column; `lat`, `latitude` or `y` in any case if `None`.
    pub lat: Option<String>,
    /// A CSV file's column of points in well-known text. Where no columns are a longitude and a latitude by their names, it
    /// is the one called `wkt`, `geometry`, `geom` or `the_geom` in any case, or the only one of such points, if `None`.
    pub geometry: Option<String>,
    /// The unit of the coordinates, of Arrow and CSV. Without it that of whole numbers is told by what the file
    /// declares, the columns' names or their size, and refused where it may be any of several.
    pub coordinate_unit: Option<CoordinateUnit>,
    /// The time column, or `DATE+CLOCK`, two columns that are a time together; `time`,
    /// `timestamp`, `ts` or `datetime` in any case if `None`, and there may be none.
    pub time: Option<String>,
    /// The unit of a time column of numbers.
    pub time_unit: Option<Unit>,
    /// How times are written, as in strftime; ISO 8601 and RFC 3339 are known without.
    pub time_format: Option<String>,
    /// The time zone of times that name none; UTC if `None`. A time that the zone's clocks show
    /// twice is the earlier one, one that they skip is moved by the skip.
    pub timezone: Option<String>,
    /// What stands between a CSV file's fields; told by the first line if `None`.
    pub delimiter: Option<u8>,
    /// What makes a quote within a CSV file's quotes part of the text, where it is not doubled.
    pub escape: Option<u8>,
    /// The names of a CSV file's columns, which has no line of names then. An empty name leaves
    /// a column out.
    pub columns: Option<Vec<String>>,
    /// Lines before a CSV file's names, or first record, that are no records.
    pub skip_lines: u64,
    /// Columns that are text whatever they look like.
    pub text: Vec<String>,
    /// Columns whose type is said, by name. A record with a value of another type is a reject.
    pub types: Vec<(String, ColumnType)>,
    /// Words for null in every column, beside `\N`. In columns that are no text these are null
    /// too, in any case of letters: `NULL`, `(null)`, `NA`, `N/A`, `#N/A`, `#NA`, `<NA>`, `None`,
    /// `nil`, `NaN`, `-`, `--`, `---` and the date `0000-00-00`, with or without a clock of zeros.
    pub nulls: Vec<String>,
    /// What stands before the fraction of a number: `.` or `,`.
    pub decimal: u8,
    /// Columns taken from the end of a file's path, such as `{user}/Trajectory/{trip}.plt`.
    pub path: Option<String>,
    /// A column of whole tracks, `[[lon,lat],...]`, each point of which becomes a row.
    pub polyline: Option<String>,
    /// The time between two points of `polyline`, in microseconds; zero if `None`.
    pub step: Option<i64>,
    /// Where rejected records go; `_rejects.csv` in the destination if `None`.
    pub rejects: Option<PathBuf>,
    /// More rejected records than this are an error; any number is none if `None`.
    pub max_rejects: Option<u64>,
}

impl Import {
    /// An import of files and folders with nothing said about them.
    pub fn new<P: Into<PathBuf>>(sources: impl IntoIterator<Item = P>) -> Self {
        Self {
            sources: sources.into_iter().map(Into::into).collect(),
            format: None,
            lon: None,
            lat: None,
            geometry: None,
            coordinate_unit: None,
            time: None,
            time_unit: None,
            time_format: None,
            timezone: None,
            delimiter: None,
            escape: None,
            columns: None,
            skip_lines: 0,
            text: Vec::new(),
            types: Vec::new(),
            nulls: Vec::new(),
            decimal: b'.',
            path: None,
            polyline: None,
            step: None,
            rejects: None,
            max_rejects: None,
        }
    }

    /// Writes the points as Parquet files into `dir`, a directory that is new or empty. It holds
    /// everything or nothing: the files grow beside it and are renamed at the end.
    ///
    /// # Errors
    /// See [`ImportError`]. Records that cannot be read are no error: they go to the reject file.
    pub fn run(&self, dir: &Path) -> Result<Report, ImportError> {
        self.run_until(dir, &mut |_, _| ControlFlow::Continue(()))
    }

    /// As [`Import::run`], telling how many bytes of how many are read (compressed ones, where a
    /// file is compressed; a second look at the input begins again at 0), and stopping when told.
    ///
    /// # Errors
    /// As [`Import::run`], and [`ImportError::Stopped`].
    pub fn run_until(
        &self,
        dir: &Path,
        on_progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Report, ImportError> {
        super::run::run(self, dir, on_progress)
    }

    /// The type that the caller said a column has.
    pub(crate) fn declared(&self, column: &str) -> Option<ColumnType> {
        let said = self.types.iter().find(|(name, _)| name == column);
        let text = || {
            let is_text = self.text.iter().any(|name| name == column);
            is_text.then_some(ColumnType::Text)
        };
        said.map(|(_, kind)| *kind).or_else(text)
    }

    /// What the arguments mean; the errors of those that mean nothing.
    pub(crate) fn check(&self) -> Result<Checked, ImportError> {
        let wrong = |argument, value: &str, reason: String| ImportError::Argument {
            argument,
            value: value.to_owned(),
            reason,
        };
        let zone = match self.timezone.as_deref() {
            None | Some("UTC") => TimeZone::UTC,
            Some(name) => TimeZone::get(name)
                .map_err(|e| wrong("`timezone`", name, format!("{e}; write Europe/Lisbon")))?,
        };
        if let Some(format) = &self.time_format {
            // Any moment shows whether the directives exist.
            let moment = jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
            jiff::fmt::strtime::format(format, &moment)
                .map_err(|e| wrong("`time_format`", format, e.to_string()))?;
        }
        if let Some(columns) = &self.columns {
            let named: Vec<_> = columns.iter().filter(|c| !c.is_empty()).collect();
            let twice = named
                .iter()
                .enumerate()
                .find(|(i, c)| named[..*i].contains(c));
            if let Some((_, name)) = twice {
                let reason = format!("'{name}' stands there twice; give each column its own name");
                return Err(wrong("`columns`", &columns.join(","), reason));
            }
        }
        if let Some(delimiter) = self.delimiter
            && (matches!(delimiter, b'"' | b'\n' | b'\r') || !delimiter.is_ascii())
        {
            let shown = char::from(delimiter).escape_default().to_string();
            let reason = "it must be one ASCII character, and no quote or line end".to_owned();
            return Err(wrong("`delimiter`", &shown, reason));
        }
        if self.step.is_some() && self.polyline.is_none() {
            let reason = "it is the time between the points of `polyline`, which is not given";
            return Err(wrong("`step`", "", reason.to_owned()));
        }
        if let Some(name) = &self.geometry
            && (self.lon.is_some() || self.lat.is_some() || self.polyline.is_some())
        {
            let reason = "it is the whole place; leave out `lon`, `lat` and `polyline`";
            return Err(wrong("`geometry`", name, reason.to_owned()));
        }
        let path = self.path.as_deref().map(PathColumns::parse).transpose()?;
        Ok(Checked { zone, path })
    }
}

/// What was parsed of the arguments.
pub(crate) struct Checked {
    pub(crate) zone: TimeZone,
    pub(crate) path: Option<PathColumns>,
}
