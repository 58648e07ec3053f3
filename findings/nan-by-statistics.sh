#!/usr/bin/env bash
# One broken speed, a NaN, and the answer depends on whether the Parquet file has statistics. DuckDB 2.0.1 and DataFusion 55.0.0 have
# NaN above all numbers, and statistics leave it out: so max(speed) is 3 with them and NaN without, `speed > 3` counts 0 rows or 1.
# Even on one file a further filter (DataFusion) or a group (DuckDB) turns 3 into NaN, and DataFusion's max by group skips it again.
# Guess before: NaN in both, from either file. Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet duckdb==2.0.1 datafusion==55.0.0 pyarrow==26.0.1
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import datafusion
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

speeds = pa.table({"speed": pa.array([1.0, float("nan"), 3.0], from_pandas=False), "car": [7, 7, 7]})
pq.write_table(speeds, "with.parquet")
pq.write_table(speeds, "without.parquet", write_statistics=False)
context = datafusion.SessionContext()
asked = ["select max(speed) from F", "select count(*) from F where speed > 3", "select max(speed) from F where car = 7",
         "select max(speed) from F group by car"]
seen = {}
for file in ["with", "without"]:
    context.register_parquet(file, f"{file}.parquet")
    for engine, ask in [
        ("duckdb", lambda q: duckdb.sql(q.replace("F", f"'{file}.parquet'")).fetchall()[0][0]),
        ("datafusion", lambda q: next(iter(context.sql(q.replace("F", file)).to_pydict().values()))[0]),
    ]:
        seen[engine, file] = [str(ask(question)) for question in asked]
print(seen)
assert seen == {
    ("duckdb", "with"): ["3.0", "0", "3.0", "nan"], ("duckdb", "without"): ["nan", "1", "nan", "nan"],
    ("datafusion", "with"): ["3.0", "0", "nan", "3.0"], ("datafusion", "without"): ["nan", "1", "nan", "3.0"],
}, "an engine changed"
PYTHON
