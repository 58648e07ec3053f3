#!/usr/bin/env bash
# Two libraries that are used side by side measure the same degree of the equator on two spheres: h3 4.5.0's great_circle_distance on the
# sphere of the earth's area (6371.0072 km), haversine 2.9.0 on that of the mean radius (6371.0088 km).
# Guess before: both take the mean radius. Seen 2026-11-30: as asserted below. It is little, 2.5e-7, and enough that equal
# thresholds do not give equal rows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet h3==4.5.0 haversine==2.9.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import math

import h3
import haversine

of_h3 = h3.great_circle_distance((0, 0), (0, 1), unit="m") / math.radians(1)
of_haversine = haversine.haversine((0, 0), (0, 1), unit="m") / math.radians(1)
print(of_h3, of_haversine)
assert abs(of_h3 - 6371007.180918475) < 1e-3, "h3 measures on another sphere now"
assert abs(of_haversine - 6371008.8) < 1e-3, "haversine measures on another sphere now"
PYTHON
