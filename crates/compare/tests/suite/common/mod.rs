//! What the tests share: a dataset, a comparison of it, and a runner whose figures are known.
#![allow(
    dead_code,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "each test uses some of it"
)]

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use graticule::{Cache, Dataset, Device, Engine, OpenOptions, Query, Receipt, Run};
use graticule_compare::{
    Cell, Comparison, Cost, EngineRunner, LayoutAt, LayoutUsed, Measured, Prices, Residency,
    RunError, Runner, Suite, never,
};
use graticule_generate::{FileLayout as Folders, Nation};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub(crate) const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample");

pub(crate) fn suite(text: &str) -> Suite {
    let none = |_: &str, _: &Path| Err("no flags here".to_owned());
    Suite::parse(
        &format!("version = 1\n{text}"),
        Path::new("suite.toml"),
        &none,
    )
    .expect("a suite")
}

pub(crate) const SMALL: &str = "title = 'Two questions'
[[query]]
name = 'cells'
ask = { by = ['geohash:3'] }
[[query]]
name = 'busy'
region = { busiest = 4, form = 'polygon' }
ask = { by = ['time:1d'], agg = ['count', 'mean(speed_mps)'] }";

pub(crate) fn comparison(suite: Suite, devices: &[&str], out: &Path) -> Comparison {
    Comparison {
        suite,
        devices: devices
            .iter()
            .map(|d| d.parse().expect("a device"))
            .collect(),
        states: Residency::ALL.to_vec(),
        repeat: 3,
        resume: false,
        out: out.to_owned(),
        prices: Prices::standard().expect("the starter set"),
        machines: BTreeMap::new(),
        store: None,
        rate: 1000.0,
        extrapolate: None,
        device_memory: 1 << 30,
        engines: "two threads".to_owned(),
        command: "graticule compare nation -o out".to_owned(),
    }
}

pub(crate) fn nation(folder: &Path, points: u64) {
    let nation = Nation {
        points,
        days: 4,
        seed: 5,
        layout: Folders::DayFolders,
        ..Nation::default()
    };
    nation.write(folder, |_| {}).expect("a nation");
}

pub(crate) fn layout(name: &str, url: &str) -> LayoutAt {
    LayoutAt {
        name: name.to_owned(),
        url: url.to_owned(),
        open: OpenOptions::default(),
    }
}

pub(crate) fn runner<'a>(url: &str, make: impl Fn(&Device) -> Engine + 'a) -> EngineRunner<'a> {
    EngineRunner::new(vec![layout("source", url)], make, never()).expect("the layout opens")
}

/// Whether there is an adapter; where one is required, there is.
pub(crate) fn has_gpu() -> bool {
    let adapters = graticule::adapters();
    graticule_testing::has_adapter(adapters.iter().any(|a| a.unusable.is_none()))
}

/// The receipt of a real answer, to be changed.
pub(crate) fn receipt() -> Receipt {
    let dataset = Dataset::open_blocking(SAMPLE).expect("the sample");
    let answer = Query::new()
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    answer.receipt().clone()
}

pub(crate) fn answer(counts: [i64; 2]) -> RecordBatch {
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["u0", "u1"]));
    let counts: ArrayRef = Arc::new(Int64Array::from(counts.to_vec()));
    RecordBatch::try_from_iter([("geohash:2", keys), ("count", counts)]).expect("rows")
}

/// A GPU of which everything is known: the CPU takes 1 s of decoding and 3 s of kernels, the GPU 1 s of decoding, 1 s of upload
/// and 0.1 s of kernels, everything times the share; a cold run 0.5 s of fetching besides.
pub(crate) struct Known {
    pub(crate) receipt: Receipt,
    /// Runs so far.
    pub(crate) runs: usize,
    /// After which run to stop.
    pub(crate) stop: Option<usize>,
    pub(crate) is_software: bool,
    /// Seconds of the CPU's kernels.
    pub(crate) kernel: f64,
}

impl Known {
    pub(crate) fn new() -> Self {
        Self {
            receipt: receipt(),
            runs: 0,
            stop: None,
            is_software: false,
            kernel: 3.0,
        }
    }
}

impl Runner for Known {
    fn run(&mut self, cell: &Cell<'_>) -> Result<Measured, RunError> {
        if self.stop == Some(self.runs) {
            return Err(RunError::Stopped);
        }
        self.runs += 1;
        let is_gpu = *cell.device != Device::Cpu;
        let (share, size) = (cell.share.unwrap_or(1.0), 1e6);
        let slow = if cell.layout == 0 { 1.0 } else { 0.5 };
        let mut receipt = self.receipt.clone();
        let seconds = &mut receipt.seconds;
        *seconds = graticule::Seconds::default();
        if cell.state != Residency::Resident {
            seconds.decode = slow * share;
        }
        seconds.fetch = if cell.state == Residency::Cold {
            0.5
        } else {
            0.0
        };
        seconds.kernel = if is_gpu { 0.1 } else { self.kernel } * share * slow;
        seconds.upload = if is_gpu && cell.state != Residency::Resident {
            share
        } else {
            0.0
        };
        seconds.wall = seconds.stages().map(|s| s.1).sum();
        receipt.query = cell.query.clone();
        receipt.rows_total = 1_000_000;
        receipt.rows_scanned = 1_000_000;
        receipt.bytes_fetched = if cell.state == Residency::Resident {
            0
        } else {
            10_000_000
        };
        receipt.bytes_uploaded = if seconds.upload > 0.0 { 8_000_000 } else { 0 };
        receipt.cache = if cell.state == Residency::Resident {
            Cache::Resident
        } else {
            Cache::Store
        };
        if is_gpu {
            receipt.device.name = "Known GPU".to_owned();
            receipt.device.backend = "vulkan".to_owned();
            receipt.device.is_software = self.is_software;
        }
        Ok(Measured {
            answer: answer([1, 2]),
            cost: Cost {
                wall: receipt.seconds.wall,
                rows: if share < 1.0 {
                    (size * share) as u64
                } else {
                    1_000_000
                },
                receipt: cell.share.is_none().then_some(receipt),
                ..Cost::default()
            },
        })
    }
}

pub(crate) fn layouts(names: &[&str]) -> (Vec<LayoutUsed>, Vec<String>) {
    let used = names.iter().map(|name| LayoutUsed {
        name: (*name).to_owned(),
        url: format!("there/{name}"),
        rows: 1_000_000,
        files: 4,
        bytes: 20_000_000,
        days: Some(["2026-03-01", "2026-03-04"].map(str::to_owned)),
    });
    (
        used.collect(),
        names.iter().map(|n| format!("print of {n}")).collect(),
    )
}
