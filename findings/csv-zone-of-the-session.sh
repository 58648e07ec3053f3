#!/usr/bin/env bash
# A CSV in which some times end in Z and some have no zone, as two loggers write them, is a column of instants to DuckDB 2.0.1: those
# without a zone are taken for the time of the session's TimeZone, so the same file has other instants on another machine.
# pyarrow 26.0.1 and Polars 2.1.0 leave the column text. Guess before: text in all three. Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1 pytz tzdata
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import duckdb
import polars
import pyarrow.csv

with open("a.csv", "w") as log:
    log.write("time,lon\n2026-03-01T12:00:00Z,1.0\n2026-03-01T12:00:00,1.0\n")
seen = {}
for zone in ["UTC", "Asia/Kolkata"]:
    duckdb.execute(f"set TimeZone = '{zone}'")
    seen[zone] = duckdb.sql("select typeof(time), epoch(time)::bigint from 'a.csv' order by 2").fetchall()
print(seen)
noon, with_zone = 1772366400, "TIMESTAMP WITH TIME ZONE"
assert seen["UTC"] == [(with_zone, noon)] * 2, "DuckDB changed"
assert seen["Asia/Kolkata"] == [(with_zone, noon - 19800), (with_zone, noon)], "DuckDB changed"
assert polars.read_csv("a.csv", try_parse_dates=True).schema["time"] == polars.String, "Polars changed"
assert pyarrow.csv.read_csv("a.csv").schema.field("time").type == "string", "pyarrow changed"
PYTHON
