//! What work costs: money for a machine's seconds, and to a store.

use crate::money;
use crate::prices::{Machine, Store};
use graticule::{Rates, Work};

/// Money for work on a machine, with all its processors, and from a store.
pub(crate) fn priced(rates: &Rates, work: &Work, machine: &Machine, store: Option<&Store>) -> f64 {
    let seconds = rates.seconds(work, machine.vcpus.unwrap_or(1));
    spent(machine, store, seconds, [work.requests, work.bytes])
}

/// Money for seconds of a machine, and for requests and bytes of a store.
pub fn spent(
    machine: &Machine,
    store: Option<&Store>,
    seconds: f64,
    [requests, bytes]: [f64; 2],
) -> f64 {
    let to_store = store.map_or(0.0, |s| money::store(s, requests, bytes));
    money::machine_seconds(seconds, machine.per_hour) + to_store
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_of_the_machine_and_requests_to_the_store_are_money() {
        let rates = Rates::of(true);
        let work = Work {
            bytes: 6e8,
            requests: 17.0,
            ..Work::default()
        };
        let machine = Machine {
            kind: "m".to_owned(),
            class: crate::Class::Cpu,
            per_hour: 3600.0,
            currency: None,
            vcpus: Some(4),
            gpu: None,
            source: "here".to_owned(),
            date: "2026-11-21".to_owned(),
        };
        let store = Store {
            per_thousand_requests: Some(1.0),
            ..Store::default()
        };
        let money = priced(&rates, &work, &machine, Some(&store));
        let seconds = rates.seconds(&work, 4);
        assert!((1.1..1.2).contains(&seconds), "{seconds}");
        assert!((money - seconds - 0.017).abs() < 1e-12, "{money}");
    }
}
