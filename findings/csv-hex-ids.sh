#!/usr/bin/env bash
# The addresses of aircraft are six hexadecimal digits. In a file of few of them all may look like 4e0071, and then four readers of
# CSV, pandas 3.1.1, Polars 2.1.0, DuckDB 2.0.1 and pyarrow 26.0.1, make floats of them, two different aircraft can become one number,
# and nothing is said.
# Guess before: only pandas does, the others keep text. Seen 2026-11-30: all four, as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet pandas==3.1.1 polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import duckdb
import pandas
import polars
import pyarrow.csv

with open("flights.csv", "w") as file:
    file.write("icao24,lat\n4e0071,50.1\n4071e2,50.2\n40710e1,50.3\n")
seen = {
    "pandas": pandas.read_csv("flights.csv")["icao24"].tolist(),
    "polars": polars.read_csv("flights.csv")["icao24"].to_list(),
    "duckdb": [row[0] for row in duckdb.sql("select icao24 from read_csv($$flights.csv$$)").fetchall()],
    "pyarrow": pyarrow.csv.read_csv("flights.csv")["icao24"].to_pylist(),
}
print(seen)
for reader, ids in seen.items():
    assert ids == [4e71, 407100.0, 407100.0], f"{reader} reads them otherwise now"
PYTHON
