//! Devices, randomness and the comparison.

use crate::cases::Case;
use graticule_columns::{Chunk, RowOrigin};
use graticule_gpu::{
    Gpu, GpuError, GpuOptions, GpuOutcome, GpuSelection, GpuSession, SessionOptions,
};
use graticule_kernels::{Counters, CpuSession, Outcome, Partial, Program, Session};
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// Below 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        self.below(1 << 52) as f64 / (1u64 << 52) as f64
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }
}

/// A number of this run's, or that of `PROPTEST_RNG_SEED`, with which it can be had again; printed, and
/// shown where a test fails.
pub(crate) fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    let seed = *SEED.get_or_init(|| {
        let asked = std::env::var("PROPTEST_RNG_SEED").ok();
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        asked.map_or_else(|| now().as_nanos() as u64, |seed| seed.parse().unwrap())
    });
    #[expect(clippy::print_stderr, reason = "a test that fails has to be had again")]
    {
        eprintln!("PROPTEST_RNG_SEED={seed}");
    }
    seed
}

/// A device, or `None` where the machine has no adapter and none is required.
pub(crate) fn open(options: &GpuOptions) -> Option<Gpu> {
    opened_or_skipped(Gpu::open(options))
}

/// As [`open`], of a device that was opened otherwise.
pub(crate) fn opened_or_skipped(opened: Result<Gpu, GpuError>) -> Option<Gpu> {
    match opened {
        Ok(gpu) => Some(gpu),
        Err(error @ GpuError::NoAdapter) => {
            let required = std::env::var("GRATICULE_REQUIRE_GPU").is_ok_and(|v| v == "1");
            assert!(!required, "{error}");
            #[expect(clippy::print_stderr, reason = "a skipped test says so")]
            {
                eprintln!("SKIPPED: {error}");
            }
            None
        }
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn on_cpu(case: &Case) -> Outcome {
    let mut session = CpuSession::new(std::slice::from_ref(&case.program), usize::MAX).unwrap();
    for chunk in &case.chunks {
        session.push(chunk).unwrap();
    }
    session.finish()
}

pub(crate) fn session(
    gpu: &Gpu,
    case: &Case,
    options: SessionOptions,
) -> Result<GpuSession, GpuError> {
    let keys = (0..case.program.slots.len()).map(|i| format!("column:{i}").into());
    GpuSession::new(gpu, Arc::new(case.program.clone()), keys.collect(), options)
}

/// Runs with every chunk pushed from the host.
pub(crate) fn on_gpu(
    gpu: &Gpu,
    case: &Case,
    options: SessionOptions,
) -> Result<GpuOutcome, GpuError> {
    let mut session = session(gpu, case, options)?;
    for chunk in &case.chunks {
        session.push(chunk)?;
    }
    session.finish(&mut |_, _| Err("nothing was resident".into()))
}

/// The matching rows of each chunk, and what happened to all.
#[derive(Debug, PartialEq)]
pub(crate) struct Matched {
    pub(crate) rows: Vec<Vec<u32>>,
    pub(crate) counters: Counters,
}

pub(crate) fn matching_on_cpu(case: &Case) -> Matched {
    let mut session = CpuSession::new(std::slice::from_ref(&case.program), usize::MAX).unwrap();
    let rows = case.chunks.iter().map(|chunk| session.matching(chunk));
    Matched {
        rows: rows.collect::<Result<_, _>>().unwrap(),
        counters: session.counters(),
    }
}

/// The same on the device, whose own count is taken out once it is looked at.
pub(crate) fn matching_on_gpu(gpu: &Gpu, case: &Case) -> Result<Matched, GpuError> {
    let keys = (0..case.program.slots.len()).map(|i| format!("column:{i}").into());
    let mut selection = GpuSelection::new(gpu, &case.program, keys.collect())?;
    let rows = case.chunks.iter().map(|chunk| selection.matching(chunk));
    let rows = rows.collect::<Result<_, _>>()?;
    let mut counters = selection.counters();
    assert_eq!(counters.device, counters.scanned - counters.rechecked);
    counters.device = 0;
    Ok(Matched { rows, counters })
}

/// Fetches rows again from the case's own chunks.
pub(crate) fn refetch(
    case: &Case,
) -> impl FnMut(&RowOrigin, &[u32]) -> Result<Chunk, Box<dyn Error + Send + Sync>> + '_ {
    |origin, rows| {
        let chunk = case.chunks.iter().find(|c| &c.origin == origin);
        Ok(chunk.ok_or("no such chunk")?.take(rows))
    }
}

/// Groups by their digits, with records as wide as those of both sides.
fn groups(partial: &Partial, other: &Partial) -> Result<Groups, String> {
    let layout = partial.layout.widened(&other.layout).with_carry_limb();
    let group = |g: usize| {
        let mut record = layout.identity();
        layout.merge(&mut record, &partial.layout, partial.record(g));
        layout.normalise(&mut record);
        (partial.digits.iter().map(|d| d[g]).collect(), record)
    };
    let groups: Groups = (0..partial.groups()).map(group).collect();
    if groups.len() != partial.groups() {
        return Err("a group twice".to_owned());
    }
    Ok(groups)
}

type Groups = BTreeMap<Vec<u32>, Vec<u64>>;

pub(crate) fn same(program: &Program, cpu: &Outcome, gpu: &Outcome) -> Result<(), String> {
    let ([mine], [other]) = (gpu.partials.as_slice(), cpu.partials.as_slice()) else {
        return Err("one program has one partial".to_owned());
    };
    let ours = groups(mine, other)?;
    let theirs = groups(other, mine)?;
    if ours != theirs {
        let differ = theirs.iter().find(|(k, v)| ours.get(*k) != Some(v));
        let mine = differ.and_then(|(k, _)| ours.get(k));
        return Err(format!(
            "{} groups on the device, {} on the CPU; first: {differ:?} but {mine:?}\n{program:?}",
            ours.len(),
            theirs.len(),
        ));
    }
    let mut counters = gpu.counters;
    if counters.device != counters.scanned - counters.rechecked {
        return Err(format!("rows of the device: {counters:?}"));
    }
    counters.device = 0;
    if program.live.is_some() {
        // The device counts what the program takes, the CPU what the filters let pass.
        counters.matched = cpu.counters.matched;
    }
    if counters != cpu.counters {
        return Err(format!("{counters:?} but {:?}", cpu.counters));
    }
    Ok(())
}
