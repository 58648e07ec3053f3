#!/usr/bin/env python3
"""The graticule layout against DuckDB's own table, both in the order in which they are read best, both warm.

    python3 benches/against_duckdb_table.py FOLDER DATASET LAYOUT [--repeat 9] [--graticule target/release/graticule]

DATASET is a Parquet file, or folders of them, with lon, lat, time and altitude_m, and LAYOUT what `graticule optimize DATASET LAYOUT`
makes of it. Makes FOLDER/table.duckdb unless it is there: the same rows by month and Morton code. The small box is 4 km wide about the
busiest geohash-6 cell, the city 1.5 degrees about it. Timed are `seconds.wall` of graticule's receipt, which leaves the start of its
process out, the whole process beside it, and DuckDB's query in a connection that has answered it once. Two threads each, in turns,
the first of which is not counted. With `--warm target/release/examples/warm` also the `wall` of the third time that a process asks
which keeps its columns in memory, as DuckDB does; that is what the ratio is of then.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

from against_duckdb import CELL, THREADS, agree, duckdb, spelled_out

POINTS = "lon between -180 and 180 and lat between -90 and 90"


def main():
    arguments = parse()
    table = os.path.join(arguments.folder, "table.duckdb")
    if not os.path.exists(table):
        make(table, arguments.dataset)
    with duckdb.connect(table, read_only=True, config={"threads": THREADS}) as connection:
        print(f"DuckDB {duckdb.__version__}, {THREADS} threads each, {arguments.repeat} turns\n")
        print("| question | graticule wall s | whole process s | third time s | DuckDB s | times as fast, median of pairs | least .. greatest |")
        print("|---|---|---|---|---|---|---|")
        for question, flags, sql in questions(*busiest(connection)):
            measure(arguments, connection, question, flags, sql)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="where DuckDB's table is, or is made")
    parser.add_argument("dataset", help="the Parquet file, or the folder of files")
    parser.add_argument("layout", help="the output of graticule optimize")
    parser.add_argument("--repeat", type=int, default=9, help="turns that are counted (default 9)")
    parser.add_argument("--warm", help="the example of that name, built with --release")
    parser.add_argument("--graticule", default="target/release/graticule", help="the binary")
    return parser.parse_args()


def make(table, dataset):
    files = dataset if dataset.endswith(".parquet") else os.path.join(dataset, "**/*.parquet")
    os.makedirs(os.path.dirname(table), exist_ok=True)
    with duckdb.connect(table + ".new", config={"threads": THREADS, "memory_limit": "8GB"}) as connection:
        # Bits of a 16 bit number, one apart.
        connection.execute("create macro s1(x) as (x | (x << 8)) & 16711935")
        connection.execute("create macro s2(x) as (x | (x << 4)) & 252645135")
        connection.execute("create macro s3(x) as (x | (x << 2)) & 858993459")
        connection.execute("create macro spread(x) as (s3(s2(s1(x))) | (s3(s2(s1(x))) << 1)) & 1431655765")
        connection.execute(f"""
            create table points as select lon, lat, time, case when not isnan(altitude_m) then altitude_m end altitude_m from '{files}'
            order by date_trunc('month', time),
                case when {POINTS} then spread(least(65535, floor((lon + 180) / 360 * 65536))::bigint)
                    | (spread(least(65535, floor((lat + 90) / 180 * 65536))::bigint) << 1) end""")
    os.rename(table + ".new", table)


def busiest(connection):
    """The middle of the geohash-6 cell that has the most rows."""
    x, y, _ = connection.execute(f"select {CELL}, count(*) n from points where {POINTS} group by x, y order by n desc, x, y limit 1").fetchone()
    return (x + 0.5) / 32768 * 360 - 180, (y + 0.5) / 32768 * 180 - 90


def questions(lon, lat):
    def box(width):
        half, tall = width / 2, width / 2 * math.cos(math.radians(lat))
        edges = [round(v, 5) for v in (lon - half, lat - tall, lon + half, lat + tall)]
        west, south, east, north = edges
        return ["--bbox", ",".join(map(str, edges))], f"lon between {west} and {east} and lat between {south} and {north}"

    small, in_small = box(0.056)
    city, in_city = box(1.5)
    fine = "cast(floor((lon+180)/360*8388608) as bigint) x, cast(floor((lat+90)/180*4194304) as bigint) y"
    return [
        ("4 km box: count, min, max, mean", [*small, "--agg", "count,min(altitude_m),max(altitude_m),mean(altitude_m)"],
         f"select count(*), min(altitude_m), max(altitude_m), avg(altitude_m::double) from points where {in_small}"),
        ("world, geohash-6: ten busiest cells", ["--by", "geohash:6", "--agg", "count", "--top", "10"],
         f"select {CELL}, count(*) n from points where {POINTS} group by x, y order by n desc, x, y limit 10"),
        ("city, geohash-6: count, mean", [*city, "--by", "geohash:6", "--agg", "count,mean(altitude_m)"],
         f"select {CELL}, count(*), avg(altitude_m::double) from points where {in_city} group by x, y"),
        ("world, geohash-9: ten busiest cells", ["--by", "geohash:9", "--agg", "count", "--top", "10"],
         f"select {fine}, count(*) n from points where {POINTS} group by x, y order by n desc, x, y limit 10"),
    ]


def measure(arguments, connection, question, flags, sql):
    walls, wholes, thirds, theirs = [], [], [], []
    for turn in range(arguments.repeat + 1):
        wall, whole, answer, query = ask(arguments, flags)
        third = again(arguments, query) if arguments.warm else wall
        begin = time.perf_counter()
        rows = connection.execute(sql).fetchall()
        other = time.perf_counter() - begin
        if turn == 0:
            if "geohash-9" in question:
                # Ties at the end of ten: the counts are what both must have.
                answer, rows = [[row[-1]] for row in answer], [row[-1:] for row in rows]
            agree(question, answer, rows)
            continue
        walls.append(wall)
        wholes.append(whole)
        thirds.append(third)
        theirs.append(other)
    ratios = [b / a for a, b in zip(thirds, theirs)]
    print(f"| {question} | {statistics.median(walls):.4f} | {statistics.median(wholes):.4f} | {statistics.median(thirds):.4f} | {statistics.median(theirs):.4f}"
          f" | {statistics.median(ratios):.2f} | {min(ratios):.2f} .. {max(ratios):.2f} |", flush=True)


def ask(arguments, flags):
    with tempfile.TemporaryDirectory() as folder:
        receipt = os.path.join(folder, "receipt.json")
        command = [arguments.graticule, "query", arguments.layout, *flags,
                   "--device", "cpu", "--threads", str(THREADS), "--format", "json", "--receipt", receipt]
        begin = time.perf_counter()
        ran = subprocess.run(command, capture_output=True, text=True)
        whole = time.perf_counter() - begin
        if ran.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{ran.stderr}")
        with open(receipt) as file:
            told = json.load(file)
        return told["seconds"]["wall"], whole, [spelled_out(row) for row in json.loads(ran.stdout)["rows"]], told["query"]


def again(arguments, query):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(query, file)
        file.flush()
        command = [arguments.warm, arguments.layout, file.name, "3", str(4 << 30)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(ran.stdout.splitlines()[-1].split()[0])


if __name__ == "__main__":
    main()
