#!/usr/bin/env bash
# A latitude that is stored as a 32-bit float, 39.9000015..., and a box that ends at 39.9. pandas 3.1.1, Polars 2.1.0 and DuckDB 2.0.1
# round the edge to the float that the row has, and count the row; pyarrow 26.0.1, ClickHouse (chdb 4.4.0) and DataFusion 55.0.0
# compare in 64 bits, and do not. DuckDB does either: rounded as a literal, in 64 bits as a parameter of the same statement.
# Guess before: only pandas rounds. Seen 2026-11-30: as asserted below.
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
import pyarrow.parquet as pq

pq.write_table(pa.table({"lat": pa.array([39.9], pa.float32())}), "a.parquet")
frame = pandas.read_parquet("a.parquet")
context = datafusion.SessionContext()
context.register_parquet("a", "a.parquet")
query = "select count(*) from 'a.parquet' where lat <= "
seen = {
    "pandas": len(frame[frame.lat <= 39.9]),
    "polars": polars.read_parquet("a.parquet").filter(polars.col("lat") <= 39.9).height,
    "duckdb, literal": duckdb.sql(query + "39.9").fetchall()[0][0],
    "duckdb, parameter": duckdb.execute(query + "?", [39.9]).fetchall()[0][0],
    "pyarrow": pq.read_table("a.parquet", filters=[("lat", "<=", 39.9)]).num_rows,
    "clickhouse": int(str(chdb.query("select count() from file('a.parquet') where lat <= 39.9"))),
    "datafusion": context.sql("select count(*) n from a where lat <= 39.9").to_pydict()["n"][0],
}
print(seen)
assert list(seen.values()) == [1, 1, 1, 0, 0, 0, 0], "an engine changed"
PYTHON
