//! The GPU's answers are the CPU's, byte for byte: on random questions with checked and trusted
//! shaders and with reduced limits, on real data, from resident columns, and after faults.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod faults;
mod random;
mod resident;

use graticule::{Bbox, Device, Engine, GpuOptions, Key, Query, count, mean};
use graticule_testing::strategies::tame_table;
use std::path::Path;

/// Whether there is an adapter; without one a test is skipped, or fails if it must not be.
pub(crate) fn has_gpu() -> bool {
    let adapters = graticule::adapters();
    graticule_testing::has_adapter(adapters.iter().any(|a| a.unusable.is_none()))
}

pub(crate) fn engine(options: GpuOptions) -> Engine {
    Engine::on(Device::Gpu(None)).with_gpu(options)
}

/// Devices as strong and as weak as tests can make them.
pub(crate) fn engines() -> Vec<(&'static str, Engine)> {
    let options = |trusted, reduced, device_memory| GpuOptions {
        trusted,
        reduced,
        device_memory,
        ..GpuOptions::default()
    };
    vec![
        ("trusted", engine(options(true, false, 256 << 20))),
        (
            "checked, small chunks",
            engine(options(false, false, 256 << 20))
                .chunk_rows(257)
                .threads(3),
        ),
        (
            "trusted, reduced",
            engine(options(true, true, 128 << 20)).threads(1),
        ),
        (
            "checked, reduced, little memory",
            engine(options(false, true, 24 << 20)).chunk_rows(511),
        ),
    ]
}

pub(crate) fn tame_file(folder: &Path, rows: usize) -> String {
    let path = folder.join("tame.parquet");
    tame_table(rows, 5, false)
        .write_parquet(&path, 20_000)
        .expect("a file");
    path.to_str().expect("text").to_owned()
}

pub(crate) fn busy_question() -> Query {
    Query::new()
        .within(Bbox::new(-120.5, -60.25, 100.125, 70.75).expect("a box"))
        .by([Key::geohash(3)])
        .aggregate([
            count(),
            mean("speed"),
            "min(odometer)".parse().expect("an aggregate"),
        ])
}

pub(crate) fn select_question() -> Query {
    Query::new()
        .within(Bbox::new(-120.5, -60.25, 100.125, 70.75).expect("a box"))
        .select(["lon", "speed", "time"])
}
