#!/usr/bin/env bash
# DuckDB 2.0.1 with PARQUET_VERSION V2 writes a UINTEGER column that reaches 2^31 in an encoding that pyarrow 26.0.1 refuses
# (OSError), while Polars 2.1.0 and DuckDB read it. Below 2^31 all three read. Device numbers and hashes of 32 bits are such.
# Guess before: every reader reads it. Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0 numpy==2.4.6
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import duckdb
import polars
import pyarrow.parquet as pq

for first, is_read in [(1_000_000_000, True), (3_000_000_000, False)]:
    query = f"select ({first} + i)::uinteger as device from range(5000) r(i)"
    duckdb.sql(f"copy ({query}) to $$device.parquet$$ (format parquet, parquet_version v2)")
    assert polars.read_parquet("device.parquet")["device"].max() == first + 4999
    assert duckdb.sql("select max(device) from read_parquet($$device.parquet$$)").fetchall() == [(first + 4999,)]
    try:
        rows = pq.read_table("device.parquet").num_rows
    except OSError as refused:
        rows = str(refused)
    print(first, rows)
    assert (rows == 5000) == is_read, "pyarrow or DuckDB changed"
PYTHON
