// bench/xtensor_port/grids.cpp: stencils, filters and normalisations of planes and images.
// SPDX-License-Identifier: BSD-3-Clause
#include "port.hpp"

namespace port {
namespace {

using xt::all, xt::newaxis, xt::range, xt::view;

/// A snippet over an n x n plane x into y: body(word, y, x, n).
template <class Body>
int plane_case(const std::string& name, Body body) {
  return add(name, [=](std::size_t size, auto word) {
    const std::size_t n = side(size);
    return [=, x = filled<plane>({n, n}), y = plane(xt::zeros<float>({n, n}))]() mutable -> plane& {
      body(word, y, x, n);
      return y;
    };
  });
}

[[maybe_unused]] const int laplacian =
    plane_case("laplacian", [](auto word, plane& y, const plane& x, std::size_t n) {
      const auto in = [n] { return range(1, n - 1); };
      word(view(y, in(), in())) = view(x, range(0, n - 2), in()) + view(x, range(2, n), in()) +
                                  view(x, in(), range(0, n - 2)) + view(x, in(), range(2, n)) -
                                  4.0f * view(x, in(), in());
    });

[[maybe_unused]] const int gradient =
    plane_case("gradient", [](auto word, plane& y, const plane& x, std::size_t n) {
      const auto in = [n] { return range(1, n - 1); };
      word(view(y, in(), in())) =
          xt::sqrt(xt::square(view(x, range(2, n), in()) - view(x, range(0, n - 2), in())) +
                   xt::square(view(x, in(), range(2, n)) - view(x, in(), range(0, n - 2)))) *
          0.5f;
    });

[[maybe_unused]] const int box_filter =
    plane_case("box_filter", [](auto word, plane& y, const plane& x, std::size_t n) {
      const auto a = [n](int k) { return range(k, n - 2 + std::size_t(k)); };
      word(view(y, a(1), a(1))) =
          (view(x, a(0), a(0)) + view(x, a(0), a(1)) + view(x, a(0), a(2)) + view(x, a(1), a(0)) +
           view(x, a(1), a(1)) + view(x, a(1), a(2)) + view(x, a(2), a(0)) + view(x, a(2), a(1)) +
           view(x, a(2), a(2))) *
          (1.0f / 9.0f);
    });

[[maybe_unused]] const int normalise_columns =
    add("normalise_columns", [](std::size_t size, auto word) {
      const std::size_t n = side(size);
      return [=, x = filled<plane>({n, n}), mean = filled<line>({n}), dev = filled<line>({n}, 7),
              y = plane(xt::zeros<float>({n, n}))]() mutable -> plane& {
        word(y) = (x - mean) / dev;
        return y;
      };
    });

[[maybe_unused]] const int normalise_rows = add("normalise_rows", [](std::size_t size, auto word) {
  const std::size_t n = side(size);
  return [=, x = filled<plane>({n, n}), mean = filled<line>({n}), dev = filled<line>({n}, 7),
          y = plane(xt::zeros<float>({n, n}))]() mutable -> plane& {
    word(y) = (x - view(mean, all(), newaxis())) / view(dev, all(), newaxis());
    return y;
  };
});

[[maybe_unused]] const int symmetrise =
    plane_case("symmetrise", [](auto word, plane& y, const plane& x, std::size_t) {
      word(y) = 0.5f * (x + xt::transpose(x));
    });

[[maybe_unused]] const int threshold =
    plane_case("threshold", [](auto word, plane& y, const plane& x, std::size_t) {
      word(y) = xt::where(x > 0.6f, 1.0f, xt::where(x < 0.3f, 0.0f, x));
    });

// A functor of one's own, which neither library can look into.
[[maybe_unused]] const int vectorize =
    plane_case("vectorize", [](auto word, plane& y, const plane& x, std::size_t) {
      const auto f = xt::vectorize([](float v) { return v * v * 0.5f + 1; });
      word(y) = f(x) + 1.0f;
    });

[[maybe_unused]] const int grey = add("grey", [](std::size_t size, auto word) {
  const std::size_t n = side(size);
  return [=, x = filled<cube>({n, n, 3}), y = plane(xt::zeros<float>({n, n}))]() mutable -> plane& {
    word(y) = 0.299f * view(x, all(), all(), 0) + 0.587f * view(x, all(), all(), 1) +
              0.114f * view(x, all(), all(), 2);
    return y;
  };
});

}  // namespace
}  // namespace port
