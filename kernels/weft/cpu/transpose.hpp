// weft/cpu/transpose.hpp: a block of memory transposed in registers, a square at a time.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "weft/shape.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace weft {

/// A square of elements as rows of SIMD registers; the compiler picks the instructions. Registers
/// are made of lanes of 16 bytes, and processors interleave within lanes: so a lane of row k and
/// the same lane of row k + lane are loaded side by side, and each lane is transposed by itself.
template <class T>
class square {
  static constexpr int lane = sizeof(T) == 1 ? 8 : int(16 / sizeof(T));
  static constexpr int lanes = sizeof(T) >= 4 ? 2 : 1;
  typedef T half __attribute__((vector_size(lane * sizeof(T))));
  typedef T row __attribute__((vector_size(lanes * lane * sizeof(T))));

 public:
  static constexpr int side = lane * lanes;

  static square load(const std::byte* p, index_t step) {
    square s;
    for (int h = 0; h < lanes; ++h)
      for (int k = 0; k < lane; ++k) {
        const std::byte* from = p + k * step + h * int(sizeof(half));
        if constexpr (lanes == 1)
          std::memcpy(&s.row_[k], from, sizeof(row));
        else
          side_by_side(s.row_[h * lane + k], from, from + lane * step,
                       std::make_integer_sequence<int, side>());
      }
    return s;
  }
  // Written out, since compilers would store the square on the stack to number its rows.
  void store(std::byte* p, index_t step) const {
    [&]<int... K>(std::integer_sequence<int, K...>) {
      (std::memcpy(p + K * step, &row_[K], sizeof(row)), ...);
    }(std::make_integer_sequence<int, side>());
  }
  /// The same around the cache, at places that are multiples of a row's bytes.
  void stream(std::byte* p, index_t step) const {
    [&]<int... K>(std::integer_sequence<int, K...>) {
      (stream_row(p + K * step, row_[K]), ...);
    }(std::make_integer_sequence<int, side>());
  }
  // Interleaving row k with row k + lane / 2 puts the elements of a column lane / 2 rows nearer to
  // each other; after log2(lane) times they are one row.
  square transposed() const {
    square s = *this;
    for (int n = 1; n < lane; n *= 2) s = s.interleaved(std::make_integer_sequence<int, side>());
    return s;
  }

 private:
  static void stream_row(std::byte* p, const row& x) {
#if defined(__AVX__)
    if constexpr (sizeof(row) == 32)
      return _mm256_stream_si256(reinterpret_cast<__m256i*>(p), (__m256i)x);
#endif
#if defined(__SSE2__)
    for (std::size_t k = 0; k < sizeof(row); k += 16) {
      __m128i part;
      std::memcpy(&part, reinterpret_cast<const std::byte*>(&x) + k, sizeof part);
      _mm_stream_si128(reinterpret_cast<__m128i*>(p + k), part);
    }
#else
    std::memcpy(p, &x, sizeof x);
#endif
  }
  // Not returned: how a function returns a vector depends on the processor.
  template <int... K>
  static void side_by_side(row& to, const std::byte* first, const std::byte* second,
                           std::integer_sequence<int, K...>) {
    half a, b;
    std::memcpy(&a, first, sizeof a);
    std::memcpy(&b, second, sizeof b);
    to = __builtin_shufflevector(a, b, K...);
  }
  template <int... K>
  square interleaved(std::integer_sequence<int, K...>) const {
    square s;
    for (int h = 0; h < side; h += lane)
      for (int k = 0; k < lane / 2; ++k) {
        const row a = row_[h + k], b = row_[h + k + lane / 2];
        s.row_[h + 2 * k] = __builtin_shufflevector(a, b, (from(K) + K % 2 * side)...);
        s.row_[h + 2 * k + 1] =
            __builtin_shufflevector(a, b, (lane / 2 + from(K) + K % 2 * side)...);
      }
    return s;
  }
  // Element k of an interleaved row is this one of its rows, or lane / 2 further.
  static constexpr int from(int k) { return k / lane * lane + k % lane / 2; }

  row row_[side];
};

/// Into L2: lines that are a power of two apart would drive each other out of L1.
inline void fetch(const std::byte* p) { __builtin_prefetch(p, 0, 2); }

/// to[r][c] = from[c][r] for r < rows, c < columns. Elements are T; lines of `to` are `to_step`
/// bytes apart and lines of `from` `from_step`; within a line elements are contiguous.
template <class T>
void transpose_block(std::byte* to, index_t to_step, const std::byte* from, index_t from_step,
                     index_t rows, index_t columns) {
  constexpr index_t side = square<T>::side, size = sizeof(T), line = 64, early = 16;
  if (rows == side && columns == side)  // many small ones are permuted square by square
    return square<T>::load(from, from_step).transposed().store(to, to_step);
  const auto one = [&](index_t r, index_t c) {
    std::memcpy(to + r * to_step + c * size, from + c * from_step + r * size, sizeof(T));
  };
  const index_t whole_rows = rows - rows % side, whole_columns = columns - columns % side;
  // The lines of a row of squares are read to their end before the next ones, which are far away:
  // no processor foresees them.
  for (index_t c = 0; c < whole_columns; c += side)
    for (index_t r = 0; r < whole_rows; r += side) {
      const std::byte* p = from + c * from_step + r * size;
      if (r * size % line == 0)
        for (index_t k = 0; k < side; ++k) fetch(p + (early + k) * from_step);
      square<T>::load(p, from_step).transposed().store(to + r * to_step + c * size, to_step);
    }
  for (index_t c = whole_columns; c < columns; ++c)
    for (index_t r = 0; r < whole_rows; ++r) one(r, c);
  for (index_t r = whole_rows; r < rows; ++r)
    for (index_t c = 0; c < columns; ++c) one(r, c);
}

/// The same around the cache, a line at a time; false, with nothing done, where the block is not
/// made of whole lines of `to`.
template <class T>
bool transpose_around(std::byte* to, index_t to_step, const std::byte* from, index_t from_step,
                      index_t rows, index_t columns) {
  constexpr index_t side = square<T>::side, size = sizeof(T), line = 64, early = 32;
  constexpr index_t of_line = line / size;
  if (of_line < side || (index_t(reinterpret_cast<std::uintptr_t>(to)) | to_step) % line != 0 ||
      rows % side != 0 || columns % of_line != 0)
    return false;
  for (index_t c = 0; c < columns; c += of_line)
    for (index_t r = 0; r < rows; r += side) {
      const std::byte* p = from + c * from_step + r * size;
      if (r * size % line == 0)
        for (index_t k = 0; k < of_line; ++k) fetch(p + (early + k) * from_step);
      for (index_t k = 0; k < of_line; k += side)
        square<T>::load(p + k * from_step, from_step)
            .transposed()
            .stream(to + r * to_step + (c + k) * size, to_step);
    }
  return true;
}

}  // namespace weft
