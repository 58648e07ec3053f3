#!/usr/bin/env bash
# AIS says "no position" by longitude 181 and latitude 91. ClickHouse (chdb 4.4.0) gives such rows, and those whose numbers are NaN, a
# geohash like any other: what is too far is moved to the edge, NaN to the westernmost or southernmost cell. So rows without a
# place are ships at the pole and off Fiji. Guess before, of what is too far: an error, or the cell around the world.
# Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet chdb==4.4.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import chdb

places = {"no position": "181.0, 91.0", "the corner": "180.0, 90.0", "no longitude": "nan, 0.0", "the west": "-180.0, 0.0"}
seen = {name: str(chdb.query(f"select geohashEncode({place}, 5)", "TSV")).strip() for name, place in places.items()}
print(seen)
assert seen["no position"] == seen["the corner"] == "zzzzz", "ClickHouse knows no position now"
assert seen["no longitude"] == seen["the west"] == "80000", "ClickHouse knows NaN now"
PYTHON
