// weft/cpu/transpose.hpp: a block of memory transposed in registers, eight lines of it at a time.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstring>
#include <utility>

#include "weft/shape.hpp"

namespace weft {

/// A square of elements as rows of SIMD registers; the compiler picks the instructions.
template <class T, int B>
class square {
 public:
  static square load(const std::byte* p, index_t step) {
    square s;
    for (int k = 0; k < B; ++k) std::memcpy(&s.row_[std::size_t(k)], p + k * step, sizeof(row));
    return s;
  }
  void store(std::byte* p, index_t step) const {
    for (int k = 0; k < B; ++k) std::memcpy(p + k * step, &row_[std::size_t(k)], sizeof(row));
  }
  // Interleaving row k with row k + B / 2 puts the elements of a column B / 2 rows nearer to each
  // other; after log2(B) times they are one row.
  square transposed() const {
    square s = *this;
    for (int n = 1; n < B; n *= 2) s = s.interleaved(std::make_integer_sequence<int, B>());
    return s;
  }

 private:
  typedef T row __attribute__((vector_size(sizeof(T) * B)));

  template <int... K>
  square interleaved(std::integer_sequence<int, K...>) const {
    square s;
    for (std::size_t k = 0; k < B / 2; ++k) {
      const row a = row_[k], b = row_[k + B / 2];
      s.row_[2 * k] = __builtin_shufflevector(a, b, (K / 2 + K % 2 * B)...);
      s.row_[2 * k + 1] = __builtin_shufflevector(a, b, (B / 2 + K / 2 + K % 2 * B)...);
    }
    return s;
  }

  row row_[B];
};

/// to[r][c] = from[c][r] for r < rows, c < columns. Elements are T; lines of `to` are `to_step`
/// bytes apart and lines of `from` `from_step`; within a line elements are contiguous.
template <class T>
void transpose_block(std::byte* to, index_t to_step, const std::byte* from, index_t from_step,
                     index_t rows, index_t columns) {
  constexpr int B = sizeof(T) == 8 ? 4 : 8;
  constexpr auto size = index_t(sizeof(T));
  const auto one_by_one = [&](index_t r, index_t last_r, index_t c, index_t last_c) {
    for (index_t i = r; i < last_r; ++i)
      for (index_t k = c; k < last_c; ++k)
        std::memcpy(to + i * to_step + k * size, from + k * from_step + i * size, sizeof(T));
  };
  const index_t whole_rows = rows - rows % B, whole_columns = columns - columns % B;
  // Eight lines of `from` are read to their end before the next eight.
  for (index_t c = 0; c < whole_columns; c += B)
    for (index_t r = 0; r < whole_rows; r += B)
      square<T, B>::load(from + c * from_step + r * size, from_step)
          .transposed()
          .store(to + r * to_step + c * size, to_step);
  one_by_one(0, whole_rows, whole_columns, columns);
  one_by_one(whole_rows, rows, 0, columns);
}

}  // namespace weft
