// tests/cuda/evaluate_test.cpp: trees on a device give what they give on the host.
// SPDX-License-Identifier: BSD-3-Clause
#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;

using cuda_tests::counting;
using cuda_tests::message;
using cuda_tests::same;

TEST_CASE("a device that is there is available") {
  REQUIRE(cuda_unavailable_reason() == "");
  CHECK(cuda_is_available());
  CHECK(cuda_device_count() == 2);
  CHECK_THAT(properties_of(cuda(1)).name, Catch::Matchers::EndsWith(" 1"));
}

TEST_CASE("elements go to a device and come back") {
  const tensor<float> x = counting({3, 5});
  const tensor<float> there = x.to("cuda");
  CHECK(there.device() == cuda(0));
  CHECK(same(there, x));
  CHECK(same(there.to(cuda(1)), x));
  CHECK(to_string(tensor<float>{0, 0}.to("cuda")) == "tensor([0., 0.], device='cuda:0')");
  const tensor<float> part = x(all, range(1, 4)).to(cuda(0));
  CHECK(same(part, x(all, range(1, 4))));
  CHECK(same(there(range(0, 2), range(4, 0, -2)).to(cpu), x(range(0, 2), range(4, 0, -2))));
  CHECK(there(1, all)(range(2, 3)).item() == x(1, 2));
}

TEST_CASE("a contiguous tree is one kernel with 16-byte loads, and its rest is right") {
  for (const index_t n : {index_t(1), index_t(3), index_t(4), index_t(64), index_t(1001)}) {
    const tensor<float> a = counting({n}), b = counting({n}, 2), c = counting({n}, 3);
    const auto launches = fake_cuda::driver_counts().launches;
    const tensor<float> y = a.to(cuda(0)) * b.to(cuda(0)) + sin(c.to(cuda(0)));
    CHECK(fake_cuda::driver_counts().launches == launches + 1);
    CHECK(y.device() == cuda(0));
    const tensor<float> here = y.to(cpu);
    for (index_t i = 0; i < n; ++i) CHECK(here(i) == Approx(a(i) * b(i) + std::sin(c(i))));
  }
}

TEST_CASE("strided, broadcast, transposed and generated operands are read where they are") {
  const tensor<float> a = counting({6, 8}), b = counting({8, 6}), row = counting({8}), one{3};
  const tensor<float> da = a.to(cuda(0)), db = b.to(cuda(0)), drow = row.to(cuda(0));
  CHECK(same(da + transpose(db), a + transpose(b)));
  CHECK(same(da * drow - 2, a * row - 2));
  CHECK(same(da(all, range(0, 1)) + drow, a(all, range(0, 1)) + row));
  CHECK(same(da(range(5, std::nullopt, -1), range(1, 8, 3)) + 1,
             a(range(5, std::nullopt, -1), range(1, 8, 3)) + 1));
  CHECK(same(da + cast<float>(arange(8)), a + cast<float>(arange(8))));
  CHECK(same(transpose(da) + cast<float>(reshape(arange(48), {8, 6})),
             transpose(a) + cast<float>(reshape(arange(48), {8, 6}))));
}

TEST_CASE("transposed operands turn in tiles, whatever the extents") {
  for (const shape& s : {shape{40, 33}, shape{64, 32}, shape{17, 100}, shape{3, 40, 35}}) {
    const tensor<float> a = counting(s), b = counting({s[s.size() - 1], s[s.size() - 2]}, 3);
    const tensor<double> c = counting<double>({s[s.size() - 1], s[s.size() - 2]}, 5);
    const auto da = a.to(cuda(0)), db = b.to(cuda(0));
    const auto dc = c.to(cuda(0));
    CHECK(cuda_source(da + transpose(db)).find("__syncthreads") != std::string::npos);
    CHECK(same(da + transpose(db) * transpose(dc), a + transpose(b) * transpose(c)));
    CHECK(same(flip(transpose(db)) - da + transpose(db), flip(transpose(b)) - a + transpose(b)));
  }
  tensor<int> x = counting<int>({50, 50}), dx = x.to(cuda(0));
  x += transpose(x);
  dx += transpose(dx);
  CHECK(same(x, dx));
}

TEST_CASE("numbers and steps beyond 31 bits are right") {
  const index_t far = index_t(1) << 33;
  const auto numbers = arange(2 * far);
  CHECK(
      same(eval(numbers(range(5, 2 * far, far / 2)), cuda(0)), arange(index_t(4)) * (far / 2) + 5));
  const auto table = reshape(numbers, {2, far})(all, range(0, far, far / 4));
  const tensor<std::int64_t> rows{{1}, {2}}, drows = rows.to(cuda(1));
  CHECK(same(table + drows, table + rows));
  CHECK(cuda_source(table + drows).find("64-bit indices") != std::string::npos);
}

TEST_CASE("assignments in place, to views and to several targets are as on the host") {
  tensor<float> x = counting({5, 8}), y = counting({5, 8}, 4);
  tensor<float> dx = x.to(cuda(0)), dy = y.to(cuda(0));
  const auto memory = dx.elements();
  dx += dy * 2;
  x += y * 2;
  CHECK(dx.elements() == memory);
  CHECK(same(dx, x));
  dx(range(1, 4), range(0, 8, 2)) = dy(range(0, 3), range(4, 8)) - 1;
  x(range(1, 4), range(0, 8, 2)) = y(range(0, 3), range(4, 8)) - 1;
  CHECK(same(dx, x));
  eval(assign(dx, dx + dy), assign(dy, dx - dy));
  eval(assign(x, x + y), assign(y, x - y));
  CHECK(same(dx, x));
  CHECK(same(dy, y));
  dx(0, all) = 7;
  x(0, all) = 7;
  CHECK(same(dx, x));
  dx.fill(3);
  CHECK(same(dx, full({5, 8}, 3.0f)));
}

TEST_CASE("targets that overlap their operands get what evaluating first would give") {
  tensor<int> x = counting<int>({40}), square = counting<int>({6, 6});
  tensor<int> dx = x.to(cuda(0)), dsquare = square.to(cuda(0));
  for (auto* t : {&x, &dx}) {
    tensor<int>& v = *t;
    v(range(1, 40)) += v(range(0, 39));
    v(range(0, 39)) = v(range(1, 40)) - v(range(0, 39));
    v(range(0, 20)) = v(range(39, 19, -1));
  }
  CHECK(same(dx, x));
  square = transpose(square) * 2;
  dsquare = transpose(dsquare) * 2;
  CHECK(same(dsquare, square));
}

TEST_CASE("a sub-expression that is shared, or stands there twice, is computed once") {
  const tensor<float> x = counting({9}), dx = x.to(cuda(0));
  const auto s = share(abs(dx - 4)), t = share(abs(x - 4));
  CHECK(same(s / (1 + s), t / (1 + t)));
  const std::string source = cuda_source(sin(dx) * sin(dx) + dx);
  const auto first = source.find("float temp1 = sin(a);");
  REQUIRE(first != std::string::npos);
  CHECK(source.find("sin(a)", first + 20) == std::string::npos);
}

TEST_CASE("a target that stands in its own tree several times is loaded once") {
  tensor<float> x = counting({9}), dx = x.to(cuda(0));
  const std::string source = cuda_source(assign(dx, sin(dx) * sin(dx) + dx / 7));
  CHECK_THAT(source, Catch::Matchers::StartsWith("// y = sin(a) * sin(a) + a / value1\n"));
  const auto first = source.find("float temp1 = sin(a);");
  REQUIRE(first != std::string::npos);
  CHECK(source.find("sin(", first + 20) == std::string::npos);
  dx = (dx * 2 + dx) * dx;
  x = (x * 2 + x) * x;
  CHECK(same(dx, x));
}

TEST_CASE("scalars and rank-0 tensors of the host mix with every device") {
  const tensor<float> x = counting({4}), dx = x.to(cuda(0)), zero(shape{}, 2.5f);
  CHECK(same(dx * zero + 1, x * zero + 1));
  const tensor<float16> half(shape{}, float16(1.5f));
  CHECK(same(dx + half, x + half));
  CHECK(tensor<float>(shape{}, 2.0f).to(cuda(0)).item() == 2.0f);
}

TEST_CASE("factories make tensors on a device") {
  CHECK(same(zeros<int>({3}, cuda(0)), zeros<int>({3})));
  CHECK(same(ones({2, 2}, cuda(1)), ones({2, 2})));
  CHECK(ones({2, 2}, cuda(1)).device() == cuda(1));
  const auto x = counting({3}).to(cuda(1));
  CHECK(zeros_like(x).device() == cuda(1));
  CHECK(same(full_like(x, 4), full({3}, 4.0f)));
  CHECK(same(eval(arange(10) * 3, cuda(0)), arange(10) * 3));
  CHECK(same(eval(eye<double>(4, 5, 1), cuda(0)), eye<double>(4, 5, 1)));
  CHECK(same(eval(linspace(0.0f, 1.0f, 5), cuda(0)), linspace(0.0f, 1.0f, 5)));
  CHECK(same(eval(full({2, 3}, true), cuda(0)), full({2, 3}, true)));
  const tensor<float> here = eval(logspace(0.0f, 3.0f, 4), cuda(0)).to(cpu);
  CHECK(here(3) == Approx(1000));
  CHECK(cuda_source(zeros({0, 3}) + 1) == "// nothing to do: the output has shape (0, 3)\n");
  tensor<double> empty_one(shape{0, 3}, cuda(0));
  empty_one += 1;
  CHECK(to_string(empty_one) == "tensor([], shape=(0, 3), device='cuda:0', dtype=float64)");
}

TEST_CASE("operands on two devices fail where the tree is built") {
  const auto x = counting({3}).to(cuda(0)), y = counting({3}).to(cuda(1)), z = counting({3});
  CHECK(message([&] { return x + y; }) ==
        "add: operands are on cuda:0 and cuda:1; move one with .to(...)");
  CHECK(message([&] { return x * z; }) ==
        "multiply: operands are on cuda:0 and cpu; move one with .to(...)");
  tensor<float> target = counting({3});
  CHECK(message([&] { target = x + 1; }) ==
        "assign: operands are on cpu and cuda:0; move one with .to(...)");
  CHECK(same(target, z));
}

TEST_CASE("elements of a device tensor are not touched by the host") {
  tensor<float> x = counting({3}).to(cuda(0));
  CHECK(message([&] { x(1); }) ==
        "operator(): the elements are on cuda:0; bring them to the host with .to(weft::cpu)");
  CHECK(message([&] { x.data(); }) ==
        "data: the elements are on cuda:0; bring them to the host with .to(weft::cpu)");
  CHECK_THROWS_AS(x.begin(), device_error);
}

TEST_CASE("what only C++ can compute is refused with the way out") {
  const tensor<float> x = counting({3}).to(cuda(0));
  CHECK(message([&] { return map([](float v) { return v; }, x); }) ==
        "map: a C++ callable runs on the host only, and its operands are on cuda:0; compose weft's "
        "own functions, give map() its CUDA text with cuda_function(f, body), or bring the "
        "operands to the host with .to(weft::cpu)");
  CHECK(
      message([&] { eval(x + cast<float>(from_index({3}, [](index_t i) { return int(i); }))); }) ==
      "from_index: its elements are computed by a C++ callable, and the tree is evaluated on "
      "cuda:0; compose weft's own functions, or evaluate that part on the host first");
}

TEST_CASE("reductions are refused on a device") {
  const tensor<float> x = counting({3}).to(cuda(0));
  CHECK_THROWS_AS(sum(x), device_error);
  CHECK(message([&] { eval(x + sum(linspace(0.0f, 1.0f, 3))); }) ==
        "eval: a reduction is not available on cuda:0; evaluate it into a tensor on the host "
        "first");
}

TEST_CASE("a device that is not there is named") {
  CHECK(message([] { tensor<float>(shape{2}, cuda(5)); }) ==
        "buffer: cuda:5 is not available: there are 2 CUDA devices; use weft::cuda(0) to "
        "weft::cuda(1)");
}

TEST_CASE("explain says how a device is used, and shows the kernel") {
  const auto x = counting({40, 40}).to(cuda(0));
  const std::string text = explain(x + transpose(x) * 2);
  CHECK_THAT(text,
             Catch::Matchers::StartsWith(
                 "y = a + b * value1\n"
                 "kernel: over 40 x 40, in tiles of 32 x 32, 32-bit indices on cuda:0\n"
                 "y float32 (40, 40): contiguous along the last axis\n"
                 "a float32 (40, 40): contiguous along the last axis\n"
                 "b float32 (40, 40): through shared memory, as it is contiguous along another "
                 "axis\n"
                 "memory: 12800 bytes read, 6400 written, 0 in temporaries\n\n"
                 "// y = a + b * value1\n"));
}
