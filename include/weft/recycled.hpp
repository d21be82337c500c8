// weft/recycled.hpp: memory of small objects and lists that live as long as one evaluation.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace weft {

/// A base of small objects that come and go: of those that are freed, each thread keeps a few for
/// the next ones, and asks the system less often.
struct recycled {
  static void* operator new(std::size_t bytes);
  static void* operator new(std::size_t, void* at) noexcept { return at; }
  static void operator delete(void* p, std::size_t bytes) noexcept;
};
/// The same for containers that live as long as one evaluation.
template <class T>
struct recycled_allocator {
  using value_type = T;
  recycled_allocator() = default;
  template <class U>
  recycled_allocator(const recycled_allocator<U>&) noexcept {}
  // More aligned than the system's memory is what a user's callable may make of a tree.
  static constexpr bool is_common = alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;
  T* allocate(std::size_t n) {
    if constexpr (is_common)
      return static_cast<T*>(recycled::operator new(n * sizeof(T)));
    else
      return std::allocator<T>().allocate(n);
  }
  void deallocate(T* p, std::size_t n) noexcept {
    if constexpr (is_common)
      recycled::operator delete(p, n * sizeof(T));
    else
      std::allocator<T>().deallocate(p, n);
  }
  friend bool operator==(recycled_allocator, recycled_allocator) { return true; }
};
template <class T>
using recycled_vector = std::vector<T, recycled_allocator<T>>;

}  // namespace weft
