// weft/cpu/batch_bits.hpp: a register's lanes as integers of their width, for the functions that
// take numbers apart into exponent and fraction; and how rare operands leave the common path.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <numbers>

#include "weft/cpu/batch.hpp"

namespace weft::lane {

/// Integers as wide as T, one for each lane, with the operators of C++; these wrap.
template <class T>
struct integers {
  using one = sized_word<T>;
  typedef one type __attribute__((vector_size(sizeof(xsimd::batch<T>))));
};
template <class T>
using words = integers<T>::type;

template <class T>
[[gnu::always_inline]] inline words<T> words_of(batch<T> x) {
  return std::bit_cast<words<T>>(x.raw);
}
template <class T>
[[gnu::always_inline]] inline batch<T> from_words(words<T> w) {
  return std::bit_cast<xsimd::batch<T>>(w);
}
template <class T>
constexpr integers<T>::one bits_of(T value) {
  return std::bit_cast<typename integers<T>::one>(value);
}

/// Bits of a fraction, and the exponent of 1 as it is stored.
template <class T>
inline constexpr int fraction_bits = std::numeric_limits<T>::digits - 1;
template <class T>
inline constexpr int exponent_bias = std::numeric_limits<T>::max_exponent - 1;

template <class T>
batch<T> sqrt(batch<T> x) {
  return xsimd::sqrt(x.raw);
}

/// Adding this to a small number leaves the nearest whole number in its low bits.
template <class T>
inline constexpr T whole = T(1.5) / std::numeric_limits<T>::epsilon();

/// A choice by whole words: yes where the condition's words are not zero.
template <class T>
[[gnu::always_inline]] inline batch<T> choose_words(words<T> condition, batch<T> yes, batch<T> no) {
  return from_words<T>(condition != 0 ? words_of(yes) : words_of(no));
}

/// `result`, but special(x) in the lanes that are not `fine`. Out of line: such lanes are rare, and
/// the loop around should keep its registers for the others.
template <class T, class F>
[[gnu::noinline, gnu::cold]] void repair(batch<T>& result, const batch<T>& x, F special) {
  result = special(x);
}
template <class T, class F>
[[gnu::always_inline]] inline batch<T> repaired(batch<T> result, batch<T> x, mask<T> fine,
                                                F special) {
  if (all(fine)) [[likely]]
    return result;
  batch<T> other;
  const batch<T> copy = x;  // x itself stays in a register
  repair(other, copy, special);
  return choose(fine, result, other);
}

}  // namespace weft::lane
