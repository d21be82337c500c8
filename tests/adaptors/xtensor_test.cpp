// tests/adaptors/xtensor_test.cpp: xtensor's memory is weft's memory, in both directions; the
// addresses prove it.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/xtensor.hpp"

#include <complex>
#include <string>
#include <vector>

#include "catch.hpp"
#include "weft/weft.hpp"
#include "xtensor_headers.hpp"

using weft::view_of;

namespace {

// Every element of v is at the address of the same element of x.
template <class X, class V>
bool same_memory(X& x, const V& v) {
  if (!std::ranges::equal(
          x.shape(), v.shape(), {}, [](auto n) { return weft::index_t(n); },
          [](auto n) { return weft::index_t(n); }))
    return false;
  std::vector<std::size_t> index(x.dimension(), 0);
  for (std::size_t n = 0; n < x.size(); ++n) {
    weft::index_t at = 0;
    for (std::size_t d = 0; d < index.size(); ++d) at += weft::index_t(index[d]) * v.strides()[d];
    if (&x.element(index.begin(), index.end()) != v.data() + at) return false;
    for (std::size_t d = index.size(); d-- > 0 && ++index[d] == std::size_t(x.shape()[d]);)
      index[d] = 0;
  }
  return true;
}

}  // namespace

TEST_CASE("containers of every kind are viewed where they are") {
  xt::xarray<double> dynamic{{1, 2, 3}, {4, 5, 6}};
  xt::xtensor<float, 3> ranked = xt::ones<float>({2, 3, 4});
  xt::xtensor_fixed<int, xt::xshape<2, 3>> fixed{{1, 2, 3}, {4, 5, 6}};
  CHECK(same_memory(dynamic, view_of(dynamic)));
  CHECK(same_memory(ranked, view_of(ranked)));
  CHECK(same_memory(fixed, view_of(fixed)));
  CHECK(weft::to_string(view_of(fixed)) == "tensor([[1, 2, 3],\n        [4, 5, 6]], dtype=int32)");
}

TEST_CASE("adapted pointers and vectors are viewed where they are") {
  std::vector<int> owner{1, 2, 3, 4, 5, 6};
  int* pointer = owner.data();
  auto from_vector = xt::adapt(owner, {2, 3});
  auto from_pointer = xt::adapt(pointer, 6, xt::no_ownership(), std::vector<std::size_t>{3, 2});
  CHECK(same_memory(from_vector, view_of(from_vector)));
  CHECK(same_memory(from_pointer, view_of(from_pointer)));
  CHECK(view_of(from_pointer).data() == owner.data());
}

TEST_CASE("xt::strided_view, xt::view, transpose and flip keep their strides and offsets") {
  xt::xarray<double> a = xt::arange(24.0).reshape({2, 3, 4});
  auto strided = xt::strided_view(a, {xt::all(), xt::range(2, xt::placeholders::_, -2), 1});
  auto ranged = xt::view(a, 1, xt::all(), xt::range(1, 4, 2));
  auto turned = xt::transpose(a);
  auto flipped = xt::flip(a, 1);
  auto widened = xt::strided_view(a, {xt::newaxis(), xt::ellipsis()});
  CHECK(same_memory(strided, view_of(strided)));
  CHECK(same_memory(ranged, view_of(ranged)));
  CHECK(same_memory(turned, view_of(turned)));
  CHECK(same_memory(flipped, view_of(flipped)));
  CHECK(same_memory(widened, view_of(widened)));
}

TEST_CASE("column-major containers stay column-major") {
  xt::xarray<float, xt::layout_type::column_major> a{{1, 2, 3}, {4, 5, 6}};
  xt::xarray<float, xt::layout_type::dynamic> b({2, 3}, xt::layout_type::column_major);
  CHECK(same_memory(a, view_of(a)));
  CHECK(view_of(a).strides() == weft::strides{1, 2});
  b = a;
  CHECK(same_memory(b, view_of(b)));
}

TEST_CASE("a const container gives a view that only reads") {
  const xt::xarray<double> a{1, 2, 3};
  auto v = view_of(a);
  static_assert(std::same_as<decltype(v), weft::view<const double>>);
  CHECK(v.data() == a.data());
}

TEST_CASE("rank 0, extents of 0 and extents of 1 are adapted") {
  xt::xarray<double> scalar = 3.0;
  xt::xarray<double> none = xt::zeros<double>({2, 0, 3});
  xt::xarray<double> thin = xt::ones<double>({1, 3, 1});
  CHECK(view_of(scalar).ndim() == 0);
  CHECK(view_of(scalar).item() == 3.0);
  CHECK(weft::eval(weft::sin(none)).shape() == weft::shape{2, 0, 3});
  CHECK(view_of(thin).strides()[0] == 0);  // xtensor's own, which weft must not mind
  CHECK(view_of(thin).is_contiguous());
  CHECK(weft::eval(view_of(thin) + weft::tensor<double>{{1}, {2}, {3}}).shape() ==
        (weft::shape{1, 3, 1}));
  view_of(thin) = 7.0;
  CHECK(thin(0, 2, 0) == 7.0);
}

TEST_CASE("element types are adapted as they are") {
  xt::xarray<bool> truth{true, false, true};
  xt::xarray<std::complex<float>> z{std::complex<float>(1, 2), std::complex<float>(3, -4)};
  xt::xarray<std::int8_t> small{-128, 127};
  xt::xarray<long long> wide{1LL << 40, -1};
  CHECK(same_memory(truth, view_of(truth)));
  CHECK(weft::to_string(!view_of(truth)) == "tensor([False,  True, False])");
  CHECK(weft::eval(weft::abs(z))(1) == 5.0f);
  CHECK(weft::eval(view_of(small) + weft::tensor<std::int8_t>{-1, 1})(0) == -129);
  CHECK(weft::eval(view_of(wide) * 2)(0) == 1LL << 41);
}

TEST_CASE("writing through a view writes xtensor's elements, where they were") {
  xt::xarray<double> a = xt::zeros<double>({2, 3});
  const double* before = a.data();
  auto v = view_of(a);
  v = weft::arange(3.0);
  v += 1;
  v(1, weft::all) *= 10;
  CHECK((a == xt::xarray<double>{{1, 2, 3}, {10, 20, 30}}));
  CHECK(a.data() == before);
  a(0, 0) = -1;
  CHECK(v(0, 0) == -1);
}

TEST_CASE("xtensor containers are operands beside weft's own") {
  xt::xarray<double> a{1, 2, 3}, b{10, 20, 30};
  weft::tensor<double> t{100, 200, 300};
  CHECK(weft::eval(a + t)(0) == 101);
  CHECK(weft::eval(t - a)(2) == 297);
  CHECK(weft::eval(weft::square(a) + t)(1) == 204);
  CHECK(weft::eval(weft::maximum(a, b))(1) == 20);
  CHECK(weft::eval(weft::where(weft::view_of(a) > 1.5, a, b))(0) == 10);
  CHECK(weft::eval(weft::transpose(a) * t)(0) == 100);
  t = a;
  CHECK(t(2) == 3);
  t += b;
  CHECK(t(2) == 33);
  weft::eval(weft::assign(a, t * 2));
  CHECK(a(2) == 66);
}

TEST_CASE("xtensor's own expressions stay xtensor's") {
  xt::xarray<double> a{1, 2, 3};
  using namespace weft;
  auto e = a + a;
  static_assert(!weft::Expr<decltype(e)>);
  CHECK(xt::xarray<double>(e)(2) == 6);
}

TEST_CASE("a temporary container lives as long as the tree that reads it") {
  const auto make = [] { return xt::xarray<double>{1, 2, 3}; };
  const auto tree = weft::square(make()) + weft::tensor<double>{0.5};
  const auto part = view_of(xt::view(make(), xt::range(1, 3)));
  CHECK(weft::eval(tree)(2) == 9.5);
  CHECK(part(1) == 3);
}

TEST_CASE("what has no strided memory has no view") {
  xt::xarray<double> a{{1, 2, 3}, {4, 5, 6}};
  using missing = xt::xarray_optional<double>;
  static_assert(!weft::AdaptedContainer<decltype(a + a)>);
  static_assert(!weft::AdaptedContainer<decltype(xt::view(a, xt::all(), xt::keep(0, 2)))>);
  static_assert(
      !weft::AdaptedContainer<decltype(xt::dynamic_view(a, {xt::all(), xt::keep(0, 2)}))>);
  static_assert(!weft::AdaptedContainer<decltype(xt::strided_view(a + a, {xt::all(), xt::all()}))>);
  static_assert(!weft::Adapted<missing>);
  SUCCEED();
}

TEST_CASE("more than 8 axes are an error that says so") {
  xt::xarray<double> a = xt::ones<double>({1, 1, 1, 1, 1, 1, 1, 1, 2});
  CHECK_THROWS_WITH(view_of(a), Catch::Matchers::ContainsSubstring("more than 8 axes"));
}

TEST_CASE("shapes that do not broadcast are refused where the tree is built") {
  xt::xarray<double> a = xt::ones<double>({2, 3});
  weft::tensor<double> t{1, 2};
  CHECK_THROWS_WITH(a + t, "add: shapes (2, 3) and (2,) do not broadcast: axis 1 is 3 and 2");
}
