// tests/cuda/property_test.cpp: random trees over random views give on a device what they give on
// the host, and touch nothing else. What takes time is to compile kernels, so each is tried with
// several shapes; WEFT_CASES and WEFT_SEED try more.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <complex>
#include <cstring>
#include <vector>

#include "../property/random_views.hpp"
#include "catch.hpp"
#include "same.hpp"

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

// Shapes that most likely become the same kernel: some axis is longer by a multiple of what is
// loaded at once. The last one has no elements.
std::vector<shape> alike(source random, const shape& s) {
  std::vector<shape> all{s};
  if (s.ndim() == 0) return all;
  for (int k = 0; k < 3; ++k) {
    shape t = s;
    index_t& n = t[std::size_t(random.below(s.ndim()))];
    if (n > 1) n += 16;
    if (t.product() < 20'000 && !(t == s)) all.push_back(t);
  }
  shape none = s;
  none[std::size_t(random.below(s.ndim()))] = 0;
  all.push_back(none);
  return all;
}

template <class R, class A, class B, class Tree>
void compare(source& random, Tree tree, const char* what) {
  shape drawn = random.shape();
  if (random.chance(10)) drawn = {2, 3, 1, 2, 5, 2, 1, 3};
  const source here = random;
  for (const shape& s : alike(here, drawn)) {
    random = here;  // so that views of another shape lie alike
    const auto a = random.view<A>(random.broadcastable(s));
    const auto b = random.view<B>(random.broadcastable(s));
    const auto whole = random.view<B>(s);
    view<R> y = random.view<R>(s);
    const device d = cuda(random.below(2));
    view<R> there = mirrored(y, d);
    const auto da = mirrored(a, d);
    const auto db = mirrored(b, d), dwhole = mirrored(whole, d);
    y = tree(a, b, whole);
    there = tree(da, db, dwhole);
    INFO(what << ", shape " << to_string(s) << ", target strides " << to_string(y.strides())
              << ", operands " << to_string(a.strides()) << " " << to_string(b.strides()) << " "
              << to_string(whole.strides()));
    REQUIRE(same_memory(y, there));
    // In place, and of a part of the target itself.
    y += tree(a, b, whole);
    there += tree(da, db, dwhole);
    REQUIRE(same_memory(y, there));
  }
}

}  // namespace

TEST_CASE("random trees over random views are on a device what they are on the host", "[random]") {
  const unsigned seed = random_views::seed();
  source random(seed);
  for (int number = 0; number < random_views::cases(32); ++number) {
    INFO("WEFT_SEED=" << seed << ", case " << number);
    const auto sum = [](const auto& a, const auto& b, const auto& w) { return a * b + w; };
    compare<float, float, float>(random, sum, "a * b + w");
    compare<double, float, std::int32_t>(random, sum, "a * b + w of mixed types");
    compare<std::complex<float>, std::complex<float>, float>(random, sum, "a * b + w, complex");
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
    compare<bfloat16, double, std::int8_t>(
        random,
        [](const auto& a, const auto& b, const auto& w) {
          return cast<bfloat16>(cast<std::uint16_t>(a)) - cast<bool>(b) + cast<float16>(w);
        },
        "casts");
    compare<float, float, std::uint32_t>(
        random,
        [](const auto& a, const auto& b, const auto& w) {
          const auto s = share(a - cast<float>(b));
          const auto turned = w.ndim() > 1 ? flip(w * 2u, w.ndim() - 1) : flip(w * 2u);
          return s * s - minimum(s, cast<float>(turned));
        },
        "a shared part, and a tree backwards");
  }
}

TEST_CASE("random targets that overlap their operands are on a device what they are on the host",
          "[random]") {
  const unsigned seed = random_views::seed() + 1;
  source random(seed);
  for (int number = 0; number < random_views::cases(200); ++number) {
    INFO("WEFT_SEED=" << seed << ", case " << number);
    // Views of one small memory, so that most of them overlap.
    tensor<int> memory(shape{12, 12});
    random.fill(memory);
    const tensor<int> there = memory.to(cuda(random.below(2)));
    const shape s{1 + random.below(5), 1 + random.below(5)};
    const auto window = [&](bool is_target) {
      strides st;
      index_t lowest = 0, highest = 0;
      const index_t steps[] = {1, 12, -1, -12, 2, 13, 24};
      // A target's own elements are apart.
      const bool rows_first = random.chance(50);
      for (std::size_t d = 0; d < 2; ++d) {
        const index_t own = ((d == 0) == rows_first ? 12 : 1) * (random.chance(50) ? 1 : -1);
        st.push_back(is_target ? own : steps[random.below(7)]);
        lowest += std::min<index_t>(0, st.back() * (s[d] - 1));
        highest += std::max<index_t>(0, st.back() * (s[d] - 1));
      }
      const index_t room = 144 - (highest - lowest);
      if (room <= 0) return placement{s, {12, 1}, 0};
      return placement{s, st, -lowest + random.below(int(room))};
    };
    const placement a = window(false), b = window(false), y = window(true);
    const auto evaluate = [&](const tensor<int>& m) {
      const view<int> whole(const_cast<int*>(m.elements()), m.shape(), m.strides(), m.device());
      whole.placed(y) = whole.placed(a) * 3 - whole.placed(b);
    };
    evaluate(memory);
    evaluate(there);
    INFO("shape " << to_string(s) << ", strides y " << to_string(y.strides) << " a "
                  << to_string(a.strides) << " b " << to_string(b.strides) << ", from " << y.offset
                  << " " << a.offset << " " << b.offset);
    REQUIRE(cuda_tests::same(memory, there));
  }
}
