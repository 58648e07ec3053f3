#!/usr/bin/env bash
# pandas 3.1.1 has times in microseconds unless told otherwise. fastparquet 2026.9.0, asked for times="int96" as Spark and Impala want
# them, writes their count as if it were of nanoseconds: 2026 becomes January 1970, in its own eyes and in pyarrow's (26.0.1).
# Guess before: the same times. Seen 2026-11-30: as asserted below. Times of nanoseconds come through.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import fastparquet
import pandas
import pyarrow.parquet as pq

seen = {}
for unit in ["ns", "us", "ms"]:
    frame = pandas.DataFrame({"time": pandas.to_datetime(["2026-03-01 12:34:56"]).as_unit(unit)})
    fastparquet.write("a.parquet", frame, times="int96")
    read = fastparquet.ParquetFile("a.parquet").to_pandas()["time"], pq.read_table("a.parquet")["time"].to_pylist()
    seen[unit] = [str(times[0])[:10] for times in read]
print(pandas.DataFrame({"time": pandas.to_datetime(["2026-03-01 12:34:56"])}).dtypes["time"], seen)
assert seen == {"ns": ["2026-03-01"] * 2, "us": ["1970-01-21"] * 2, "ms": ["1970-01-01"] * 2}, "fastparquet changed"
PYTHON
