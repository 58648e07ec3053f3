//! What machines and stores cost: a TOML file, each entry with its source and date.

use crate::CompareError;
use graticule::requoted;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The version of price files.
const VERSION: u32 = 1;
/// Codes of ISO 4217 that prices may be in; no rates of exchange are kept.
const CURRENCIES: [&str; 12] = [
    "USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "CAD", "AUD", "SEK", "BRL", "KRW",
];

/// Prices, all in one currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    version: u32,
    /// A code of ISO 4217.
    pub currency: String,
    /// Kinds of machines for devices whose kind is not given.
    #[serde(default)]
    pub defaults: BTreeMap<Class, String>,
    /// Kinds of machines.
    #[serde(default)]
    pub machine: Vec<Machine>,
    /// Kinds of stores.
    #[serde(default)]
    pub store: Vec<Store>,
}

/// What a machine computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Processors.
    Cpu,
    /// Processors and a GPU.
    Gpu,
}

/// A kind of machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// What its owner calls it.
    pub kind: String,
    /// What it computes with.
    pub class: Class,
    /// Money an hour, above 0.
    pub per_hour: f64,
    /// The currency, where it is said again; that of the file.
    pub currency: Option<String>,
    /// Virtual processors.
    pub vcpus: Option<u32>,
    /// The GPU's name.
    pub gpu: Option<String>,
    /// Where the price was read.
    pub source: String,
    /// When, as 2026-11-21.
    pub date: String,
}

/// A kind of store. A price that is left out is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// What its owner calls it.
    pub kind: String,
    /// Money for a thousand requests that read.
    pub per_thousand_requests: Option<f64>,
    /// Money for a GiB that is read.
    pub per_gib: Option<f64>,
    /// Where the price was read.
    pub source: String,
    /// When, as 2026-11-21.
    pub date: String,
}

impl Prices {
    /// The prices that are taken when none are given.
    ///
    /// # Errors
    /// None; the tests read them.
    pub fn standard() -> Result<Self, CompareError> {
        Self::parse(include_str!("../prices.toml"), Path::new("prices.toml"))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`CompareError::File`] when it cannot be read, [`CompareError::Prices`] when an entry makes no sense.
    pub fn read(path: &Path) -> Result<Self, CompareError> {
        let text = std::fs::read_to_string(path).map_err(CompareError::read(path))?;
        Self::parse(&text, path)
    }

    /// Reads a text; `path` is for messages.
    ///
    /// # Errors
    /// [`CompareError::Prices`] when an entry makes no sense.
    pub fn parse(text: &str, path: &Path) -> Result<Self, CompareError> {
        let wrong = |entry: String, reason: String| CompareError::Prices {
            path: path.display().to_string(),
            entry,
            reason,
        };
        let whole = || "the file".to_owned();
        let prices: Self = toml::from_str(text).map_err(|e| wrong(whole(), requoted(e)))?;
        if prices.version != VERSION {
            let reason = format!("its version is {}, not {VERSION}", prices.version);
            return Err(wrong(whole(), reason));
        }
        prices
            .check()
            .map_err(|(entry, reason)| wrong(entry, reason))?;
        Ok(prices)
    }

    fn check(&self) -> Result<(), (String, String)> {
        if !CURRENCIES.contains(&self.currency.as_str()) {
            let known = CURRENCIES.join(", ");
            let reason = format!(
                "'{}' is no currency known here; use one of {known}",
                self.currency
            );
            return Err(("currency".to_owned(), reason));
        }
        let mut kinds = Vec::new();
        for machine in &self.machine {
            let entry = format!("machine '{}'", machine.kind);
            let check = || {
                named(&machine.kind, &machine.source, &machine.date)?;
                is_price("per_hour", machine.per_hour)?;
                match &machine.currency {
                    Some(other) if *other != self.currency => Err(format!(
                        "it is in '{other}' and the file in {}; convert it, for no rates of exchange are kept",
                        self.currency
                    )),
                    _ => Ok(()),
                }
            };
            check().map_err(|reason| (entry.clone(), reason))?;
            kinds.push((entry, &machine.kind));
        }
        for store in &self.store {
            let entry = format!("store '{}'", store.kind);
            let check = || {
                named(&store.kind, &store.source, &store.date)?;
                for (name, price) in [
                    ("per_thousand_requests", store.per_thousand_requests),
                    ("per_gib", store.per_gib),
                ] {
                    price.map_or(Ok(()), |price| is_price(name, price))?;
                }
                Ok(())
            };
            check().map_err(|reason| (entry.clone(), reason))?;
            kinds.push((entry, &store.kind));
        }
        for (place, (entry, kind)) in kinds.iter().enumerate() {
            if kinds[..place].iter().any(|(_, other)| other == kind) {
                return Err((entry.clone(), "the kind is there twice".to_owned()));
            }
        }
        for (class, kind) in &self.defaults {
            let machine = self
                .find(kind)
                .map_err(|reason| ("defaults".to_owned(), reason))?;
            if machine.class != *class {
                let reason =
                    format!("'{kind}' is of the other class; name one of the class of the default");
                return Err(("defaults".to_owned(), reason));
            }
        }
        Ok(())
    }

    /// A kind of machine.
    ///
    /// # Errors
    /// Which kinds there are.
    pub fn find(&self, kind: &str) -> Result<&Machine, String> {
        self.machine.iter().find(|m| m.kind == kind).ok_or_else(|| {
            let known: Vec<_> = self.machine.iter().map(|m| m.kind.as_str()).collect();
            format!(
                "there is no machine '{kind}'; there are {}",
                known.join(", ")
            )
        })
    }

    /// A kind of store.
    ///
    /// # Errors
    /// Which kinds there are.
    pub fn find_store(&self, kind: &str) -> Result<&Store, String> {
        self.store.iter().find(|s| s.kind == kind).ok_or_else(|| {
            let known: Vec<_> = self.store.iter().map(|s| s.kind.as_str()).collect();
            format!("there is no store '{kind}'; there are {}", known.join(", "))
        })
    }
}

fn is_price(name: &str, price: f64) -> Result<(), String> {
    if price.is_finite() && price > 0.0 {
        return Ok(());
    }
    Err(format!(
        "{name} is {price}, and a price is above 0; leave the line out where nothing is charged"
    ))
}

fn named(kind: &str, source: &str, date: &str) -> Result<(), String> {
    if kind.trim().is_empty() {
        return Err("its kind is empty; name it as its owner does".to_owned());
    }
    if source.trim().is_empty() {
        return Err("its source is empty; say where the price was read".to_owned());
    }
    let read: Result<jiff::civil::Date, _> = date.parse();
    read.map(|_| ())
        .map_err(|_| format!("its date is '{date}'; write it as 2026-11-21"))
}

#[cfg(test)]
mod tests;
