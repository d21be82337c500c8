#!/usr/bin/env python3
"""bench/compile_time/compile_time.py: what weft costs its users' build, against other libraries.

    cmake --build build/release --target compile_time

Builds program.cpp with the library's flags, without ccache, every program once a round, and prints
the medians of processor seconds (user and system, so that a busy machine disturbs little).
"""
import argparse
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def processor_seconds(command):
    child = subprocess.Popen(command)
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"compile_time: failed: {' '.join(command)}")
    return used.ru_utime + used.ru_stime


def programs(libraries):
    """{what: definitions}: the headers alone, then with expressions."""
    chosen = {library: [f"-DWITH_{library.upper()}"] for library in libraries}
    counts = {"weft": (0, 1, 10), "xtensor": (0, 1, 10), "eigen": (0, 1, 10), "xsimd": (0,)}
    result = {("nothing", 0): []}
    for library, definitions in chosen.items():
        for count in counts[library]:
            result[library, count] = definitions + [f"-DEXPRESSIONS={count}"]
    return result


def goal(what, value, limit):
    print(f"| {what} | {value:.2f} | {limit:.2f} | {'yes' if value <= limit else 'NO'} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--libraries", nargs="+", default=["xsimd", "weft"])
    parser.add_argument("compile", nargs="+", help="the compiler and its flags")
    options = parser.parse_args()
    taken = {program: [] for program in programs(options.libraries)}
    for _ in range(options.rounds):
        for program, definitions in programs(options.libraries).items():
            taken[program].append(processor_seconds(
                options.compile + definitions +
                ["-c", os.path.join(HERE, "program.cpp"), "-o", os.devnull]))
    median = {program: statistics.median(times) for program, times in taken.items()}

    print(f"{' '.join(options.compile)}\n")
    print(f"Processor seconds, median of {options.rounds}:\n")
    print("| library | header | and one expression | and ten | each further expression |")
    print("|---|---|---|---|---|")
    for library in ["nothing"] + options.libraries:
        times = [median.get((library, count)) for count in (0, 1, 10)]
        further = (times[2] - times[1]) / 9 if times[2] else None
        cells = ["" if value is None else f"{value:.2f}" for value in times + [further]]
        print(f"| {library} | {' | '.join(cells)} |")
    print("\n| goal | measured | at most | met |\n|---|---|---|---|")
    goal("weft's header, times xsimd's", median["weft", 0] / median["xsimd", 0], 1.3)
    goal("each further expression, seconds", (median["weft", 10] - median["weft", 1]) / 9, 0.25)
    if "xtensor" in options.libraries:
        goal("ten expressions, times xtensor's", median["weft", 10] / median["xtensor", 10], 0.5)


if __name__ == "__main__":
    main()
