#!/usr/bin/env bash
# Who makes cells by rounding has two at the equator and at Greenwich: -0.001 rounds to -0.0, 0.001 to 0.0. ClickHouse (chdb 4.4.0) and
# pyarrow 26.0.1 keep two groups that print alike; pandas 3.1.1, Polars 2.1.0 and DuckDB 2.0.1 one; DataFusion 55.0.0 groups them
# together and counts two different ones in the same column. Guess before: two in pyarrow alone, DataFusion agrees with itself.
# Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet duckdb==2.0.1 polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1 chdb==4.4.0 datafusion==55.0.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import chdb
import datafusion
import duckdb
import pandas
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

pq.write_table(pa.table({"lon": [-0.001, 0.001]}), "a.parquet")
context = datafusion.SessionContext()
context.register_parquet("a", "a.parquet")
rounded = pa.table({"cell": pc.round(pq.read_table("a.parquet")["lon"], 2)})
groups = "select round(lon, 2) cell, count(*) n from 'a.parquet' group by cell"
seen = {
    "pandas": len(pandas.read_parquet("a.parquet")["lon"].round(2).value_counts()),
    "polars": polars.read_parquet("a.parquet").group_by(polars.col("lon").round(2)).len().height,
    "duckdb": len(duckdb.sql(groups).fetchall()),
    "pyarrow": rounded.group_by("cell").aggregate([("cell", "count")]).num_rows,
    "clickhouse": len(str(chdb.query(groups.replace("'a.parquet'", "file('a.parquet')"))).strip().splitlines()),
    "datafusion": context.sql(groups.replace("'a.parquet'", "a")).to_arrow_table().num_rows,
    "datafusion, distinct": context.sql("select count(distinct round(lon, 2)) n from a").to_pydict()["n"][0],
}
print(seen)
assert list(seen.values()) == [1, 1, 1, 2, 2, 1, 2], "an engine changed"
PYTHON
