# tests/numpy/elementwise.py: functions on random and special values, with NumPy's results and how
# far weft's may be from them. elementwise.hpp has the same functions.
# SPDX-License-Identifier: BSD-3-Clause
import numpy as np

EXACT = 0
# Where both approximate, each may be a few units in the last place from the truth.
ULP = 8
# C leaves open which of -0 and 0 is the smaller.
EITHER_ZERO = {"fmin", "fmax", "minimum", "maximum"}

ANY_UNARY = {f: EXACT for f in "negative positive square abs logical_not".split()}
ANY_BINARY = {f: EXACT for f in "add subtract multiply equal not_equal logical_and logical_or "
              "logical_xor".split()}
ORDERED = {f: EXACT for f in "less less_equal greater greater_equal minimum maximum".split()}
CURVES = {f: ULP for f in "exp log sin cos tanh angle".split()}
INEXACT = {f: EXACT for f in "sqrt isnan isinf isfinite conj real imag".split()}
FLOAT_UNARY = {f: EXACT for f in "floor ceil trunc rint signbit".split()} | {
    f: ULP for f in "cbrt exp2 expm1 log1p log2 log10 arctan arcsinh degrees radians".split()}
FLOAT_BINARY = {f: EXACT for f in "fmin fmax copysign nextafter heaviside fmod".split()} | {
    f: ULP for f in "hypot arctan2 logaddexp".split()}
WHOLE_BINARY = {f: EXACT for f in "bitwise_and bitwise_or bitwise_xor left_shift right_shift gcd "
                "lcm".split()}

FUNCTIONS = {  # by type: of one operand, of two
    "float32": (ANY_UNARY | INEXACT | CURVES | FLOAT_UNARY | {"sign": EXACT},
                ANY_BINARY | ORDERED | FLOAT_BINARY | {"divide": EXACT}),
    "complex128": (ANY_UNARY | INEXACT | CURVES | {"abs": ULP, "sqrt": ULP, "square": ULP},
                   ANY_BINARY | {"multiply": ULP, "divide": ULP}),
    "int32": (ANY_UNARY | {"sign": EXACT, "invert": EXACT}, ANY_BINARY | ORDERED | WHOLE_BINARY),
}
FUNCTIONS["float64"] = FUNCTIONS["float32"]


def numbers(draw, kind, count):
    if kind == "int32":
        special = [0, 1, -1, 2**31 - 1, -(2**31), 31, 32, 33, -32, 1 << 16]
        return np.array([draw.choice(special) if draw.random() < 0.4 else
                         draw.randint(-1000, 1000) for _ in range(count)], np.int32)
    if kind == "complex128":
        # Finite only: C and NumPy differ in the parts of complex infinities, and weft is C++ here.
        parts = [[draw.uniform(-20, 20) for _ in range(count)] for _ in range(2)]
        return np.array(parts[0]) + 1j * np.array(parts[1])
    special = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, -2.5, np.inf, -np.inf, np.nan, 3e9, -1e-3]
    return np.array([draw.choice(special) if draw.random() < 0.4 else draw.uniform(-30, 30)
                     for _ in range(count)], kind)


def words(x):
    if x.dtype.kind == "c":
        return ",".join(f"{float(v.real).hex()}:{float(v.imag).hex()}" for v in x)
    return ",".join(str(v) if x.dtype.kind == "i" else float(v).hex() for v in x)


class Case:
    error = None

    def __init__(self, function, kind, operands, ulp):
        self.function, self.operands = function, operands
        self.line = f"apply {function} {kind} " + " ".join(words(x) for x in operands)
        with np.errstate(all="ignore"):
            self.result = getattr(np, function)(*operands)
        self.ulp = ulp

    def difference(self, answer):
        """Empty if every value is near enough to NumPy's, else the first that is not."""
        shape, dtype, *values = answer.split(" ")
        if shape != f"({len(self.result)},)" or dtype != str(self.result.dtype):
            return f"NumPy: {self.result.dtype}, weft: {answer[:300]}"
        got = np.array([float.fromhex(v) for v in values])
        if self.result.dtype.kind == "c":
            got = got[0::2] + 1j * got[1::2]
        want = self.result.astype(got.dtype)
        with np.errstate(all="ignore"):
            signed = np.signbit(got.real) == np.signbit(want.real)
            same = (got == want) & (signed | (self.function in EITHER_ZERO))
            same |= np.isnan(got) & np.isnan(want)
            if self.ulp:
                size = abs(want)
                if self.function == "logaddexp":  # a sum, which may cancel
                    size = np.maximum(size, abs(np.maximum(*self.operands)))
                same |= abs(got - want) <= self.ulp * np.finfo(self.result.dtype).eps * size
        if same.all():
            return ""
        at = int(np.argmin(same))
        operands = ", ".join(str(x[at]) for x in self.operands)
        return f"NumPy: {want[at]} at {at}, of {operands}\nweft:  {got[at]}"


def cases(draw, repeats=4, count=37):
    made = []
    for kind, tables in FUNCTIONS.items():
        for arity, table in enumerate(tables, 1):
            for function, ulp in table.items():
                for _ in range(repeats):
                    operands = [numbers(draw, kind, count) for _ in range(arity)]
                    made.append(Case(function, kind, operands, ulp))
    return made
