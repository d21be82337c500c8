// tests/adaptors/mdspan_test.cpp: an mdspan's elements are weft's, in both directions. A program of
// its own, since it may be linked with another standard library than the other tests.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/mdspan.hpp"

#include <cstdio>
#include <string>

#if defined(WEFT_KOKKOS_MDSPAN)
#include <mdspan/mdspan.hpp>
namespace md = MDSPAN_IMPL_STANDARD_NAMESPACE;
#else
#include <mdspan>
namespace md = std;
#endif

namespace {

int failures = 0;
void check(bool holds, const char* what) {
  if (holds) return;
  std::printf("not so: %s\n", what);
  ++failures;
}
#define CHECK(...) check(bool(__VA_ARGS__), #__VA_ARGS__)

template <class F>
std::string message(F f) {
  try {
    f();
  } catch (const weft::error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

using weft::index_t;
using any2 = md::dextents<int, 2>;
template <class M>
bool same_memory(const M& m, const auto& v) {
  bool same = v.shape() == weft::shape{index_t(m.extent(0)), index_t(m.extent(1))};
  for (int i = 0; i < int(m.extent(0)); ++i)
    for (int k = 0; k < int(m.extent(1)); ++k)
      same = same && m.data_handle() + m.mapping()(i, k) == &v(i, k);
  return same;
}

void layouts_enter() {
  float memory[24] = {};
  const md::mdspan<float, any2, md::layout_right> rows(memory, 4, 6);
  const md::mdspan<float, md::extents<int, 4, md::dynamic_extent>, md::layout_left> cols(memory, 6);
  const md::layout_stride::mapping<any2> every(any2(2, 3), std::array<int, 2>{12, 2});
  const md::mdspan<const float, any2, md::layout_stride> strided(memory, every);
  CHECK(same_memory(rows, weft::view_of(rows)));
  CHECK(same_memory(cols, weft::view_of(cols)));
  CHECK(weft::view_of(cols).strides() == weft::strides{1, 4});
  CHECK(same_memory(strided, weft::view_of(strided)));
  static_assert(std::same_as<decltype(weft::view_of(strided)), weft::view<const float>>);
  const md::mdspan<float, md::extents<int>> one(memory);
  CHECK(&weft::view_of(one)() == memory);
  const md::mdspan<float, any2> none(memory, 0, 5);
  CHECK(weft::view_of(none).shape() == weft::shape{0, 5});
}

void views_leave() {
  weft::tensor<double> x(weft::shape{3, 4}), y(weft::shape{3, 4}, weft::layout::column_major);
  const weft::tensor<double>& reads = x;
  using strided = md::mdspan<double, any2, md::layout_stride>;
  using right = md::mdspan<double, any2, md::layout_right>;
  using left = md::mdspan<double, md::extents<int, 3, 4>, md::layout_left>;
  CHECK(same_memory(weft::to_mdspan<strided>(x), x));
  CHECK(same_memory(weft::to_mdspan<strided>(y), y));
  CHECK(same_memory(weft::to_mdspan<right>(x), x));
  CHECK(same_memory(weft::to_mdspan<left>(y), y));
  CHECK(same_memory(weft::to_mdspan<md::mdspan<const double, any2>>(reads), x));
  const auto part = x(weft::range(0, 3, 2), weft::range(1, 4));
  CHECK(same_memory(weft::to_mdspan<strided>(part), part));
  const auto column = x(weft::all, weft::range(1, 2));
  CHECK(same_memory(weft::to_mdspan<strided>(column), column));
}

void what_does_not_fit_is_refused() {
  weft::tensor<double> x(weft::shape{3, 4});
  using strided = md::mdspan<double, any2, md::layout_stride>;
  using right = md::mdspan<double, any2>;
  using fixed = md::mdspan<double, md::extents<int, 3, 5>>;
  using line = md::mdspan<double, md::dextents<int, 1>>;
  CHECK(message([&] { weft::to_mdspan<line>(x); }) ==
        "to_mdspan: shape (3, 4) has not the mdspan's rank 1");
  CHECK(message([&] { weft::to_mdspan<fixed>(x); }) ==
        "to_mdspan: shape (3, 4) has not the mdspan's fixed extent 5 on axis 1");
  CHECK(message([&] { weft::to_mdspan<right>(x(weft::all, weft::range(0, 4, 2))); }) ==
        "to_mdspan: strides (4, 2) of shape (3, 2) are not those of the mdspan's layout; use "
        "layout_stride, or pass weft::copy(x)");
  const auto backwards = x(weft::all, weft::range(std::nullopt, std::nullopt, -1));
  CHECK(message([&] { weft::to_mdspan<strided>(backwards); }) ==
        "to_mdspan: an mdspan cannot step by stride -1 of axis 1; pass weft::copy(x)");
  using small = md::mdspan<double, md::dextents<signed char, 1>>;
  CHECK(message([&] { weft::to_mdspan<small>(weft::view<double>(x.data(), {1000})); }) ==
        "to_mdspan: its index type cannot hold shape (1000,)");
}

}  // namespace

int main() {
  layouts_enter();
  views_leave();
  what_does_not_fit_is_refused();
  if (failures == 0) std::puts("mdspans enter and leave without a copy");
  return failures != 0;
}
