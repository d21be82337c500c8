// weft/cpu/lane_pace.hpp: lanes of elements that do not stand side by side: one for all, the other
// way round, steps apart, or none in memory but numbered ones of arange.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "weft/cpu/simd.hpp"
#include "weft/job.hpp"

namespace weft::lane {

/// N elements, size of them from each register that part(k) gives.
template <class T, int N, int Size, class Part>
lanes<T, N> of_registers(Part part) {
  alignas(64) T elements[std::size_t(N)];
  [&]<int... K>(std::integer_sequence<int, K...>) {
    const auto put = [&](int k, const auto& x) {
      std::memcpy(static_cast<void*>(elements + k * Size), &x, sizeof x);
    };
    (put(K, part(K)), ...);
  }(std::make_integer_sequence<int, N / Size>());
  return from_array<T, N>(elements);
}

/// What stands for an element of so many bytes where only its place matters.
template <class T>
using raw_bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
/// Elements whose places within a register can be changed.
template <class T>
inline constexpr bool is_movable = sizeof(T) == 4 || sizeof(T) == 8;
template <class T, int N>
inline constexpr int register_lanes = std::min(N, width<raw_bits<T>>);

/// Elements *p, p[-1], ...; nothing else is read.
template <class T, int N>
lanes<T, N> load_backwards(const T* p) {
  if constexpr (is_movable<T>) {
    constexpr int size = register_lanes<T, N>;
    return of_registers<T, N, size>([&](int k) {
      vector<raw_bits<T>, size> x;
      std::memcpy(&x, p - (k + 1) * size + 1, sizeof x);
      return [&]<int... K>(std::integer_sequence<int, K...>) {
        return __builtin_shufflevector(x, x, (size - 1 - K)...);
      }(std::make_integer_sequence<int, size>());
    });
  } else {
    alignas(64) T elements[std::size_t(N)];
    for (int k = 0; k < N; ++k) std::memcpy(static_cast<void*>(elements + k), p - k, sizeof(T));
    return from_array<T, N>(elements);
  }
}

/// Elements `step` bytes apart, one by one: out of line, since that is long.
template <class T, int N>
[[gnu::noinline]] void gather(T* to, const T* p, index_t step) {
  for (int k = 0; k < N; ++k)
    std::memcpy(static_cast<void*>(to + k), reinterpret_cast<const std::byte*>(p) + k * step,
                sizeof(T));
}
template <class T, int N>
lanes<T, N> load_apart(const T* p, index_t step) {
  alignas(64) T elements[std::size_t(N)];
  gather<T, N>(elements, p, step);
  return from_array<T, N>(elements);
}

/// *p in all lanes.
template <class T, int N>
lanes<T, N> load_same(const T* p) {
  if constexpr (std::same_as<T, bool>) {
    return broadcast<N>(*reinterpret_cast<const std::uint8_t*>(p) != 0);
  } else {
    T value;
    std::memcpy(static_cast<void*>(&value), p, sizeof value);
    return broadcast<N>(value);
  }
}

/// Every second element from p on. Nothing beyond the last one is read: the second register of a
/// pair begins one element early.
template <class T, int N>
lanes<T, N> load_every_second(const T* p) {
  if constexpr (is_movable<T>) {
    constexpr int size = register_lanes<T, N>;
    return of_registers<T, N, size>([&](int k) {
      vector<raw_bits<T>, size> low, high;
      std::memcpy(&low, p + 2 * k * size, sizeof low);
      std::memcpy(&high, p + 2 * k * size + size - 1, sizeof high);
      return [&]<int... K>(std::integer_sequence<int, K...>) {
        return __builtin_shufflevector(low, high, (2 * K < size ? 2 * K : 2 * K + 1)...);
      }(std::make_integer_sequence<int, size>());
    });
  } else {
    return load_apart<T, N>(p, 2 * index_t(sizeof(T)));
  }
}

#if defined(__AVX2__)
/// The words of four bytes that a masked move takes at once, and such moves.
struct masked_words {
#if defined(__AVX512F__)
  using type = __m512i;
  static type repeat(std::int32_t x) { return _mm512_set1_epi32(x); }
  static type repeat(std::int64_t x) { return _mm512_set1_epi64(x); }
  static type load(const std::byte* from, int count, type otherwise) {
    return _mm512_mask_loadu_epi32(otherwise, __mmask16((1u << count) - 1), from);
  }
  static void store(std::byte* to, type x) { _mm512_storeu_si512(to, x); }
#else
  using type = __m256i;
  static type repeat(std::int32_t x) { return _mm256_set1_epi32(x); }
  static type repeat(std::int64_t x) { return _mm256_set1_epi64x(x); }
  static type load(const std::byte* from, int count, type otherwise) {
    const type numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const type there = _mm256_cmpgt_epi32(_mm256_set1_epi32(count), numbers);
    const type x = _mm256_maskload_epi32(reinterpret_cast<const int*>(from), there);
    return _mm256_blendv_epi8(otherwise, x, there);
  }
  static void store(std::byte* to, type x) { _mm256_storeu_si256(reinterpret_cast<type*>(to), x); }
#endif
  static constexpr int most = int(sizeof(type) / 4);
};
template <class T>
void copy_first_words(std::byte* to, const std::byte* from, int words, int whole) {
  T first;
  std::memcpy(&first, from, sizeof first);
  constexpr int most = masked_words::most;
  for (int k = 0; k < whole; k += most) {
    const int here = std::clamp(words - k, 0, most);
    masked_words::store(to + k * 4,
                        masked_words::load(from + k * 4, here, masked_words::repeat(first)));
  }
}
#endif

/// Copies the first `count` of `whole` elements of so many bytes, one or more; the others become
/// the first one, so that a step of a kernel is filled and a callable never sees a value that is
/// not there. Nothing else is read.
inline void copy_first(std::byte* to, const std::byte* from, std::size_t size, int count,
                       int whole) {
#if defined(__AVX2__)
  if (size == 4 && whole % masked_words::most == 0)
    return copy_first_words<std::int32_t>(to, from, count, whole);
  if (size == 8 && whole * 2 % masked_words::most == 0)
    return copy_first_words<std::int64_t>(to, from, count * 2, whole * 2);
#endif
  std::memcpy(to, from, std::size_t(count) * size);
  for (auto k = std::size_t(count); k < std::size_t(whole); ++k)
    std::memcpy(to + k * size, from, size);
}

/// The first `count` elements from p on in N lanes, likewise.
template <class T, int N>
lanes<T, N> load_first(const T* p, int count) {
  alignas(64) std::byte whole[std::size_t(N) * sizeof(T)];
  copy_first(whole, reinterpret_cast<const std::byte*>(p), sizeof(T), count, N);
  return load<T, N>(reinterpret_cast<const T*>(whole));
}

/// Elements that can be counted in registers; numbers have 32 bits.
template <class T>
inline constexpr bool is_countable =
    (std::floating_point<T> || scalar::integer<T>) && (sizeof(T) == 4 || sizeof(T) == 8);

/// start + number * step for numbers `first`, `first + by`, ...: elements of arange, whose state is
/// start and step.
template <class T, int N>
lanes<T, N> counted(const T* state, index_t first, index_t by) {
  constexpr int size = register_lanes<T, N>;
  // Lanes beyond the end of a row may overflow: these numbers wrap.
  using numbers = vector<std::uint32_t, size>;
  const T start = state[0], step = state[1];
  return of_registers<T, N, size>([&](int k) {
    const numbers places = [&]<int... K>(std::integer_sequence<int, K...>) {
      return numbers{std::uint32_t(K)...} + std::uint32_t(k * size);
    }(std::make_integer_sequence<int, size>());
    const numbers wrapped = places * std::uint32_t(by) + std::uint32_t(first);
    const auto n = (vector<std::int32_t, size>)wrapped;
    vector<T, size> x;
#if defined(__AVX__)
    if constexpr (std::same_as<T, double> && size == 4)  // g++ 12 takes two halves
      x = (vector<T, size>)_mm256_cvtepi32_pd((__m128i)n);
    else
#endif
      x = __builtin_convertvector(n, vector<T, size>);
    if constexpr (scalar::integer<T>) {
      using wrapping = std::make_unsigned_t<T>;
      return (vector<T, size>)((vector<wrapping, size>)x * wrapping(step) + wrapping(start));
    } else {
      return x * step + start;
    }
  });
}

/// Elements of an operand that is read at some pace, N at a time.
template <class T, int N>
class paced {
  using is = pace::is;

 public:
  paced(const pace& how, const T* data)
      : how_(how.what),
        state_(data),
        step_(how.step),
        by_(N * how.step),
        row_(how.what == is::counted ? how.first : reinterpret_cast<index_t>(data)) {}
  void begin_row() { place_ = row_; }
  lanes<T, N> load() const {
    const auto* const p = reinterpret_cast<const T*>(place_);
    // The most common ones first: a switch would be a jump through a table.
    if (how_ == is::next) return lane::load<T, N>(p);
    if (how_ == is::previous) return load_backwards<T, N>(p);
    if (how_ == is::second) return load_every_second<T, N>(p);
    if constexpr (is_countable<T>)
      if (how_ == is::counted) return counted<T, N>(state_, place_, step_);
    if (how_ == is::same) return load_same<T, N>(p);
    return load_apart<T, N>(p, step_);
  }
  void move() { place_ += by_; }
  void back(index_t by) { place_ -= by * step_; }
  /// To the next row, so many bytes, or numbers, further on.
  void advance(index_t step) { row_ += step; }

 private:
  is how_;
  const T* state_;       // of counted elements
  index_t step_, by_;    // from one element to the next, and from one value of lanes
  index_t row_, place_;  // addresses, or numbers: of the row's first element, and of the next lanes
};

}  // namespace weft::lane
