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
    pub left: f64,
    /// How many times as fast that would be; `None` where nothing would be left.
    pub gain: Option<f64>,
}

/// What no GPU can beat, told from the CPU's own stages: how many times as fast an infinitely fast one would be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ceiling {
    /// Questions that it is of.
    pub questions: usize,
    /// Of the question that gains least; `None` where nothing would be left, as below.
    pub least: Option<f64>,
    /// Of the question that gains most.
    pub greatest: Option<f64>,
    /// Of all questions, each once.
    pub all: Option<f64>,
    /// Seconds of all questions.
    pub seconds: f64,
    /// Seconds of them that are left.
    pub left: f64,
    /// The stage that takes most of the time of all.
    pub stage: String,
    /// Its share, 0 to 1.
    pub share: f64,
}

/// What a GPU does.
const OF_A_GPU: [&str; 3] = ["upload", "kernel", "readback"];

/// What bounds a cell; `None` where there are no stages.
pub fn bound(row: &Row) -> Option<Bound> {
    of_stages(&row.stages())
}

/// What no GPU can beat, of the CPU's cells of some questions; `None` of none.
pub(crate) fn ceiling(rows: &[&Row]) -> Option<Ceiling> {
    let each: Vec<_> = rows.iter().map(|row| row.stages()).collect();
    of_questions(&each)
}

fn of_questions(each: &[Vec<(&'static str, f64)>]) -> Option<Ceiling> {
    let mut all: Vec<(&str, f64)> = Vec::new();
    let mut gains: Vec<f64> = Vec::new();
    for stages in each {
        let bound = of_stages(stages)?;
        gains.push(bound.gain.unwrap_or(f64::INFINITY));
        for (name, seconds) in stages {
            match all.iter_mut().find(|known| known.0 == *name) {
                Some(known) => known.1 += seconds,
                None => all.push((name, *seconds)),
            }
        }
    }
    gains.sort_by(f64::total_cmp);
    let gain = |gain: Option<&f64>| gain.copied().filter(|gain| gain.is_finite());
    let bound = of_stages(&all)?;
    Some(Ceiling {
        questions: each.len(),
        least: gain(gains.first()),
        greatest: gain(gains.last()),
        all: bound.gain,
        seconds: all.iter().map(|stage| stage.1).sum(),
        left: bound.left,
        stage: bound.stage,
        share: bound.share,
    })
}

fn of_stages(stages: &[(&str, f64)]) -> Option<Bound> {
    let wall: f64 = stages.iter().map(|s| s.1).sum();
    let longest = stages.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    if wall <= 0.0 {
        return None;
    }
    let rest = stages.iter().filter(|s| !OF_A_GPU.contains(&s.0));
    let left: f64 = rest.map(|s| s.1).sum();
    Some(Bound {
        stage: longest.0.to_owned(),
        share: longest.1 / wall,
        left,
        gain: (left > 0.0).then(|| wall / left),
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
        assert_eq!((bound.left, bound.gain), (5.0, Some(2.0)));
        let all = of_stages(&[("kernel", 2.0)]).expect("a bound");
        assert_eq!((all.left, all.gain), (0.0, None));
        // 2 s of 4 and 1 s of 3 are a GPU's: twice and 1.5 times as fast, 7/4 together.
        let two = of_questions(&[
            vec![("decode", 2.0), ("kernel", 2.0)],
            vec![("decode", 2.0), ("kernel", 1.0)],
        ]);
        let two = two.expect("a ceiling");
        assert_eq!(
            (two.least, two.greatest, two.all),
            (Some(1.5), Some(2.0), Some(1.75))
        );
        assert_eq!((two.stage.as_str(), two.share), ("decode", 4.0 / 7.0));
        assert_eq!((two.questions, two.seconds, two.left), (2, 7.0, 4.0));
        let none_left = of_questions(&[vec![("kernel", 2.0)]]).expect("a ceiling");
        assert_eq!((none_left.least, none_left.all), (None, None));
        assert_eq!(of_questions(&[]), None);
        assert_eq!(of_stages(&[]), None);
        assert_eq!(of_stages(&[("kernel", 0.0)]), None);
    }
}
