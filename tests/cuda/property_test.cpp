// tests/cuda/property_test.cpp: random trees over random views give on a device what they give on
// the host, and touch nothing else. Each case is a kernel to compile, so there are few; WEFT_CASES
// and WEFT_SEED try more.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>

#include "../property/random_views.hpp"
#include "catch.hpp"

using namespace weft;
using random_views::source;

namespace {

// The same view of the same memory on a device.
template <class T>
view<T> mirrored(const view<T>& x, device d) {
  const buffer& here = x.owner();
  const buffer there = buffer::allocate(here.bytes(), d, here.place());
  devices::copy_bytes(there.data(), d, here.data(), cpu, here.bytes());
  T* const first = static_cast<T*>(there.data()) + (x.elements() - static_cast<T*>(here.data()));
  return view<T>(first, x.shape(), x.strides(), d, there);
}

// Whether all of the memory around two views is equal, also what they skip.
template <class T>
bool same_memory(const view<T>& x, const view<T>& there) {
  const buffer& here = x.owner();
  std::vector<std::byte> copy(here.bytes());
  devices::copy_bytes(copy.data(), cpu, there.owner().data(), there.device(), copy.size());
  return copy.empty() || std::memcmp(copy.data(), here.data(), copy.size()) == 0;
}

template <class R, class A, class B, class Tree>
void compare(source& random, Tree tree, const char* what) {
  const shape s = random.shape();
  const auto a = random.view<A>(random.broadcastable(s));
  const auto b = random.view<B>(random.broadcastable(s));
  const auto whole = random.view<B>(s);
  view<R> y = random.view<R>(s);
  const device d = cuda(random.below(2));
  view<R> there = mirrored(y, d);
  y = tree(a, b, whole);
  there = tree(mirrored(a, d), mirrored(b, d), mirrored(whole, d));
  INFO(what << ", shape " << to_string(s) << ", target strides " << to_string(y.strides())
            << ", operands " << to_string(a.strides()) << " " << to_string(b.strides()) << " "
            << to_string(whole.strides()));
  REQUIRE(same_memory(y, there));
}

}  // namespace

TEST_CASE("random trees over random views are on a device what they are on the host") {
  const unsigned seed = random_views::seed();
  source random(seed);
  for (int number = 0; number < random_views::cases(20); ++number) {
    INFO("WEFT_SEED=" << seed << ", case " << number);
    const auto sum = [](const auto& a, const auto& b, const auto& w) { return a * b + w; };
    compare<float, float, float>(random, sum, "a * b + w");
    compare<double, float, std::int32_t>(random, sum, "a * b + w of mixed types");
    compare<std::uint8_t, std::uint8_t, std::uint8_t>(
        random, [](const auto& a, const auto& b, const auto& w) { return where(a > b, w, b); },
        "where(a > b, w, b)");
    compare<std::int64_t, std::int16_t, float16>(
        random,
        [](const auto& a, const auto& b, const auto& w) {
          const auto numbers = reshape(arange(w.size()), w.shape());
          return cast<std::int64_t>(a) * 3 + cast<std::int64_t>(b - w) + numbers;
        },
        "a * 3 + (b - w) + numbers");
  }
}
