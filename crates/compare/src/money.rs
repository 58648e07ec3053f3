//! From seconds to money: pure functions, no units hidden. Prices are of one currency.

use crate::prices::Store;

/// Hours of a month, as clouds count them.
pub(crate) const HOURS_A_MONTH: f64 = 730.0;
/// Machines of one kind beyond which nobody looks for a crossing.
const MOST_MACHINES: u32 = 10_000;

/// A number of something, for ever or for never.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakEven {
    /// From so many on.
    From(f64),
    /// Whatever the number.
    Always,
    /// Whatever the number, it does not pay.
    Never,
}

/// What a machine costs for so many seconds, by the second.
pub(crate) fn machine_seconds(seconds: f64, per_hour: f64) -> f64 {
    seconds / 3600.0 * per_hour
}

/// What a store asks for requests and bytes that leave it.
pub(crate) fn store(store: &Store, requests: f64, bytes: f64) -> f64 {
    const GIB: f64 = 1_073_741_824.0;
    requests / 1000.0 * store.per_thousand_requests.unwrap_or(0.0)
        + bytes / GIB * store.per_gib.unwrap_or(0.0)
}

/// Money for a billion rows, from money for some; `None` for no rows.
pub(crate) fn per_billion(money: f64, rows: f64) -> Option<f64> {
    (rows > 0.0).then(|| money / rows * 1e9)
}

/// Whole machines that answer so many questions an hour, at least one.
pub(crate) fn machines(questions: f64, seconds: f64) -> f64 {
    // A little less, so that a rounding error of a product rents no machine.
    (questions * seconds / 3600.0 - 1e-9).ceil().max(1.0)
}

/// Money a month at so many questions an hour: whole machines that never stop, and what each question pays the store.
pub(crate) fn per_month(questions: f64, seconds: f64, per_hour: f64, per_question: f64) -> f64 {
    (machines(questions, seconds) * per_hour + questions * per_question) * HOURS_A_MONTH
}

/// How often a question must be asked of the same data until bringing it to the GPU pays: the first time costs
/// `first`, each further one `next`, against `other` each time elsewhere, all in seconds or all in money.
pub(crate) fn repeats(first: f64, next: f64, other: f64) -> BreakEven {
    if first <= other && next <= other {
        return BreakEven::Always;
    }
    if next >= other {
        return BreakEven::Never;
    }
    // first + (n - 1) next <= n other
    BreakEven::From(((first - next) / (other - next) - 1e-9).ceil().max(1.0))
}

/// A kind of machine at work: seconds and store money a question, money an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rented {
    /// Seconds a question.
    pub(crate) seconds: f64,
    /// Money an hour and machine.
    pub(crate) per_hour: f64,
    /// Money a question to the store.
    pub(crate) per_question: f64,
}

impl Rented {
    fn hour(&self, questions: f64) -> f64 {
        machines(questions, self.seconds) * self.per_hour + questions * self.per_question
    }
}

/// The least number of questions an hour at which renting `gpu` costs less than renting `cpu`, or no more and is
/// faster, whole machines of each.
pub(crate) fn rate(cpu: Rented, gpu: Rented) -> BreakEven {
    if gpu.hour(0.0) <= cpu.hour(0.0)
        && gpu.seconds <= cpu.seconds
        && gpu.per_question <= cpu.per_question
    {
        return BreakEven::Always;
    }
    if cpu.seconds <= 0.0 {
        return BreakEven::Never;
    }
    // At the same cost the faster one pays.
    let pays = |questions: f64| {
        let (gpu_cost, cpu_cost) = (gpu.hour(questions), cpu.hour(questions));
        gpu_cost < cpu_cost || (gpu_cost <= cpu_cost && gpu.seconds < cpu.seconds)
    };
    // The costs of whole machines are stairs, so a crossing lies where the CPU needs one more, or, where the
    // stores' prices differ, on a tread.
    for count in 0..MOST_MACHINES {
        let step = f64::from(count) * 3600.0 / cpu.seconds;
        let after = step * (1.0 + 1e-9) + 1e-6;
        if pays(after) {
            return BreakEven::From(step);
        }
        let next = f64::from(count + 1) * 3600.0 / cpu.seconds;
        let gain = cpu.per_question - gpu.per_question;
        if gain > 0.0 {
            let fixed = |r: Rented| machines(next, r.seconds) * r.per_hour;
            let at = (fixed(gpu) - fixed(cpu)) / gain;
            if at > step && at <= next {
                return BreakEven::From(at);
            }
        }
    }
    BreakEven::Never
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-12 * b.abs(), "{a} is not {b}");
    }

    #[test]
    fn seconds_requests_and_bytes_cost() {
        // Half an hour at 0.8 an hour.
        close(machine_seconds(1800.0, 0.8), 0.4);
        let s3 = Store {
            per_thousand_requests: Some(0.0004),
            per_gib: Some(0.09),
            ..Store::default()
        };
        close(store(&s3, 5000.0, 0.0), 0.002);
        close(store(&s3, 0.0, 2.0 * 1_073_741_824.0), 0.18);
        close(store(&Store::default(), 5.0, 5.0), 0.0);
        close(per_billion(0.5, 250e6).expect("rows"), 2.0);
        assert_eq!(per_billion(0.5, 0.0), None);
    }

    #[test]
    fn machines_are_whole() {
        // One second a question: 3600 an hour fit one machine.
        close(machines(3600.0, 1.0), 1.0);
        close(machines(3601.0, 1.0), 2.0);
        close(machines(0.0, 1.0), 1.0);
        // 36,000 questions of 0.1 s are exactly one machine, although 0.1 is not exactly a tenth.
        close(machines(36_000.0, 0.1), 1.0);
        close(per_month(3601.0, 1.0, 2.0, 0.0), 2920.0);
        close(per_month(100.0, 1.0, 2.0, 0.01), 2190.0);
    }

    #[test]
    fn an_upload_pays_after_so_many_repeats() {
        // 10 + (n - 1) * 1 <= n * 4: n = 3 gives 12 <= 12.
        assert_eq!(repeats(10.0, 1.0, 4.0), BreakEven::From(3.0));
        assert_eq!(repeats(10.5, 1.0, 4.0), BreakEven::From(4.0));
        assert_eq!(repeats(10.0, 4.0, 4.0), BreakEven::Never);
        assert_eq!(repeats(10.0, 5.0, 4.0), BreakEven::Never);
        assert_eq!(repeats(3.0, 1.0, 4.0), BreakEven::Always);
    }

    #[test]
    fn renting_pays_from_a_rate() {
        let rented = |seconds, per_hour| Rented {
            seconds,
            per_hour,
            per_question: 0.0,
        };
        // The CPU takes 1 s at 1 an hour, the GPU 0.1 s at 2.5: three CPUs cost 3, so from 7200 an hour.
        assert_eq!(
            rate(rented(1.0, 1.0), rented(0.1, 2.5)),
            BreakEven::From(7200.0)
        );
        // Twice as fast and thrice as dear.
        assert_eq!(rate(rented(1.0, 1.0), rented(0.5, 3.0)), BreakEven::Never);
        assert_eq!(rate(rented(1.0, 1.0), rented(0.5, 0.9)), BreakEven::Always);
        // Slower, but cheaper by the hour: it pays at once, as long as one machine is enough.
        assert_eq!(
            rate(rented(1.0, 1.0), rented(2.0, 0.5)),
            BreakEven::From(0.0)
        );
        assert_eq!(rate(rented(0.0, 1.0), rented(2.0, 5.0)), BreakEven::Never);
    }

    #[test]
    fn a_store_that_is_asked_less_pays() {
        // The GPU keeps columns and asks the store nothing: 1 more an hour against 0.01 a question.
        let cpu = Rented {
            seconds: 1.0,
            per_hour: 1.0,
            per_question: 0.01,
        };
        let gpu = Rented {
            seconds: 1.0,
            per_hour: 2.0,
            per_question: 0.0,
        };
        assert_eq!(rate(cpu, gpu), BreakEven::From(100.0));
    }
}
