// tests/property/random_views.hpp: random shapes, and views of them with strides of every sign,
// order and size, for comparing weft with an element-by-element reference.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "weft/weft.hpp"

namespace random_views {

using weft::index_t;

/// The seed of this run: WEFT_SEED when set, so that a failure can be repeated.
inline unsigned seed() {
  const char* given = std::getenv("WEFT_SEED");
  return given ? unsigned(std::stoul(given)) : 20'240'229u;
}

/// How many cases to try: `usual`, or as many times as WEFT_CASES says.
inline int cases(int usual) {
  const char* times = std::getenv("WEFT_CASES");
  return times ? int(usual * std::stod(times)) : usual;
}

/// The element of x that broadcasting puts at index i of a larger shape.
template <class T>
T& at(const weft::view<T>& x, const weft::dims& i) {
  index_t offset = 0;
  const int missing = i.ndim() - x.ndim();
  for (int d = 0; d < x.ndim(); ++d)
    if (x.shape()[std::size_t(d)] != 1)
      offset += i[std::size_t(d + missing)] * x.strides()[std::size_t(d)];
  return x.elements()[offset];
}

/// Calls f(index) for every index of s, in row-major order.
template <class F>
void for_each_index(const weft::shape& s, F f) {
  if (s.product() == 0) return;
  weft::dims i = weft::dims::filled(s.ndim(), 0);
  for (index_t n = s.product(); n > 0; --n) {
    f(i);
    for (int d = s.ndim() - 1; d >= 0; --d) {
      if (++i[std::size_t(d)] < s[std::size_t(d)]) break;
      i[std::size_t(d)] = 0;
    }
  }
}

class source {
 public:
  explicit source(unsigned s) : random_(s) {}

  int below(int n) { return int(random_() % unsigned(n)); }
  bool chance(int percent) { return below(100) < percent; }

  /// Rank 0 to 8, with extents of 0 and 1 among them, at most about 5000 elements.
  weft::shape shape() {
    static constexpr index_t extents[] = {1, 1, 2, 3, 4, 5, 7, 16, 31, 33, 64, 130};
    weft::shape s;
    index_t count = 1;  // without the extents of 0
    const int ndim = below(9);
    for (int d = 0; d < ndim; ++d) {
      const index_t n = chance(2) ? 0 : extents[below(12)];
      s.push_back(count * n > 5000 ? 1 : n);
      count *= std::max<index_t>(s.back(), 1);
    }
    return s;
  }

  /// A shape that broadcasts to s: some axes of extent 1, some leading axes missing.
  weft::shape broadcastable(const weft::shape& s) {
    weft::shape b;
    const int missing = chance(20) ? below(s.ndim() + 1) : 0;
    for (int d = missing; d < s.ndim(); ++d) b.push_back(chance(15) ? 1 : s[std::size_t(d)]);
    return b;
  }

  /// Small whole numbers, so that sums and products are exact in every type.
  template <class T>
  void fill(weft::tensor<T>& x) {
    T* p = x.elements();
    for (index_t i = 0; i < x.size(); ++i)
      p[i] = static_cast<T>(float(below(23) - (std::is_unsigned_v<T> ? 0 : 11)));
  }

  /// A view of shape s into new memory: axes permuted, some backwards, some with gaps.
  template <class T>
  weft::view<T> view(const weft::shape& s) {
    weft::dims order;  // memory axis k holds axis order[k]
    for (int d = 0; d < s.ndim(); ++d) order.insert(below(d + 1), d);
    if (chance(40)) std::sort(order.begin(), order.end());
    weft::shape memory;
    std::vector<weft::range> cut;
    for (index_t d : order) {
      const index_t n = s[std::size_t(d)], step = gaps(memory) && chance(25) ? 2 + below(2) : 1;
      const index_t before = gaps(memory) && chance(20) ? below(3) : 0;
      memory.push_back(before + n * step + (gaps(memory) && chance(20) ? below(3) : 0));
      if (n > 0 && chance(25))
        cut.emplace_back(before + (n - 1) * step,
                         before == 0 ? std::nullopt : std::optional<index_t>(before - 1), -step);
      else
        cut.emplace_back(before, before + n * step, step);
    }
    weft::tensor<T> base(memory);
    fill(base);
    std::vector<weft::index::item> items;
    for (const weft::range& r : cut) items.emplace_back(r);
    const weft::view<T> all = base.as_view();
    const weft::view<T> v = all.placed(weft::index::slice(all.where(), items));
    weft::dims back = weft::dims::filled(s.ndim(), 0);
    for (int k = 0; k < s.ndim(); ++k) back[std::size_t(order[std::size_t(k)])] = k;
    return permute(v, back);
  }

 private:
  // Gaps multiply over eight axes; beyond some memory there are no more of them.
  static bool gaps(const weft::shape& memory) { return memory.product() < 1000; }

  std::mt19937 random_;
};

/// As it is when first asked for.
inline double usual_grain() {
  static const double grain = weft::thread_grain();
  return grain;
}
/// 1 to 4 threads; half of the time even for small evaluations, which otherwise are not planned.
inline void use_some_threads(source& random) {
  const double usual = usual_grain();
  weft::set_num_threads(1 + random.below(4));
  weft::set_thread_grain(random.chance(50) ? 0 : usual);
}
inline void use_defaults() {
  weft::set_num_threads(0);
  weft::set_thread_grain(usual_grain());
}

}  // namespace random_views
