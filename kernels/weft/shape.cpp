// weft/shape.cpp: broadcasting and the messages of shapes that do not fit.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/shape.hpp"

#include <algorithm>

#include "weft/error.hpp"

namespace weft {

void dims::too_many() {
  throw shape_error("shape: more than " + std::to_string(max_ndim) +
                    " axes; merge axes with reshape first");
}

void dims::insert(int position, index_t value) {
  push_back(value);
  std::rotate(values_ + position, values_ + ndim_ - 1, values_ + ndim_);
}

void dims::erase(int position) {
  std::copy(values_ + position + 1, values_ + ndim_, values_ + position);
  values_[--ndim_] = 0;
}

std::string to_string(const dims& d) {
  std::string s = "(";
  for (int i = 0; i < d.ndim(); ++i) {
    if (i) s += ", ";
    s += std::to_string(d[std::size_t(i)]);
  }
  return s + (d.ndim() == 1 ? ",)" : ")");
}

namespace shapes {

void check(const char* function, const shape& s, std::size_t element_size) {
  // Extents of 0 do not excuse the others: strides are products of the extents that are not 0.
  auto bytes = index_t(element_size);
  for (index_t extent : s) {
    if (extent < 0)
      throw shape_error(std::string(function) + ": shape " + to_string(s) +
                        " has a negative extent");
    if (extent > 0 && __builtin_mul_overflow(bytes, extent, &bytes))
      throw shape_error(std::string(function) + ": shape " + to_string(s) + " with elements of " +
                        std::to_string(element_size) + " bytes exceeds the address space");
  }
}

void broadcast_slow(const char* function, shape& into, const shape& with) {
  const int ndim = std::max(into.ndim(), with.ndim());
  shape result = shape::filled(ndim, 1);
  for (int k = 1; k <= ndim; ++k) {
    const index_t a = k <= into.ndim() ? into[std::size_t(into.ndim() - k)] : 1;
    const index_t b = k <= with.ndim() ? with[std::size_t(with.ndim() - k)] : 1;
    if (a != b && a != 1 && b != 1)
      throw shape_error(std::string(function) + ": shapes " + to_string(into) + " and " +
                        to_string(with) + " do not broadcast: axis " + std::to_string(ndim - k) +
                        " is " + std::to_string(a) + " and " + std::to_string(b));
    result[std::size_t(ndim - k)] = a == 1 ? b : a;
  }
  into = result;
}

int normalize_axis(const char* function, index_t axis, int ndim) {
  if (axis < -ndim || axis >= ndim)
    throw index_error(std::string(function) + ": axis " + std::to_string(axis) +
                      " is out of range for " + std::to_string(ndim) + " axes; use " +
                      (ndim ? std::to_string(-ndim) + " to " + std::to_string(ndim - 1)
                            : std::string("a tensor of rank 1 or more")));
  return int(axis < 0 ? axis + ndim : axis);
}

}  // namespace shapes

}  // namespace weft
