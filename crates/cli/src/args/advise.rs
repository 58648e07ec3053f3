use super::{Dataset, Money, Partition, Sort};
use crate::size::parse_bytes;
use clap::Args;
use std::path::PathBuf;

/// Say whether optimize would pay for the questions that you ask
///
/// Some days of the dataset are copied to the folder for temporary files (TMPDIR) and rewritten; what
/// each question reads of the dataset now, and would read of its days rewritten, is planned from
/// footers and page indexes. Seconds and money are a model, whose rates are said.
#[derive(Debug, Args)]
#[command(
    after_help = "All flags, and examples: graticule advise --help",
    after_long_help = "\
Examples:
  graticule advise s3://fleet/pings --suite questions.toml --store s3
  graticule advise pings --days 5 --partition week"
)]
pub(crate) struct Advise {
    #[command(flatten)]
    pub(crate) dataset: Dataset,
    /// The questions, as TOML
    ///
    /// The questions, as TOML, each asked as often as any other; those of graticule compare if not given
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) suite: Option<PathBuf>,
    /// How many days to try it on
    ///
    /// How many days to try it on, evenly among those of the dataset
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) days: u16,
    /// The time that a folder would hold
    ///
    /// The time that a folder would hold, as for graticule optimize
    #[arg(long, value_enum, default_value_t = Partition::Auto)]
    pub(crate) partition: Partition,
    /// The order of rows in a folder
    #[arg(long, value_enum, default_value_t = Sort::Hilbert)]
    pub(crate) sort: Sort,
    /// Write what was found to a file too, as JSON
    #[arg(short, long, value_name = "FILE.json")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) money: Money,
    /// Most memory, at least 32MiB
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "1GiB", help_heading = "Machine")]
    pub(crate) memory: u64,
    /// Threads; one for each core if not given
    #[arg(hide_short_help = true, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Machine")]
    pub(crate) threads: Option<u16>,
}
