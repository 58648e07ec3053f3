#!/usr/bin/env python3
"""graticule against what people use today, on one Parquet file: DuckDB, ClickHouse (chDB) and GeoPandas.

    python3 benches/against_others.py FILE.parquet [--repeat 5] [--graticule target/release/graticule]

The file has the columns lon, lat, time, user_id and altitude_m. Each question is asked as each tool's own users would
write it; timed are whole processes, from start to exit, two threads each, in turns (A B C D A B C D); the first turn is
not counted. Answers must agree: counts exactly, means to the ninth digit. A tool that has no words for a question says -.
Needs: python3 -m pip install duckdb==2.0.1 chdb==4.4.0 geopandas==1.2.0 h3==4.5.0 pyarrow
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ZONE = [[116.2031737, 39.8013791], [116.5517913, 39.8071331], [116.5539171, 40.0513793], [116.4037139, 39.9513177], [116.2017931, 40.0537191], [116.2031737, 39.8013791]]
WKT = "POLYGON((" + ", ".join(f"{x} {y}" for x, y in ZONE) + "))"
RING = "[" + ", ".join(f"({x}, {y})" for x, y in ZONE) + "]"
BOX = "lon between 116.30 and 116.33 and lat between 39.97 and 40.00"
DUCKDB = "import duckdb; duckdb.sql('set threads = 2'); print(duckdb.sql('''{}''').fetchall())"
CHDB = "import chdb; print(chdb.query('''{} settings max_threads = 2''', 'CSV'))"
PANDAS = """
import geopandas, pandas, shapely
points = pandas.read_parquet({file!r}, columns=[{columns}])
{ask}
"""
QUESTIONS = [
    (
        "box: count, mean",
        ["--bbox", "116.30,39.97,116.33,40.00", "--agg", "count,mean(altitude_m)"],
        DUCKDB.format("select count(*), avg(altitude_m::double) from \"{file}\" where " + BOX),
        CHDB.format("select count(), avg(toFloat64(altitude_m)) from file(\"{file}\", Parquet) where " + BOX),
        PANDAS.replace("{columns}", "'lon', 'lat', 'altitude_m'").replace("{ask}", (
            "found = points[points.lon.between(116.30, 116.33) & points.lat.between(39.97, 40.00)]\n"
            "print(len(found), found.altitude_m.astype('float64').mean())")),
    ),
    (
        "polygon: count",
        ["--polygon", "{zone}", "--agg", "count"],
        None,
        CHDB.format("select count() from file(\"{file}\", Parquet) where pointInPolygon((assumeNotNull(lon), assumeNotNull(lat)), " + RING + ")"),
        PANDAS.replace("{columns}", "'lon', 'lat'").replace("{ask}", (
            f"zone = shapely.from_wkt({WKT!r}); shapely.prepare(zone)\n"
            "print(int(shapely.contains_xy(zone, points.lon, points.lat).sum()))")),
    ),
    (
        "H3 cells of resolution 8: devices in the busiest",
        ["--by", "h3:8", "--agg", "count,distinct(user_id)", "--top", "1"],
        None,
        CHDB.format(
            "select n, d from (select geoToH3(assumeNotNull(lat), assumeNotNull(lon), 8) c, count() n, uniqExact(user_id) d"
            " from file(\"{file}\", Parquet) group by c order by n desc limit 1)"),
        PANDAS.replace("{columns}", "'lon', 'lat', 'user_id'").replace("{ask}", (
            "import h3.api.basic_int as h3\n"
            "points['c'] = [h3.latlng_to_cell(y, x, 8) for x, y in zip(points.lon, points.lat)]\n"
            "found = points.groupby('c').user_id.agg(['size', 'nunique']).sort_values('size', ascending=False)\n"
            "print(*found.iloc[0])")),
    ),
]
NAMES = ["graticule", "DuckDB", "ClickHouse", "GeoPandas"]


def numbers(text):
    for sign in "[]()\n,":
        text = text.replace(sign, " ")
    return [float(word) for word in text.split() if word.replace(".", "").replace("-", "").isdigit()]


def timed(command):
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "NODEVICE_SELECT": "1"}
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    seconds = time.perf_counter() - begin
    if done.returncode:
        sys.exit(f"{command}: {done.stderr}")
    return seconds, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--graticule", default="target/release/graticule")
    arguments = parser.parse_args()
    file = os.path.abspath(arguments.file)
    with tempfile.TemporaryDirectory() as folder:
        zone = pathlib.Path(folder, "zone.geojson")
        zone.write_text(json.dumps({"type": "Polygon", "coordinates": [ZONE]}))
        print("| question | " + " | ".join(NAMES) + " |\n|---" * 1 + "|---" * len(NAMES) + "|")
        for name, flags, *scripts in QUESTIONS:
            flags = [flag.replace("{zone}", str(zone)) for flag in flags]
            tool = [arguments.graticule, "query", file, *flags, "--threads", "2", "--device", "cpu", "--format", "csv"]
            commands = [tool] + [s and [sys.executable, "-c", s.replace("{file!r}", repr(file)).replace("{file}", file)] for s in scripts]
            row(name, commands, arguments.repeat)


def row(name, commands, repeat):
    seconds = {place: [] for place, command in enumerate(commands) if command}
    answers = {}
    for turn in range(repeat + 1):
        for place in seconds:
            took, text = timed(commands[place])
            # A table has its names first.
            lines = text.splitlines()
            answers[place] = numbers(" ".join(lines[1:]) if place == 0 else text)[-2:]
            if turn:
                seconds[place].append(took)
    for place, answer in answers.items():
        same = len(answer) == len(answers[0]) and all(abs(a - b) <= 1e-9 * abs(b) for a, b in zip(answer, answers[0]))
        if not same:
            sys.exit(f"{name}: {NAMES[place]} says {answer}, graticule {answers[0]}")
    cells = [f"{statistics.median(seconds[place]):.3f} s" if place in seconds else "-" for place in range(len(commands))]
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


main()
