#!/usr/bin/env bash
# DuckDB 2.0.1 sums BIGINTs exactly, as HUGEINT, and writes that to Parquet as DOUBLE: the sum 9007199254740993 leaves exact and
# arrives as ...992, in DuckDB itself, too. Arrow has no such loss: there it is a decimal.
# Guess before: Parquet gets DECIMAL(38, 0). Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import duckdb
import pyarrow.parquet as pq

query = "select sum(v) as total from (values (9007199254740992::bigint), (1::bigint)) t(v)"
print(duckdb.sql(query).fetchall())
assert duckdb.sql(query).fetchall() == [(9007199254740993,)]
duckdb.sql(f"copy ({query}) to $$total.parquet$$ (format parquet)")
kind, back = pq.read_schema("total.parquet").field("total").type, duckdb.sql("select total::bigint from read_parquet($$total.parquet$$)").fetchall()
print("Parquet:", kind, back)
assert str(kind) == "double" and back == [(9007199254740992,)], "it is written otherwise now"
PYTHON
