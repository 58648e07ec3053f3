//! What was typed.

mod advise;
mod compare;
mod import;
mod query;

use crate::size::{parse_bytes, parse_number};
use clap::{Args, Parser, Subcommand, ValueEnum};
use graticule::{AsOf, CoordinateUnit, TimeUnit};
use std::path::PathBuf;

pub(crate) use advise::Advise;
pub(crate) use compare::Compare;
pub(crate) use import::Import;
pub(crate) use query::{Explain, Query, Region};

/// The five commands that people need first, then the others; a test holds it against the commands themselves.
const HELP: &str = "\
{about}

{usage-heading} {usage}

First:
  info      Show what a dataset holds, and a box to start with
  query     Ask: which points, in which groups, what of each
  import    Make Parquet files of CSV, GPX, GeoJSON or Arrow points
  optimize  Rewrite a dataset so that questions read little of it
  compare   Measure what questions cost on the CPU and on the GPU

Then:
  generate  Make up points to try things on: vehicles of a country that is not
  devices   List the GPUs that can answer, and which one --device auto takes
  advise    Say whether optimize would pay for the questions that you ask
  index     Keep what the footers of many files say, so that they open at once
  help      Print this message or the help of a command

Options:
{options}{after-help}";

const FIRST_STEPS: &str = "\
First steps:
  graticule info pings.parquet
  graticule query pings.parquet --by geohash:5 --top 10
  graticule query --help        all flags of a command, with examples; -h is shorter";

/// Region-and-time questions over billions of GPS points in Parquet files, answered exactly on the
/// CPU or on a GPU, with the same bytes from either and a receipt of what the answer cost.
#[derive(Debug, Parser)]
#[command(
    name = "graticule",
    version,
    max_term_width = 100,
    help_template = HELP,
    after_help = FIRST_STEPS
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(Generate),
    Import(Box<Import>),
    Index(Index),
    Info(Info),
    Devices(Devices),
    Query(Box<Query>),
    Optimize(Optimize),
    Compare(Box<Compare>),
    Advise(Box<Advise>),
}

/// Make up points to try things on: vehicles of a country that is not
///
/// Cities, roads and trips of a made-up country (a "nation"), in day folders of Parquet. The same seed gives the same
/// bytes. Days are local ones, two hours ahead of UTC.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:\n  graticule generate nation --points 10M --days 30")]
pub(crate) struct Generate {
    /// An empty or new directory
    pub(crate) dir: PathBuf,
    /// How many points, such as 10M
    #[arg(long, default_value = "10M", value_parser = parse_number)]
    pub(crate) points: u64,
    /// Over how many days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// Another seed makes another country
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A folder a day, or all in one file
    #[arg(long, value_enum, default_value_t = FileLayout::DayFolders)]
    pub(crate) layout: FileLayout,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FileLayout {
    DayFolders,
    Single,
}

/// Keep what the footers of many files say, so that they open at once
///
/// Reads the footers of a dataset's files once and keeps what they say, so that it opens at once.
/// What is kept is a manifest in the user's cache directory (GRATICULE_CACHE_DIR names another). It
/// is kept unasked for datasets of 128 files and more. New, changed and removed files are found by
/// listing whenever the dataset is opened, and only their footers are read again.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:\n  graticule index s3://fleet/pings")]
pub(crate) struct Index {
    #[command(flatten)]
    pub(crate) dataset: Dataset,
}

/// Show what a dataset holds, and a box to start with
///
/// Rows, extent, time span, columns with how many values are null and the first three, and a --bbox with most points.
/// Footers say most of it; where points lie is read from the rows, of large datasets from at most 64 row groups that are
/// spread evenly, which is then said.
#[derive(Debug, Args)]
#[command(
    after_help = "All flags, and examples: graticule info --help",
    after_long_help = "\
Examples:
  graticule info pings
  graticule info 's3://fleet/pings/day=2026-03-*' --anonymous
  graticule info ships.parquet --lon x_pos --lat y_pos --time-column seen --time-unit ms"
)]
pub(crate) struct Info {
    #[command(flatten)]
    pub(crate) dataset: Dataset,
}

/// List the GPUs that can answer, and which one --device auto takes
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  graticule devices\n  graticule devices --json")]
pub(crate) struct Devices {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A dataset and how to find its columns.
#[derive(Debug, Args)]
pub(crate) struct Dataset {
    /// Parquet or Arrow files: one, a folder, a glob, a table; also at a URL
    ///
    /// A Parquet or Arrow IPC (Feather) file, a directory of them (folders such as day=2026-03-01 become
    /// columns), a glob, or a Delta Lake or Iceberg table: a path, s3://BUCKET/..., gs://, az:// or http(s)://
    pub(crate) dataset: String,
    #[command(flatten)]
    pub(crate) found: Found,
}

/// How to find a dataset and its columns.
#[derive(Debug, Args)]
pub(crate) struct Found {
    /// The longitude column
    ///
    /// The longitude column, if it is not named lon, lng, longitude or x
    #[arg(long, value_name = "COLUMN")]
    pub(crate) lon: Option<String>,
    /// The latitude column
    ///
    /// The latitude column, if it is not named lat, latitude or y
    #[arg(long, value_name = "COLUMN")]
    pub(crate) lat: Option<String>,
    /// The column of points
    ///
    /// The column with the geometry whose points are meant, where a file declares several; without it a declared
    /// geometry is taken before columns by their names
    #[arg(hide_short_help = true, long, value_name = "COLUMN", conflicts_with_all = ["lon", "lat"])]
    pub(crate) geometry: Option<String>,
    /// The time column
    ///
    /// The time column, if it is not named time, timestamp, ts or datetime
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time_column: Option<String>,
    /// The unit of times that are numbers: s, ms, us or ns
    ///
    /// The unit of a time column of numbers, or that of texts is read to: s, ms, us or ns
    #[arg(hide_short_help = true, long, value_name = "UNIT", value_parser = parse_unit)]
    pub(crate) time_unit: Option<TimeUnit>,
    /// The folders' column that says the time of their rows
    ///
    /// The folders' column that says the UTC day, month, year or hour of their rows' times; without it folders are
    /// not believed, for a folder's day is often not the UTC day
    #[arg(hide_short_help = true, long, value_name = "COLUMN")]
    pub(crate) partition_time: Option<String>,
    /// What coordinates are, if not degrees, such as 1e-7
    ///
    /// What coordinates are, if not degrees: 1e-7, 1e-6, 1e-5, semicircles or 1/600000; for whole numbers it is told
    /// from their names and size where these leave no doubt
    #[arg(hide_short_help = true, long, value_name = "UNIT")]
    pub(crate) coordinate_unit: Option<CoordinateUnit>,
    /// Read all rows, whatever statistics say
    ///
    /// Read all rows, whatever footers, page indexes, tiles and folders say of them: for files whose statistics are
    /// wrong
    #[arg(hide_short_help = true, long)]
    pub(crate) ignore_statistics: bool,
    /// The version of a table, by number or time
    ///
    /// The version of a Delta Lake or Iceberg table: its number (Iceberg: the snapshot's), or a time, as a date or
    /// RFC 3339; the newest if not given
    #[arg(
        hide_short_help = true,
        long,
        value_name = "VERSION|TIME",
        allow_hyphen_values = true,
        conflicts_with = "as_files"
    )]
    pub(crate) as_of: Option<AsOf>,
    /// Read the files of a table as they lie
    ///
    /// Read the files of a table as they lie, whatever its log says: rows that were deleted or replaced are counted
    #[arg(hide_short_help = true, long)]
    pub(crate) as_files: bool,
    /// Look into all files, whatever their names
    ///
    /// Look into all files of a directory, whatever their names, and read those that are Parquet or Arrow; without it
    /// only files that are named so, such as .parquet, .pq, .arrow or .feather
    #[arg(hide_short_help = true, long)]
    pub(crate) all_files: bool,
    /// The server of s3:// or az://
    ///
    /// The server of s3:// or az://, if not the provider's own, such as http://localhost:9000
    #[arg(
        hide_short_help = true,
        long,
        value_name = "URL",
        help_heading = "Store"
    )]
    pub(crate) endpoint: Option<String>,
    /// The region of an s3:// bucket
    #[arg(hide_short_help = true, long, help_heading = "Store")]
    pub(crate) region: Option<String>,
    /// The profile of ~/.aws with the credentials
    ///
    /// The profile of ~/.aws with the credentials, if they are not in the environment
    #[arg(
        hide_short_help = true,
        long,
        value_name = "NAME",
        help_heading = "Store"
    )]
    pub(crate) profile: Option<String>,
    /// Ask without credentials, as public buckets allow
    #[arg(
        hide_short_help = true,
        long,
        conflicts_with = "profile",
        help_heading = "Store"
    )]
    pub(crate) anonymous: bool,
    /// Seconds that a store may be silent
    ///
    /// Seconds that a remote store may go without answering; requests that fail are made again
    #[arg(hide_short_help = true, long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400), help_heading = "Store")]
    pub(crate) patience: u64,
}

/// What it costs to ask.
#[derive(Debug, Args)]
pub(crate) struct Money {
    /// Prices of machines and stores, as TOML
    ///
    /// Prices of machines and stores, as TOML, for estimates and a receipt's dollars; estimates take a starter set of
    /// on-demand list prices if not given
    #[arg(
        hide_short_help = true,
        long,
        value_name = "FILE.toml",
        help_heading = "Money"
    )]
    pub(crate) prices: Option<PathBuf>,
    /// The kind of machine that asks
    ///
    /// The kind of machine that asks; the prices' default for the CPU if not given
    #[arg(
        hide_short_help = true,
        long,
        value_name = "KIND",
        help_heading = "Money"
    )]
    pub(crate) machine: Option<String>,
    /// The kind of store that is paid
    ///
    /// The kind of store that requests and bytes are paid to; s3 for s3://, else none
    #[arg(
        hide_short_help = true,
        long,
        value_name = "KIND",
        help_heading = "Money"
    )]
    pub(crate) store: Option<String>,
}

impl Money {
    /// Whether anything of it was asked for.
    pub(crate) fn is_given(&self) -> bool {
        self.prices.is_some() || self.machine.is_some() || self.store.is_some()
    }
}

/// Rewrite a dataset so that questions read little of it
///
/// Folders by time, points that lie near each other on the earth near each other in the file, coordinates small and yet
/// exact.
///
/// The result is plain Parquet, which other programs open in one call, too: all columns keep their names and types, those of
/// folders become columns of the files, and coordinates are the very numbers, decimals where that is smaller. No row is lost,
/// and the source is only read. A run that is stopped goes on where it ended when it is started
/// again; the destination appears when it is whole.
#[derive(Debug, Args)]
#[command(
    after_help = "All flags, and examples: graticule optimize --help",
    after_long_help = "\
Examples:
  graticule optimize pings pings-optimized
  graticule optimize pings pings-for-pandas --coordinates f64
  graticule optimize nation nation-months --partition month --memory 4GiB"
)]
pub(crate) struct Optimize {
    /// Parquet or Arrow files: one, a folder, a glob, a table; also at a URL
    ///
    /// A Parquet or Arrow IPC file, a directory of them or a glob: a path, s3://BUCKET/..., gs://, az:// or http(s)://
    pub(crate) source: String,
    /// A new or empty directory on this machine
    pub(crate) destination: PathBuf,
    #[command(flatten)]
    pub(crate) found: Found,
    /// The time that a folder holds; auto goes by the rows
    ///
    /// The time that a folder holds, in UTC: auto takes the finest of day, week and month whose folders hold
    /// 1,048,576 rows on average, by what footers say, and else month; a dataset without a time column has no folders
    #[arg(long, value_enum, default_value_t = Partition::Auto)]
    pub(crate) partition: Partition,
    /// The order of rows in a folder
    ///
    /// The order of rows in a folder: along the Hilbert curve, by geohash, or as they are
    #[arg(long, value_enum, default_value_t = Sort::Hilbert)]
    pub(crate) sort: Sort,
    /// Coordinates as decimals or as floats
    ///
    /// Coordinates as decimals of seven places, with further columns that lead back to the source where it has more, or
    /// as the source's floats (those of 32 bits stay so): auto takes decimals where the decimal of every point is the
    /// very number and they are smaller than floats, tried on the first rows
    #[arg(long, value_enum, default_value_t = Coordinates::Auto)]
    pub(crate) coordinates: Coordinates,
    /// Round coordinates to 11 mm for good
    ///
    /// Round coordinates to 1e-7 degrees (11 mm) for good, and drop those of invalid rows
    #[arg(long)]
    pub(crate) lossy: bool,
    /// Columns to leave out
    ///
    /// Columns of the source to leave out, as COLUMN[,COLUMN...]
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub(crate) without: Vec<String>,
    /// Most memory, at least 32MiB
    ///
    /// Most memory, at least 32MiB; what does not fit is sorted on the destination's disk
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "1GiB")]
    pub(crate) memory: u64,
    /// Threads; one for each core if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Partition {
    Auto,
    Hour,
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Sort {
    Hilbert,
    Geohash,
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Coordinates {
    Auto,
    Decimal,
    F64,
}

fn parse_unit(text: &str) -> Result<TimeUnit, String> {
    match text {
        "s" => Ok(TimeUnit::Second),
        "ms" => Ok(TimeUnit::Millisecond),
        "us" => Ok(TimeUnit::Microsecond),
        "ns" => Ok(TimeUnit::Nanosecond),
        _ => Err(format!("'{text}' is not one of s, ms, us, ns")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn flags_are_consistent() {
        Arguments::command().debug_assert();
    }

    /// The page is written by hand, for clap has no headings of commands.
    #[test]
    fn the_first_page_names_every_command_as_it_names_itself() {
        let page = Arguments::command().render_help().to_string();
        for command in Arguments::command().get_subcommands() {
            let about = command.get_about().expect("a command says what it does");
            let line = format!("  {:<9} {about}\n", command.get_name());
            assert!(page.contains(&line), "{line}{page}");
        }
    }

    #[test]
    fn short_help_fits_a_screen() {
        for mut command in Arguments::command().get_subcommands().cloned() {
            let help = command.render_help().to_string();
            let lines = help.lines().count();
            assert!(lines <= 40, "{}: {lines} lines\n{help}", command.get_name());
            let long = command.render_long_help().to_string();
            let name = format!("  graticule {}", command.get_name());
            assert!(long.contains(&name), "{name} has no example");
        }
    }
}
