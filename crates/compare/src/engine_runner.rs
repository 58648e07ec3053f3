//! Runs questions with graticule's own engines.

use crate::energy::Meters;
use crate::run::{Cell, Cost, Measured, RunError, Runner};
use crate::state::{self, Residency};
use crate::{Asked, CompareError};
use futures::future::{self, BoxFuture, Either, FutureExt, Shared};
use graticule::{Cache, Dataset, Device, Engine, OpenOptions, Query};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What a comparison writes below its folder; answers have other numbers too.
pub const WRITTEN: [&str; 7] = [
    "answers/0.parquet",
    "answers/0.csv",
    "runs.jsonl",
    "report.json",
    "report.csv",
    "report.md",
    "report.html",
];

/// Completes when everything is to stop.
pub type Stop = Shared<BoxFuture<'static, ()>>;

/// Never stops.
pub fn never() -> Stop {
    future::pending().boxed().shared()
}

/// The same rows in one of several layouts.
#[derive(Debug, Clone)]
pub struct LayoutAt {
    /// What it is called here.
    pub name: String,
    /// Where it lies.
    pub url: String,
    /// How its columns are found.
    pub open: OpenOptions,
}

struct Opened {
    layout: LayoutAt,
    dataset: Dataset,
    files: Option<Vec<PathBuf>>,
}

/// Asks graticule itself, in the states that were asked for.
pub struct EngineRunner<'a> {
    layouts: Vec<Opened>,
    make: Box<dyn Fn(&Device) -> Engine + 'a>,
    engines: BTreeMap<String, Engine>,
    /// Seconds that opening a device took, until a run has told them.
    startups: BTreeMap<String, f64>,
    /// Layouts and questions whose files are in the system's cache, as far as we know.
    cached: BTreeSet<(usize, String)>,
    /// Devices and questions whose kernels are compiled.
    compiled: BTreeSet<(String, String)>,
    meters: Meters,
    stop: Stop,
}

impl<'a> EngineRunner<'a> {
    /// Opens the layouts. `make` makes an engine for a device, with the memory and threads that are wanted.
    ///
    /// # Errors
    /// [`CompareError::Question`] when a layout cannot be opened.
    pub fn new(
        layouts: Vec<LayoutAt>,
        make: impl Fn(&Device) -> Engine + 'a,
        stop: Stop,
    ) -> Result<Self, CompareError> {
        let mut opened = Vec::new();
        for layout in layouts {
            let dataset = Dataset::open_with_blocking(layout.url.as_str(), layout.open.clone());
            let dataset = dataset.map_err(|source| CompareError::Question {
                what: format!("layout '{}'", layout.name),
                source: Box::new(source),
            })?;
            opened.push(Opened {
                files: state::local_files(dataset.metadata()),
                layout,
                dataset,
            });
        }
        Ok(Self {
            layouts: opened,
            make: Box::new(make),
            engines: BTreeMap::new(),
            startups: BTreeMap::new(),
            cached: BTreeSet::new(),
            compiled: BTreeSet::new(),
            meters: Meters::new(),
            stop,
        })
    }

    /// The layouts, in their order: name, dataset, and a fingerprint of its files.
    pub fn layouts(&self) -> impl Iterator<Item = (&str, &Dataset, String)> {
        let opened = self.layouts.iter();
        opened.map(|o| (o.layout.name.as_str(), &o.dataset, o.dataset.fingerprint()))
    }

    /// Refuses a folder of results where these would be written over a layout's files, or become a part of it.
    ///
    /// # Errors
    /// [`CompareError::Argument`] where they would.
    pub fn spares(&self, out: &Path) -> Result<(), CompareError> {
        for opened in &self.layouts {
            let mut written = WRITTEN.iter().map(|name| out.join(name));
            if let Some(path) = written.find(|path| opened.dataset.overlap(path).is_some()) {
                return Err(CompareError::Argument(format!(
                    "'{}' would be a part of '{}', which is asked; name a folder elsewhere",
                    path.display(),
                    opened.layout.url
                )));
            }
        }
        Ok(())
    }

    fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, graticule::Error>>,
    ) -> Result<T, RunError> {
        match self.until_stopped(work) {
            Some(Ok(done)) => Ok(done),
            Some(Err(graticule::Error::Stopped)) | None => Err(RunError::Stopped),
            Some(Err(error)) => Err(RunError::Failed(error.to_string())),
        }
    }

    /// What the work gave; `None` when everything is to stop.
    fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let work = std::pin::pin!(work);
        match pollster::block_on(future::select(work, self.stop.clone())) {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }

    /// Everything anew: cache, dataset, engine, device.
    fn chill(&mut self, cell: &Cell<'_>, cost: &mut Cost) -> Result<(), RunError> {
        let device = cell.device.to_string();
        self.engines.remove(&device);
        self.compiled.retain(|(on, _)| *on != device);
        self.cached.retain(|(layout, _)| *layout != cell.layout);
        let opened = &self.layouts[cell.layout];
        let dropped = match &opened.files {
            Some(files) => state::drop_cached(files),
            None => Err("the files lie in a store, whose own cache is not ours to drop".to_owned()),
        };
        cost.note = dropped.err();
        let begin = Instant::now();
        let opening = Dataset::open_with(opened.layout.url.clone(), opened.layout.open.clone());
        let dataset = self.wait(opening)?;
        cost.opening = Some(begin.elapsed().as_secs_f64());
        self.layouts[cell.layout].dataset = dataset;
        Ok(())
    }

    /// The device's engine, its device open; how long that took, told once.
    fn engine(&mut self, cell: &Cell<'_>) -> Result<Option<f64>, RunError> {
        let device = cell.device.to_string();
        if !self.engines.contains_key(&device) {
            // What a device cannot do, the question itself will tell.
            match self.open(cell.device) {
                Some(Err(graticule::Error::Stopped)) | None => return Err(RunError::Stopped),
                Some(_) => {}
            }
        }
        Ok(self.startups.remove(&device))
    }

    /// Makes a device's engine and opens the device; `None` when everything is to stop.
    fn open(&mut self, device: &Device) -> Option<Result<(), graticule::Error>> {
        let engine = (self.make)(device);
        let mut result = Ok(());
        if *device != Device::Cpu {
            let begin = Instant::now();
            result = self.until_stopped(engine.open_device())?;
            let seconds = begin.elapsed().as_secs_f64();
            self.startups.insert(device.to_string(), seconds);
        }
        self.engines.insert(device.to_string(), engine);
        Some(result)
    }

    fn plan(&self, layout: usize, query: &Query) -> Result<graticule::Plan, RunError> {
        self.wait(self.layouts[layout].dataset.plan(query))
    }

    /// Asks, whatever the state is.
    fn ask(&self, cell: &Cell<'_>) -> Result<Measured, RunError> {
        let engine = self.engines.get(&cell.device.to_string());
        let engine = engine.ok_or_else(|| RunError::Failed("its engine is gone".to_owned()))?;
        let storage = state::storage_bytes();
        let before = self.meters.read();
        let mut measured = match cell.share {
            None => self.whole(cell, engine),
            Some(share) => self.share(cell, engine, share),
        }?;
        measured.cost.joules = self.meters.between(&before, &self.meters.read());
        let now = state::storage_bytes();
        measured.cost.storage_bytes = now.zip(storage).map(|(now, then)| now.saturating_sub(then));
        Ok(measured)
    }

    fn whole(&self, cell: &Cell<'_>, engine: &Engine) -> Result<Measured, RunError> {
        let dataset = &self.layouts[cell.layout].dataset;
        let answer = self.wait(graticule::run_with(cell.query, engine, dataset, None))?;
        let receipt = answer.receipt().clone();
        Ok(Measured {
            answer: answer.batch().clone(),
            cost: Cost {
                wall: receipt.seconds.wall,
                rows: receipt.rows_scanned,
                fallback: receipt.fallback.clone(),
                receipt: Some(receipt),
                ..Cost::default()
            },
        })
    }

    /// A share of the row groups, planned, run and finished.
    fn share(&self, cell: &Cell<'_>, engine: &Engine, share: f64) -> Result<Measured, RunError> {
        let begin = Instant::now();
        let plan = self.plan(cell.layout, cell.query)?.share(share);
        let rows = plan.part().scan().rows();
        let batches = self.wait(graticule::run_part(plan.part(), engine))?;
        let answer = graticule::finish(&plan, &batches);
        let answer = answer.map_err(|e| RunError::Failed(e.to_string()))?;
        let cost = Cost {
            wall: begin.elapsed().as_secs_f64(),
            rows,
            ..Cost::default()
        };
        Ok(Measured { answer, cost })
    }
}

impl Runner for EngineRunner<'_> {
    fn check(&mut self, queries: &[Asked], devices: &[Device]) -> Result<(), CompareError> {
        let wrong = |what: String, source| CompareError::Question {
            what,
            source: Box::new(source),
        };
        for opened in &self.layouts {
            for Asked { name, query, .. } in queries {
                let plan = opened.dataset.plan_blocking(query);
                let of = || format!("query '{name}' of layout '{}'", opened.layout.name);
                plan.map_err(|e| wrong(of(), e))?;
            }
        }
        if queries.is_empty() {
            return Ok(());
        }
        for device in devices {
            match self.open(device) {
                None => return Err(CompareError::Stopped),
                Some(Err(error)) if error.is_no_device() => {
                    return Err(wrong(format!("device '{device}'"), error));
                }
                // What else a device cannot do, the questions themselves will tell.
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn run(&mut self, cell: &Cell<'_>) -> Result<Measured, RunError> {
        let mut made = Cost::default();
        if cell.state == Residency::Cold {
            self.chill(cell, &mut made)?;
        }
        made.startup = self.engine(cell)?;
        let question = format!("{:?} {:?}", cell.query, cell.share);
        let on_files = (cell.layout, question.clone());
        let on_device = (cell.device.to_string(), question);
        let is_ready = self.cached.contains(&on_files) && self.compiled.contains(&on_device);
        if cell.state != Residency::Cold && !is_ready {
            self.ask(cell)?;
        }
        if cell.state == Residency::Warm
            && let Some(engine) = self.engines.get(&on_device.0)
        {
            engine.forget_columns();
        }
        let mut measured = self.ask(cell)?;
        let is_resident = |cost: &Cost| {
            let cache = cost.receipt.as_ref().map(|r| r.cache);
            cache == Some(Cache::Resident)
        };
        if cell.state == Residency::Resident {
            if !is_resident(&measured.cost) {
                // It brought the columns there.
                measured = self.ask(cell)?;
            }
            if cell.share.is_none() && !is_resident(&measured.cost) {
                made.note = Some("not all columns stayed on the device: they do not fit it, or the question needs texts".to_owned());
            }
        }
        self.cached.insert(on_files);
        self.compiled.insert(on_device);
        measured.cost.startup = made.startup;
        measured.cost.opening = made.opening;
        measured.cost.note = made.note;
        Ok(measured)
    }
}
