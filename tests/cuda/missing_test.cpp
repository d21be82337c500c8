// tests/cuda/missing_test.cpp: where something of CUDA is missing, weft says what and how to get
// it, and everything else works. CTest runs this with each thing missing in turn.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>

#include "catch.hpp"
#include "same.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;
using cuda_tests::counting;
using cuda_tests::message;

TEST_CASE("what is missing is named, and the host does not need it", "[.][missing]") {
  const char* expected = std::getenv("EXPECTED_REASON");
  REQUIRE(expected);
  CHECK_FALSE(cuda_is_available());
  CHECK(cuda_device_count() == 0);
  CHECK_THAT(cuda_unavailable_reason(), ContainsSubstring(expected));
  tensor<float> x = counting({3});
  const std::string text = message([&] {
    tensor<float> y = x.to(cuda(0));
    y += 1;
  });
  CHECK_THAT(text, ContainsSubstring(expected));
  CHECK(to_string(x + 1) == "tensor([2., 3., 4.])");
  CHECK_THAT(cuda_source(x + 1), ContainsSubstring("// y = a + value1"));
}
