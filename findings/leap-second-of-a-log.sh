#!/usr/bin/env bash
# A log of GPS that ran over the leap second of 2016 has 23:59:60. Polars 2.1.0, pandas 3.1.1 and ClickHouse (chdb 4.4.0) read it as
# the second after, which is there twice then, and say nothing; to DuckDB 2.0.1 and pyarrow 26.0.1 one such row makes the
# whole column text. Guess before: text, or an error, everywhere. Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet duckdb==2.0.1 polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1 chdb==4.4.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import chdb
import duckdb
import pandas
import polars
import pyarrow.csv

with open("a.csv", "w") as log:
    log.write("time,lon\n2016-12-31T23:59:59Z,1.0\n2016-12-31T23:59:60Z,1.0\n2017-01-01T00:00:00Z,1.0\n")
different = {
    "polars": polars.read_csv("a.csv", try_parse_dates=True)["time"].n_unique(),
    "pandas": pandas.to_datetime(pandas.read_csv("a.csv")["time"]).nunique(),
    "clickhouse": int(str(chdb.query("select uniqExact(time) from file('a.csv') where toTypeName(time) like '%DateTime%'"))),
}
types = {
    "duckdb": duckdb.sql("select any_value(typeof(time)) from 'a.csv'").fetchall()[0][0],
    "pyarrow": str(pyarrow.csv.read_csv("a.csv").schema.field("time").type),
}
print(different, types)
assert different == {"polars": 2, "pandas": 2, "clickhouse": 2}, "a reader tells the leap second now"
assert types == {"duckdb": "VARCHAR", "pyarrow": "string"}, "a reader takes the leap second now"
PYTHON
