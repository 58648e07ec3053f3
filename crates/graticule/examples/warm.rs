//! What a question takes in a process that has answered it before: `warm DATASET QUERY.json [TURNS] [KEPT BYTES]`, the
//! query as a receipt has it, the bytes those of columns that stay in memory. Prints a line a turn: seconds on the clock,
//! bytes that were read, rows that matched.

#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use graticule::{Dataset, Engine, Query, Run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, query, more @ ..] = arguments.as_slice() else {
        return Err("usage: warm DATASET QUERY.json [TURNS] [KEPT BYTES]".into());
    };
    let turns = more.first().map_or(Ok(5), |text| text.parse())?;
    let kept = more.get(1).map_or(Ok(0), |text| text.parse())?;
    let query: Query = serde_json::from_str(&std::fs::read_to_string(query)?)?;
    let engine = Engine::cpu().keep_columns(kept);
    let dataset = Dataset::open_blocking(url.as_str())?;
    for _ in 0..turns {
        let answer = query.run_blocking(&engine, &dataset)?;
        let receipt = answer.receipt();
        println!(
            "{:.6} {} {}",
            receipt.seconds.wall, receipt.bytes_fetched, receipt.rows_matched
        );
    }
    Ok(())
}
