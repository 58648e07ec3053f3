"""Whole processes of two builds of graticule, in turns, on the same dataset of GeoLife's points: the same bytes, and how fast.

    python3 benches/against_build.py OLD NEW DATASET [--turns 9]

OLD and NEW are binaries. Prints medians of seconds on the clock and of CPU, user and system, and the median of the ratios of
the clock pair by pair, OLD's by NEW's. The first turn is not counted. Exit code 1 where answers differ.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time

QUESTIONS = {
    "small region": ["--bbox", "116.30,39.97,116.33,40.00", "--time", "2008-10-01..2008-12-30",
                     "--agg", "count,min(altitude_m),max(altitude_m),mean(altitude_m)"],
    "world": ["--by", "geohash:6", "--top", "10"],
    "Beijing": ["--bbox", "115.4,39.4,117.5,41.1", "--by", "geohash:6", "--agg", "count,mean(altitude_m)"],
    "hour of day": ["--by", "hour_of_day,geohash:5", "--agg", "count,var(altitude_m)", "--top", "5"],
    "distinct": ["--by", "geohash:5", "--agg", "distinct(user_id)"],
    "H3": ["--by", "h3:9", "--top", "10"],
}


def ask(binary, dataset, question):
    """The answer's bytes, and seconds on the clock and of CPU."""
    command = [binary, "query", dataset, *question, "--format", "csv", "--device", "cpu"]
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    ran = subprocess.run(command, capture_output=True, check=True)
    clock, after = time.time() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return ran.stdout, clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builds", nargs=2, metavar="BINARY")
    parser.add_argument("dataset")
    parser.add_argument("--turns", type=int, default=9)
    options = parser.parse_args()
    differ = False
    for name, question in QUESTIONS.items():
        turns = [[ask(build, options.dataset, question) for build in options.builds] for _ in range(options.turns + 1)]
        differ |= len({answer for turn in turns for answer, _, _ in turn}) > 1
        counted = turns[1:]
        old, new = ([statistics.median(turn[build][i] for turn in counted) for i in (1, 2)] for build in (0, 1))
        ratio = statistics.median(turn[0][1] / turn[1][1] for turn in counted)
        print(f"{name}: {old[0]:.3f} s, CPU {old[1]:.3f}; {new[0]:.3f} s, CPU {new[1]:.3f}; {ratio:.2f} times as fast", flush=True)
    if differ:
        sys.exit("the answers differ")


main()
