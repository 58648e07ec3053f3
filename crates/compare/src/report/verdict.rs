//! From seconds to money and to the points from which a GPU, or a layout, pays.

use crate::money::{self, BreakEven, Rented};
use crate::prices::{Class, Machine, Prices, Store};
use crate::summary::Row;
use crate::{CompareError, Residency};
use serde::Serialize;
use std::collections::BTreeMap;

/// What devices and bytes cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tariff {
    /// The currency of all of it.
    pub currency: String,
    /// A machine for each device that was asked for, and why that one.
    pub machines: BTreeMap<String, Rent>,
    /// The machine that a GPU would be rented with if none is named; `None` without a default for it.
    pub gpu: Option<Machine>,
    /// The store, where one is to be paid.
    pub store: Option<Store>,
}

/// The machine that a device's seconds are paid as.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rent {
    /// The machine.
    pub machine: Machine,
    /// Why this one.
    pub why: String,
}

/// What a cell costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Money {
    /// For one question: its seconds of the machine, its requests and bytes of the store.
    pub per_query: f64,
    /// For a billion rows looked at; `None` where none were.
    pub per_billion_rows: Option<f64>,
    /// For a month at the rate that was given, whole machines.
    pub per_month: f64,
}

/// When a GPU pays instead of the CPU.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pays {
    /// Name of the query; `None` for all of the suite, each as often as another.
    pub query: Option<String>,
    /// Name of the layout.
    pub layout: String,
    /// The GPU.
    pub device: String,
    /// Seconds a question: the CPU's warm, the GPU's warm and resident.
    pub cpu: f64,
    /// As above.
    pub gpu_warm: f64,
    /// As above; `None` where columns did not stay.
    pub gpu_resident: Option<f64>,
    /// Whether the spreads of the CPU and of the GPU at work overlap, or are of one run only, so that the
    /// difference may be chance.
    pub is_chance: bool,
    /// Repeats on the same data from which bringing it to the GPU takes less time.
    pub repeats_in_time: BreakEven,
    /// Repeats from which it takes less money.
    pub repeats_in_money: Option<BreakEven>,
    /// Questions an hour from which renting the GPU is no dearer.
    pub questions_an_hour: Option<BreakEven>,
}

impl Tariff {
    /// Chooses a machine for each device: `given` first (device to kind), then the default of its class. A software
    /// adapter is a program on processors, so that its class is theirs.
    ///
    /// # Errors
    /// [`CompareError::Argument`] when a kind is not there, or a device was not asked for.
    pub fn new(
        prices: &Prices,
        given: &BTreeMap<String, String>,
        store: Option<&str>,
        devices: &[(String, bool)],
    ) -> Result<Self, CompareError> {
        if let Some(other) = given
            .keys()
            .find(|d| devices.iter().all(|(device, _)| device != *d))
        {
            let known: Vec<_> = devices.iter().map(|d| d.0.as_str()).collect();
            return Err(CompareError::Argument(format!(
                "`machine` names '{other}', which is not compared; there are {}",
                known.join(", ")
            )));
        }
        let mut machines = BTreeMap::new();
        for (device, is_gpu) in devices {
            let class = if *is_gpu { Class::Gpu } else { Class::Cpu };
            let (kind, why) = match (given.get(device), prices.defaults.get(&class)) {
                (Some(kind), _) => (kind, "as given".to_owned()),
                (None, Some(kind)) if !is_gpu && device != "cpu" => (
                    kind,
                    "the default for processors, on which it ran".to_owned(),
                ),
                (None, Some(kind)) => (kind, "the default of the prices".to_owned()),
                (None, None) => continue,
            };
            let machine = prices.find(kind).map_err(CompareError::Argument)?.clone();
            machines.insert(device.clone(), Rent { machine, why });
        }
        let gpu = prices.defaults.get(&Class::Gpu);
        let gpu = gpu.map(|kind| prices.find(kind).cloned()).transpose();
        let store = store.map(|kind| prices.find_store(kind)).transpose();
        Ok(Self {
            currency: prices.currency.clone(),
            machines,
            gpu: gpu.map_err(CompareError::Argument)?,
            store: store.map_err(CompareError::Argument)?.cloned(),
        })
    }

    fn rented(&self, row: &Row) -> Option<Rented> {
        let rent = self.machines.get(&row.device)?;
        let median = row.median.as_ref()?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "money is shown with three digits"
        )]
        let per_question = match (&self.store, &median.receipt) {
            (Some(store), Some(receipt)) => {
                money::store(store, receipt.requests as f64, receipt.bytes_fetched as f64)
            }
            _ => 0.0,
        };
        Some(Rented {
            seconds: median.wall,
            per_hour: rent.machine.per_hour,
            per_question,
        })
    }

    /// What a cell costs at `rate` questions an hour; `None` where it has no sound figure or no price.
    pub fn money(&self, row: &Row, rate: f64) -> Option<Money> {
        let rented = self
            .rented(row)
            .filter(|_| row.is_sound() && row.share.is_none())?;
        let per_query =
            money::machine_seconds(rented.seconds, rented.per_hour) + rented.per_question;
        #[expect(
            clippy::cast_precision_loss,
            reason = "money is shown with three digits"
        )]
        let rows = row.median.as_ref().map_or(0.0, |m| m.rows as f64);
        Some(Money {
            per_query,
            per_billion_rows: money::per_billion(per_query, rows),
            per_month: money::per_month(rate, rented.seconds, rented.per_hour, rented.per_question),
        })
    }

    /// When each GPU pays, for each query and for all of them together, on each layout.
    pub fn pays(&self, rows: &[Row]) -> Vec<Pays> {
        let mut found = Vec::new();
        let whole: Vec<&Row> = rows
            .iter()
            .filter(|r| r.share.is_none() && r.is_sound())
            .collect();
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for gpu in whole.iter().filter(|r| r.is_gpu()) {
            if seen.contains(&(&gpu.layout, &gpu.device)) {
                continue;
            }
            seen.push((&gpu.layout, &gpu.device));
            let at = |query: &str, device: &str, state: Residency| {
                let is_it = |r: &&&Row| {
                    (r.query.as_str(), r.device.as_str(), r.state, &r.layout)
                        == (query, device, state, &gpu.layout)
                };
                whole.iter().find(is_it).copied()
            };
            let mut all: Vec<[Option<&Row>; 3]> = Vec::new();
            let mut each = Vec::new();
            for cpu in whole.iter().filter(|r| {
                r.device == "cpu" && r.state == Residency::Warm && r.layout == gpu.layout
            }) {
                let warm = at(&cpu.query, &gpu.device, Residency::Warm);
                let resident = at(&cpu.query, &gpu.device, Residency::Resident);
                // What did not stay on the device is no resident figure.
                let resident = resident.filter(|r| r.notes.is_empty());
                all.push([Some(cpu), warm, resident]);
                if let Some(pays) = self.of(Some(&cpu.query), &[[Some(cpu), warm, resident]]) {
                    each.push(pays);
                }
            }
            if each.len() > 1 {
                found.extend(self.of(None, &all));
            }
            found.extend(each);
        }
        found
    }

    /// The mean question of some: the CPU's row, the GPU's warm and resident ones.
    fn of(&self, query: Option<&str>, rows: &[[Option<&Row>; 3]]) -> Option<Pays> {
        let complete: Vec<_> = rows
            .iter()
            .filter(|r| r[0].is_some() && r[1].is_some())
            .collect();
        let gpu = complete.first()?[1]?;
        let is_resident = complete.iter().all(|r| r[2].is_some());
        let column = |place: usize| complete.iter().filter_map(move |r| r[place]);
        #[expect(clippy::cast_precision_loss, reason = "a suite has few queries")]
        let count = complete.len() as f64;
        let mean = |place: usize| {
            column(place)
                .filter_map(|r| r.median.as_ref())
                .map(|m| m.wall)
                .sum::<f64>()
                / count
        };
        let rented = |place: usize| -> Option<Rented> {
            let all: Option<Vec<Rented>> = column(place).map(|r| self.rented(r)).collect();
            let all = all?;
            let first = *all.first()?;
            Some(Rented {
                seconds: all.iter().map(|r| r.seconds).sum::<f64>() / count,
                per_question: all.iter().map(|r| r.per_question).sum::<f64>() / count,
                ..first
            })
        };
        let money = |r: Rented| money::machine_seconds(r.seconds, r.per_hour) + r.per_question;
        let (cpu, gpu_warm) = (mean(0), mean(1));
        let gpu_resident = is_resident.then(|| mean(2));
        // Without residence every time is a first time.
        let next = if is_resident { 2 } else { 1 };
        let paid = [rented(0), rented(1), rented(next)];
        let reach = |place: usize| {
            let walls = column(place).filter_map(|r| r.wall);
            walls.fold([0.0, 0.0], |sum, w| [sum[0] + w.least, sum[1] + w.greatest])
        };
        let runs = [0, next].into_iter().flat_map(column).map(|r| r.runs);
        Some(Pays {
            query: query.map(str::to_owned),
            layout: gpu.layout.clone(),
            device: gpu.device.clone(),
            cpu,
            gpu_warm,
            gpu_resident,
            is_chance: overlap(reach(0), reach(next)) || runs.min().unwrap_or(0) < 2,
            repeats_in_time: money::repeats(gpu_warm, mean(next), cpu),
            repeats_in_money: match paid {
                [Some(cpu), Some(first), Some(next)] => {
                    Some(money::repeats(money(first), money(next), money(cpu)))
                }
                _ => None,
            },
            questions_an_hour: match paid {
                [Some(cpu), _, Some(gpu)] => Some(money::rate(cpu, gpu)),
                _ => None,
            },
        })
    }
}

/// Whether two spreads, least and greatest, have something in common.
pub(super) fn overlap(a: [f64; 2], b: [f64; 2]) -> bool {
    a[0] <= b[1] && b[0] <= a[1]
}
