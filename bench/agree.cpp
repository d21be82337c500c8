// bench/agree.cpp: results compared with those of the plain loops.
// SPDX-License-Identifier: BSD-3-Clause
#include "agree.hpp"

#include <cmath>
#include <cstdio>
#include <limits>

namespace bench {
namespace {

// Sums of 27 terms and functions of some units in the last place stay far below this, and every
// wrong element far above. So do sums of 16777216 doubles one after the other, which are 1e-11 off.
template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-10 : 1000 * std::numeric_limits<T>::epsilon();

template <class T>
index_t first_difference(const T* found, const T* expected, index_t n) {
  for (index_t i = 0; i < n; ++i) {
    const double apart = std::abs(double(found[i]) - double(expected[i]));
    if (!(apart <= tolerance<T> * std::max(1.0, std::abs(double(expected[i]))))) return i;
  }
  return n;
}

struct registered {
  std::string name;
  index_t size;
  check run;
};
std::vector<registered>& checks() {
  static std::vector<registered> all;
  return all;
}

}  // namespace

std::string difference(const std::vector<elements>& found, const std::vector<elements>& expected) {
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const std::string different = std::visit(
        [&](auto* right) -> std::string {
          const auto* mine = std::get<decltype(right)>(found[k].data);
          const index_t i = first_difference(mine, right, expected[k].size);
          if (i == expected[k].size) return "";
          char text[160];
          std::snprintf(text, sizeof text, "element %lld of output %zu is %.17g, the loop's %.17g",
                        static_cast<long long>(i), k, double(mine[i]), double(right[i]));
          return text;
        },
        expected[k].data);
    if (!different.empty()) return different;
  }
  return "";
}

void add_check(const std::string& name, index_t size, check c) {
  checks().push_back({name, size, std::move(c)});
}

bool all_agree(index_t largest) {
  int run = 0, failed = 0;
  for (const registered& c : checks()) {
    if (c.size > largest) continue;
    ++run;
    const std::string different = c.run();
    if (different.empty()) continue;
    ++failed;
    std::printf("%s: %s\n", c.name.c_str(), different.c_str());
  }
  std::printf("%d results compared with the plain loops, %d differ\n", run, failed);
  return run > 0 && failed == 0;
}

}  // namespace bench
