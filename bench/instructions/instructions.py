#!/usr/bin/env python3
"""bench/instructions/instructions.py: instructions that a case executes, counted by valgrind.

    cmake -S . -B build/instructions -DCMAKE_BUILD_TYPE=Release -DWEFT_NATIVE=OFF \\
          -DCMAKE_CXX_FLAGS=-march=x86-64-v3
    cmake --build build/instructions --target instructions

Prints them for one evaluation of 4096 elements and for a register of 32 bytes; starting the program
is not counted. Counts are exact, so they compare two versions on a busy machine. Valgrind knows no
AVX-512, hence the processor that is named above. Needs Debian's package valgrind.
"""
import os
import re
import shutil
import subprocess
import sys

CASES = ("axpy exp expm1 tanh log sin cos tan erf transcendental where row column transpose "
         "reversed").split()
ELEMENTS, FEW, MANY = 4096, 2, 22


def counted(program, case, dtype, times):
    run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}",
                          program, case, dtype, str(times)], capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"instructions: {case} {dtype} failed:\n{run.stderr}")
    return int(found.group(1))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if not shutil.which("valgrind"):
        sys.exit("instructions: valgrind is missing; install Debian's package valgrind")
    program, cases = sys.argv[1], sys.argv[2:] or CASES
    print("| case | float32 | a register | float64 | a register |\n|---|---|---|---|---|")
    for case in cases:
        cells = []
        for dtype, lanes in (("float32", 8), ("float64", 4)):
            more = counted(program, case, dtype, MANY) - counted(program, case, dtype, FEW)
            each = more / (MANY - FEW)
            cells += [f"{each:.0f}", f"{each / (ELEMENTS / lanes):.1f}"]
        print(f"| {case} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
