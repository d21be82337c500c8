# docs/examples/adaptors/nanobind.py: what nanobind.cpp does to NumPy's arrays.
# Run as: python3 nanobind.py FOLDER-OF-THE-MODULE. SPDX-License-Identifier: BSD-3-Clause
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
import adaptor_nanobind as m  # noqa: E402

x = np.array([[1, 2], [3, 4]], np.float32)
assert np.allclose(m.softplus(x.T), np.log1p(np.exp(x.T)))
y = np.arange(6.0)
m.scale(y[::-2], 10)
assert (y == [0, 10, 2, 30, 4, 50]).all()
assert (m.rows(x) == [3, 7]).all()
