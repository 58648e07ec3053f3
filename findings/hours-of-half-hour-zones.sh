#!/usr/bin/env bash
# An hour in India begins at half past the hour of UTC. In DataFusion 55.0.0 date_trunc('hour', t) of a column in Asia/Kolkata is the
# local hour, and date_bin(interval '1 hour', t) the hour of UTC, 12:30 to 13:30 local; DuckDB 2.0.1 is of two minds likewise, by
# date_trunc and time_bucket. Guess before: local hours from all four. Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet datafusion==55.0.0 duckdb==2.0.1 pyarrow==26.0.1 pandas==3.1.1 pytz tzdata
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import datetime

import datafusion
import duckdb
import pyarrow as pa

# 12:34 in Kolkata.
moment = datetime.datetime(2026, 3, 1, 7, 4, tzinfo=datetime.timezone.utc)
context = datafusion.SessionContext()
here = pa.table({"t": pa.array([moment], pa.timestamp("us", "Asia/Kolkata"))})
context.register_record_batches("pings", [here.to_batches()])
duckdb.execute("set TimeZone = 'Asia/Kolkata'")
asked = ["date_trunc('hour', t)", "date_bin(interval '1 hour', t)", "time_bucket(interval '1 hour', t)"]
seen = [str(next(iter(context.sql(f"select {form} h from pings").to_pydict().values()))[0]) for form in asked[:2]]
seen += [str(duckdb.sql(f"select {form} h from here").fetchall()[0][0]) for form in [asked[0], asked[2]]]
seen = [hour[11:16] for hour in seen]
print(seen)
assert seen == ["12:00", "12:30", "12:00", "12:30"], "an engine changed"
PYTHON
