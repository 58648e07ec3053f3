#!/usr/bin/env bash
# A track that geopandas 1.2.0 (pyogrio 0.13.0) writes to FlatGeobuf comes back in another order, along the Hilbert curve of the file's
# index: whoever joins consecutive points to lines, or columns to rows by place, gets other lines, and nothing says so.
# SPATIAL_INDEX=NO keeps the order. Guess before: rows come back as they went. Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet geopandas==1.2.0 pyogrio==0.13.0 shapely==2.2.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import geopandas

track = geopandas.GeoDataFrame(
    {"step": range(8)}, geometry=geopandas.points_from_xy([0, 9, 1, 8, 2, 7, 3, 6], [0, 9, 1, 8, 2, 7, 3, 6]), crs=4326
)
track.to_file("indexed.fgb")
track.to_file("plain.fgb", SPATIAL_INDEX="NO")
indexed, plain = (geopandas.read_file(f"{name}.fgb")["step"].tolist() for name in ["indexed", "plain"])
print(indexed, plain)
assert plain == list(range(8)), "plain.fgb changed"
assert sorted(indexed) == plain and indexed != plain, "the order is kept now"
PYTHON
