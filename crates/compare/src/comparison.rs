//! The front door: from a suite and layouts to a report.

use crate::measure::{Asked, Measurement, Step};
use crate::records::{Record, Setting};
use crate::report::{DeviceAsked, LayoutUsed, Parts, QuestionAsked, Report, Tariff};
use crate::run::Runner;
use crate::words::words;
use crate::{
    CompareError, EngineRunner, Outcome, Prices, Residency, Suite, extrapolate, summarise,
};
use crate::{days, region};
use graticule::{Device, Query};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is to be compared, and how the report reckons.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The questions.
    pub suite: Suite,
    /// The devices; the first to answer gives the reference.
    pub devices: Vec<Device>,
    /// The states.
    pub states: Vec<Residency>,
    /// How often each cell is run, at least once.
    pub repeat: usize,
    /// Whether to go on with the runs in the folder.
    pub resume: bool,
    /// Where runs and reports go.
    pub out: PathBuf,
    /// The prices.
    pub prices: Prices,
    /// A kind of machine for a device, where it is not the default of its class.
    pub machines: BTreeMap<String, String>,
    /// The store that requests and bytes are paid to, if one.
    pub store: Option<String>,
    /// Questions an hour for money a month.
    pub rate: f64,
    /// Points of a dataset to imagine, by the model.
    pub extrapolate: Option<f64>,
    /// Bytes of device memory that resident columns may take.
    pub device_memory: u64,
    /// Threads and memory of the engines, in words.
    pub engines: String,
    /// The command, for the report.
    pub command: String,
}

impl Comparison {
    /// Measures what is missing, and writes the reports; they are written too of what was measured until a stop.
    ///
    /// # Errors
    /// [`CompareError`] when an argument makes no sense, a region cannot be found, or the folder cannot be used.
    /// Wrong answers and questions that fail are in the report instead.
    pub fn run(
        &self,
        runner: &mut EngineRunner<'_>,
        on_progress: &dyn Fn(Step<'_>),
    ) -> Result<Report, CompareError> {
        let layouts = runner.layouts().map(|(name, dataset, fingerprint)| {
            let metadata = dataset.metadata();
            let used = LayoutUsed {
                name: name.to_owned(),
                url: metadata.url.clone(),
                rows: metadata.rows(),
                files: metadata.files.len() as u64,
                bytes: metadata.files.iter().map(|f| f.size).sum(),
                days: days::ends(dataset),
            };
            (used, fingerprint)
        });
        let (layouts, fingerprints): (Vec<_>, Vec<_>) = layouts.unzip();
        self.run_with(runner, layouts, &fingerprints, on_progress)
    }

    /// As [`Self::run`], with any runner.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_with(
        &self,
        runner: &mut dyn Runner,
        layouts: Vec<LayoutUsed>,
        fingerprints: &[String],
        on_progress: &dyn Fn(Step<'_>),
    ) -> Result<Report, CompareError> {
        self.check()?;
        if let [first, others @ ..] = &layouts[..]
            && let Some(other) = others.iter().find(|other| other.rows != first.rows)
        {
            return Err(CompareError::Argument(format!(
                "layout '{}' has {} rows and '{}' has {}; compare layouts of the same rows",
                other.name, other.rows, first.name, first.rows
            )));
        }
        let queries = self.resolve(runner)?;
        // What goes on has begun well once; its report can be had where the devices are not.
        if !self.resume {
            runner.check(&queries, &self.devices)?;
        }
        let pairs = layouts.iter().zip(fingerprints);
        let setting = Setting {
            graticule: env!("CARGO_PKG_VERSION").to_owned(),
            machine: crate::machine::machine(),
            layouts: pairs
                .map(|(layout, print)| [layout.name.clone(), print.clone()])
                .collect(),
            queries: queries
                .iter()
                .map(|q| [q.name.clone(), json(&q.query)])
                .collect(),
            engines: self.engines.clone(),
        };
        let questions = queries.iter().map(|q| QuestionAsked {
            name: q.name.clone(),
            words: words(&q.query),
        });
        let questions = questions.collect();
        let measurement = Measurement {
            queries,
            layouts: layouts.iter().map(|l| l.name.clone()).collect(),
            devices: self.devices.clone(),
            states: self.states.clone(),
            repeat: self.repeat,
            resume: self.resume,
        };
        let (records, is_stopped) = measurement.run(&self.out, &setting, runner, on_progress)?;
        let report = self.report(&records, setting, (layouts, questions), is_stopped)?;
        report.write(&self.out)?;
        Ok(report)
    }

    /// Known before the work, not after it.
    fn check(&self) -> Result<(), CompareError> {
        let wrong = |reason: &str| Err(CompareError::Argument(reason.to_owned()));
        if self.devices.is_empty() || self.states.is_empty() || self.repeat == 0 {
            return wrong(
                "there is nothing to compare: name a device, a state, and at least one repeat",
            );
        }
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return wrong("`rate` is a number of questions an hour above 0");
        }
        if self
            .extrapolate
            .is_some_and(|points| !(points.is_finite() && points >= 1.0))
        {
            return wrong("`extrapolate` is a number of points, at least 1");
        }
        if self.extrapolate.is_some() && self.suite.queries.iter().all(|q| q.sizes.is_empty()) {
            return wrong(
                "`extrapolate` needs a query with sizes in the suite, such as sizes = [0.25, 0.5, 1.0]",
            );
        }
        for (place, device) in self.devices.iter().enumerate() {
            if self.devices[..place].contains(device) {
                return Err(CompareError::Argument(format!(
                    "`devices` names '{device}' twice"
                )));
            }
        }
        // Kinds are looked up for both classes, for which one it will be is not known yet.
        for is_gpu in [false, true] {
            let devices: Vec<_> = self
                .devices
                .iter()
                .map(|d| (d.to_string(), is_gpu && *d != Device::Cpu))
                .collect();
            Tariff::new(
                &self.prices,
                &self.machines,
                self.store.as_deref(),
                &devices,
            )?;
        }
        Ok(())
    }

    /// Finds the regions that depend on the dataset: one question for each precision, on the CPU.
    fn resolve(&self, runner: &mut dyn Runner) -> Result<Vec<Asked>, CompareError> {
        let mut busiest: BTreeMap<u32, String> = BTreeMap::new();
        let mut queries = Vec::new();
        for named in &self.suite.queries {
            let mut query = named.query.clone();
            if let Some(region) = &named.region {
                let cell = match busiest.get(&region.busiest) {
                    Some(cell) => cell.clone(),
                    None => {
                        let cell = region::busiest(runner, region.busiest)?;
                        busiest.insert(region.busiest, cell.clone());
                        cell
                    }
                };
                query.filters.extend(region.filter(&cell));
            }
            queries.push(Asked {
                name: named.name.clone(),
                query,
                sizes: named.sizes.clone(),
            });
        }
        Ok(queries)
    }

    fn report(
        &self,
        records: &[Record],
        setting: Setting,
        (layouts, questions): (Vec<LayoutUsed>, Vec<QuestionAsked>),
        is_stopped: bool,
    ) -> Result<Report, CompareError> {
        let rows = summarise(records);
        let devices: Vec<_> = self
            .devices
            .iter()
            .map(|device| asked(device, records))
            .collect();
        let classes: Vec<_> = devices
            .iter()
            .map(|d| {
                let is_cpu = d.asked == "cpu" || d.is_software || d.answered == ["cpu"];
                (d.asked.clone(), !is_cpu)
            })
            .collect();
        let (mut extrapolated, mut not_extrapolated) = (Vec::new(), Vec::new());
        if let Some(points) = self.extrapolate {
            let at_work =
                |r: &&crate::Row| r.share.is_none() && r.state != Residency::Cold && r.is_sound();
            let sized = |r: &&crate::Row| {
                rows.iter()
                    .any(|s| s.share.is_some() && s.query == r.query && s.device == r.device)
            };
            for row in rows.iter().filter(at_work).filter(sized) {
                match extrapolate(&rows, row, points, self.device_memory) {
                    Ok(found) => extrapolated.push(found),
                    Err(reason) => not_extrapolated.push(reason.to_string()),
                }
            }
        }
        let mut dates = records.iter().map(|r| r.at.clone()).collect::<Vec<_>>();
        dates.sort();
        let ends = [dates.first(), dates.last()].map(|d| d.cloned().unwrap_or_default());
        Ok(Report::new(Parts {
            title: self.suite.title.clone(),
            command: self.command.clone(),
            dates: ends,
            load: load(records),
            is_stopped,
            setting,
            layouts,
            questions,
            tariff: Tariff::new(
                &self.prices,
                &self.machines,
                self.store.as_deref(),
                &classes,
            )?,
            devices,
            rate: self.rate,
            rows,
            extrapolated,
            not_extrapolated,
        }))
    }
}

/// The median and the greatest load.
fn load(records: &[Record]) -> Option<[f64; 2]> {
    let mut loads: Vec<f64> = records.iter().filter_map(|r| r.load).collect();
    loads.sort_by(f64::total_cmp);
    Some([*loads.get(loads.len() / 2)?, *loads.last()?])
}

/// What answered for a device.
fn asked(device: &Device, records: &[Record]) -> DeviceAsked {
    let asked = device.to_string();
    let (mut answered, mut is_software): (Vec<String>, bool) = (Vec::new(), false);
    for record in records.iter().filter(|r| r.place.device == asked) {
        if let Outcome::Answered { cost, .. } = &record.outcome
            && let Some(receipt) = &cost.receipt
        {
            is_software |= receipt.device.is_software;
            if !answered.contains(&receipt.device.name) {
                answered.push(receipt.device.name.clone());
            }
        }
    }
    DeviceAsked {
        asked,
        answered,
        is_software,
    }
}

fn json(query: &Query) -> String {
    serde_json::to_string(query).unwrap_or_default()
}
