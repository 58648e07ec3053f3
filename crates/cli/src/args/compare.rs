use super::Dataset;
use crate::size::{parse_bytes, parse_number};
use clap::Args;
use graticule::Device;
use graticule_compare::Residency;
use std::path::PathBuf;

/// Lines that a narrow terminal need not cut.
const EXAMPLES: &str = "\
Examples:
  graticule compare nation -o costs
  graticule compare nation --rate 5000 -o costs \\
      --machine cpu=c7i.4xlarge,gpu=g6.4xlarge
  graticule compare nation --suite matrix.toml -o layouts \\
      --layout hilbert=nation-hilbert
  graticule compare nation --extrapolate 200G -o model";

/// Measure what questions cost on the CPU and on the GPU
///
/// In seconds and in money; a report is written.
///
/// Every answer is compared first, byte for byte: a device that answers otherwise is a MISMATCH and
/// the exit code 1. Each question is asked cold (files dropped from the system's cache), warm (files
/// in that cache, upload to the GPU included) and resident (columns on the GPU), in interleaved
/// repeats.
///
/// The folder then holds report.html, which needs nothing else, report.md, report.csv and
/// report.json, and every run with its receipt in runs.jsonl. Ctrl-C keeps what was measured, and
/// --resume goes on.
#[derive(Debug, Args)]
#[command(after_help = "All flags, and examples: graticule compare --help", after_long_help = EXAMPLES)]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(crate) dataset: Dataset,
    /// The folder of the report and the runs
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// The questions, as TOML
    ///
    /// The questions, as TOML; five that fit any dataset with times if not given
    #[arg(long, value_name = "FILE.toml", help_heading = "Questions")]
    pub(crate) suite: Option<PathBuf>,
    /// The same rows in another layout
    ///
    /// The same rows in another layout, which are asked the same questions
    #[arg(long, value_name = "NAME=DATASET", value_parser = parse_pair, help_heading = "Questions")]
    pub(crate) layout: Vec<(String, String)>,
    /// cpu, gpu, gpu:NAME or auto
    ///
    /// cpu, gpu, gpu:NAME or auto; the CPU and, where there is a GPU, that if not given (an adapter in software is none)
    #[arg(
        long,
        value_name = "DEVICE,...",
        value_delimiter = ',',
        help_heading = "Measuring"
    )]
    pub(crate) devices: Vec<Device>,
    /// cold, warm and resident
    #[arg(
        long,
        value_name = "STATE,...",
        value_delimiter = ',',
        default_value = "cold,warm,resident",
        help_heading = "Measuring"
    )]
    pub(crate) states: Vec<Residency>,
    /// How often each question is asked in each state
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000), help_heading = "Measuring")]
    pub(crate) repeat: u16,
    /// Go on with the runs that are in the folder
    #[arg(long, help_heading = "Measuring")]
    pub(crate) resume: bool,
    /// Threads; one for each core if not given
    #[arg(hide_short_help = true, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Measuring")]
    pub(crate) threads: Option<u16>,
    /// Most memory for data, such as 1GiB
    ///
    /// Most host memory for data, such as 1GiB; half of the system's if not given
    #[arg(hide_short_help = true, long, value_name = "SIZE", value_parser = parse_bytes, help_heading = "Measuring")]
    pub(crate) memory: Option<u64>,
    /// Most memory of the device, such as 4GiB
    ///
    /// Most device memory, such as 4GiB; 1GiB if not given
    #[arg(hide_short_help = true, long, value_name = "SIZE", value_parser = parse_bytes, help_heading = "Measuring")]
    pub(crate) device_memory: Option<u64>,
    /// Prices of machines and stores, as TOML
    ///
    /// Prices of machines and stores, as TOML; a starter set of on-demand list prices if not given
    #[arg(long, value_name = "FILE.toml", help_heading = "Money")]
    pub(crate) prices: Option<PathBuf>,
    /// The kinds of machine that are paid
    ///
    /// The kind of machine that a device's seconds are paid as; the default of the prices if not given
    #[arg(long, value_name = "DEVICE=KIND,...", value_delimiter = ',', value_parser = parse_pair, help_heading = "Money")]
    pub(crate) machine: Vec<(String, String)>,
    /// The kind of store that is paid
    ///
    /// The kind of store that requests and bytes are paid to; none if not given
    #[arg(long, value_name = "KIND", help_heading = "Money")]
    pub(crate) store: Option<String>,
    /// Questions an hour, for money a month
    #[arg(long, value_name = "N", default_value = "1000", value_parser = parse_number, help_heading = "Money")]
    pub(crate) rate: u64,
    /// What as many points would take, by a model
    ///
    /// What as many points would take, by a model of the questions that the suite asks of several sizes
    #[arg(long, value_name = "POINTS", value_parser = parse_number, help_heading = "Money")]
    pub(crate) extrapolate: Option<u64>,
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err(format!("'{text}' is not of the form NAME=VALUE")),
    }
}
