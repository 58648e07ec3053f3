#!/usr/bin/env bash
# Spark, Hive and Impala write times as INT96, and 9999-12-31 for "for ever". Five readers give four answers: DuckDB 2.0.1 reads
# it; pyarrow 26.0.1 (so pandas 3.1.1) and fastparquet 2026.9.0 wrap around to 1816; Polars 2.1.0 puts every time out of the
# range of nanoseconds, also the year 1500, to the last one, in 2262; ClickHouse (chdb 4.4.0) refuses the file.
# Guess before: at least pyarrow errs, the others are right. Seen 2026-11-30: as asserted below. pyarrow is right when
# told coerce_int96_timestamp_unit='us'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.1 fastparquet==2026.9.0 chdb==4.4.0 pandas==3.1.1
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import datetime

import chdb
import duckdb
import fastparquet
import polars
import pyarrow as pa
import pyarrow.parquet as pq
times = [datetime.datetime(9999, 12, 31, 1), datetime.datetime(2024, 5, 1, 12), datetime.datetime(1500, 1, 1)]
table = pa.table({"time": pa.array(times, pa.timestamp("us"))})
pq.write_table(table, "far.parquet", use_deprecated_int96_timestamps=True, store_schema=False)
seen = {
    "pyarrow": pq.read_table("far.parquet")["time"].cast(pa.string()).to_pylist(),
    "fastparquet": fastparquet.ParquetFile("far.parquet").to_pandas()["time"],
    "polars": polars.read_parquet("far.parquet")["time"].cast(polars.String),
    "duckdb": [row[0] for row in duckdb.sql("select time from read_parquet($$far.parquet$$)").fetchall()],
}
seen = {reader: [str(value)[:4] for value in values] for reader, values in seen.items()}
print(seen)
wrapped, clamped, right = ["1816", "2024", "2084"], ["2262", "2024", "2262"], ["9999", "2024", "1500"]
assert list(seen.values()) == [wrapped, wrapped, clamped, right], "a reader changed"
try:
    assert not chdb.query("select * from file('far.parquet')", "CSV"), "ClickHouse reads it now"
except RuntimeError as refused:
    assert "out of range" in str(refused)
PYTHON
