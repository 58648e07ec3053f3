#!/usr/bin/env bash
# A missing fix (NaN) becomes, by geopandas 1.2.0 points_from_xy, a point that is neither missing nor empty: isna() and is_empty say
# no, so dropping missing and empty geometries keeps it, and its place is NaN NaN. A half fix is a point, too.
# Guess before: an empty point. Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet geopandas==1.2.0 shapely==2.2.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import math

import geopandas

points = geopandas.GeoSeries(geopandas.points_from_xy([math.nan, math.nan, 10.0], [math.nan, 50.0, 50.0]))
print(points.to_wkt().tolist(), points.isna().tolist(), points.is_empty.tolist())
assert not points.isna().any() and not points.is_empty.any(), "a missing fix is no point now"
assert points.to_wkt().tolist()[1].upper() == "POINT (NAN 50)"
PYTHON
