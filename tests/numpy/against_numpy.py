#!/usr/bin/env python3
# tests/numpy/against_numpy.py: what a slice, a broadcast or a function gives, is decided by NumPy.
# Draws random cases, runs them with NumPy, has interpreter.cpp run them with weft, compares.
# Usage: against_numpy.py INTERPRETER [CASES]. WEFT_SEED repeats a run that failed.
# SPDX-License-Identifier: BSD-3-Clause
import os
import random
import subprocess
import sys

import elementwise
import numpy as np
import reductions
from cases import random_case

interpreter = sys.argv[1]
count = int(sys.argv[2]) if len(sys.argv) > 2 else 8000
seed = int(os.environ.get("WEFT_SEED", 20240229))
draw = random.Random(seed)


cases = [random_case(draw) for _ in range(count)]
cases += elementwise.cases(draw)
cases += reductions.cases(draw)
lines = "".join(case.line + "\n" for case in cases)
answered = subprocess.run([interpreter], input=lines, stdout=subprocess.PIPE, text=True)
answers = answered.stdout.splitlines()
if answered.returncode != 0 or len(answers) != len(cases):
    at = cases[min(len(answers), len(cases) - 1)].line
    sys.exit(f"WEFT_SEED={seed}: the interpreter ended with {answered.returncode} at: {at}")

wrong = 0
for case, answer in zip(cases, answers):
    difference = case.difference(answer)
    if difference:
        wrong += 1
        if wrong <= 10:
            print(f"case:  {case.line[:300]}\n{difference}\n")
refused = sum(c.error is not None for c in cases)
print(f"{len(cases)} cases, {refused} of them errors: {wrong} differ from NumPy {np.__version__}")
if wrong:
    sys.exit(f"WEFT_SEED={seed} repeats this run")
