# tests/numpy/reductions.py: reductions of random views over random axes, with NumPy's results.
# reductions.hpp has the same functions.
# SPDX-License-Identifier: BSD-3-Clause
import warnings

import elementwise
import numpy as np

EXACT = "min max any all argmin argmax nanmin nanmax nanargmin nanargmax count_nonzero ptp".split()
BOTH = "sum prod min max mean argmin argmax any all".split()
FLOAT_ONLY = ("var std ptp count_nonzero nansum nanprod nanmin nanmax nanmean nanvar nanstd nanargmin "
              "nanargmax").split()
ONE_AXIS = "argmin argmax nanargmin nanargmax".split()
ROUNDINGS = 256  # of the sum of magnitudes; of a product, as many as it has factors


class Case:
    error = None

    def __init__(self, draw, name, kind):
        while True:  # NumPy throws where all elements are NaN
            rank = draw.randint(1, 4)
            shape = [draw.choice([1, 2, 3, 5, 9, 40]) for _ in range(rank)]
            if np.prod(shape) <= 4000:
                break
        x = elementwise.numbers(draw, kind, int(np.prod(shape))).reshape(shape)
        if kind == "int32":
            x = (x % 7 - 3).astype(np.int32)
        elif name.startswith("nan") or name in BOTH[2:] + ["ptp"]:
            x = np.where(np.isinf(x), 1.0, x)
        else:
            x = np.where(np.isfinite(x), np.nan_to_num(x, posinf=0, neginf=0) % 3 - 1, 0.5)
        order = list(range(rank))
        draw.shuffle(order)
        axes = [draw.randrange(rank)] if name in ONE_AXIS else [
            a for a in range(rank) if draw.random() < 0.5]
        axes = [a - rank if draw.random() < 0.3 else a for a in axes]
        view, keep = x.transpose(order), draw.random() < 0.4
        if name.startswith("nanarg"):
            view = np.where(np.isnan(view), 2.0, view)
            view.flat[0] = np.nan if view.shape[axes[0]] > 1 else 2.0
            x = view.transpose(np.argsort(order))
        self.line = (f"reduce {name} {kind} {word(x.shape)} {word(order)} {word(axes)} {int(keep)} "
                     f"{elementwise.words(x.ravel())}")
        axis = axes[0] if name in ONE_AXIS else tuple(axes)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if name == "ptp":
                result = view.max(axis=axis, keepdims=keep) - view.min(axis=axis, keepdims=keep)
            else:
                result = getattr(np, name)(view, axis=axis, keepdims=keep)
            self.size = np.sum(abs(np.nan_to_num(view.astype(float))) + 1, axis=axis, keepdims=keep)
        self.result, self.name = np.asarray(result), name

    def difference(self, answer):
        head, _, tail = answer.partition(")")
        shape = "(" + ", ".join(map(str, self.result.shape)) + ("," if self.result.ndim == 1 else "")
        dtype, *values = tail.split()
        if head != shape or dtype != str(self.result.dtype):
            return f"NumPy: {shape}) {self.result.dtype}, weft: {answer[:300]}"
        got = np.array([float.fromhex(v) for v in values])
        want = self.result.astype(float).ravel()
        roundings = 4000 if self.name.endswith("prod") else ROUNDINGS
        most = 0 if self.name in EXACT else roundings * 2.0**-52 * np.maximum(
            np.ravel(self.size), abs(want))
        with np.errstate(all="ignore"):
            same = (got == want) | (np.isnan(got) & np.isnan(want)) | (abs(got - want) <= most)
        if same.all():
            return ""
        at = int(np.argmin(same))
        return f"NumPy: {want[at]} at {at}\nweft:  {got[at]}"


def word(numbers):
    return ",".join(map(str, numbers)) or "-"


def cases(draw, repeats=25):
    return [Case(draw, name, kind) for kind, names in
            {"float64": BOTH + FLOAT_ONLY, "int32": BOTH}.items()
            for name in names for _ in range(repeats)]
