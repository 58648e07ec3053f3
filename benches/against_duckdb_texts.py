#!/usr/bin/env python3
"""Text keys, distinct texts and H3: graticule against DuckDB, and H3 cells against geohash cells.

    python3 benches/against_duckdb_texts.py FOLDER GEOLIFE.parquet [--repeat 9] [--graticule target/release/graticule]

Makes FOLDER, unless it is there: 3 million pings of `graticule generate` in 60 day folders, in the order of time, and the
points of GEOLIFE, each with the 36 letters of a UUID made of its device or user. Then the same questions are asked of both, as
`against_duckdb.py` does. The time of `--by h3:9` is told as a multiple of that of `--by geohash:6`, turn by turn.
"""

import argparse
import datetime
import os
import subprocess
import sys

from against_duckdb import CELL, THREADS, agree, ask_duckdb, ask_graticule, duckdb, row

POINTS = "lon between -180 and 180 and lat between -90 and 90"
QUESTIONS = [
    (
        "each device: count, first and last value",
        ["--by", "device", "--agg", "count,first(VALUE),last(VALUE)"],
        f"select device, count(*), arg_min(VALUE, time), arg_max(VALUE, time) from FILES where {POINTS} group by device",
    ),
    (
        "each device: count, first and last time",
        ["--by", "device", "--agg", "count,min(time),max(time)"],
        f"select device, count(*), epoch_us(min(time)), epoch_us(max(time)) from FILES where {POINTS} group by device",
    ),
    (
        "distinct devices a day",
        ["--by", "time:1d", "--agg", "distinct(device)"],
        f"select epoch_us(time) // 86400000000 * 86400000000 d, count(distinct device) from FILES where {POINTS} group by d",
    ),
    (
        "distinct devices in each geohash-6",
        ["--by", "geohash:6", "--agg", "distinct(device)"],
        f"select {CELL}, count(distinct device) from FILES where {POINTS} group by x, y",
    ),
]


def main():
    arguments = parse()
    make(arguments)
    print(f"DuckDB {duckdb.__version__}, {THREADS} threads each, {arguments.repeat} turns\n")
    print("| question | graticule median s | DuckDB median s | ratio, median of pairs | least .. greatest |")
    print("|---|---|---|---|---|")
    datasets = [("pings", "pings", "speed_mps", "pings/*/*.parquet"), ("GeoLife", "geolife.parquet", "altitude_m", "geolife.parquet")]
    for name, path, value, files in datasets:
        path, files = (os.path.join(arguments.folder, part) for part in (path, files))
        for question, flags, sql in QUESTIONS:
            flags = [flag.replace("VALUE", value) for flag in flags]
            sql = sql.replace("VALUE", value).replace("FILES", "'" + files.replace("'", "''") + "'")
            ours, theirs = measure(arguments, path, question, flags, sql)
            row(f"{name}, {question}", ours, theirs)
    print("\n| question | H3 median s | geohash median s | ratio, median of pairs | least .. greatest |")
    print("|---|---|---|---|---|")
    for name, path, _, _ in datasets:
        path = os.path.join(arguments.folder, path)
        turns = [[ask(arguments, path, ["--by", key])[0] for key in ("h3:9", "geohash:6")] for _ in range(arguments.repeat + 1)]
        row(f"{name}, H3 cells of resolution 9, geohash-6", *zip(*turns[1:]))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="where the data are, or are made")
    parser.add_argument("geolife", help="the Parquet file of GeoLife's points")
    parser.add_argument("--repeat", type=int, default=9, help="turns that are counted (default 9)")
    parser.add_argument("--graticule", default="target/release/graticule", help="the binary")
    return parser.parse_args()


def make(arguments):
    if os.path.isdir(arguments.folder):
        return
    nation = os.path.join(arguments.folder, "nation")
    os.makedirs(arguments.folder)
    subprocess.run([arguments.graticule, "generate", nation, "--points", "3M", "--days", "60"], check=True, capture_output=True)
    with duckdb.connect(config={"threads": THREADS}) as connection:
        for day in sorted(d for d in os.listdir(nation) if d.startswith("day=")):
            os.makedirs(os.path.join(arguments.folder, "pings", day))
            connection.execute(f"""
                copy (select md5(device_id || '-' || coalesce(trip_id, 0) % 25)::uuid::varchar device, time, lon, lat, speed_mps
                      from '{nation}/{day}/*.parquet' order by time, device_id)
                to '{arguments.folder}/pings/{day}/part-0.parquet' (format parquet, compression zstd)""")
        connection.execute(f"""
            copy (select md5(user_id::varchar)::uuid::varchar device, time, lon, lat, altitude_m from '{arguments.geolife}')
            to '{arguments.folder}/geolife.parquet' (format parquet, compression zstd)""")


def measure(arguments, path, question, flags, sql):
    """Seconds of every turn, graticule's and DuckDB's."""
    ours, theirs = [], []
    for turn in range(arguments.repeat + 1):
        one, answer = ask(arguments, path, flags)
        other, other_answer = ask_duckdb(sql)
        if turn == 0:
            agree(question, [map(microseconds, row) for row in answer], other_answer)
            continue
        ours.append(one)
        theirs.append(other)
    return ours, theirs


def ask(arguments, path, flags):
    return ask_graticule(argparse.Namespace(file=path, graticule=arguments.graticule), flags)


def microseconds(cell):
    """Times as DuckDB is asked for them."""
    if not isinstance(cell, str) or not cell.endswith("Z"):
        return cell
    return round(datetime.datetime.fromisoformat(cell).timestamp() * 1_000_000)


if __name__ == "__main__":
    main()
