#!/usr/bin/python3
"""bench/rivals/numpy_reductions.py: NumPy's time for the cases of bench/reductions.cpp.

Prints `case/numpy/size milliseconds GB/s` with the useful bytes of the C++ benchmark: every distinct
input element once, every output element once. Best of RUNS after one that is not counted. Usage:

    bench/rivals/numpy_reductions.py [CASE ...]
"""

import sys
import time

import numpy as np

RUNS = 5
SIDE = 4096


def numbers(*shape, dtype=np.float32):
    count = int(np.prod(shape))
    return (np.arange(count) * 7919 % 1000 * 0.001 + 0.1).astype(dtype).reshape(shape)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def zscore(x):
    return (x - x.mean(axis=-1, keepdims=True)) / x.std(axis=-1, keepdims=True)


def layer_norm(x):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


def cases():
    square = numbers(SIDE, SIDE)
    yield "sum_all", lambda: np.sum(square * square), square.nbytes, SIDE * SIDE
    for name, f in (("sum", np.sum), ("max", np.max), ("argmax", np.argmax)):
        for axis in (0, 1):
            yield f"{name}_axis{axis}", lambda f=f, a=axis: f(square, axis=a), square.nbytes, SIDE * SIDE
    box = numbers(512, 256, 128)
    yield "sum_mid", lambda: np.sum(box, axis=1), box.nbytes, box.size
    yield "mean_var_axis1", lambda: (square.mean(axis=1), square.var(axis=1)), square.nbytes, SIDE * SIDE
    for width in (64, 1024, 4096, 65536):
        rows = numbers(SIDE * SIDE // width, width)
        for name, f in (("softmax", softmax), ("layer_norm", layer_norm), ("zscore", zscore)):
            yield f"{name}_{width}", lambda f=f, x=rows: f(x), 2 * rows.nbytes, rows.size
    z = (numbers(5000, 400, 5) + 1j * numbers(5000, 400, 5)).astype(np.complex64)
    yield "abs2_sum", lambda: np.sum(z.real**2 + z.imag**2, axis=2), z.nbytes + z.size // 5 * 4, z.size
    points, others = numbers(1024, 64), numbers(1024, 64)
    pairwise = lambda: np.sqrt(((points[:, None, :] - others[None, :, :]) ** 2).sum(axis=-1))
    yield "pairwise", pairwise, points.nbytes + others.nbytes + 1024 * 1024 * 4, 1024 * 1024


def best_time(f):
    f()
    best = float("inf")
    for _ in range(RUNS):
        begin = time.perf_counter()
        f()
        best = min(best, time.perf_counter() - begin)
    return best


def main(wanted):
    for name, f, useful, size in cases():
        if wanted and name not in wanted:
            continue
        seconds = best_time(f)
        print(f"{name}/numpy/{size} {seconds * 1e3:.3f} ms {useful / seconds / 1e9:.2f} GB/s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
