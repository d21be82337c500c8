// tests/cuda/device_test.cpp: whatever the node, operands on two devices are refused on the line
// that builds it, with both devices and the way out; and what mixes with every device does.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <vector>

#include "catch.hpp"
#include "fake.hpp"
#include "same.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::counting;
using cuda_tests::message;
using cuda_tests::same;

namespace {

using array_of_floats = const tensor<float>&;

struct row {
  const char* what;
  const char* function;  // that the message names
  void (*build)(array_of_floats x, array_of_floats y);
};

const cuda_function halves([](float a, float b) { return a - b / 2; }, "x - y / 2");

// Trees of which nothing is evaluated: each node sees operands of its own on two devices, or trees
// over them.
const row trees_of_two[] = {
    {"an operator", "add", [](auto& x, auto& y) { (void)(x + y); }},
    {"a comparison", "less", [](auto& x, auto& y) { (void)(x < y); }},
    {"a function of two", "atan2", [](auto& x, auto& y) { (void)atan2(x, y); }},
    {"min of two", "minimum", [](auto& x, auto& y) { (void)min(x, y); }},
    {"a logical operator", "logical_and", [](auto& x, auto& y) { (void)(x > 1 && y > 1); }},
    {"where, its condition", "where", [](auto& x, auto& y) { (void)where(x > 1, y, y); }},
    {"where, its values", "where", [](auto& x, auto& y) { (void)where(x > 1, x, y); }},
    {"where, a value beside a number", "where",
     [](auto& x, auto& y) { (void)where(x > 1, 2.0f, y); }},
    {"under a unary function", "add", [](auto& x, auto& y) { (void)(sin(x) + y); }},
    {"under negation and a number", "add", [](auto& x, auto& y) { (void)(-x * 2 + y); }},
    {"under casts", "multiply", [](auto& x, auto& y) { (void)(cast<int>(x) * cast<float16>(y)); }},
    {"beside a generated leaf", "subtract",
     [](auto& x, auto& y) { (void)(x + cast<float>(arange(3)) - y); }},
    {"beside a shared part", "divide", [](auto& x, auto& y) { (void)(share(x * x) / y); }},
    {"beside a slice of a tree", "add",
     [](auto& x, auto& y) { (void)((x * 2)(range(0, 2)) + y(range(1, 3))); }},
    {"beside a transposed tree", "add",
     [](auto& x, auto& y) { (void)(transpose(sin(x)) + transpose(y)); }},
    {"beside what is broadcast", "add",
     [](auto& x, auto& y) { (void)(broadcast_to(x, {2, 3}) + y); }},
    {"beside other rearrangements", "add",
     [](auto& x, auto& y) { (void)(flip(reshape(x, {3, 1}), 0) + expand_dims(y, 1)); }},
    {"text of one's own", "map", [](auto& x, auto& y) { (void)map(halves, x, y); }},
    {"text of one's own over trees", "map", [](auto& x, auto& y) { (void)map(halves, x + 1, -y); }},
};

// Evaluations that have a target elsewhere. They write nothing.
const row evaluations[] = {
    {"assignment", "assign", [](auto& x, auto& y) { tensor<float>(copy(x)) = y + 1; }},
    {"assignment of what is there", "assign",
     [](auto& x, auto& y) { copy(x).as_view() = y.as_view(); }},
    {"assignment to a slice", "assign",
     [](auto& x, auto& y) { copy(x)(range(0, 2)) = y(range(0, 2)) * 2; }},
    {"compound assignment", "add",
     [](auto& x, auto& y) {
       auto target = copy(x);
       target += y;
     }},
    {"compound assignment of a tree to a slice", "multiply",
     [](auto& x, auto& y) {
       auto target = copy(x);
       target(range(0, 2)) *= sin(y(range(0, 2)));
     }},
    {"the first of two outputs", "assign",
     [](auto& x, auto& y) {
       auto first = copy(x), second = copy(y);
       eval(assign(first, y + 1), assign(second, y - 1));
     }},
    {"the second of two outputs", "assign",
     [](auto& x, auto& y) {
       auto first = copy(y), second = copy(x);
       eval(assign(first, y + 1), assign(second, y - 1));
     }},
    {"explain", "assign",
     [](auto& x, auto& y) {
       auto target = copy(x);
       (void)explain(assign(target, y + 1));
     }},
    {"prepare", "assign",
     [](auto& x, auto& y) {
       auto target = copy(x);
       prepare(assign(target, y + 1));
     }},
};

}  // namespace

std::string refusal(const row& n, device a, device b) {
  return std::string(n.function) + ": operands are on " + to_string(a) + " and " + to_string(b) +
         "; move one with .to(...)";
}

TEST_CASE("every kind of node refuses operands on two devices where it is built") {
  const tensor<float> here = counting({3}), there = here.to(cuda(0)), other = here.to(cuda(1));
  const auto launches = fake_cuda::driver_counts().launches;
  for (const row& n : trees_of_two) {
    INFO(n.what);
    const auto built = [&](array_of_floats x, array_of_floats y) {
      return message([&] { n.build(x, y); });
    };
    CHECK(built(there, here) == refusal(n, cuda(0), cpu));
    CHECK(built(here, there) == refusal(n, cpu, cuda(0)));
    CHECK(built(there, other) == refusal(n, cuda(0), cuda(1)));
    CHECK(built(other, there) == refusal(n, cuda(1), cuda(0)));
    CHECK(built(there, there) == "nothing was thrown");
  }
  CHECK(fake_cuda::driver_counts().launches == launches);
}

TEST_CASE("every kind of evaluation refuses a target on another device than its operands") {
  const tensor<float> here = counting({3}), there = here.to(cuda(0)), other = here.to(cuda(1));
  for (const row& n : evaluations) {
    INFO(n.what);
    const auto evaluated = [&](array_of_floats x, array_of_floats y) {
      return message([&] { n.build(x, y); });
    };
    CHECK(evaluated(there, here) == refusal(n, cuda(0), cpu));
    CHECK(evaluated(here, there) == refusal(n, cpu, cuda(0)));
    CHECK(evaluated(there, other) == refusal(n, cuda(0), cuda(1)));
    CHECK(evaluated(there, there) == "nothing was thrown");
  }
  CHECK(same(there, here));
}

TEST_CASE("targets of one evaluation are on one device, also where each has its own operands") {
  tensor<float> here = counting({3}), there = here.to(cuda(0)), other = here.to(cuda(1));
  CHECK(message([&] { eval(assign(here, here + 1), assign(there, there + 1)); }) ==
        "eval: targets are on cpu and cuda:0; evaluate them one after the other");
  CHECK(message([&] { eval(assign(there, arange(3)), assign(other, arange(3))); }) ==
        "eval: targets are on cuda:0 and cuda:1; evaluate them one after the other");
  CHECK(same(here, counting({3})));
  CHECK(same(there, here));
}

TEST_CASE("numbers, generated leaves and rank-0 tensors of the host are no other device") {
  const tensor<float> here = counting({3}), there = here.to(cuda(1)), zero(shape{}, 3.0f);
  const cuda_function f([](float a, float b) { return a - b / 2; }, "x - y / 2");
  CHECK(same(there * zero + 2 - cast<float>(arange(3)), here * zero + 2 - cast<float>(arange(3))));
  CHECK(same(where(there > zero, there, zero), where(here > zero, here, zero)));
  CHECK(same(map(f, there, zero), map(f, here, zero)));
  CHECK(same(minimum(full({3}, 2.0f), there), minimum(full({3}, 2.0f), here)));
  tensor<float> target = there;
  target += zero;
  target *= linspace(0.0f, 1.0f, 3);
  CHECK(same(target, (here + zero) * linspace(0.0f, 1.0f, 3)));
  // A rank-0 tensor of a device is on that device.
  const tensor<float> zero_there = zero.to(cuda(0));
  CHECK(message([&] { there + zero_there; }) ==
        "add: operands are on cuda:1 and cuda:0; move one with .to(...)");
  CHECK(message([&] { here + zero_there; }) ==
        "add: operands are on cpu and cuda:0; move one with .to(...)");
}

TEST_CASE("a stream of one device leaves the work of the others where it was") {
  const tensor<float> here = counting({3}), there = here.to(cuda(0)), other = here.to(cuda(1));
  const stream s(cuda(1));
  const with_stream on(s);
  CHECK(same(there + 1, here + 1));
  CHECK(same(other + 1, here + 1));
  CHECK(message([&] { there + other; }) ==
        "add: operands are on cuda:0 and cuda:1; move one with .to(...)");
  CHECK(message([&] { s.wait(event(cuda(0))); }) == "nothing was thrown");
}

TEST_CASE("every reduction of what is on a device is refused, with the way out") {
  const tensor<float> here = counting({3}), there = here.to(cuda(0));
  const auto check = [](const std::string& text) {
    CHECK_THAT(text, ContainsSubstring("cuda:0") && ContainsSubstring("host"));
  };
  check(message([&] { sum(there); }));
  check(message([&] { max(there * 2, 0); }));
  check(message([&] { mean(there); }));
  check(message([&] { argmax(there); }));
  check(message([&] { all(there > 1); }));
  check(message([&] { softmax(there); }));
  // Of the host's own elements too, where the rest is on a device.
  check(message([&] { eval(there * sum(linspace(0.0f, 1.0f, 3))); }));
  tensor<float> target = there;
  CHECK_THROWS_AS(target.as_view() = sum(here), device_error);
  CHECK_THROWS_AS(there + sum(here), device_error);
  CHECK(same(target, here));
}

TEST_CASE("the host gets neither elements of a device tensor nor pointers to them") {
  tensor<float> x = counting({2, 3}).to(cuda(1));
  const tensor<float>& read_only = x;
  view<float> slice = x(all, range(0, 2));
  const auto remedy = Catch::Matchers::EndsWith(
      ": the elements are on cuda:1; bring them to the host with .to(weft::cpu)");
  CHECK_THAT(message([&] { x(1, 1); }), remedy);
  CHECK_THAT(message([&] { read_only(1, 1); }), remedy);
  CHECK_THAT(message([&] { slice(0, 0) = 2; }), remedy);
  CHECK_THAT(message([&] { x.data(); }), remedy);
  CHECK_THAT(message([&] { read_only.data(); }), remedy);
  CHECK_THAT(message([&] { slice.data(); }), remedy);
  CHECK_THAT(message([&] {
               for (float v : x) (void)v;
             }),
             remedy);
  CHECK_THAT(message([&] { x.end(); }), remedy);
  CHECK(x(range(0, 1), range(0, 1)).item() == 1.0f);  // copies
  CHECK(same(x, counting({2, 3})));
}
