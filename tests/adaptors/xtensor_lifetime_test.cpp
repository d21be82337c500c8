// tests/adaptors/xtensor_lifetime_test.cpp: what a tree of xtensor's parts keeps alive, and odd
// containers: moved from, without elements, of any strides.
// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <optional>
#include <thread>
#include <vector>

#include "xtensor_agrees.hpp"

using Catch::Matchers::ContainsSubstring;
using weft::from;

namespace {
xt::xarray<double> make() { return {{1, 2, 3}, {4, 5, 6}}; }
}  // namespace

TEST_CASE("a tree returned from a function keeps the temporaries of its expression") {
  const auto moved = [](double by) { return from(make() * by + xt::view(make(), 0)); };
  CHECK(weft::eval(moved(2))(1, 2) == 15);
  std::optional<decltype(moved(1))> kept = moved(3);
  const auto slice = (*kept)(1, weft::all);
  kept.reset();
  CHECK(weft::eval(slice)(0) == 13);
}

TEST_CASE("a tree may be copied, assigned and outlive its copies") {
  auto first = std::make_optional(from(make() + 1));
  const auto copy = *first;
  const auto again = copy;
  first.reset();
  CHECK(weft::eval(copy + again)(0, 0) == 4);
}

TEST_CASE("a container that was moved from has no elements, which is said") {
  xt::xarray<double> x = make();
  const xt::xarray<double> taken = std::move(x);
  const auto refused = ContainsSubstring("has no elements in memory; it was moved from");
  if (x.data() == nullptr) {
    CHECK_THROWS_WITH(weft::view_of(x), refused);
    CHECK_THROWS_WITH(from(x + 1), refused);
    CHECK_THROWS_WITH(weft::eval(x + taken), refused);
  }
  x = taken * 2;
  CHECK(weft::eval(x + 1)(1, 2) == 13);

  // As a target it gets new elements where it needs another shape.
  const xt::xarray<double> again = std::move(x), row = xt::ones<double>({4});
  weft::noalias(x) = row * 2;
  CHECK(x.size() == 4);
  CHECK(x(3) == 2);
}

TEST_CASE("what is refused while a temporary is adapted frees the temporary once") {
  const auto deep = [] {
    return xt::xarray<double>(xt::ones<double>({1, 1, 1, 1, 1, 1, 1, 1, 2}));
  };
  CHECK_THROWS_WITH(weft::square(deep()), ContainsSubstring("more than 8 axes"));
  CHECK_THROWS_WITH(from(deep() + 1), ContainsSubstring("more than 8 axes"));
  CHECK_THROWS_WITH(from(make() + 1) + weft::tensor<double>({1, 2}),
                    ContainsSubstring("do not broadcast"));
  CHECK_THROWS_WITH(weft::to_xtensor<1>(weft::tensor<double>{{1, 2}}), ContainsSubstring("rank 1"));
}

TEST_CASE("adapted memory may repeat or run backwards") {
  std::vector<double> memory{1, 2, 3, 4, 5, 6};
  const std::vector<std::size_t> shape{2, 3};
  const auto with = [&](double* first, std::vector<std::ptrdiff_t> strides) {
    return xt::adapt(first, memory.size(), xt::no_ownership(), shape, strides);
  };
  auto repeated = with(memory.data(), {0, 1});
  auto backwards = with(memory.data() + 5, {-3, -1});
  auto columns = with(memory.data(), {1, 2});
  CHECK(weft::eval(repeated * 2)(1, 2) == 6);
  CHECK(weft::eval(backwards + 0)(0, 0) == 6);
  CHECK(weft::eval(backwards + 0)(1, 2) == 1);
  CHECK(weft::eval(columns - backwards)(1, 0) == 2 - 3);
  weft::noalias(backwards) += 10;
  CHECK(memory == std::vector<double>{11, 12, 13, 14, 15, 16});
  CHECK_THROWS_AS(weft::noalias(repeated) = columns * 2, weft::shape_error);
  CHECK(memory == std::vector<double>{11, 12, 13, 14, 15, 16});
}

TEST_CASE("extents of 0 and 1 are kept through both libraries, whatever the layout") {
  const xt::xarray<double, xt::layout_type::column_major> thin = xt::ones<double>({1, 3, 1});
  xt::xarray<double, xt::layout_type::dynamic> any({3, 1}, xt::layout_type::column_major);
  any.fill(2);
  CHECK(agrees(thin + any));
  CHECK(agrees(xt::view(thin, xt::all(), xt::range(1, 1)) * 2));
  const weft::tensor<double> none(weft::shape{0, 2}), one(weft::shape{1, 1}, 3.0);
  CHECK(weft::to_xtensor(none).size() == 0);
  CHECK(xt::xarray<double>(weft::to_xtensor(none) + 1).shape() == weft::to_xtensor(none).shape());
  CHECK(xt::xarray<double>(weft::to_xtensor(one) + make())(1, 2) == 9);
  CHECK(xt::xarray<double>(none * 2).shape()[0] == 0);
}

TEST_CASE("ravelled in another order, elements are still the same") {
  const xt::xarray<double> m = make();
  CHECK(agrees(xt::ravel<xt::layout_type::column_major>(m) + 1));
  CHECK(agrees(xt::ravel<xt::layout_type::row_major>(m) + 1));
}

TEST_CASE("several threads evaluate expressions of the same containers", "[threads]") {
  const xt::xarray<double> x = make(), y = make() + 1;
  const auto shared = x * y;
  const auto tree = from(shared + shared);
  std::array<double, 4> sums{};
  std::vector<std::thread> threads;
  for (double& sum : sums)
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k)
        sum += weft::eval(xt::view(x, xt::keep(1, 0)) + shared)(0, 0) + weft::eval(tree)(1, 2) +
               weft::to_xtensor<2>(weft::eval(tree))(0, 0);
    });
  for (auto& t : threads) t.join();
  for (const double sum : sums) CHECK(sum == 50 * (6 + 84 + 4));
}
