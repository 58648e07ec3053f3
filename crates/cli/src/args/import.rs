use clap::Args;
use graticule::CoordinateUnit;
use graticule_layout::import::{ColumnType, Format, Unit};
use std::path::PathBuf;

/// Lines that a narrow terminal need not cut.
const EXAMPLES: &str = "\
Examples:
  graticule import trips.csv.gz trips --timezone America/New_York \\
      --lon pickup_longitude --lat pickup_latitude --time-column pickup_datetime
  graticule import Geolife/Data geolife --skip-lines 6 \\
      --columns lat,lon,,altitude_ft,,date,clock --time-column date+clock \\
      --path '{user}/Trajectory/{trip}.plt'
  graticule import train.csv porto --polyline POLYLINE --step 15 \\
      --time-column TIMESTAMP --time-unit s
  graticule import tracks/ osm          (a folder of .gpx files)
  zcat points.ndjson.gz | graticule import - points --format geojson";

/// Make Parquet files of CSV, GPX, GeoJSON or Arrow points
///
/// The columns' types are told by the values: a column is of numbers or times if all of them are. A
/// record is rejected for its shape, its place, its time, or a value that is not as --type says, and
/// is then counted, shown and kept in a reject file with its line and the reason; rows with
/// coordinates out of range are kept.
///
/// The dataset calls its place lon and lat and its time time, and appears when it is whole.
#[derive(Debug, Args)]
#[command(
    after_help = "All flags, and examples: graticule import --help",
    after_long_help = EXAMPLES
)]
pub(crate) struct Import {
    /// Files or folders, and at the end the new directory
    ///
    /// Files, folders, or - for standard input; .gz and .zst are unpacked. The last is DIR, a new or empty directory
    #[arg(required = true, num_args = 1.., value_name = "SRC... DIR")]
    pub(crate) paths: Vec<PathBuf>,
    /// csv, gpx, geojson or arrow
    ///
    /// csv, gpx, geojson or arrow, if the files' names do not tell; in folders only such files are read
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// The longitude column
    ///
    /// The longitude column, if it is not named lon, lng, long, longitude or x
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) lon: Option<String>,
    /// The latitude column
    ///
    /// The latitude column, if it is not named lat, latitude or y
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) lat: Option<String>,
    /// The column of points in well-known text
    ///
    /// The column of points in well-known text in CSV, if it is not named wkt, geometry, geom or the_geom, nor the
    /// only one of them
    #[arg(hide_short_help = true, long, value_name = "COLUMN", conflicts_with_all = ["lon", "lat"], help_heading = "Columns")]
    pub(crate) geometry: Option<String>,
    /// What coordinates are, if not degrees
    ///
    /// What the coordinates of Arrow and CSV are, if not degrees: 1e-7, 1e-6, 1e-5, semicircles or 1/600000; for
    /// whole numbers it is told from their names and size where these leave no doubt
    #[arg(
        hide_short_help = true,
        long,
        value_name = "UNIT",
        help_heading = "Columns"
    )]
    pub(crate) coordinate_unit: Option<CoordinateUnit>,
    /// The time column, or DATE+CLOCK
    ///
    /// The time column, if it is not named time, timestamp, ts or datetime, nor the only one of times; DATE+CLOCK for
    /// two of them
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) time_column: Option<String>,
    /// The unit of times that are numbers: s, ms, us or ns
    ///
    /// The unit of a time column of numbers, counted from 1970: s, ms, us or ns
    #[arg(long, value_name = "UNIT", value_parser = parse_unit, help_heading = "Columns")]
    pub(crate) time_unit: Option<Unit>,
    /// How times are written, as '%d/%m/%Y %H:%M:%S'
    ///
    /// How times are written, as '%d/%m/%Y %H:%M:%S'; 2009-01-04 02:52:00 and the like are known
    #[arg(long, value_name = "FORMAT", help_heading = "Columns")]
    pub(crate) time_format: Option<String>,
    /// The time zone of times that name none
    ///
    /// The time zone of times that name none, as Europe/Lisbon; UTC if not given
    #[arg(long, value_name = "ZONE", help_heading = "Columns")]
    pub(crate) timezone: Option<String>,
    /// What a column holds: text, int, float, bool or time
    ///
    /// What a column holds, whatever its values look like: text, int, float, bool or time; records with others are
    /// rejected
    #[arg(
        long = "type",
        value_name = "COLUMN=TYPE,...",
        value_delimiter = ',',
        value_parser = parse_type,
        help_heading = "Columns"
    )]
    pub(crate) types: Vec<(String, ColumnType)>,
    /// As --type COLUMN=text
    #[arg(
        long,
        value_name = "COLUMN,...",
        value_delimiter = ',',
        help_heading = "Columns"
    )]
    pub(crate) text: Vec<String>,
    /// A word that is null in every column
    ///
    /// A word that is null in every column, as \N is; NULL, NA, NaN, - and the like are where a column is no text
    #[arg(
        hide_short_help = true,
        long = "null",
        value_name = "WORD",
        allow_hyphen_values = true,
        help_heading = "Columns"
    )]
    pub(crate) nulls: Vec<String>,
    /// What stands before the fraction, . or ,
    ///
    /// What stands before the fraction of a number, . or , (then points may part thousands before it, as in 1.234,5)
    #[arg(hide_short_help = true, long, value_name = "CHAR", default_value = ".", value_parser = parse_decimal, help_heading = "Columns")]
    pub(crate) decimal: u8,
    /// Columns from the files' paths, as '{user}/{trip}.plt'
    ///
    /// Columns from the end of the files' paths, as '{user}/Trajectory/{trip}.plt'
    #[arg(long, value_name = "PATTERN", help_heading = "Columns")]
    pub(crate) path: Option<String>,
    /// The column names, where no line has them
    ///
    /// The column names of CSV without a line of names; an empty name leaves a column out
    #[arg(
        long,
        value_name = "NAME,...",
        value_delimiter = ',',
        help_heading = "CSV"
    )]
    pub(crate) columns: Option<Vec<String>>,
    /// What stands between fields; told by the first line
    ///
    /// What stands between the fields, one character or tab; told by the first line if not given
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter, help_heading = "CSV")]
    pub(crate) delimiter: Option<u8>,
    /// What makes a quote within quotes a part of the text
    ///
    /// What makes a quote within quotes part of the text, as the backslash of MySQL; a doubled quote is one without
    #[arg(hide_short_help = true, long, value_name = "CHAR", value_parser = parse_escape, help_heading = "CSV")]
    pub(crate) escape: Option<u8>,
    /// Lines before the names or points of each file
    ///
    /// Lines at the beginning of each file that are neither names nor points
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "CSV")]
    pub(crate) skip_lines: u64,
    /// A column of whole tracks, [[lon,lat],...]
    ///
    /// A column of whole tracks, [[lon,lat],...]; each of their points becomes a row
    #[arg(hide_short_help = true, long, value_name = "COLUMN", conflicts_with_all = ["lon", "lat", "geometry"], help_heading = "CSV")]
    pub(crate) polyline: Option<String>,
    /// Seconds between two points of --polyline
    #[arg(hide_short_help = true, long, value_name = "SECONDS", value_parser = parse_step, requires = "polyline", help_heading = "CSV")]
    pub(crate) step: Option<i64>,
    /// Where rejects go, as CSV
    ///
    /// Where rejects go, a CSV of file, line, reason and record; _rejects.csv in DIR if not given
    #[arg(long, value_name = "FILE", help_heading = "Rejects")]
    pub(crate) rejects: Option<PathBuf>,
    /// Fail if there are more than N rejects
    ///
    /// Fail if there are more than N rejects; any number is kept if not given, unless nothing else is
    #[arg(long, value_name = "N", help_heading = "Rejects")]
    pub(crate) max_rejects: Option<u64>,
}

fn parse_unit(text: &str) -> Result<Unit, String> {
    match text {
        "s" => Ok(Unit::Second),
        "ms" => Ok(Unit::Millisecond),
        "us" => Ok(Unit::Microsecond),
        "ns" => Ok(Unit::Nanosecond),
        _ => Err(format!("'{text}' is not one of s, ms, us, ns")),
    }
}

fn parse_type(text: &str) -> Result<(String, ColumnType), String> {
    let (name, kind) = text
        .rsplit_once('=')
        .ok_or_else(|| format!("'{text}' is no column and type, such as icao24=text"))?;
    Ok((name.to_owned(), kind.parse()?))
}

fn parse_decimal(text: &str) -> Result<u8, String> {
    match text {
        "." => Ok(b'.'),
        "," => Ok(b','),
        _ => Err(format!("'{text}' is neither . nor ,")),
    }
}

fn parse_escape(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && *byte != b'"' => Ok(*byte),
        _ => Err(format!(
            "'{text}' is not one ASCII character other than a quote"
        )),
    }
}

fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] => Ok(*byte),
        _ => Err(format!("'{text}' is not one ASCII character, or tab")),
    }
}

/// Seconds to microseconds.
fn parse_step(text: &str) -> Result<i64, String> {
    let wrong = || format!("'{text}' is no number of seconds, such as 15 or 0.5");
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    let is_fit = (0.0..=1e9).contains(&seconds);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 10^15, and a step is not finer than a microsecond"
    )]
    let micros = (seconds * 1e6).round() as i64;
    is_fit.then_some(micros).ok_or_else(wrong)
}
