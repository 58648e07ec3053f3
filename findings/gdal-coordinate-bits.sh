#!/usr/bin/env bash
# Which files give a coordinate back to the bit through geopandas 1.2.0 and pyogrio 0.13.0 (its own GDAL)? Of 500 random points:
# GeoPackage and Shapefile all; GeoJSON 473, one step beside in the others; CSV with WKT 2; and GeoJSON lines (.geojsonl), the same
# text by another name, none: it keeps seven decimals.
# Guess before: the same bits from all of them. Seen 2026-11-30: as asserted below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet geopandas==1.2.0 pyogrio==0.13.0 shapely==2.2.0
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import random

import geopandas

dice = random.Random(2)
lon = [dice.uniform(-180, 180) for _ in range(500)]
lat = [dice.uniform(-85, 85) for _ in range(500)]
points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(lon, lat), crs=4326)
seen = {}
for name, more in [("a.gpkg", {}), ("a.shp", {}), ("a.geojson", {}), ("a.geojsonl", {"driver": "GeoJSONSeq"}),
                   ("a.csv", {"driver": "CSV", "GEOMETRY": "AS_WKT"})]:
    points.to_file(name, **more)
    back = geopandas.read_file(name)
    shapes = geopandas.GeoSeries.from_wkt(back.WKT) if "WKT" in back else back.geometry
    same = sum(x == p.x and y == p.y for x, y, p in zip(lon, lat, shapes))
    seen[name] = same, max(abs(x - p.x) for x, p in zip(lon, shapes))
print(seen)
counts = {name: same for name, (same, _) in seen.items()}
assert counts == {"a.gpkg": 500, "a.shp": 500, "a.geojson": 473, "a.geojsonl": 0, "a.csv": 2}, "a driver changed"
assert seen["a.geojson"][1] < 1e-15 and 1e-8 < seen["a.geojsonl"][1] < 5.1e-8
PYTHON
