// bench/xtensor_port/points.cpp: distances, pricing, and the view-heavy code of path planners.
// SPDX-License-Identifier: BSD-3-Clause
#include "port.hpp"

namespace port {
namespace {

using xt::all, xt::newaxis, xt::range, xt::view;

[[maybe_unused]] const int distance_matrix = add("distance_matrix", [](std::size_t size,
                                                                       auto word) {
  const std::size_t n = side(size);
  return [=, p = filled<plane>({n, 2}), d = plane(xt::zeros<float>({n, n}))]() mutable -> plane& {
    word(d) = xt::sqrt(xt::square(view(p, all(), newaxis(), 0) - view(p, newaxis(), all(), 0)) +
                       xt::square(view(p, all(), newaxis(), 1) - view(p, newaxis(), all(), 1)));
    return d;
  };
});

// The squared distances of n points in the plane to 16 centres.
[[maybe_unused]] const int kmeans = add("kmeans", [](std::size_t size, auto word) {
  const std::size_t n = size / 16;
  return [=, p = filled<plane>({n, 2}), c = filled<plane>({16, 2}, 5),
          d = plane(xt::zeros<float>({n, std::size_t(16)}))]() mutable -> plane& {
    word(d) = xt::square(view(p, all(), newaxis(), 0) - view(c, all(), 0)) +
              xt::square(view(p, all(), newaxis(), 1) - view(c, all(), 1));
    return d;
  };
});

[[maybe_unused]] const int outer = add("outer", [](std::size_t size, auto word) {
  const std::size_t n = side(size);
  return [=, u = filled<line>({n}), v = filled<line>({n}, 3),
          y = plane(xt::zeros<float>({n, n}))]() mutable -> plane& {
    word(y) = view(u, all(), newaxis()) * view(v, newaxis(), all());
    return y;
  };
});

// The value of European calls (Black and Scholes 1973).
[[maybe_unused]] const int pricing = add("pricing", [](std::size_t size, auto word) {
  return [=, spot = filled<line>({size}), strike = filled<line>({size}, 3),
          t = filled<line>({size}, 11), value = line(xt::zeros<float>({size}))]() mutable -> line& {
    const float rate = 0.02f, sigma = 0.3f;
    const auto s = sigma * xt::sqrt(t);
    const auto d1 = (xt::log(spot / strike) + (rate + 0.5f * sigma * sigma) * t) / s;
    const auto cdf = [](const auto& x) { return 0.5f * (1.0f + xt::erf(x * 0.70710678f)); };
    word(value) = spot * cdf(d1) - strike * xt::exp(-rate * t) * cdf(d1 - s);
    return value;
  };
});

[[maybe_unused]] const int monte_carlo = add("monte_carlo", [](std::size_t size, auto word) {
  return [=, z = filled<line>({size}), s = line(xt::zeros<float>({size}))]() mutable -> line& {
    word(s) = xt::maximum(100.0f * xt::exp(0.015f + 0.2f * z) - 105.0f, 0.0f);
    return s;
  };
});

// As a critic of a sampling planner: trajectories (batch x steps) against a goal, with shifted
// views for the velocity.
[[maybe_unused]] const int critic = add("critic", [](std::size_t size, auto word) {
  const std::size_t steps = 64, batch = size / steps;
  return [=, x = filled<plane>({batch, steps}), y = filled<plane>({batch, steps}, 9),
          cost = plane(xt::zeros<float>({batch, steps - 1}))]() mutable -> plane& {
    const auto from = [] { return range(0, 63); };
    const auto to = [] { return range(1, 64); };
    const auto vx = view(x, all(), to()) - view(x, all(), from());
    const auto vy = view(y, all(), to()) - view(y, all(), from());
    word(cost) = xt::sqrt(xt::square(view(x, all(), to()) - 0.5f) +
                          xt::square(view(y, all(), to()) - 0.25f)) +
                 2.0f * xt::maximum(xt::abs(vx) + xt::abs(vy) - 0.1f, 0.0f);
    return cost;
  };
});

[[maybe_unused]] const int rotate = add("rotate", [](std::size_t size, auto word) {
  return [=, p = filled<plane>({size, 2}),
          q = plane(xt::zeros<float>({size, std::size_t(2)}))]() mutable -> plane& {
    const float c = std::cos(0.3f), s = std::sin(0.3f);
    word(view(q, all(), 0)) = c * view(p, all(), 0) - s * view(p, all(), 1);
    word(view(q, all(), 1)) = s * view(p, all(), 0) + c * view(p, all(), 1);
    return q;
  };
});

[[maybe_unused]] const int ramp = add("ramp", [](std::size_t size, auto word) {
  return [=, x = filled<line>({size}), y = line(xt::zeros<float>({size}))]() mutable -> line& {
    word(y) = x * xt::linspace<float>(0.0f, 1.0f, size);
    return y;
  };
});

}  // namespace
}  // namespace port
