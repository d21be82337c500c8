#!/usr/bin/env python3
"""bench/rivals/gpu.py: the cases of bench/cuda.cpp in PyTorch, CuPy and JAX on a GPU.

Prints `case/library/67108864 microseconds TB/s` with the useful bytes of the C++ benchmark. PyTorch
eagerly and compiled, CuPy as it stands and fused, JAX compiled; libraries that are missing are left
out. Medians of RUNS times of TOGETHER evaluations, the clock read before the first and after the
last is done. Usage:

    bench/rivals/gpu.py [LIBRARY ...]
"""

import statistics
import sys
import time

RUNS, TOGETHER = 7, 16
N, SIDE = 1 << 26, 1 << 13
ARRAY = 4 * N


def cases(xp, where):
    """name, bytes, function, shapes of its operands"""
    line, square = (N,), (SIDE, SIDE)
    yield "axpy", 4 * ARRAY, lambda a, b, c: a * b + c, (line, line, line)
    yield "where", 4 * ARRAY, lambda a, b, c: where(a > 0.6, b, c), (line, line, line)
    yield (
        "transcendental",
        4 * ARRAY,
        lambda a, b, c: xp.exp(-a * a) * xp.sin(b) + xp.tanh(c),
        (line, line, line),
    )
    yield "row_broadcast", 2 * ARRAY, lambda a, b: a + b, (square, (SIDE,))
    yield "col_broadcast", 2 * ARRAY, lambda a, b: a + b, (square, (SIDE, 1))
    yield "add_transposed", 3 * ARRAY, lambda a, b: a + b.T, (square, square)
    yield (
        "stencil5",
        2 * ARRAY,
        lambda x: x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:] - 4 * x[1:-1, 1:-1],
        (square,),
    )


def report(name, library, used, evaluate, wait):
    evaluate()
    evaluate()
    wait()
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        for _ in range(TOGETHER):
            evaluate()
        wait()
        times.append((time.perf_counter() - begin) / TOGETHER)
    seconds = statistics.median(times)
    print(f"{name}/{library}/{N} {seconds * 1e6:.1f} us {used / seconds / 1e12:.2f} TB/s", flush=True)


def pytorch(how):
    import torch

    def numbers(shape):
        count = 1
        for n in shape:
            count *= n
        return ((torch.arange(count, device="cuda") % 1009).float() / 1009 + 0.1).reshape(shape)

    for name, used, f, shapes in cases(torch, torch.where):
        x = [numbers(s) for s in shapes]
        f = torch.compile(f) if how == "compiled" else f
        report(name, "pytorch_" + how, used, lambda: f(*x), torch.cuda.synchronize)


def cupy(how):
    import cupy as cp

    def numbers(shape):
        return ((cp.arange(int(cp.prod(cp.array(shape)))) % 1009).astype(cp.float32) / 1009 + 0.1).reshape(shape)

    for name, used, f, shapes in cases(cp, cp.where):
        x = [numbers(s).astype(cp.float32) for s in shapes]
        if how == "fused":
            if name in ("add_transposed", "stencil5"):
                continue  # its kernels take neither transposed nor sliced operands
            f = cp.fuse(f)
        report(name, "cupy_" + how, used, lambda: f(*x), cp.cuda.Device().synchronize)


def jax():
    import jax
    import jax.numpy as jnp

    def numbers(shape):
        count = 1
        for n in shape:
            count *= n
        return ((jnp.arange(count) % 1009).astype(jnp.float32) / 1009 + 0.1).reshape(shape)

    for name, used, f, shapes in cases(jnp, jnp.where):
        x = [numbers(s) for s in shapes]
        g = jax.jit(f)
        last = []

        def evaluate():
            last[:] = [g(*x)]

        report(name, "jax", used, evaluate, lambda: last[0].block_until_ready())


LIBRARIES = {
    "pytorch_eager": lambda: pytorch("eager"),
    "pytorch_compiled": lambda: pytorch("compiled"),
    "cupy_eager": lambda: cupy("eager"),
    "cupy_fused": lambda: cupy("fused"),
    "jax": jax,
}

for name in sys.argv[1:] or LIBRARIES:
    try:
        LIBRARIES[name]()
    except Exception as e:  # a library that is missing, or does not know this GPU
        print(f"{name}: {type(e).__name__}: {e}", flush=True)
