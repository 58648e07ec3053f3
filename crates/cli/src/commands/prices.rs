//! What machines and stores cost, by a file or by the prices that ship.

use super::Usage;
use graticule_compare::{Class, Machine, Prices, Store};
use std::path::Path;

pub(super) struct Tariff(Prices);

impl Tariff {
    pub(super) fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        Ok(Self(match path {
            Some(path) => Prices::read(path)?,
            None => Prices::standard()?,
        }))
    }

    pub(super) fn currency(&self) -> &str {
        &self.0.currency
    }

    /// A machine by its kind, or the default of processors.
    pub(super) fn machine(&self, kind: Option<&str>) -> Result<&Machine, Usage> {
        let default = || self.0.defaults.get(&Class::Cpu).map(String::as_str);
        let kind = kind.or_else(default).ok_or_else(|| {
            Usage("the prices name no default machine; name one with --machine".to_owned())
        })?;
        self.0.find(kind).map_err(Usage)
    }

    /// A store by its kind; that of S3 for its URLs, where the prices have it.
    pub(super) fn store(&self, kind: Option<&str>, url: &str) -> Result<Option<&Store>, Usage> {
        match kind {
            Some(kind) => self.0.find_store(kind).map(Some).map_err(Usage),
            None if url.starts_with("s3://") => Ok(self.0.find_store("s3").ok()),
            None => Ok(None),
        }
    }
}
