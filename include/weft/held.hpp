// weft/held.hpp: what keeps a foreign container's elements while a view of them lives: nothing for
// a named object, which is borrowed, and the object itself for a temporary, which moves along.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>
#include <utility>

#include "weft/buffer.hpp"

namespace weft {

/// make(x, owner) for x where it will stay: `owner` is empty for an lvalue and holds x otherwise.
/// For adaptors, whose view_of(x) gives both to the view. Throws bad_alloc.
template <class X, class Make>
auto held(X&& x, Make make) {
  if constexpr (std::is_lvalue_reference_v<X>) {
    return make(x, buffer{});
  } else {
    using object = std::remove_const_t<X>;
    auto* kept = new object(std::forward<X>(x));
    const auto release = [](void* p) { delete static_cast<object*>(p); };
    return make(static_cast<X&>(*kept), buffer::adopt(kept, sizeof(X), cpu, release, kept));
  }
}

}  // namespace weft
