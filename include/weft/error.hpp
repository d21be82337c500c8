// weft/error.hpp: what weft throws. Every message names the function, the values and the remedy.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace weft {

/// The base of everything that weft throws by itself.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Extents that do not broadcast, do not fit a target or cannot be reshaped.
class shape_error : public error {
 public:
  using error::error;
};

/// An element type that an operation or a conversion cannot take.
class dtype_error : public error {
 public:
  using error::error;
};

/// Operands on different devices, or a device that this machine or build lacks.
class device_error : public error {
 public:
  using error::error;
};

/// An index or an axis out of range, or a wrong number of them.
class index_error : public error {
 public:
  using error::error;
};

/// Memory that could not be had; the message says how much was asked for.
class memory_error : public error {
 public:
  using error::error;
};

}  // namespace weft
