use super::{Dataset, Money};
use crate::flags::in_where;
use crate::size::parse_bytes;
use clap::Args;
use graticule::{
    Aggregate, Bbox, Circle, Device, Expression, Format, Having, Key, MinDistinct, Order, Select,
    TimeRanges,
};
use std::path::PathBuf;

/// Lines that a narrow terminal need not cut.
const EXAMPLES: &str = "\
Examples:
  graticule query nation --bbox 9.9,49.9,10.1,50.1 --time 2026-03-02..2026-03-09
  graticule query nation --polygon city.geojson \\
      --by h3:8,hour_of_day --timezone Europe/Berlin
  graticule query nation --top 10 \\
      --by geohash:6 --agg 'count,quantile(speed_mps,0.95)'
  graticule query nation --by day --where 'speed_mps > 20 or not moving' \\
      --format csv -o days.csv
  graticule query nation --near 9.99,53.55,500 \\
      --select time,lon,lat,speed_mps --limit 100";

/// Ask: which points, in which groups, what of each
#[derive(Debug, Args)]
#[command(
    after_help = "All flags, and examples: graticule query --help. The language on one page: crates/cli/QUERIES.md",
    after_long_help = EXAMPLES
)]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) dataset: Dataset,
    /// Points in a box; W > E crosses the antimeridian
    ///
    /// Only points in the box, its edges included; W > E crosses the antimeridian.
    #[arg(
        long,
        value_name = "W,S,E,N",
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(crate) bbox: Vec<Bbox>,
    /// Points in a polygon of a GeoJSON file
    ///
    /// Only points in a polygon of the GeoJSON file, or of the features whose property is so: zones.geojson:name=Meidling,
    /// several between commas; several flags of one file are any of them
    #[arg(long, value_name = "FILE[:NAME=VALUE]", help_heading = "Filters")]
    pub(crate) polygon: Vec<PathBuf>,
    /// Points within so many metres of a place
    ///
    /// Only points within so many metres, or 2km, 1.5mi, of a place, by great circle
    #[arg(
        long,
        value_name = "LON,LAT,METRES",
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(crate) near: Vec<Circle>,
    /// Points whose geohash begins with one of these
    #[arg(
        hide_short_help = true,
        long,
        value_name = "PREFIX,...",
        help_heading = "Filters"
    )]
    pub(crate) geohash: Vec<String>,
    /// Rows of a day, or FROM..TO, TO excluded
    ///
    /// Only rows of these times: a day 2026-03-09, week 2026-W10, month 2026-03 or year, or FROM..TO, each of those or
    /// RFC 3339; TO is excluded, either end may be left out; in --timezone unless an offset is written
    #[arg(
        long,
        value_name = "FROM..TO[,...]",
        value_parser = parse_times,
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(crate) time: Vec<String>,
    /// Rows that pass: "speed_mps > 20 and mode = 'bus'"
    ///
    /// Only rows for which it is true: "speed_mps > 20 and (trip_id in (7, 9) or mode = 'bus')"; also between, like,
    /// is null, not, hour_of_day() and day_of_week()
    #[arg(
        long = "where",
        value_name = "EXPR",
        value_parser = parse_where,
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(crate) wheres: Vec<Expression>,
    /// Devices that were there, too: device_id:W,S,E,N
    ///
    /// Only rows whose column has a value that is also met in another region, a box, a circle, or polygons as
    /// --polygon takes them: with --bbox the devices that were here and there
    #[arg(
        long,
        value_name = "COLUMN:REGION",
        value_parser = parse_also_in,
        allow_hyphen_values = true,
        help_heading = "Filters"
    )]
    pub(crate) also_in: Vec<Also>,
    /// Whose days, hours and times are meant; UTC if not given
    ///
    /// The time zone of times without an offset, of hour_of_day and day_of_week, and of whole days, such as time:1d,
    /// time:week, time:month and time:year; UTC if not given
    #[arg(long, value_name = "ZONE", help_heading = "Filters")]
    pub(crate) timezone: Option<String>,
    /// Groups: geohash:6, h3:8, day, time:1h, a column, ...
    ///
    /// Groups: geohash:P, h3:R, tile:Z, time:15m, time:hour|day|week|month|quarter|year, hour_of_day, day_of_week,
    /// zone:FILE:PROPERTY, near:FILE:PROPERTY:METRES, bin(COLUMN, WIDTH), round(COLUMN, PLACES), parent(h3:9, 7),
    /// or a column, but for floats
    #[arg(long, value_name = "KEY,...", value_parser = parse_keys, help_heading = "Answer")]
    pub(crate) by: Vec<Keys>,
    /// Keep points in no zone, as the group without a name
    #[arg(hide_short_help = true, long, help_heading = "Answer")]
    pub(crate) other: bool,
    /// What of each group: count, mean(c), ...
    ///
    /// What to compute: count, or sum, mean, min, max, span, var, stddev, median, mode, distinct, first, last of a
    /// (COLUMN), quantile(COLUMN,0.95), hist(COLUMN,20); count(where EXPR) and the like of some rows; + - * / of
    /// these; with a name before: "share: count(where moving) / count"
    #[arg(
        long,
        value_name = "AGG,...",
        default_value = "count",
        value_parser = parse_aggregates,
        help_heading = "Answer"
    )]
    pub(crate) agg: Vec<Aggregates>,
    /// Only the first N groups by an aggregate, descending
    #[arg(long, value_name = "N", help_heading = "Answer")]
    pub(crate) top: Option<usize>,
    /// Only the first N groups by an aggregate, ascending
    #[arg(
        hide_short_help = true,
        long,
        value_name = "N",
        conflicts_with = "top",
        help_heading = "Answer"
    )]
    pub(crate) bottom: Option<usize>,
    /// Order by these instead of by keys
    ///
    /// Order by these instead of by keys: aggregates descend and keys ascend, unless asc or desc stands behind; --top
    /// and --bottom go by the first aggregate if not given
    #[arg(long, value_name = "COLUMN,...", value_parser = parse_orders, help_heading = "Answer")]
    pub(crate) order_by: Vec<Orders>,
    /// Groups that pass: "count > 100"
    ///
    /// Only the groups for which it is true: "count > 100 and mean(speed_mps) < 3"
    #[arg(
        long,
        value_name = "EXPR",
        value_parser = parse_having,
        allow_hyphen_values = true,
        help_heading = "Answer"
    )]
    pub(crate) having: Option<Having>,
    /// No group of fewer than K devices, as device_id:5
    ///
    /// Drop groups with fewer than K distinct values of a column, such as device_id:5: what so few devices did,
    /// nobody else should know.
    #[arg(long, value_name = "COLUMN:K", help_heading = "Answer")]
    pub(crate) min_distinct: Option<MinDistinct>,
    /// The rows themselves instead of groups
    ///
    /// The matching rows themselves, these columns of them, instead of groups; '*' for all. With --order-by and
    /// --limit the first ones by other columns, ascending
    #[arg(
        long,
        value_name = "COLUMN,...",
        value_parser = parse_columns,
        conflicts_with_all = ["by", "agg", "top", "bottom", "having", "min_distinct"],
        help_heading = "Answer"
    )]
    pub(crate) select: Vec<Columns>,
    /// Columns that '*' of --select leaves out
    #[arg(
        hide_short_help = true,
        long,
        value_name = "COLUMN[,COLUMN...]",
        value_parser = parse_columns,
        requires = "select",
        help_heading = "Answer"
    )]
    pub(crate) exclude: Vec<Columns>,
    /// At most N rows of --select
    #[arg(long, value_name = "N", help_heading = "Answer")]
    pub(crate) limit: Option<u64>,
    /// table, json, csv, geojson, parquet, geoparquet, arrow
    ///
    /// table, json, csv, geojson, parquet, geoparquet or arrow; if not given, as the name of -o says, or table
    #[arg(long, help_heading = "Answer")]
    pub(crate) format: Option<Format>,
    /// Write the answer to a file, as its name says
    ///
    /// Write the answer to a file, which appears when it is whole, in the format that its name says; - is standard
    /// output.
    #[arg(short, long, value_name = "FILE", help_heading = "Answer")]
    pub(crate) output: Option<PathBuf>,
    /// Keep what the answer cost, as JSON
    ///
    /// Write the receipt, which says what the answer cost, to a file as JSON, or with - to standard error; otherwise
    /// its short form goes there.
    #[arg(
        hide_short_help = true,
        long,
        value_name = "FILE",
        help_heading = "Answer"
    )]
    pub(crate) receipt: Option<PathBuf>,
    /// Show how it would be answered; =run what it took
    ///
    /// Show how the question would be answered, and do not answer it; with =run answer it, and show what that took
    /// instead of the rows
    #[arg(
        long,
        value_name = "run",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "plan",
        hide_possible_values = true,
        conflicts_with_all = ["output", "receipt", "format"],
        help_heading = "Answer"
    )]
    pub(crate) explain: Option<Explain>,
    /// Refuse to read more than so many bytes
    ///
    /// Refuse to read more than so many bytes from the store, such as 10GiB; --explain says how many it would be.
    /// Page indexes and statistics, by which that is known, are not counted
    #[arg(hide_short_help = true, long, value_name = "SIZE", value_parser = parse_bytes, help_heading = "Machine")]
    pub(crate) max_bytes: Option<u64>,
    #[command(flatten)]
    pub(crate) money: Money,
    /// auto, cpu, gpu or gpu:NAME
    ///
    /// auto, cpu, gpu or gpu:NAME; auto takes a hardware GPU where it is thought to be faster and falls back to the
    /// CPU
    #[arg(long, default_value = "auto", help_heading = "Machine")]
    pub(crate) device: Device,
    /// Threads; one for each core if not given
    #[arg(hide_short_help = true, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Machine")]
    pub(crate) threads: Option<u16>,
    /// Most memory for data, such as 1GiB
    ///
    /// Most host memory for data, such as 1GiB, beside some 100 MiB for the program; half of the system's if not
    /// given. Groups that outgrow it go to disk, to TMPDIR
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, help_heading = "Machine")]
    pub(crate) memory: Option<u64>,
    /// Most memory of the device, such as 4GiB
    ///
    /// Most device memory, such as 4GiB; 1GiB if not given, a quarter of --memory on software adapters
    #[arg(hide_short_help = true, long, value_name = "SIZE", value_parser = parse_bytes, help_heading = "Machine")]
    pub(crate) device_memory: Option<u64>,
}

/// What is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Explain {
    /// The plan.
    Plan,
    /// The plan, and what a run of it measured.
    Run,
}

/// Says what is wrong before the time zone is known, by whose clocks they are read in the end.
fn parse_times(text: &str) -> Result<String, String> {
    let ranges: Result<TimeRanges, _> = text.parse();
    ranges.map(|_| text.to_owned()).map_err(|e| e.to_string())
}

fn parse_where(text: &str) -> Result<Expression, String> {
    let expression = text.parse::<Expression>();
    expression.map_err(|e| in_where(&e.to_string()))
}

fn parse_having(text: &str) -> Result<Having, String> {
    let having = text.parse::<Having>();
    having.map_err(|e| in_where(&e.to_string()))
}

/// What one flag orders by.
#[derive(Debug, Clone)]
pub(crate) struct Orders(pub(crate) Vec<Order>);

fn parse_orders(text: &str) -> Result<Orders, String> {
    Order::parse_all(text)
        .map(Orders)
        .map_err(|e| e.to_string())
}

/// A column and another region.
#[derive(Debug, Clone)]
pub(crate) struct Also {
    pub(crate) column: String,
    pub(crate) region: Region,
}

/// Where a region is said.
#[derive(Debug, Clone)]
pub(crate) enum Region {
    Bbox(Bbox),
    Near(Circle),
    Polygon(PathBuf),
}

/// Numbers are a box or a circle; all else is a file.
fn parse_also_in(text: &str) -> Result<Also, String> {
    let (column, region) = text
        .split_once(':')
        .filter(|(column, region)| !column.is_empty() && !region.is_empty())
        .ok_or("write COLUMN:REGION, as in device_id:9.9,49.9,10.1,50.1")?;
    let numbers = region.split(',').count();
    let begins = region
        .trim_start()
        .starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let region = match numbers {
        4 if begins => Region::Bbox(region.parse().map_err(|e| format!("{e}"))?),
        3 if begins => Region::Near(region.parse().map_err(|e| format!("{e}"))?),
        _ => Region::Polygon(PathBuf::from(region)),
    };
    let column = column.trim_matches('"').to_owned();
    Ok(Also { column, region })
}

/// Keys of one flag.
#[derive(Debug, Clone)]
pub(crate) struct Keys(pub(crate) Vec<Key>);

fn parse_keys(text: &str) -> Result<Keys, String> {
    Key::parse_all(text).map(Keys).map_err(|e| e.to_string())
}

/// Aggregates of one flag.
#[derive(Debug, Clone)]
pub(crate) struct Aggregates(pub(crate) Vec<Aggregate>);

fn parse_aggregates(text: &str) -> Result<Aggregates, String> {
    let all = Aggregate::parse_all(text).map(Aggregates);
    all.map_err(|e| e.to_string())
}

/// Columns of one flag.
#[derive(Debug, Clone)]
pub(crate) struct Columns(pub(crate) Vec<String>);

fn parse_columns(text: &str) -> Result<Columns, String> {
    Select::parse_columns(text).map(Columns)
}
