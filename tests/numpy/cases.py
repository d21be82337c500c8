# tests/numpy/cases.py: random views, broadcasts and assignments, with what NumPy makes of them.
# SPDX-License-Identifier: BSD-3-Clause
import numpy as np

MAX_RANK = 8  # weft's limit; NumPy's is higher


class Case:
    """A line for the interpreter and what NumPy gives: a result, or the class of weft's error."""

    def __init__(self, line, result=None, error=None, may_refuse=False):
        self.line, self.result, self.error, self.may_refuse = line, result, error, may_refuse

    def difference(self, answer):
        """Empty if the interpreter's answer is right, else both."""
        if self.error:
            right, expected = answer.startswith(self.error + " "), self.error
        else:
            x = self.result
            shape = "(" + ", ".join(map(str, x.shape)) + ("," if x.ndim == 1 else "") + ")"
            expected = " ".join([shape] + [str(v) for v in x.ravel().tolist()])
            right = answer == expected or self.may_refuse and "reshape copy(x) instead" in answer
        return "" if right else f"NumPy: {expected[:300]}\nweft:  {answer[:300]}"


class Refused(Exception):
    """An operation that both must refuse: the class of weft's error, and the words so far."""


def word(numbers):
    return ",".join(map(str, numbers)) or "-"


def counted(shape):
    if len(shape) > MAX_RANK:
        raise Refused("shape_error", f"make {word(shape)}")
    return np.arange(np.prod(shape, dtype=np.int64), dtype=np.int64).reshape(shape)


def random_shape(draw, most=400):
    shape = []
    for _ in range(draw.choice([0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 7, 8])):
        extent = 0 if draw.random() < 0.03 else draw.choice([1, 1, 2, 3, 3, 4, 5, 7])
        shape.append(extent if np.prod(shape, dtype=int) * extent <= most else 1)
    return tuple(shape)


def random_index(draw, shape):
    """What may stand between brackets, for most axes of a shape, as Python and as weft's words."""
    items, words = [], []

    def add(item, as_word):
        items.append(item)
        words.append(as_word)

    def bound(extent):
        return None if draw.random() < 0.3 else draw.randint(-extent - 3, extent + 3)

    named = list(shape[: draw.randint(0, len(shape))] if draw.random() < 0.5 else shape)
    if draw.random() < 0.02:
        named.append(1)  # one index too many, unless it falls on an axis kept whole
    dots = draw.random() < 0.4
    if dots:
        named = named[: draw.randint(0, len(named))]
        place = draw.randint(0, len(named))
    for k, extent in enumerate(named):
        if dots and k == place:
            add(Ellipsis, "...")
            if draw.random() < 0.03:
                add(Ellipsis, "...")
        if draw.random() < 0.1 and len(shape) + items.count(None) < MAX_RANK:
            add(None, "new")
        kind = draw.random()
        if kind < 0.25:
            outside = draw.random() < 0.04 or extent == 0
            inside = () if extent == 0 else range(-extent, extent)
            at = draw.choice([extent, -extent - 1] if outside else inside)
            add(at, str(at))
        elif kind < 0.4:
            add(slice(None), ":")
        else:
            step = draw.choice([None, 1, 1, 2, 3, -1, -1, -2, 100, -100])
            step = 0 if draw.random() < 0.01 else step
            start, stop = bound(extent), bound(extent)
            if draw.random() < 0.02:
                stop = draw.choice([-(2**63), 2**63 - 1])
            text = f"{'' if start is None else start}:{'' if stop is None else stop}"
            add(slice(start, stop, step), text + ("" if step is None else f":{step}"))
    if dots and place == len(named):
        add(Ellipsis, "...")
    return tuple(items), ",".join(words) or "-"


def divide(draw, count):
    """Random extents whose product is count."""
    shape = []
    while count > 1 and len(shape) < 5:
        divisors = [d for d in range(1, count + 1) if count % d == 0]
        shape.append(draw.choice(divisors))
        count //= shape[-1]
    return shape + [count]


def new_shape(draw, x):
    shape = divide(draw, x.size) if x.size else [draw.choice([0, 1, 2, 3]) for _ in range(3)]
    draw.shuffle(shape)
    if shape and draw.random() < 0.3:
        shape[draw.randrange(len(shape))] = -1
    if draw.random() < 0.03:
        shape.append(draw.choice([-1, 2]))
    return shape


def wider_shape(draw, x):
    shape = [draw.choice([1, 2, 3]) if n == 1 or draw.random() < 0.01 else n for n in x.shape]
    shape = [draw.choice([1, 2, 3]) for _ in range(draw.choice([0, 0, 1, 2]))] + shape
    return shape[1:] if draw.random() < 0.03 else shape


def some_axis(draw, ndim):
    wild = draw.random() < 0.05 or ndim == 0
    return draw.choice([ndim, -ndim - 1]) if wild else draw.randint(-ndim, ndim - 1)


def some_axes(draw, ndim):
    axes = [a - ndim if draw.random() < 0.3 else a for a in draw.sample(range(ndim), ndim)]
    if axes and draw.random() < 0.05:
        axes[0] = draw.choice([ndim, axes[-1]])
    return axes


def unit_axis(draw, x):
    ones = [a for a in range(x.ndim) if x.shape[a] == 1]
    return draw.choice(ones) if ones and draw.random() < 0.9 else some_axis(draw, x.ndim)


def diagonal(x, k):
    if x.ndim < 2:
        raise ValueError
    return np.diagonal(x, k, -2, -1)


def squeeze(x, axis=None):
    if axis is not None and x.ndim == 0:
        raise IndexError  # NumPy lets axis 0 of rank 0 pass, for code from before its version 1
    return np.squeeze(x, axis)


def flip(x, axis=None):
    return np.flip(x, axis) if x.ndim or axis is not None else x  # NumPy gives a scalar, not a view


def random_step(draw, x):
    """The words of a random rearrangement, and the function that does the same to x in NumPy."""
    how = draw.choice(["slice"] * 5 + ["transpose", "permute", "reshape", "reshape", "broadcast_to",
                                       "flip", "squeeze", "expand_dims", "diagonal"])
    if how == "slice":
        index, words = random_index(draw, x.shape)
        view = index if Ellipsis in index else index + (Ellipsis,)  # never a NumPy scalar
        return f"{how} {words}", lambda: x[view]
    if how in ("reshape", "broadcast_to"):
        shape = (new_shape if how == "reshape" else wider_shape)(draw, x)
        return f"{how} {word(shape)}", lambda: getattr(np, how)(x, shape)
    if how == "permute":
        axes = some_axes(draw, x.ndim)
        return f"{how} {word(axes)}", lambda: np.transpose(x, axes)
    if how == "transpose":
        return f"{how} -", lambda: x.T
    if how == "diagonal":
        k = draw.randint(-4, 4)
        return f"{how} {k}", lambda: diagonal(x, k)
    if how == "expand_dims":
        axis = some_axis(draw, x.ndim + 1)
    elif draw.random() < 0.25:
        function = flip if how == "flip" else squeeze
        return f"{how} -", lambda: function(x)
    else:
        axis = unit_axis(draw, x) if how == "squeeze" else some_axis(draw, x.ndim)
    function = {"flip": flip, "squeeze": squeeze, "expand_dims": np.expand_dims}[how]
    return f"{how} {axis}", lambda: function(x, axis)


def error_class(words, e):
    """The class of weft's error where NumPy raises e."""
    in_index = words.startswith("permute") or "slice step" in str(e)
    return "index_error" if in_index or isinstance(e, IndexError) else "shape_error"


class Operand:
    """A base array, a view of it after some steps, and the words for both."""

    def __init__(self, shape):
        self.base = self.view = counted(shape)
        self.words, self.may_refuse = f"make {word(shape)}", False

    def apply(self, words, function):
        self.words += " " + words
        before = self.view
        try:
            self.view = function()
        except (ValueError, IndexError) as e:
            raise Refused(error_class(words, e), self.words) from None
        if self.view.ndim > MAX_RANK:
            raise Refused("shape_error", self.words)
        # NumPy's reshape copies where no view exists; weft's must not, and says so.
        if self.view.size and not np.shares_memory(before, self.view):
            self.may_refuse = True
        return self

    def walk(self, draw, steps):
        for _ in range(steps):
            if not self.may_refuse:
                self.apply(*random_step(draw, self.view))
        return self


def dressed(draw, shape):
    """A view of exactly this shape that is not simply contiguous."""
    axes = draw.sample(range(len(shape)), len(shape))
    steps = [draw.choice([1, 1, 2, 3, -1, -2]) for _ in shape]
    starts = [draw.randint(0, 2) for _ in shape]
    if np.prod([s + n * abs(t) for s, n, t in zip(starts, shape, steps)], dtype=float) > 1e5:
        steps, starts = [1] * len(shape), [0] * len(shape)
    extents = [s + n * abs(t) for s, n, t in zip(starts, shape, steps)]
    x = Operand([extents[a] for a in axes])
    back = [axes.index(a) for a in range(len(shape))]
    x.apply(f"permute {word(back)}", lambda: np.transpose(x.view, back))
    index, words = [], []
    for s, n, t in zip(starts, shape, steps):
        if t > 0 or n == 0:
            start, stop = s, s + n * abs(t)
        else:
            start, stop = s + (n - 1) * -t, s - 1 if s > 0 else None
        index.append(slice(start, stop, t if n else 1))
        words.append(f"{start}:{'' if stop is None else stop}:{t if n else 1}")
    return x.apply(f"slice {','.join(words) or '-'}", lambda: x.view[tuple(index) + (Ellipsis,)])


def narrowed(draw, shape):
    """A shape that broadcasts to this one, mostly."""
    kept = shape[draw.randint(0, len(shape)) if draw.random() < 0.3 else 0 :]
    kept = [1 if draw.random() < 0.2 else n for n in kept]
    return [n + 1 if draw.random() < 0.02 else n for n in kept]


def combined(draw):
    shape = random_shape(draw)
    x = [dressed(draw, narrowed(draw, shape)) for _ in range(draw.choice([2, 2, 3]))]
    line = " | ".join(o.words for o in x) + " | combine"
    v = [o.view for o in x]
    try:
        if len(v) == 2:
            return Case(line, v[0] * 1000 - v[1])
        return Case(line, np.where(v[0] > v[1], v[1], v[2]) + 1000 * (v[0] + v[2]))
    except ValueError:
        return Case(line, error="shape_error")


def stored(draw):
    """An assignment through a view, which must touch the view's elements only."""
    to = Operand(random_shape(draw))
    for _ in range(draw.randint(0, 3)):
        words, function = random_step(draw, to.view)
        if not words.startswith(("reshape", "broadcast_to")):
            to.apply(words, function)
    value = dressed(draw, narrowed(draw, list(to.view.shape)))
    line = f"{to.words} | {value.words} | store"
    try:
        writable = to.view
        writable.flags.writeable = True  # NumPy's diagonals only read; weft's may write
        writable[...] = value.view * 7 + 1
        return Case(line, to.base)
    except ValueError:
        return Case(line, error="shape_error")


def random_case(draw):
    try:
        kind = draw.random()
        if kind < 0.3:
            return combined(draw)
        if kind < 0.4:
            return stored(draw)
        shape = random_shape(draw) if draw.random() < 0.99 else (1,) * 9
        x = Operand(shape).walk(draw, draw.randint(1, 4))
        return Case(x.words + " | show", x.view, may_refuse=x.may_refuse)
    except Refused as e:
        error, words = e.args
        return Case(words + " | show", error=error)
