//! The CPU's kernels, one thread, over columns in memory. Each answer is checked before it is timed.
//!
//! `cargo bench -p graticule-kernels`; what the figures mean is in README.md beside this file.

#![expect(
    clippy::cast_possible_truncation,
    reason = "made-up rows are small numbers"
)]

mod cases;
mod rows;
mod star;

use cases::case;
use criterion::{Criterion, Throughput};
use graticule_columns::Chunk;
use graticule_geo::fix_columns;
use graticule_kernels::{CpuSession, Grouping, Outcome, Program, Session};
use rows::{Row, chunk, chunk_rows, is_measuring};
use star::{STARS, Star};
use std::hint::black_box;

/// Kernels by their names, ways to group, and the main question.
const SESSIONS: [&str; 20] = [
    "bbox", "circle", "range", "cell", "bucket", "offset", "null", "log", "count", "valid", "sum",
    "squares", "min", "max", "dated", "single", "dense", "sparse", "packed", "query",
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let rows = rows::rows(chunk_rows());
    for name in SESSIONS {
        session(&mut criterion, name, &rows);
    }
    for (name, vertices, spikes) in STARS {
        let star = Star::new(vertices, spikes, chunk_rows());
        layer(&mut criterion, name, &star);
    }
    fix(&mut criterion, &rows);
    memory(&mut criterion);
    criterion.final_summary();
}

/// A session of one chunk: made, fed, finished.
fn session(criterion: &mut Criterion, name: &str, rows: &[Row]) {
    let case = case(name);
    let chunk = chunk(rows, &case.program, 0, name == "packed");
    let grouping = CpuSession::new(std::slice::from_ref(&case.program), usize::MAX)
        .expect("a session")
        .grouping();
    assert_eq!(grouping == Grouping::Sparse, name == "sparse", "{name}");
    case.check(&run(&case.program, &chunk), rows, 1);
    let mut group = criterion.benchmark_group("cpu");
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function(name, |b| b.iter(|| run(&case.program, black_box(&chunk))));
    group.finish();
}

/// The rows in a polygon of many vertices.
fn layer(criterion: &mut Criterion, name: &str, star: &Star) {
    star.check(&run(&star.program, &star.sample()));
    let mut group = criterion.benchmark_group("cpu");
    group.throughput(Throughput::Elements(star.chunk.len() as u64));
    group.bench_function(name, |b| {
        b.iter(|| run(&star.program, black_box(&star.chunk)));
    });
    group.finish();
}

fn run(program: &Program, chunk: &Chunk) -> Outcome {
    let programs = std::slice::from_ref(program);
    let mut session = CpuSession::new(programs, usize::MAX).expect("a session");
    session.push(chunk).expect("rows of the program's windows");
    session.finish()
}

/// Degrees to fixed point, which decoding does to every row.
fn fix(criterion: &mut Criterion, rows: &[Row]) {
    let lon: Vec<f64> = rows.iter().map(|r| r.lon).collect();
    let lat: Vec<f64> = rows.iter().map(|r| r.lat).collect();
    let (mut x, mut y, mut valid) = (
        vec![0; rows.len()],
        vec![0; rows.len()],
        vec![false; rows.len()],
    );
    let invalid = fix_columns(&lon, &lat, &mut x, &mut y, &mut valid);
    assert_eq!(invalid, 0, "every row is a point");
    // The plain product rounds, so it may be in the cell beside the true one.
    let is_near = |cell: u32, degrees: f64, half: f64| {
        let plain = ((degrees + half) / (2.0 * half) * 4_294_967_296.0).floor();
        (plain - f64::from(cell)).abs() <= 1.0
    };
    assert!(x.iter().zip(&lon).all(|(x, lon)| is_near(*x, *lon, 180.0)));
    assert!(y.iter().zip(&lat).all(|(y, lat)| is_near(*y, *lat, 90.0)));
    let mut group = criterion.benchmark_group("cpu");
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("fix_columns", |b| {
        b.iter(|| fix_columns(black_box(&lon), &lat, &mut x, &mut y, &mut valid));
    });
    group.finish();
}

/// What one thread reads and copies in a second: the floor under every other figure.
fn memory(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("memory");
    for (place, bytes) in [("cache", 8 << 20), ("far", 256 << 20)] {
        let words = if is_measuring() { bytes / 8 } else { 1000 };
        let from: Vec<u64> = (0..words as u64).collect();
        let mut to = vec![0; words];
        assert_eq!(sum(&from), words as u64 * (words as u64 - 1) / 2);
        to.copy_from_slice(&from);
        assert_eq!(sum(&to), sum(&from));
        group.throughput(Throughput::Bytes(8 * words as u64));
        group.bench_function(format!("sum_{place}"), |b| b.iter(|| sum(black_box(&from))));
        group.bench_function(format!("copy_{place}"), |b| {
            b.iter(|| to.copy_from_slice(black_box(&from)));
        });
    }
    group.finish();
}

fn sum(words: &[u64]) -> u64 {
    words.iter().fold(0, |sum, word| sum.wrapping_add(*word))
}
