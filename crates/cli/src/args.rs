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
pub(crate) use query::{Explain, Query};

/// Region-and-time questions over billions of GPS points in Parquet files, answered exactly on the
/// CPU or on a GPU, with the same bytes from either and a receipt of what the answer cost.
#[derive(Debug, Parser)]
#[command(name = "graticule", version, max_term_width = 100)]
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

/// Make a synthetic nation: cities, roads, trips, in day folders of Parquet.
///
/// The same seed gives the same bytes. Days are the nation's local days, two hours ahead of UTC.
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
    /// Another seed makes another nation
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

/// Read the footers of a dataset's files once and keep what they say, so that it opens at once.
///
/// What is kept is a manifest in the user's cache directory (GRATICULE_CACHE_DIR names another). It
/// is kept unasked for datasets of 128 files and more. New, changed and removed files are found by
/// listing whenever the dataset is opened, and only their footers are read again.
#[derive(Debug, Args)]
pub(crate) struct Index {
    #[command(flatten)]
    pub(crate) dataset: Dataset,
}

/// Show what a dataset holds: rows, extent, time span, columns with nulls and three values, and a box to start with.
///
/// Footers say most of it; where points lie is read from the rows, of large datasets from at most 64 row groups that are
/// spread evenly, which is then said.
#[derive(Debug, Args)]
pub(crate) struct Info {
    #[command(flatten)]
    pub(crate) dataset: Dataset,
}

/// List the GPUs that can answer, and which one --device auto takes.
#[derive(Debug, Args)]
pub(crate) struct Devices {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A dataset and how to find its columns.
#[derive(Debug, Args)]
pub(crate) struct Dataset {
    /// A Parquet or Arrow IPC (Feather) file, a directory of them (folders such as day=2026-03-01 become
    /// columns), a glob, or a Delta Lake or Iceberg table: a path, s3://BUCKET/..., gs://, az:// or http(s)://
    pub(crate) dataset: String,
    #[command(flatten)]
    pub(crate) found: Found,
}

/// How to find a dataset and its columns.
#[derive(Debug, Args)]
pub(crate) struct Found {
    /// The longitude column, if it is not named lon, lng, longitude or x
    #[arg(long, value_name = "COLUMN")]
    pub(crate) lon: Option<String>,
    /// The latitude column, if it is not named lat, latitude or y
    #[arg(long, value_name = "COLUMN")]
    pub(crate) lat: Option<String>,
    /// The column with the geometry whose points are meant, where a file declares several; without it
    /// a declared geometry is taken before columns by their names
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["lon", "lat"])]
    pub(crate) geometry: Option<String>,
    /// The time column, if it is not named time, timestamp, ts or datetime
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time_column: Option<String>,
    /// The unit of a time column of numbers, or that of texts is read to: s, ms, us or ns
    #[arg(long, value_name = "UNIT", value_parser = parse_unit)]
    pub(crate) time_unit: Option<TimeUnit>,
    /// The folders' column that says the UTC day, month, year or hour of their rows' times; without
    /// it folders are not believed, for a folder's day is often not the UTC day
    #[arg(long, value_name = "COLUMN")]
    pub(crate) partition_time: Option<String>,
    /// What coordinates are, if not degrees: 1e-7, 1e-6, 1e-5, semicircles or 1/600000; for whole numbers
    /// it is told from their names and size where these leave no doubt
    #[arg(long, value_name = "UNIT")]
    pub(crate) coordinate_unit: Option<CoordinateUnit>,
    /// Read all rows, whatever footers, page indexes, tiles and folders say of them: for files whose
    /// statistics are wrong
    #[arg(long)]
    pub(crate) ignore_statistics: bool,
    /// The version of a Delta Lake or Iceberg table: its number (Iceberg: the snapshot's), or a time, as a
    /// date or RFC 3339; the newest if not given
    #[arg(
        long,
        value_name = "VERSION|TIME",
        allow_hyphen_values = true,
        conflicts_with = "as_files"
    )]
    pub(crate) as_of: Option<AsOf>,
    /// Read the files of a table as they lie, whatever its log says: rows that were deleted or replaced
    /// are counted
    #[arg(long)]
    pub(crate) as_files: bool,
    /// Look into all files of a directory, whatever their names, and read those that are Parquet or Arrow;
    /// without it only files that are named so, such as .parquet, .pq, .arrow or .feather
    #[arg(long)]
    pub(crate) all_files: bool,
    /// The server of s3:// or az://, if not the provider's own, such as http://localhost:9000
    #[arg(long, value_name = "URL", help_heading = "Store")]
    pub(crate) endpoint: Option<String>,
    /// The region of an s3:// bucket
    #[arg(long, help_heading = "Store")]
    pub(crate) region: Option<String>,
    /// The profile of ~/.aws with the credentials, if they are not in the environment
    #[arg(long, value_name = "NAME", help_heading = "Store")]
    pub(crate) profile: Option<String>,
    /// Ask without credentials, as public buckets allow
    #[arg(long, conflicts_with = "profile", help_heading = "Store")]
    pub(crate) anonymous: bool,
    /// Seconds that a remote store may go without answering; requests that fail are made again
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400), help_heading = "Store")]
    pub(crate) patience: u64,
}

/// What it costs to ask.
#[derive(Debug, Args)]
pub(crate) struct Money {
    /// Prices of machines and stores, as TOML, for estimates and a receipt's dollars; estimates take a
    /// starter set of on-demand list prices if not given
    #[arg(long, value_name = "FILE.toml", help_heading = "Money")]
    pub(crate) prices: Option<PathBuf>,
    /// The kind of machine that asks; the prices' default for the CPU if not given
    #[arg(long, value_name = "KIND", help_heading = "Money")]
    pub(crate) machine: Option<String>,
    /// The kind of store that requests and bytes are paid to; s3 for s3://, else none
    #[arg(long, value_name = "KIND", help_heading = "Money")]
    pub(crate) store: Option<String>,
}

impl Money {
    /// Whether anything of it was asked for.
    pub(crate) fn is_given(&self) -> bool {
        self.prices.is_some() || self.machine.is_some() || self.store.is_some()
    }
}

/// Rewrite a dataset so that questions read little of it: folders by time, points that lie near each
/// other on the earth near each other in the file, coordinates small and yet exact.
///
/// The result is plain Parquet, which other programs open too: coordinates are decimals of seven
/// places. Where the source has more, further columns lead back to its very bits. No row is lost,
/// and the source is only read. A run that is stopped goes on where it ended when it is started
/// again; the destination appears when it is whole.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  graticule optimize pings pings-optimized
  graticule optimize nation nation-months --partition month --memory 4GiB")]
pub(crate) struct Optimize {
    /// A Parquet or Arrow IPC file, a directory of them or a glob: a path, s3://BUCKET/..., gs://, az:// or http(s)://
    pub(crate) source: String,
    /// A new or empty directory on this machine
    pub(crate) destination: PathBuf,
    #[command(flatten)]
    pub(crate) found: Found,
    /// The time that a folder holds, in UTC: auto takes the finest of day, week and month whose folders hold 1,048,576
    /// rows on average, by what footers say, and else month; a dataset without a time column has no folders
    #[arg(long, value_enum, default_value_t = Partition::Auto)]
    pub(crate) partition: Partition,
    /// The order of rows in a folder: along the Hilbert curve, by geohash, or as they are
    #[arg(long, value_enum, default_value_t = Sort::Hilbert)]
    pub(crate) sort: Sort,
    /// Round coordinates to 1e-7 degrees (11 mm) for good, and drop those of invalid rows
    #[arg(long)]
    pub(crate) lossy: bool,
    /// Columns of the source to leave out, as COLUMN[,COLUMN...]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) without: Vec<String>,
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
}
