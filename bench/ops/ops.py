#!/usr/bin/env python3
"""bench/ops/ops.py: the rows of the op table, on registers and one element at a time.

    weft_ops_bench --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true \\
                   --benchmark_format=json > ops.json
    bench/ops/ops.py ops.json [--table]

Prints the rows that are not twice as fast on registers, and those whose cost in
include/weft/ops.def is not what was measured: a cost is the time of one float beyond that of a copy
(the row `positive`), of int32 where a row takes no floats, in simple operations of 0.0125 ns. With
--table prints all rows; times are nanoseconds an element, the shortest of all repetitions.
"""
import collections
import json
import pathlib
import re
import sys

OPERATION = 0.0125
# Rules of rows that make or take a bool: one in memory costs more than the row.
BOOLS = {"equality", "ordering", "predicate", "logical", "select"}


def shortest(path):
    times = collections.defaultdict(dict)
    for run in json.load(open(path))["benchmarks"]:
        if run.get("run_type") == "aggregate":
            continue
        row, how, dtype = run["run_name"].split("/")
        each = 1e9 / run["items_per_second"]
        key = (how, dtype)
        times[row][key] = min(each, times[row].get(key, each))
    return times


def stated():
    table = pathlib.Path(__file__).parents[2] / "include/weft/ops.def"
    rows = re.findall(r"^OP\((\w+), \d, \S+, (\w+), [^\n]*?, (?:batch|lanes), (\d+),",
                      table.read_text(), re.M)
    return {name: int(cost) for name, rule, cost in rows if rule not in BOOLS}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    times, costs = shortest(sys.argv[1]), stated()
    copy = times["positive"]
    if "--table" in sys.argv:
        print("| row | float | scalar | ratio | double | scalar | ratio | cost |\n" + "|---" * 8 + "|")
    slow, changed = [], []
    for row, t in times.items():
        dtypes = ["float", "double"] if ("registers", "float") in t else ["int32"]
        first = ("registers", dtypes[0])
        cost = max(1, round((t[first] - copy[first]) / OPERATION))
        cells = []
        for dtype in dtypes:
            on, one = t["registers", dtype], t["scalar", dtype]
            cells += [f"{on:.3f}", f"{one:.2f}", f"{one / on:.1f}"]
            if one < 2 * on:
                slow.append(f"{row} ({dtype}): {on:.3f}, scalar {one:.2f}")
        if "--table" in sys.argv:
            cells += [""] * (6 - len(cells)) + [str(cost)]
            print(f"| {row} | {' | '.join(cells)} |")
        told = costs.get(row, cost)
        if not told / 2 <= cost <= told * 2 and abs(cost - told) > 2:
            changed.append(f"{row}: {told} in the table, {cost} measured")
    print("\nNot twice as fast on registers:", *slow, sep="\n- ")
    print("\nOther costs than stated:", *changed, sep="\n- ")


if __name__ == "__main__":
    main()
