//! What a question takes within a process that has answered it before: `warm DATASET QUERY.json [TURNS] [KEPT BYTES]`,
//! the query as a receipt has it. Prints a line for each turn: seconds on the clock, bytes that were read, rows that matched.

use graticule::{Dataset, Engine, Query, Run};
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, query, more @ ..] = arguments.as_slice() else {
        eprintln!("usage: warm DATASET QUERY.json [TURNS] [KEPT BYTES]");
        return Ok(ExitCode::from(2));
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
    Ok(ExitCode::SUCCESS)
}
