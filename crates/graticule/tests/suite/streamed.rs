//! Rows that are streamed to a file: how they came does not show in its bytes.

use arrow::array::RecordBatch;
use graticule::{Bbox, Dataset, Engine, Format, Query, RowsWriter};
use graticule_testing::strategies::tame_table;

/// The batches of a selection, in their order.
fn batches(engine: &Engine, dataset: &Dataset) -> Vec<RecordBatch> {
    let query = Query::new()
        .within(Bbox::new(-120.5, -60.25, 100.125, 70.75).expect("a box"))
        .select(["lon", "lat", "speed", "time"]);
    let mut rows = pollster::block_on(engine.stream(&query, dataset)).expect("an answer");
    rows.blocking().map(|b| b.expect("rows")).collect()
}

#[test]
fn batches_do_not_show_in_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tame.parquet");
    let table = tame_table(120_000, 5, false);
    table.write_parquet(&path, 30_000).expect("a file");
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let large = batches(&Engine::cpu(), &dataset);
    let small = batches(&Engine::cpu().chunk_rows(257).threads(3), &dataset);
    assert!(small.len() > 10 * large.len(), "they are cut differently");
    let formats = [
        Format::Csv,
        Format::Json,
        Format::Parquet,
        Format::GeoParquet,
        Format::Arrow,
    ];
    for format in formats {
        let [one, other] = [&large, &small].map(|batches| {
            let mut bytes = Vec::new();
            let mut writer =
                RowsWriter::new(format, &batches[0].schema(), &mut bytes).expect("a writer");
            for batch in batches {
                writer.write(batch).expect("memory can be written");
            }
            writer.finish().expect("memory can be written");
            bytes
        });
        assert!(one == other, "{format:?}: the bytes differ");
    }
}
