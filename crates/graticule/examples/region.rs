//! How many points, and how fast, in each geohash cell of a region on a day: run it with
//! `cargo run --release --example region -- [DATASET]`.

use graticule::{Bbox, Dataset, Device, Engine, Key, Query, Run, count, max, mean};

fn main() -> Result<(), graticule::Error> {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample").to_owned();
    let dataset = Dataset::open_blocking(std::env::args().nth(1).unwrap_or(sample))?;
    let engine = Engine::on(Device::Auto);
    let answer = Query::new()
        .within(Bbox::new(5.0, 45.0, 15.0, 55.0)?)
        .during("2026-03-01..2026-03-02".parse()?)
        .by([Key::geohash(4)])
        .aggregate([count(), mean("speed_mps"), max("speed_mps")])
        .top(10)
        .run_blocking(&engine, &dataset)?;
    #[expect(clippy::print_stdout, reason = "an example shows its answer")]
    {
        println!("{answer}\n\n{}", answer.receipt());
    }
    Ok(())
}
