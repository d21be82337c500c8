// tests/golden/explain_test.cpp: what explain says of trees with reductions, as text.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;

namespace {

void check_golden(const std::string& path, const std::string& explained) {
  // The predicted time is the machine's, and the room for what repeats that of its registers: only
  // that they are there is pinned.
  static const std::regex prediction("predicted: [0-9.e+-]+ us at [0-9.e+-]+ GB/s, limited by .*");
  static const std::regex room("[0-9]+ in temporaries");
  const std::string text = std::regex_replace(
      std::regex_replace(explained, prediction, "predicted"), room, "some in temporaries");
  if (std::getenv("WEFT_UPDATE_GOLDEN")) std::ofstream(path) << text;
  std::ostringstream found;
  found << std::ifstream(path).rdbuf();
  INFO("run golden_tests with WEFT_UPDATE_GOLDEN=1 in tests/golden to write " << path << " anew");
  CHECK(found.str() == text);
}

}  // namespace

TEST_CASE("a softmax over rows is one stage for each slice: one read and one write of memory") {
  set_num_threads(1);
  const tensor<float> x(shape{512, 1024}, 1.0f);
  check_golden("softmax.txt", explain(softmax(x)));
  check_golden("softmax_as_written.txt", explain(exp(x - max(x, -1, keepdims)) /
                                                 sum(exp(x - max(x, -1, keepdims)), -1, keepdims)));
  const traffic t = bytes_moved(softmax(x));
  CHECK(t.read == 512 * 1024 * sizeof(float));
  CHECK(t.written == 512 * 1024 * sizeof(float));
  CHECK(t.temporary < t.read / 4);
  set_num_threads(0);
}

TEST_CASE("reductions of one operand over the same axes share a sweep") {
  set_num_threads(1);
  const tensor<double> x(shape{300, 200}, 1.0);
  tensor<double> m(shape{200}), lo(shape{200}), hi(shape{200});
  check_golden("shared_sweep.txt",
               explain(assign(m, mean(x, 0)), assign(lo, min(x, 0)), assign(hi, max(x, 0))));
  set_num_threads(0);
}
