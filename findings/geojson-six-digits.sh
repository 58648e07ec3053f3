#!/usr/bin/env bash
# geojson 3.3.0 rounds what it is given to six decimals, 11 cm, without being asked: not only text that it writes,
# the coordinates of the object itself are other numbers at once.
# Guess before: all digits stay. Seen 2026-11-30: as asserted below. (precision=15 keeps more.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet geojson==3.3.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import geojson

point = geojson.Point((115.123456789, 39.9876543219))
print(point["coordinates"], geojson.dumps(point))
assert list(point["coordinates"]) == [115.123457, 39.987654], "it keeps other digits now"
again = geojson.loads("{\"type\": \"Point\", \"coordinates\": [115.123456789, 39.9876543219]}")
print("read:", again["coordinates"])
assert list(again["coordinates"]) == [115.123457, 39.987654], "reading keeps other digits now"
PYTHON
