//! What machines and stores cost, by a file or by the prices that ship.

use super::Usage;
use crate::args;
use graticule_compare::{Class, Machine, Prices, Store};

/// What computes, what is read from, and what they cost.
pub(super) struct Tariff {
    pub(super) machine: Machine,
    /// None where it costs nothing.
    pub(super) store: Option<Store>,
    pub(super) currency: String,
}

impl Tariff {
    /// The tariff for a dataset's URL. If not named, the machine is the default of processors, and the store is S3 for
    /// its URLs, where the prices have it.
    pub(super) fn of(asked: &args::Money, url: &str) -> anyhow::Result<Self> {
        let prices = match &asked.prices {
            Some(path) => Prices::read(path)?,
            None => Prices::standard()?,
        };
        let default = || prices.defaults.get(&Class::Cpu);
        let Some(kind) = asked.machine.as_ref().or_else(default) else {
            let reason = "the prices name no default machine; name one with --machine";
            return Err(Usage(reason.to_owned()).into());
        };
        let store = match &asked.store {
            Some(kind) => Some(prices.find_store(kind).map_err(Usage)?),
            None if url.starts_with("s3://") => prices.find_store("s3").ok(),
            None => None,
        };
        Ok(Self {
            machine: prices.find(kind).map_err(Usage)?.clone(),
            store: store.cloned(),
            currency: prices.currency,
        })
    }
}
