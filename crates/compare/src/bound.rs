//! Amdahl's view: which stage bounds a question, and what an infinitely fast GPU would gain.

use crate::summary::Row;
use serde::{Deserialize, Serialize};

/// What bounds the median run of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The stage that takes longest.
    pub stage: String,
    /// Its share of the time, 0 to 1.
    pub share: f64,
    /// Seconds that are left when everything that a GPU does takes none: filters, keys and accumulators, and the way
    /// to the device and back.
    pub floor: f64,
    /// How many times faster that would be; `None` where nothing would be left.
    pub gain: Option<f64>,
}

/// What a GPU does.
const OF_A_GPU: [&str; 3] = ["upload", "kernel", "readback"];

/// What bounds a cell; `None` where there are no stages.
pub fn bound(row: &Row) -> Option<Bound> {
    of_stages(&row.stages())
}

fn of_stages(stages: &[(&str, f64)]) -> Option<Bound> {
    let wall: f64 = stages.iter().map(|s| s.1).sum();
    let longest = stages.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    if wall <= 0.0 {
        return None;
    }
    let rest = stages.iter().filter(|s| !OF_A_GPU.contains(&s.0));
    let floor: f64 = rest.map(|s| s.1).sum();
    Some(Bound {
        stage: longest.0.to_owned(),
        share: longest.1 / wall,
        floor,
        gain: (floor > 0.0).then(|| wall / floor),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_bounds_the_gain() {
        let bound = of_stages(&[
            ("fetch", 1.0),
            ("decode", 4.0),
            ("upload", 1.0),
            ("kernel", 3.0),
            ("readback", 1.0),
        ]);
        let bound = bound.expect("a bound");
        assert_eq!((bound.stage.as_str(), bound.share), ("decode", 0.4));
        assert_eq!((bound.floor, bound.gain), (5.0, Some(2.0)));
        let all = of_stages(&[("kernel", 2.0)]).expect("a bound");
        assert_eq!((all.floor, all.gain), (0.0, None));
        assert_eq!(of_stages(&[]), None);
        assert_eq!(of_stages(&[("kernel", 0.0)]), None);
    }
}
