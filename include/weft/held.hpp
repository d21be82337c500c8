// weft/held.hpp: what keeps a foreign container's elements while a view of them lives: nothing for
// a named object, which is borrowed, and the object itself for a temporary, which moves along.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
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
    const auto kept = std::make_shared<X>(std::forward<X>(x));
    auto* at = const_cast<std::remove_const_t<X>*>(kept.get());
    return make(*kept, buffer::adopt(at, sizeof(X), cpu, [kept] {}));
  }
}

}  // namespace weft
