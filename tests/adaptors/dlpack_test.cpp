// tests/adaptors/dlpack_test.cpp: memory goes out and comes in as DLPack's structs, and whoever
// owns it is told once that nobody needs it any more.
// SPDX-License-Identifier: BSD-3-Clause
#include "weft/dlpack.hpp"

#include <cstddef>
#include <memory>
#include <vector>

#include "catch.hpp"
#include "weft/weft.hpp"

using namespace weft;
using Catch::Matchers::ContainsSubstring;

namespace {

// A library that hands out its memory and counts how often it gets it back.
template <class M>
struct producer {
  std::vector<float> memory = std::vector<float>(24);
  std::vector<std::int64_t> shape{4, 6}, strides{6, 1};
  int returned = 0;
  M managed{};

  producer() {
    managed.tensor = {memory.data(), {1, 0}, 2, {2, 32, 1}, shape.data(), strides.data(), 0};
    managed.context = this;
    managed.deleter = [](M* m) { ++static_cast<producer*>(m->context)->returned; };
    if constexpr (requires { managed.version; }) managed.version = {1, 1};
  }
};
using older = producer<dlpack::managed_tensor>;
using versioned = producer<dlpack::managed_tensor_versioned>;

template <class T = float, class P>
void refuse(P& p, const std::string& why) {
  CHECK_THROWS_WITH(from_dlpack<T>(&p.managed), ContainsSubstring(why));
  CHECK(p.returned == 1);
}

}  // namespace

TEST_CASE("the structs are laid out as the format says") {
  static_assert(sizeof(dlpack::array) == 48 && offsetof(dlpack::array, byte_offset) == 40);
  static_assert(sizeof(dlpack::managed_tensor) == 64);
  static_assert(offsetof(dlpack::managed_tensor_versioned, flags) == 24);
  static_assert(sizeof(dlpack::managed_tensor_versioned) == 80);
  SUCCEED();
}

TEST_CASE("a tensor goes out and comes back as the same memory") {
  tensor<double> x{{1, 2, 3}, {4, 5, 6}};
  auto* sent = to_dlpack(x(all, range(2, 0, -1)));
  CHECK(sent->version.major == 1);
  CHECK(sent->flags == 0);
  CHECK(sent->tensor.data == &x(0, 2));
  CHECK(sent->tensor.strides[1] == -1);
  const auto back = from_dlpack<double>(sent);
  CHECK(&back(1, 1) == &x(1, 1));
  CHECK(back.strides() == strides{3, -1});
  const auto old = from_dlpack<double>(to_dlpack_unversioned(x));
  CHECK(old.data() == x.data());
}

TEST_CASE("what was sent outlives its sender, whoever goes first") {
  auto* sent = to_dlpack(tensor<int>{7, 8, 9});
  CHECK(static_cast<int*>(sent->tensor.data)[2] == 9);
  auto v = std::make_unique<view<int>>(from_dlpack<int>(sent));
  const auto part = (*v)(range(1, 3));
  v.reset();
  CHECK(eval(part + 1)(1) == 10);
  auto* unread = to_dlpack(tensor<int>{1});
  unread->deleter(unread);
}

TEST_CASE("every element type goes out and comes back") {
  for (int t = 0; t <= int(dtype::complex128); ++t)
    CHECK(dlpack::dtype_of(dlpack::type_of(dtype(t))) == dtype(t));
  CHECK(dlpack::type_of(dtype::float16).bits == 16);
  CHECK(dlpack::type_of(dtype::bfloat16).code == 4);
  CHECK(dlpack::type_of(dtype::complex64).bits == 64);
}

TEST_CASE("read-only memory stays read-only") {
  const tensor<float> x{1, 2};
  auto* sent = to_dlpack(x);
  CHECK(sent->flags == dlpack::read_only);
  const auto v = from_dlpack<const float>(sent);
  CHECK(v.data() == x.data());
  versioned p;
  p.managed.flags = dlpack::read_only;
  refuse(p, "read-only; take them as from_dlpack<const T>");
}

TEST_CASE("the memory of others is shared, and given back once after its last user") {
  versioned p;
  {
    auto v = from_dlpack<float>(&p.managed);
    CHECK(v.data() == p.memory.data());
    v = 1.0f;
    const auto tree = v(2, all) * 2;
    const view<float> copy = v;
    CHECK(p.returned == 0);
    CHECK(eval(tree)(5) == 2);
  }
  CHECK(p.returned == 1);
  CHECK(p.memory[23] == 1);
}

TEST_CASE("null strides are row-major, and a byte offset moves the first element") {
  older p;
  p.managed.tensor.strides = nullptr;
  p.managed.tensor.byte_offset = 8;
  p.shape = {3, 2};
  const auto v = from_dlpack<float>(&p.managed);
  CHECK(&v(1, 0) == p.memory.data() + 4);
}

TEST_CASE("no axes, no elements and no deleter are taken as they are") {
  older scalar, none;
  scalar.managed.tensor.ndim = 0;
  CHECK(&from_dlpack<float>(&scalar.managed)() == scalar.memory.data());
  none.shape = {0, 6};
  none.managed.tensor.data = nullptr;
  none.managed.deleter = nullptr;
  CHECK(from_dlpack<float>(&none.managed).size() == 0);
  auto* sent = to_dlpack(tensor<float>(shape{2, 0}));
  CHECK(sent->tensor.data == nullptr);
  sent->deleter(sent);
}

TEST_CASE("what cannot be taken is refused, and given back once") {
  SECTION("lanes") {
    older p;
    p.managed.tensor.type.lanes = 4;
    refuse(p, "elements of 4 lanes");
  }
  SECTION("types that weft lacks") {
    older p;
    p.managed.tensor.type = {10, 8, 1};
    refuse(p, "elements of code 10 and 8 bits; weft has no such type");
  }
  SECTION("another type than asked for") {
    older p;
    refuse<double>(p, "the elements are float32, not float64");
  }
  SECTION("elements that are not aligned") {
    older p;
    p.managed.tensor.byte_offset = 2;
    refuse(p, "2 bytes after the data pointer, is not aligned to 4 bytes; copy the array first");
  }
  SECTION("other devices") {
    older p;
    p.managed.tensor.device = {8, 0};
    refuse(p, "a device of type 8");
  }
  SECTION("CUDA where there is none") {
    older p;
    p.managed.tensor.device = {2, 0};
    if (!cuda_is_available()) refuse(p, "cuda:0 is not available");
  }
  SECTION("more axes than weft has") {
    older p;
    p.managed.tensor.ndim = 9;
    refuse(p, "9 axes; weft has at most 8");
  }
  SECTION("null pointers and negative extents") {
    older p, q;
    p.managed.tensor.data = nullptr;
    refuse(p, "a null pointer to elements of shape (4, 6)");
    q.shape = {4, -6};
    refuse(q, "from_dlpack: shape (4, -6) has a negative extent");
  }
  SECTION("no elements do not excuse the other extents") {
    older p, q;
    p.shape = {0, -6};
    refuse(p, "shape (0, -6) has a negative extent");
    q.shape = {index_t(1) << 40, 0, index_t(1) << 40};
    q.strides = {1, 1, 1};
    q.managed.tensor.ndim = 3;
    q.managed.tensor.shape = q.shape.data();
    q.managed.tensor.strides = q.strides.data();
    refuse(q, "exceeds the address space");
  }
  SECTION("a version of the format that does not exist yet") {
    versioned p;
    p.managed.version = {2, 0};
    refuse(p, "version 2.0 of the format; weft reads version 1");
  }
}
