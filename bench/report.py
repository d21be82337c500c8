#!/usr/bin/env python3
"""bench/report.py: what a run of weft_bench says about weft's goals, as Markdown.

    weft_bench --benchmark_format=json --benchmark_enable_random_interleaving=true \\
               --benchmark_repetitions=9 > run.json
    bench/report.py run.json

Takes medians of the repetitions. The fraction of the limit is a case's useful bytes a second over
those of one limit of the same run, limit/copy unless --limit names another (triad, read, write); for
cases in double, of arrays as large as theirs.
Ratios are the other implementation's time over weft's: above 1 weft is faster. A rival is loop,
xtensor or eigen; eager is weft itself, node by node. With --check, missed goals are an error.
"""
import argparse
import json
import math
import statistics
import sys
from collections import defaultdict

RIVALS = ("loop", "xtensor", "eigen")
LIBRARIES = ("xtensor", "eigen")
LARGE = 16777216
SMALL = (16, 64)

# The goals, for cases without and with their suffix _f64.
OF_LIMIT = {name: 0.85 for name in ("axpy", "horner7", "row_broadcast", "col_broadcast", "stencil5",
                                    "where", "reversed", "mixed_dtype", "arange_mul")}
OF_LIMIT.update(transpose_add=0.60, permute4d=0.60)
OVER_LIBRARIES = {"transcendental": 1.8, "black_scholes": 1.8}
OF_BEST_RIVAL = 0.95
SMALL_OVER_XARRAY = 2.0
MEAN_OVER_XTENSOR = 5.0
MEAN_OVER_LIBRARIES = 2.5


def read(path):
    """{size: {case: {implementation: (seconds, bytes a second)}}} of medians, and what failed."""
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)["benchmarks"]
    units = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    samples, medians, failed = defaultdict(list), {}, []
    for entry in entries:
        name = entry.get("run_name", entry["name"]).removesuffix("/real_time")
        if entry.get("error_occurred"):
            failed.append(f"{name}: {entry['error_message']}")
            continue
        if "bytes_per_second" not in entry:
            continue
        sample = entry["real_time"] * units[entry["time_unit"]], entry["bytes_per_second"]
        if entry.get("run_type") != "aggregate":
            samples[name].append(sample)
        elif entry["aggregate_name"] == "median":
            medians[name] = sample
    for name, taken in samples.items():
        medians[name] = tuple(statistics.median(column) for column in zip(*taken))
    result = defaultdict(lambda: defaultdict(dict))
    for name, median in medians.items():
        case, implementation, size = name.split("/")
        result[int(size)][case][implementation] = median
    return result, sorted(set(failed))


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def ratio(taken, others):
    """How many times weft's time the fastest of the others takes; None if there is none."""
    times = [taken[other][0] for other in others if other in taken]
    return min(times) / taken["weft"][0] if times else None


def shown(value, digits=2):
    return "" if value is None else f"{value:.{digits}f}"


def missed_goals(case, size, taken, fraction):
    """The goals that one case at one size misses, in words."""
    plain = case.removesuffix("_f64")
    if size == LARGE and plain in OF_LIMIT and fraction is not None and fraction < OF_LIMIT[plain]:
        yield f"{fraction:.2f} of the limit, not {OF_LIMIT[plain]:.2f}"
    libraries = ratio(taken, LIBRARIES)
    if size == LARGE and plain in OVER_LIBRARIES and libraries is not None:
        if libraries < OVER_LIBRARIES[plain]:
            yield (f"{libraries:.2f} times the best of xtensor and Eigen, "
                   f"not {OVER_LIBRARIES[plain]:.1f}")
    if size in SMALL:
        xarray = ratio(taken, ("xarray",))
        if xarray is not None and 1 / xarray > SMALL_OVER_XARRAY:
            yield f"{1 / xarray:.1f} times the time of xt::xarray, not {SMALL_OVER_XARRAY:.0f}"
    else:
        best = ratio(taken, RIVALS)
        if best is not None and best < OF_BEST_RIVAL:
            yield f"{best:.2f} of the best rival, not {OF_BEST_RIVAL:.2f}"


def table(size, cases, limits, limit_name):
    """Prints one size; returns its missed goals. `limits` are for cases in float and in double."""
    small = size in SMALL
    columns = ["loop", "eager", "xtensor", "eigen"] + (["xarray"] if small else [])
    print(f"\n## {size} elements\n")
    print(f"| case | weft | GB/s | of {limit_name if any(limits) else 'limit'} | " +
          " | ".join(columns) + " | best rival | best library | misses |")
    print("|" + "---|" * (len(columns) + 7))
    missed, ratios = [], defaultdict(list)
    for case in sorted(case for case in cases if "weft" in cases[case]):
        taken = cases[case]
        seconds, rate = taken["weft"]
        limit = limits[case.endswith("_f64")]
        fraction = rate / limit if limit else None
        row = {column: ratio(taken, (column,)) for column in columns}
        row["best rival"] = ratio(taken, RIVALS)
        row["best library"] = ratio(taken, LIBRARIES)
        for column, value in row.items():
            if value is not None:
                ratios[column].append(value)
        goals = list(missed_goals(case, size, taken, fraction))
        missed += [f"{case} at {size}: {goal}" for goal in goals]
        cells = [case, time(seconds), shown(rate / 1e9, 1), shown(fraction)]
        print("| " + " | ".join(cells + [shown(v) for v in row.values()] + ["; ".join(goals)]) +
              " |")
    means = {column: geometric_mean(ratios[column]) for column in columns + ["best rival",
                                                                             "best library"]}
    print("| geometric mean | | | | " + " | ".join(shown(v) for v in means.values()) + " | |")
    if size == LARGE:
        for column, goal, name in (("xtensor", MEAN_OVER_XTENSOR, "xtensor"),
                                   ("best library", MEAN_OVER_LIBRARIES, "the better library")):
            if means[column] is not None and means[column] < goal:
                missed.append(f"geometric mean at {size}: {means[column]:.2f} times {name}, "
                              f"not {goal:.1f}")
    return missed


def time(seconds):
    for unit, scale in (("ns", 1e9), ("us", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000 or unit == "ms":
            return f"{seconds * scale:.3g} {unit}"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="the JSON that weft_bench wrote")
    parser.add_argument("--limit", default="copy", choices=("copy", "triad", "read", "write"))
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    options = parser.parse_args()
    sizes, failed = read(options.run)
    limits = sizes[LARGE].pop("limit", {})
    print("# weft_bench: medians\n")
    print("Ratios are the other's time over weft's: above 1 weft is faster. Useful bytes: every "
          "distinct element of an operand once, every element of an output once.\n")
    for name, (_, rate) in sorted(limits.items()):
        print(f"- limit/{name}: {rate / 1e9:.1f} GB/s")
    used = [limits.get(options.limit + suffix, (0, None))[1] for suffix in ("", "_f64")]
    if not any(used):
        print(f"- limit/{options.limit} was not measured in this run: no fractions of it")
    missed = []
    for size in sorted(size for size in sizes if sizes[size]):
        missed += table(size, sizes[size], used if size == LARGE else (None, None),
                        f"limit/{options.limit}")
    print(f"\n## Goals missed: {len(missed)}\n")
    for goal in missed:
        print(f"- {goal}")
    if failed:
        print(f"\n## Wrong results, not timed: {len(failed)}\n")
        for failure in failed:
            print(f"- {failure}")
    return 1 if failed or (options.check and missed) else 0


if __name__ == "__main__":
    sys.exit(main())
