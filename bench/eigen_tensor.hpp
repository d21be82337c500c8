// bench/eigen_tensor.hpp: Eigen's containers above two axes. It is slow to compile, so only the
// cases that need it include it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unsupported/Eigen/CXX11/Tensor>

#include "libraries.hpp"

namespace bench {

template <class T, std::size_t Rank>
  requires(Rank > 2)
struct eigen_array<T, Rank> {
  using type = Eigen::Tensor<T, int(Rank), Eigen::RowMajor>;
};

}  // namespace bench
