//! The GPU's kernels over columns that lie on the device. Each answer is checked before it is timed.
//!
//! `cargo bench -p graticule-gpu`; what the figures mean is in README.md beside this file.

#![expect(
    clippy::cast_possible_truncation,
    reason = "made-up rows are small numbers"
)]

mod cases;
mod rows;
mod star;

use cases::{Case, case};
use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use graticule_columns::{Chunk, RowOrigin};
use graticule_gpu::{
    ColumnKey, Gpu, GpuError, GpuOptions, GpuOutcome, GpuSession, Method, SessionOptions,
};
use graticule_kernels::{Program, Session};
use rows::{Row, chunk, chunk_rows, is_measuring};
use star::{STARS, Star};
use std::sync::Arc;

/// Kernels by their names, ways to group, and the main question.
const SESSIONS: [&str; 21] = [
    "bbox", "circle", "range", "cell", "bucket", "offset", "null", "log", "count", "valid", "sum",
    "squares", "min", "max", "dated", "single", "bins", "dense", "sparse", "packed", "query",
];

fn main() {
    let Some(gpu) = open() else { return };
    let mut criterion = Criterion::default().configure_from_args();
    let rows = rows::rows(chunk_rows());
    // One chunk keeps a software adapter busy; a GPU would only show how long a dispatch takes.
    let chunks = if is_measuring() && !gpu.describe().is_software {
        64
    } else {
        1
    };
    let mut group = criterion.benchmark_group("gpu");
    for name in SESSIONS {
        resident(&mut group, &gpu, name, &rows, chunks);
    }
    upload(&mut group, &gpu, &rows);
    for (name, vertices, spikes) in STARS {
        let star = Star::new(vertices, spikes, chunk_rows());
        layer(&mut group, &gpu, name, &star, chunks.min(8));
    }
    group.finish();
    criterion.final_summary();
}

#[expect(clippy::print_stderr, reason = "a bench that is skipped says so")]
fn open() -> Option<Gpu> {
    let options = GpuOptions {
        device_memory: 4 << 30,
        ..GpuOptions::default()
    };
    match Gpu::open(&options) {
        Ok(gpu) => {
            eprintln!("adapter: {:?}", gpu.describe());
            Some(gpu)
        }
        Err(error @ GpuError::NoAdapter) => {
            let required = std::env::var("GRATICULE_REQUIRE_GPU").is_ok_and(|v| v == "1");
            assert!(!required, "{error}");
            eprintln!("SKIPPED: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// What a bench runs again and again.
struct Bench<'a> {
    gpu: &'a Gpu,
    program: Arc<Program>,
    options: SessionOptions,
    chunk: Chunk,
}

impl<'a> Bench<'a> {
    fn new(gpu: &'a Gpu, case: &Case, name: &str, rows: &[Row], chunks: usize) -> Self {
        let method = match name {
            "bins" => Some(Method::Bins),
            "dense" => Some(Method::Dense),
            "sparse" => Some(Method::Sparse),
            _ => None,
        };
        Self {
            gpu,
            program: Arc::new(case.program.clone()),
            options: SessionOptions {
                rows: (rows.len() * chunks) as u64,
                method,
                ..SessionOptions::default()
            },
            chunk: chunk(rows, &case.program, 0, name == "packed"),
        }
    }

    fn session(&self) -> GpuSession {
        let keys: [ColumnKey; 5] = ["x", "y", "time", "altitude", "user"].map(Into::into);
        let keys = keys[..self.program.slots.len()].to_vec();
        GpuSession::new(self.gpu, self.program.clone(), keys, self.options.clone())
            .expect("a session")
    }

    fn origin(&self, row_group: usize) -> RowOrigin {
        RowOrigin {
            row_group,
            ..self.chunk.origin.clone()
        }
    }

    /// The chunk, once for each row group, from the host unless it is there already.
    fn push(&self, row_groups: std::ops::Range<usize>) -> GpuOutcome {
        let mut session = self.session();
        for row_group in row_groups {
            let chunk = Chunk {
                origin: self.origin(row_group),
                ..self.chunk.clone()
            };
            session.push(&chunk).expect("rows of the program's windows");
        }
        self.finish(session)
    }

    fn push_resident(&self, row_groups: usize) -> GpuOutcome {
        let mut session = self.session();
        for row_group in 0..row_groups {
            let is_there = session
                .push_resident(&self.origin(row_group))
                .expect("a device that works");
            assert!(is_there, "row group {row_group} is on the device");
        }
        self.finish(session)
    }

    fn finish(&self, session: GpuSession) -> GpuOutcome {
        session
            .finish(&mut |_, rows| Ok(self.chunk.take(rows)))
            .expect("an answer")
    }
}

/// Columns stay on the device: parameters, kernels and the table's way back are timed.
fn resident(
    group: &mut BenchmarkGroup<'_, WallTime>,
    gpu: &Gpu,
    name: &str,
    rows: &[Row],
    chunks: usize,
) {
    let case = case(name);
    let bench = Bench::new(gpu, &case, name, rows, chunks);
    case.check(&bench.push(0..chunks).outcome, rows, chunks);
    let again = bench.push_resident(chunks);
    case.check(&again.outcome, rows, chunks);
    assert_eq!(again.cost.bytes_uploaded, 0, "{name}");
    if bench.options.method.is_some() {
        assert_eq!(again.cost.method, bench.options.method, "{name}");
    }
    group.throughput(Throughput::Elements((rows.len() * chunks) as u64));
    group.bench_function(name, |b| b.iter(|| bench.push_resident(chunks)));
}

/// The rows in a polygon of many vertices, whose tables go to the device each time.
fn layer(
    group: &mut BenchmarkGroup<'_, WallTime>,
    gpu: &Gpu,
    name: &str,
    star: &Star,
    chunks: usize,
) {
    let bench = |chunk: Chunk, chunks: usize| Bench {
        gpu,
        program: Arc::new(star.program.clone()),
        options: SessionOptions {
            rows: (chunk.len() * chunks) as u64,
            ..SessionOptions::default()
        },
        chunk,
    };
    star.check(&bench(star.sample(), 1).push(0..1).outcome);
    let bench = bench(star.chunk.clone(), chunks);
    let all = bench.push(0..chunks).outcome.counters;
    assert_eq!(bench.push_resident(chunks).outcome.counters, all);
    group.throughput(Throughput::Elements((star.chunk.len() * chunks) as u64));
    group.bench_function(name, |b| {
        b.iter(|| bench.push_resident(chunks));
    });
}

/// The box again, with both coordinates uploaded each time.
fn upload(group: &mut BenchmarkGroup<'_, WallTime>, gpu: &Gpu, rows: &[Row]) {
    let case = case("upload");
    let bench = Bench::new(gpu, &case, "upload", rows, 1);
    // Row groups that no other bench has, each new to the device.
    let mut row_group = 1 << 20;
    let mut run = || {
        row_group += 1;
        bench.push(row_group..row_group + 1)
    };
    let first = run();
    case.check(&first.outcome, rows, 1);
    assert!(
        first.cost.bytes_uploaded >= 8 * rows.len() as u64,
        "both coordinates"
    );
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("upload", |b| b.iter(&mut run));
}
