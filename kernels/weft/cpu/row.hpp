// weft/cpu/row.hpp: how kernels walk the rows of a tile: where the pointers of a row come from, how
// they go on to the next one, and what is fetched meanwhile.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "weft/job.hpp"

namespace weft::kernel {

/// The pointers of one row, handed out in the order in which binder::push made the slots.
struct cursor {
  void* const* data;
  const pace* paces = nullptr;
  int slot = 0;
  int count = 0;  // elements that are taken at a time where operands move along the row, or the few
                  // that there are

  const pace& how() const { return paces[slot]; }
  bool repeats() const { return paces && how().what == pace::is::same; }
  template <class T>
  T* next() {
    return static_cast<T*>(data[slot++]);
  }
  const void* next_value() { return data[slot++]; }
};

/// Takes pointers from one row to the next, in the order of the cursor's slots.
struct row_steps {
  const index_t* step;

  template <class T>
  T* next(T* p) {
    using byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
    return reinterpret_cast<T*>(reinterpret_cast<byte*>(p) + *step++);
  }
};

/// p += by. Compilers would compute where a pointer ends up after a loop from the number of its
/// rounds, which takes longer than a short row; they do not see that this adds up.
template <class T>
void step_on(T& p, index_t by) {
  p += by;
  asm("" : "+r"(p));
}

template <class T>
void step_bytes_on(const T*& p, index_t by) {
  p = reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(p) + by);
  asm("" : "+r"(p));
}

/// Element i from p on will be needed. It may be beyond all memory, so it is a number.
template <class T>
void fetch_element(const T* p, index_t i) {
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) +
                                                   std::uintptr_t(i * index_t(sizeof(T)))),
                     0, 2);
}

/// What a kernel fetches while it computes: what will be needed next, if its tile says so. An
/// address may be beyond all memory, so it is a number.
class fetcher {
 public:
  /// For the row that these pointers are of.
  fetcher(const tile& t, void* const* data)
      : from_(t.ahead
                  ? reinterpret_cast<std::uintptr_t>(data[t.ahead_slot]) + std::uintptr_t(t.ahead)
                  : 0) {}
  /// The Bytes that are so many bytes further on.
  template <std::size_t Bytes>
  void fetch(index_t further) {
    if (from_ == 0) return;
    for (std::size_t k = 0; k < Bytes; k += 64)
      __builtin_prefetch(reinterpret_cast<const void*>(from_ + std::uintptr_t(further) + k), 0, 2);
  }
  void next_row(index_t step) { from_ += std::uintptr_t(step); }

 private:
  std::uintptr_t from_;
};

}  // namespace weft::kernel
