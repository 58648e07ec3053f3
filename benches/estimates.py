#!/usr/bin/env python3
"""How far the estimate of `--explain` is from what a question takes.

    python3 benches/estimates.py RAW LAYOUT TEXTS [--repeat 3] [--graticule target/release/graticule] [--receipts FILE]

RAW is a file as it comes, LAYOUT what `graticule optimize` makes of it, TEXTS has a text column device; RAW has lon, lat, time,
altitude_m and user_id. Prints a table: seconds that `--explain` tells before, seconds of the receipt (`wall`, the median of all
but the first run), and their ratio. The last line counts the questions that are within 3 times.
"""

import argparse
import json
import re
import statistics
import subprocess
import tempfile

BEIJING = ["--bbox", "116.2,39.8,116.6,40.1"]
SMALL = ["--bbox", "116.3,39.97,116.33,40.0"]
TIME = ["--time", "2008-10-01..2008-12-30"]

POINTS = [
    ("all rows", []),
    ("all rows: mean, min, max", ["--agg", "mean(altitude_m),min(altitude_m),max(altitude_m)"]),
    ("small region", SMALL),
    ("small region, 90 days, four aggregates", [*SMALL, *TIME, "--agg", "count,min(altitude_m),max(altitude_m),mean(altitude_m)"]),
    ("90 days", TIME),
    ("Beijing, geohash-6", [*BEIJING, "--by", "geohash:6", "--agg", "count,mean(altitude_m)"]),
    ("world, geohash-4", ["--by", "geohash:4"]),
    ("world, geohash-6, ten", ["--by", "geohash:6", "--top", "10"]),
    ("world, geohash-9, ten", ["--by", "geohash:9", "--top", "10"]),
    ("hour of day, geohash-5, variance", ["--by", "hour_of_day,geohash:5", "--agg", "count,var(altitude_m)", "--top", "5"]),
    ("days", ["--by", "time:1d"]),
    ("months", ["--by", "time:month"]),
    ("H3 of resolution 7", ["--by", "h3:7", "--top", "10"]),
    ("H3 of resolution 9, Beijing", [*BEIJING, "--by", "h3:9", "--top", "10"]),
    ("map tiles of zoom 12", ["--by", "tile:12", "--top", "10"]),
    ("distinct users of geohash-5", ["--by", "geohash:5", "--agg", "distinct(user_id)", "--top", "10"]),
    ("median of geohash-4", ["--by", "geohash:4", "--agg", "median(altitude_m)", "--top", "10"]),
    ("high places", ["--where", "altitude_m > 2000", "--by", "geohash:5", "--top", "10"]),
]
DEVICES = [
    ("each device: first and last speed", ["--by", "device", "--agg", "count,first(speed_mps),last(speed_mps)", "--top", "10"]),
    ("distinct devices a day", ["--by", "time:1d", "--agg", "distinct(device)"]),
    ("distinct devices of geohash-6", ["--by", "geohash:6", "--agg", "distinct(device)", "--top", "10"]),
    ("H3 of resolution 9", ["--by", "h3:9", "--top", "10"]),
    ("geohash-6", ["--by", "geohash:6", "--top", "10"]),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw"), parser.add_argument("layout"), parser.add_argument("texts")
    parser.add_argument("--repeat", type=int, default=3, help="runs that are counted (default 3)")
    parser.add_argument("--graticule", default="target/release/graticule", help="the binary")
    parser.add_argument("--receipts", help="a file for the last receipt of each question, a line each")
    arguments = parser.parse_args()
    asked = [(f"{name}, {kind}", url, flags) for kind, url in [("raw", arguments.raw), ("layout", arguments.layout)] for name, flags in POINTS]
    asked += [(name + ", texts", arguments.texts, flags) for name, flags in DEVICES]
    near, receipts = 0, []
    print("| question | estimate s | measured s | estimate / measured |\n|---|---|---|---|")
    for name, url, flags in asked:
        estimate = explained(arguments.graticule, url, flags)
        runs = [answered(arguments.graticule, url, flags) for _ in range(arguments.repeat + 1)]
        wall = statistics.median(run["seconds"]["wall"] for run in runs[1:])
        near += 1 / 3 <= estimate / wall <= 3
        receipts.append({"name": name, **runs[-1]})
        print(f"| {name} | {estimate:.3f} | {wall:.3f} | {estimate / wall:.2f} |", flush=True)
    print(f"\n{near} of {len(asked)} within 3 times")
    if arguments.receipts:
        with open(arguments.receipts, "w") as file:
            file.writelines(json.dumps(receipt) + "\n" for receipt in receipts)


def explained(graticule, url, flags):
    said = subprocess.run([graticule, "query", url, *flags, "--explain", "--device", "cpu"], capture_output=True, text=True, check=True)
    return float(re.search(r"estimate +about ([0-9.]+) s", said.stdout + said.stderr)[1])


def answered(graticule, url, flags):
    with tempfile.TemporaryDirectory() as folder:
        receipt = f"{folder}/receipt.json"
        subprocess.run([graticule, "query", url, *flags, "--device", "cpu", "--receipt", receipt, "-o", f"{folder}/answer.csv"],
                       capture_output=True, check=True)
        with open(receipt) as file:
            return json.load(file)


if __name__ == "__main__":
    main()
