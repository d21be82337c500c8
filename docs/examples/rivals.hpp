// docs/examples/rivals.hpp: the hillshade's formula evaluated node by node, as a library without
// lazy expressions would, and by xtensor's own expressions. To be compared with one fused loop.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <weft/weft.hpp>

#include "light.hpp"
#include "model.hpp"

/// `step(e)` evaluates one node into an array of its own.
template <class Z, class Step>
auto hillshade_eager(const Z& z, Step step) {
  using namespace weft;
  const range inside(1, -1), before(0, -2), after(2, std::nullopt);
  const auto slope = [&](const auto& next, const auto& last, float scale) {
    const auto a = step(cast<float>(next)), b = step(cast<float>(last));
    const auto difference = step(a - b);
    return step(difference * scale);
  };
  const auto p = slope(z(inside, after), z(inside, before), 0.5f / cell_width);
  const auto q = slope(z(after, inside), z(before, inside), 0.5f / cell_height);
  const auto east = step(light.east * p), north = step(light.north * q);
  const auto tilt = step(east - north), facing = step(light.up - tilt);
  const auto p2 = step(square(p)), q2 = step(square(q));
  const auto one = step(1.0f + p2), sum = step(one + q2), length = step(sqrt(sum));
  const auto cosine = step(facing / length), lit = step(maximum(cosine, 0.0f));
  return step(255.0f * lit);
}

inline void hillshade_xtensor(const elevation& z, xt::xarray<float>& out) {
  const auto rows = int(z.shape(0)), columns = int(z.shape(1));
  const auto inside = xt::range(1, rows - 1), across = xt::range(1, columns - 1);
  const auto part = [&](auto r, auto c) { return xt::cast<float>(xt::view(z, r, c)); };
  auto p = (part(inside, xt::range(2, columns)) - part(inside, xt::range(0, columns - 2))) *
           (0.5f / cell_width);
  auto q = (part(xt::range(2, rows), across) - part(xt::range(0, rows - 2), across)) *
           (0.5f / cell_height);
  xt::noalias(out) = 255.0f * xt::maximum((light.up - (light.east * p - light.north * q)) /
                                              xt::sqrt(1.0f + p * p + q * q),
                                          0.0f);
}
