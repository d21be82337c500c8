# docs/examples/python_session.py: the session that weft grew from, with real NumPy arrays, and what
# the module's functions take and refuse. It is the same for python_module.cpp and nanobind_module.cpp.
# Run as: python3 python_session.py FOLDER-OF-THE-MODULE NAME-OF-THE-MODULE
# SPDX-License-Identifier: BSD-3-Clause
import gc
import importlib
import sys
import threading

import numpy as np

sys.path.insert(0, sys.argv[1])
weft = importlib.import_module(sys.argv[2])


def refuses(kind, words, call, *arguments):
    try:
        call(*arguments)
    except kind as e:
        assert words in str(e), str(e)
    else:
        raise AssertionError(f"not refused: {words}")


def address(a):
    return a.__array_interface__["data"][0]


def a_tensor_and_its_numpy_array_are_one_memory():
    a = weft.zeros([5])
    assert repr(a) == "tensor([0., 0., 0., 0., 0.])"
    b = a.numpy()
    assert b.dtype == np.float32
    a.add_(1)
    assert repr(a) == "tensor([1., 1., 1., 1., 1.])"
    assert (b == 1).all()
    b[2] = 7
    assert repr(a) == "tensor([1., 1., 7., 1., 1.])"


def a_numpy_array_of_zeros_is_float64_and_followed():
    a = np.zeros(5)
    b = weft.from_numpy(a)
    np.add(a, 2, out=a)
    assert repr(b) == "tensor([2., 2., 2., 2., 2.], dtype=float64)"
    b.add_(1)
    assert (a == 3).all()
    assert address(b.numpy()) == address(a)


def devices_are_named():
    x = weft.zeros([2, 3])
    y = weft.zeros([2, 3]).add_(1)
    assert repr(x.to("cpu") + y) == "tensor([[1., 1., 1.],\n        [1., 1., 1.]])"
    refuses(RuntimeError, "'gpu'", x.to, "gpu")


def arrays_of_any_strides_are_taken_where_they_are():
    a = np.arange(24.0).reshape(4, 6)
    for part in (a, a.T, a[::2, ::-3], a[1], a[:, 2:3], a[3:1:-1], a[1, 2:2], np.asfortranarray(a),
                 np.array(3.0), np.broadcast_to(a[0].copy(), (2, 6)).copy()):
        back = weft.same(part)
        assert address(back) == address(part) or part.size == 0
        assert back.shape == part.shape and (back == part).all()
    weft.scale(a[:, 1], 10)
    assert a[2, 1] == 130 and a[2, 2] == 14
    assert np.allclose(weft.softplus(a.T[1:]), np.log1p(np.exp(a.T[1:])))
    assert weft.softplus(np.zeros(3, np.float32)).dtype == np.float32
    assert (weft.truth(np.array([True, False])) == [False, True]).all()
    assert (weft.halves(np.array([1.5], np.float16)) == 3).all()


def odd_strides_are_taken_or_refused_but_never_wrong():
    strided = np.lib.stride_tricks.as_strided
    a = np.arange(6.0)
    windows = strided(a, (4, 3), (8, 8))  # rows that share elements
    assert np.allclose(weft.softplus(windows), np.log1p(np.exp(windows)))
    one = strided(a, (1, 3), (7, 8))  # nobody steps along an extent of 1
    assert (weft.same(one) == [[0, 1, 2]]).all()
    none = strided(a, (0, 3), (5, 8))
    assert weft.softplus(none).shape == (0, 3)
    repeated = np.broadcast_to(a[:3], (2, 3))
    refuses(TypeError, "the array is read-only", weft.scale, repeated, 2)
    assert (weft.reads(repeated) == repeated).all()
    refuses(RuntimeError, "", weft.scale, strided(a, (2, 3), (0, 8)), 2)
    assert (a == np.arange(6)).all()
    weft.scale(a[::-2], 10)
    assert (a == [0, 10, 2, 30, 4, 50]).all()
    plane = np.zeros((2, 3), dtype=[("x", "f8"), ("y", "f8")])  # every second double
    weft.scale(plane["y"], 2)
    plane["x"] = 1
    assert weft.same(plane["x"]).strides == (48, 16) and (weft.same(plane["y"]) == 0).all()


def what_is_refused_is_given_back_once():
    a = np.arange(3)
    count = sys.getrefcount(a)
    for _ in range(3):
        refuses(RuntimeError, "the elements are int64, not float64", weft.from_dlpack, a)
        refuses(TypeError, "the elements are int64", weft.from_numpy, a)
    gc.collect()
    assert sys.getrefcount(a) == count


def arrays_may_be_let_go_of_on_any_thread():
    a = np.ones(1000)
    count = sys.getrefcount(a)
    kept = [weft.from_numpy(a) for _ in range(50)]
    threads = [threading.Thread(target=lambda: [kept.pop() + weft.from_numpy(a) for _ in range(10)])
               for _ in range(5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    gc.collect()
    assert not kept and sys.getrefcount(a) == count


def a_tensor_parameter_is_a_copy():
    a = np.array([1, 2], np.int32)
    assert (weft.doubled(a) == [2, 4]).all() and (a == [1, 2]).all()


def a_list_of_arrays_is_taken_whole_or_not():
    a = np.arange(3.0)
    assert weft.total([a, a[::-2], a.reshape(1, 3)]) == 8
    for other in (np.zeros(3, ">f8"), np.zeros(3, np.int16), [1.0]):
        refuses(TypeError, "", weft.total, [a, other])
        refuses(TypeError, "", weft.total, [other, a])


def read_only_arrays_are_only_read():
    a = np.zeros(3)
    a.flags.writeable = False
    refuses(TypeError, "the array is read-only", weft.same, a)
    back = weft.reads(a)
    assert address(back) == address(a) and not back.flags.writeable


def memory_outlives_whoever_made_it():
    a = np.ones(3)
    count = sys.getrefcount(a)
    b = weft.from_numpy(a)
    assert sys.getrefcount(a) == count + 1
    c = b.numpy()
    del b
    gc.collect()
    assert (c == 1).all() and sys.getrefcount(a) == count + 1
    del c
    gc.collect()
    assert sys.getrefcount(a) == count
    d = weft.zeros([4]).numpy()
    gc.collect()
    assert (d == 0).all()
    e = weft.from_numpy(np.arange(4.0))
    gc.collect()
    assert repr(e) == "tensor([0., 1., 2., 3.], dtype=float64)"


def what_cannot_be_taken_is_a_type_error():
    record = np.zeros(3, dtype=[("tag", "i1"), ("value", "f8")])
    refuses(TypeError, "elements of dtype object", weft.same, np.array([{}, None]))
    refuses(TypeError, "elements of dtype >f8 have their bytes in the other order", weft.same,
            np.zeros(3, ">f8"))
    refuses(TypeError, "not aligned; use x.copy()", weft.same, record["value"])
    refuses(TypeError, "elements of dtype <U3", weft.same, np.array(["one"]))
    refuses(TypeError, "9 axes; weft has at most 8", weft.same, np.zeros((1,) * 9))
    refuses(TypeError, "float64]", weft.same, np.zeros(3, np.int16))
    refuses(TypeError, "float64]", weft.same, [1.0])
    refuses(TypeError, "the elements are int16, not float64", weft.from_numpy, np.zeros(3, np.int16))
    odd = np.lib.stride_tricks.as_strided(np.zeros(8), (3,), (12,))
    refuses(TypeError, "", weft.same, odd)  # unaligned, or no whole number of elements


def dlpack_goes_both_ways():
    x = weft.zeros([2, 3]).add_(4)
    a = np.from_dlpack(x)
    assert address(a) == address(x.numpy()) and (a == 4).all()
    assert x.__dlpack_device__() == (1, 0)
    del x
    gc.collect()
    assert (a == 4).all()
    b = np.arange(6.0).reshape(2, 3)[:, ::-1]
    count = sys.getrefcount(b)
    c = weft.from_dlpack(b)
    assert address(c.numpy()) == address(b) and repr(c).startswith("tensor([[2., 1., 0.]")
    del c
    gc.collect()
    assert sys.getrefcount(b) == count
    d = np.arange(3.0)
    e = weft.from_dlpack(weft.from_numpy(d))  # weft to weft, in version 1 of the format
    d[0] = 5
    assert repr(e) == "tensor([5., 1., 2.], dtype=float64)"
    capsule = weft.zeros([3]).__dlpack__()  # never taken
    assert '"dltensor"' in repr(capsule)
    assert '"dltensor_versioned"' in repr(weft.zeros([3]).__dlpack__(max_version=(1, 0)))
    refuses(TypeError, "a list has no __dlpack__", weft.from_dlpack, [1])
    refuses(RuntimeError, "the elements are int64, not float64", weft.from_dlpack, np.arange(3))


for test in (a_tensor_and_its_numpy_array_are_one_memory,
             a_numpy_array_of_zeros_is_float64_and_followed,
             devices_are_named,
             arrays_of_any_strides_are_taken_where_they_are,
             odd_strides_are_taken_or_refused_but_never_wrong,
             what_is_refused_is_given_back_once,
             arrays_may_be_let_go_of_on_any_thread,
             a_tensor_parameter_is_a_copy,
             a_list_of_arrays_is_taken_whole_or_not,
             read_only_arrays_are_only_read,
             memory_outlives_whoever_made_it,
             what_cannot_be_taken_is_a_type_error,
             dlpack_goes_both_ways):
    test()
print(f"{sys.argv[2]}: the session holds with NumPy", np.__version__)
