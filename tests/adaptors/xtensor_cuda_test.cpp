// tests/adaptors/xtensor_cuda_test.cpp: xtensor expressions go to a device, which the fake driver
// plays, and their results come back into xtensor's containers.
// SPDX-License-Identifier: BSD-3-Clause
#include "../cuda/fake.hpp"
#include "xtensor_agrees.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

std::size_t copies() { return fake_cuda::driver_counts().copies; }

// The device gives the same container as the host does.
template <class E>
bool same_there(const E& e) {
  const auto here = weft::eval(e);
  const auto there = weft::eval(e, weft::cuda(0));
  static_assert(std::same_as<decltype(here), decltype(there)>);
  return here.layout() == there.layout() && xt::allclose(here, there, 1e-6);
}

}  // namespace

TEST_CASE("an xtensor expression is evaluated on a device, and its result comes back") {
  REQUIRE(weft::cuda_is_available());
  const xt::xarray<double, xt::layout_type::column_major> columns = a;
  const xt::xtensor_fixed<double, xt::xshape<3>> fixed{1, 2, 3};
  const auto launches = fake_cuda::driver_counts().launches;
  CHECK(xt::allclose(weft::eval(a * b + xt::sin(a), weft::cuda(0)), a * b + xt::sin(a)));
  CHECK(fake_cuda::driver_counts().launches == launches + 1);
  CHECK(same_there(xt::where(f > 0.4f, f, -f)));
  CHECK(same_there(a + xt::view(b, xt::newaxis(), xt::all())));
  CHECK(same_there(xt::transpose(a) * 2));
  CHECK(same_there(xt::view(a, xt::all(), xt::range(2, xt::placeholders::_, -1)) - fixed));
  CHECK(same_there(columns * 2));
  CHECK(same_there(i % k));
  CHECK(same_there(xt::cast<float>(i) + f));
  CHECK(weft::eval(a * 2, weft::cuda(1))(1, 0) == 6);
  CHECK(weft::eval(a * 2, weft::cpu)(1, 0) == 6);
}

TEST_CASE("xtensor's generators reach a device, although only C++ can compute them") {
  CHECK(same_there(a + xt::arange<double>(3)));
  CHECK(same_there(xt::linspace<double>(0, 1, 3) * a));
  CHECK(same_there(xt::eye<double>(3) + b));
  CHECK(same_there(xt::ones<double>({4, 2, 3}) + a));
  CHECK(same_there(xt::view(xt::eye<double>(4, 1), xt::range(3, 0, -1), xt::range(1, 4)) * 2));
}

TEST_CASE("no elements and no axes go to a device and come back") {
  const xt::xarray<double> none = xt::zeros<double>({2, 0, 3}), one = 3.0;
  CHECK(weft::eval(none + 1, weft::cuda(0)).shape() == none.shape());
  CHECK(weft::eval(one * 2, weft::cuda(0))() == 6);
  CHECK(same_there(a + one));
}

TEST_CASE("each buffer is copied once, however often it is read") {
  const xt::xarray<float> x = xt::arange<float>(100), y = x + 1;
  const auto before = copies();
  const auto r = weft::eval(xt::view(x, xt::range(0, 98)) + xt::view(x, xt::range(2, 100)) * y(3) +
                                xt::view(y, xt::range(1, 99)) * xt::view(x, xt::range(1, 99)),
                            weft::cuda(0));
  CHECK(copies() == before + 3);  // x and y there, the result back
  CHECK(r(1) == 1 + 3 * 4 + 3 * 2);
}

TEST_CASE("a mirror keeps its buffers on the device between evaluations") {
  xt::xarray<double> x{1, 2, 3}, y{10, 20, 30}, z{100, 200, 300};
  weft::device_mirror mirror(weft::cuda(0));
  mirror.keep(x, y);
  CHECK(mirror.bytes() == 6 * sizeof(double));
  const auto before = copies();
  CHECK(weft::eval(x * y, mirror)(2) == 90);
  CHECK(copies() == before + 1);  // the result
  CHECK(weft::eval(xt::view(x, xt::range(2, 0, -1)) + xt::view(y, xt::range(0, 2)), mirror)(0) ==
        13);
  CHECK(copies() == before + 2);
  CHECK(weft::eval(x * y + z, mirror)(0) == 110);
  CHECK(copies() == before + 4);  // z as well
}

TEST_CASE("a mirror's copy is stale until it is refreshed") {
  xt::xarray<double> x{1, 2, 3}, y{10, 20, 30};
  weft::device_mirror mirror(weft::cuda(0));
  mirror.keep(x, y);
  x(0) = 5;
  y(0) = 50;
  CHECK(weft::eval(x + y, mirror)(0) == 11);
  mirror.refresh(x);
  CHECK(weft::eval(x + y, mirror)(0) == 15);
  mirror.refresh();
  CHECK(weft::eval(x + y, mirror)(0) == 55);
  x(2) = 7;
  y(2) = 70;
  mirror.refresh(xt::view(x, xt::range(1, 3)));
  mirror.keep(y);  // kept already: copied again
  CHECK(weft::eval(x + y, mirror)(2) == 77);
  CHECK(mirror.bytes() == 6 * sizeof(double));
}

TEST_CASE("what a mirror no longer keeps is copied for each evaluation") {
  xt::xarray<double> x{1, 2, 3};
  weft::device_mirror mirror(weft::cuda(0));
  CHECK_THROWS_WITH(mirror.refresh(x),
                    "device_mirror::refresh: the elements are not kept, or were "
                    "resized since; keep(x) them first");
  mirror.keep(x);
  mirror.forget(x);
  CHECK(mirror.bytes() == 0);
  x(0) = 4;
  CHECK(weft::eval(x * 2, mirror)(0) == 8);
  mirror.keep(x);
  mirror.clear();
  x = xt::xarray<double>{5, 6, 7, 8};
  CHECK(weft::eval(x * 2, mirror)(3) == 16);
}

TEST_CASE("a mirror of the host keeps nothing, so that one program runs with and without a GPU") {
  xt::xarray<double> x{1, 2, 3};
  weft::device_mirror mirror(weft::cpu);
  mirror.keep(x);
  x(0) = 4;
  CHECK(mirror.bytes() == 0);
  CHECK(weft::eval(x * 2, mirror)(0) == 8);
  CHECK(weft::eval(weft::square(x), mirror)(0) == 16);
}

TEST_CASE("trees of weft's read a mirror, too, and stay on the device") {
  const weft::tensor<float> x{1, 2, 3};
  weft::device_mirror mirror(weft::cuda(0));
  mirror.keep(x);
  const auto y = weft::eval(weft::square(x) + 1, mirror);
  CHECK(y.device() == weft::cuda(0));
  CHECK(y.to(weft::cpu)(2) == 10);
  CHECK_THROWS_WITH(mirror.keep(y), ContainsSubstring("the elements are on cuda:0"));
}

TEST_CASE("a functor of one's own is refused on a device, as is a device that is not there") {
  const auto thrice = xt::vectorize([](double x) { return 3 * x; });
  CHECK_THROWS_WITH(weft::eval(thrice(a) + 1, weft::cuda(0)),
                    ContainsSubstring("map: a C++ callable runs on the host only"));
  CHECK(weft::eval(thrice(a) + 1, weft::cpu)(1, 0) == 10);
  CHECK_THROWS_WITH(weft::eval(a + 1, weft::cuda(7)), ContainsSubstring("cuda:7 is not available"));
  CHECK_THROWS_AS(weft::device_mirror(weft::cuda(7)), weft::device_error);
}

TEST_CASE("a callable with CUDA text goes to the device with the expression around it") {
  const weft::cuda_function thrice([](double x) { return 3 * x; }, "3 * x");
  const auto tree = weft::map(thrice, weft::from(a + b)) + 1;
  const weft::device_mirror mirror(weft::cuda(0));
  const weft::tensor<double> there = weft::eval(tree, mirror).to(weft::cpu);
  CHECK(weft::max(weft::abs(there - tree)).item() == 0);
}

TEST_CASE("a copy that fails leaves nothing behind on the device") {
  const auto live = fake_cuda::driver_counts().live;
  fake_cuda::fail("cuMemcpyHtoDAsync", 1, 719);
  CHECK_THROWS_AS(weft::eval(a + b, weft::cuda(0)), weft::cuda_error);
  fake_cuda::reset();
  weft::empty_memory_cache(weft::cuda(0));
  CHECK(fake_cuda::driver_counts().live <= live);
  CHECK(same_there(a + b));
}
