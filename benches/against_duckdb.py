#!/usr/bin/env python3
"""graticule against DuckDB on one Parquet file: the same questions, the same answers, the time of each.

    python3 benches/against_duckdb.py FILE.parquet [--repeat 15] [--graticule target/release/graticule]

The file has the columns lon, lat, time and altitude_m. Timed are the whole `graticule query` process, from start to
exit, and DuckDB's `execute` and `fetchall` in this process, after its start and a connection of its own for each
repeat, so that neither remembers the file. They take turns (A B A B), two threads each; the first turn is not counted.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import time

try:
    import duckdb
except ImportError:
    sys.exit("DuckDB is missing: python3 -m pip install duckdb==2.0.0 (perhaps in a virtual environment)")

THREADS = 2
REGION = "lon between 115.4 and 117.5 and lat between 39.4 and 41.1"
# A geohash of six letters: 15 bits of longitude, 15 of latitude.
CELL = "cast(floor((lon+180)/360*32768) as bigint) x, cast(floor((lat+90)/180*32768) as bigint) y"
QUESTIONS = [
    (
        "small region, 90 days: count, min, max, mean",
        ["--bbox", "116.30,39.97,116.33,40.00", "--time", "2008-10-01..2008-12-30",
         "--agg", "count,min(altitude_m),max(altitude_m),mean(altitude_m)"],
        "select count(*), min(altitude_m), max(altitude_m), avg(altitude_m::double) from FILE"
        " where lon between 116.30 and 116.33 and lat between 39.97 and 40.00"
        " and time >= timestamptz '2008-10-01 00:00:00+00' and time < timestamptz '2008-12-30 00:00:00+00'",
    ),
    (
        "world, geohash-6: ten busiest cells",
        ["--by", "geohash:6", "--agg", "count", "--top", "10"],
        f"select {CELL}, count(*) n from FILE where lat between -90 and 90 group by x, y order by n desc, x, y limit 10",
    ),
    (
        "Beijing, geohash-6: count, mean",
        ["--bbox", "115.4,39.4,117.5,41.1", "--by", "geohash:6", "--agg", "count,mean(altitude_m)"],
        f"select {CELL}, count(*), avg(altitude_m::double) from FILE where {REGION} group by x, y",
    ),
]


def main():
    arguments = parse()
    runs = [measure(arguments, *question) for question in QUESTIONS]
    print(f"DuckDB {duckdb.__version__}, {THREADS} threads each, {arguments.repeat} turns, {arguments.file.split('/')[-1]}\n")
    print("| question | graticule median s | DuckDB median s | ratio, median of pairs | least .. greatest |")
    print("|---|---|---|---|---|")
    for (question, _, _), (ours, theirs) in zip(QUESTIONS, runs):
        row(question, ours, theirs)


def row(name, ours, theirs):
    """A line of the table: seconds of turns, and the ratios of those side by side."""
    ratios = [a / b for a, b in zip(ours, theirs)]
    print(f"| {name} | {statistics.median(ours):.3f} | {statistics.median(theirs):.3f}"
          f" | {statistics.median(ratios):.2f} | {min(ratios):.2f} .. {max(ratios):.2f} |", flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="the Parquet file")
    parser.add_argument("--repeat", type=int, default=15, help="turns that are counted (default 15)")
    parser.add_argument("--graticule", default="target/release/graticule", help="the binary")
    return parser.parse_args()


def measure(arguments, question, flags, sql):
    """Seconds of every turn, graticule's and DuckDB's."""
    sql = sql.replace("FILE", "'" + arguments.file.replace("'", "''") + "'")
    ours, theirs = [], []
    for turn in range(arguments.repeat + 1):
        seconds, answer = ask_graticule(arguments, flags)
        other_seconds, other = ask_duckdb(sql)
        if turn == 0:
            agree(question, answer, other)
            continue
        ours.append(seconds)
        theirs.append(other_seconds)
    return ours, theirs


def ask_graticule(arguments, flags):
    command = [arguments.graticule, "query", arguments.file, *flags,
               "--device", "cpu", "--threads", str(THREADS), "--format", "json"]
    begin = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    if ran.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{ran.stderr}")
    return seconds, [spelled_out(row) for row in json.loads(ran.stdout)["rows"]]


def ask_duckdb(sql):
    with duckdb.connect(config={"threads": THREADS}) as connection:
        begin = time.perf_counter()
        rows = connection.execute(sql).fetchall()
        return time.perf_counter() - begin, rows


def spelled_out(row):
    """A geohash as its column and row, which is how DuckDB names a cell."""
    if not isinstance(row[0], str) or len(row[0]) > 12:
        return row
    bits = "".join(f"{'0123456789bcdefghjkmnpqrstuvwxyz'.index(letter):05b}" for letter in row[0])
    return [int(bits[0::2], 2), int(bits[1::2], 2), *row[1:]]


def agree(question, ours, theirs):
    """Order apart, and DuckDB's floats apart, which it rounds as it adds."""
    ours, theirs = sorted(map(tuple, ours)), sorted(map(tuple, theirs))
    if len(ours) != len(theirs) or not ours:
        sys.exit(f"{question}: {len(ours)} rows against {len(theirs)}")
    for one, other in zip(ours, theirs):
        for a, b in zip(one, other, strict=True):
            same = math.isclose(a, b, rel_tol=1e-6) if isinstance(b, float) else a == b
            if not same:
                sys.exit(f"{question}: {one} against {other}")


if __name__ == "__main__":
    main()
