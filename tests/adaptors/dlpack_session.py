# tests/adaptors/dlpack_session.py: memory exchanged by DLPack with the array libraries that are
# installed, of those named below, in both forms; with none it exits with 77, which CTest calls skipped.
# Run as: python3 dlpack_session.py FOLDER-OF-THE-MODULE NAME-OF-THE-MODULE
# SPDX-License-Identifier: BSD-3-Clause
import gc
import importlib
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
weft = importlib.import_module(sys.argv[2])


class Jax:
    takes_strides = False

    def __init__(self):
        self.jax = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.version = "JAX " + self.jax.__version__

    def take(self, x):
        return self.jax.dlpack.from_dlpack(x)

    def address(self, x):
        return x.unsafe_buffer_pointer()


class Tvm:
    takes_strides = True
    form = "in the older form"

    def __init__(self):
        self.tvm_ffi = importlib.import_module("tvm_ffi")
        self.version = f"tvm-ffi {self.tvm_ffi.__version__}, {self.form}"

    def take(self, x):
        return self.tvm_ffi.from_dlpack(x)

    def address(self, x):
        return x.data_ptr()


class TvmVersioned(Tvm):
    form = "in version 1"

    def take(self, x):
        if isinstance(x, np.ndarray):
            return self.tvm_ffi.from_dlpack(x)  # NumPy before 2.1 knows the older form only
        return self.tvm_ffi.from_dlpack(x.__dlpack__(max_version=(1, 0)))


class Lent:
    """An array's elements in a capsule that marks them as read-only."""

    def __init__(self, a):
        self.a = a

    def __dlpack__(self, **how):
        return weft.lent(self.a, **how)

    def __dlpack_device__(self):
        return (1, 0)


class Copied(Lent):
    """A tensor whose consumer asks for a copy."""

    def __dlpack__(self, **how):
        return self.a.__dlpack__(**{**how, "copy": True})


def address(a):
    return a.__array_interface__["data"][0]


def at_a_line(n):
    """n doubles that begin at a multiple of 64 bytes, as JAX wants them."""
    room = np.empty(n + 8)
    first = -address(room) // 8 % 8
    a = room[first:first + n]
    a[:] = range(n)
    return a


def references(a):
    gc.collect()
    return sys.getrefcount(a)


def raises(kind, words, call, *arguments):
    try:
        call(*arguments)
    except kind as e:
        assert words in str(e), str(e)
    else:
        raise AssertionError(f"not refused: {words}")


def what_weft_sends_is_its_memory(library):
    x = weft.zeros([4, 16]).add_(3)
    first = address(x.numpy())
    t = library.take(x)
    assert library.address(t) == first and tuple(t.shape) == (4, 16)
    x.add_(1)
    del x
    gc.collect()
    assert (np.from_dlpack(t) == 4).all()


def what_weft_sends_is_let_go_of_once(library):
    a = at_a_line(64)
    before = references(a)
    for _ in range(3):
        t = library.take(weft.from_numpy(a))
        assert library.address(t) == address(a) and references(a) == before + 1
        other = library.take(weft.from_numpy(a))
        assert references(a) == before + 2
        del t
        assert references(a) == before + 1 and (np.from_dlpack(other) == range(64)).all()
        del other
        assert references(a) == before
    weft.from_numpy(a).__dlpack__()
    weft.from_numpy(a).__dlpack__(max_version=(1, 0))  # nobody takes either
    assert references(a) == before


def strides_are_kept_or_refused(library):
    a = at_a_line(64).reshape(8, 8)
    before = references(a)
    for part in (a.T, a[::2, 1:7:3], a[:, ::-1]):
        try:
            t = library.take(weft.from_numpy(part))
        except Exception as e:
            assert not library.takes_strides, e
        else:
            assert (np.from_dlpack(t) == part).all()
            assert library.address(t) == address(part) or not library.takes_strides
            del t
    del part
    assert references(a) == before


def what_weft_receives_is_the_librarys_memory(library):
    a = at_a_line(64)
    before = references(a)
    t = library.take(a)
    assert library.address(t) == address(a)
    held = references(a)
    read = weft.read_dlpack(t)
    assert address(read) == address(a) and not read.flags.writeable
    weft.from_dlpack(t).add_(1)  # JAX's arrays never change, but the older form cannot say so
    assert a[63] == 64
    a -= 1
    del t
    assert (read == range(64)).all() and references(a) == held
    del read
    assert references(a) == before


def the_librarys_strides_are_kept(library):
    if not library.takes_strides:
        return
    a = at_a_line(64).reshape(8, 8)
    for part in (a.T, a[::2, 1:7:3], a[:, ::-1]):
        read = weft.read_dlpack(library.take(part))
        assert address(read) == address(part) and read.strides == part.strides
        assert (read == part).all()


def another_type_is_refused_and_given_back(library):
    a = np.arange(16, dtype=np.int32)
    before = references(a)
    t = library.take(a)
    raises(RuntimeError, "the elements are int32, not float64", weft.read_dlpack, t)
    del t
    assert references(a) == before


def read_only_elements_need_version_one(library):
    a = at_a_line(64)
    before = references(a)
    words = "the elements are read-only, which needs a consumer of DLPack 1.0 or newer"
    raises(BufferError, words, Lent(a).__dlpack__)
    if isinstance(library, TvmVersioned):
        t = library.take(Lent(a))
        assert library.address(t) == address(a)
        del t
    else:
        raises(BufferError, words, library.take, Lent(a))
    assert address(weft.read_dlpack(Lent(a))) == address(a)
    raises(RuntimeError, "the elements are read-only; take them as from_dlpack<const T>",
           weft.from_dlpack, Lent(a))
    assert references(a) == before


def a_copy_is_other_memory(library):
    a = at_a_line(64)
    x = weft.from_numpy(a)
    t = library.take(Copied(x))
    assert library.address(t) != address(a) and (np.from_dlpack(t) == range(64)).all()


found = []
for kind in (Tvm, TvmVersioned, Jax):
    try:
        found.append(kind())
    except ImportError as e:
        print(f"without {kind.__name__}: {e}")
for library in found:
    for test in (what_weft_sends_is_its_memory,
                 what_weft_sends_is_let_go_of_once,
                 strides_are_kept_or_refused,
                 what_weft_receives_is_the_librarys_memory,
                 the_librarys_strides_are_kept,
                 another_type_is_refused_and_given_back,
                 read_only_elements_need_version_one,
                 a_copy_is_other_memory):
        test(library)
    print(f"{sys.argv[2]}: DLPack both ways with {library.version}")
if not found:
    print("no array library but NumPy: pip install apache-tvm-ffi, or jax")
    sys.exit(77)
