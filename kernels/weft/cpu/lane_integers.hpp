// weft/cpu/lane_integers.hpp: a register of integers, for the rows of the op table whose bodies are
// simple enough for it. The compiler's vector types say what it would find in loops only by luck.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "weft/cpu/lane_convert.hpp"
#include "weft/op.hpp"

namespace weft::lane {

/// What comparing two registers says: -1 where it holds, else 0.
template <class T, int N>
struct integer_truths {
  vector<std::make_signed_t<T>, N> raw;
};

/// N integers; sums, differences and products wrap.
template <class T, int N>
struct integer_batch {
  using unsigned_type = vector<std::make_unsigned_t<T>, N>;
  using truths = integer_truths<T, N>;
  static constexpr int bits = 8 * int(sizeof(T));
  vector<T, N> raw;

  integer_batch() : raw{} {}
  integer_batch(const vector<T, N>& value) : raw(value) {}

  unsigned_type wrapping() const { return (unsigned_type)raw; }
  static integer_batch wrapped(const unsigned_type& u) { return {(vector<T, N>)u}; }

  friend integer_batch operator+(const integer_batch& x, const integer_batch& y) {
    return wrapped(x.wrapping() + y.wrapping());
  }
  friend integer_batch operator-(const integer_batch& x, const integer_batch& y) {
    return wrapped(x.wrapping() - y.wrapping());
  }
  friend integer_batch operator*(const integer_batch& x, const integer_batch& y) {
    return wrapped(x.wrapping() * y.wrapping());
  }
  friend integer_batch operator-(const integer_batch& x) { return wrapped(-x.wrapping()); }
  friend integer_batch operator&(const integer_batch& x, const integer_batch& y) {
    return {x.raw & y.raw};
  }
  friend integer_batch operator|(const integer_batch& x, const integer_batch& y) {
    return {x.raw | y.raw};
  }
  friend integer_batch operator^(const integer_batch& x, const integer_batch& y) {
    return {x.raw ^ y.raw};
  }
  friend integer_batch operator~(const integer_batch& x) { return {~x.raw}; }

  friend truths operator==(const integer_batch& x, const integer_batch& y) {
    return {x.raw == y.raw};
  }
  friend truths operator!=(const integer_batch& x, const integer_batch& y) {
    return {x.raw != y.raw};
  }
  friend truths operator<(const integer_batch& x, const integer_batch& y) {
    return {x.raw < y.raw};
  }
  friend truths operator<=(const integer_batch& x, const integer_batch& y) {
    return {x.raw <= y.raw};
  }
  friend truths operator>(const integer_batch& x, const integer_batch& y) {
    return {x.raw > y.raw};
  }
  friend truths operator>=(const integer_batch& x, const integer_batch& y) {
    return {x.raw >= y.raw};
  }

  friend integer_batch minimum(const integer_batch& x, const integer_batch& y) {
    return {x.raw < y.raw ? x.raw : y.raw};
  }
  friend integer_batch maximum(const integer_batch& x, const integer_batch& y) {
    return {x.raw > y.raw ? x.raw : y.raw};
  }
  friend integer_batch clip(const integer_batch& x, const integer_batch& low,
                            const integer_batch& high) {
    const vector<T, N> below = x.raw > high.raw ? high.raw : x.raw;
    return {x.raw < low.raw ? low.raw : below};
  }
  friend integer_batch relu(const integer_batch& x) { return maximum(x, integer_batch{}); }
  friend integer_batch abs(const integer_batch& x) {
    const auto negative = unsigned_type(x.raw < 0);
    return wrapped((x.wrapping() ^ negative) - negative);
  }
  friend integer_batch abs2(const integer_batch& x) { return x * x; }
  friend integer_batch sign(const integer_batch& x) {
    return {(vector<T, N>)(x.raw < 0) - (vector<T, N>)(x.raw > 0)};
  }
  // For counts outside the width as the op table says.
  friend integer_batch shift_left(const integer_batch& x, const integer_batch& y) {
    const unsigned_type count = y.wrapping();
    return wrapped((x.wrapping() << (count & (bits - 1))) & unsigned_type(count < bits));
  }
  friend integer_batch shift_right(const integer_batch& x, const integer_batch& y) {
    const unsigned_type count = y.wrapping();
    if constexpr (std::is_signed_v<T>)
      return {x.raw >> (vector<T, N>)(count < bits ? count : unsigned_type{} + (bits - 1))};
    else
      return wrapped((x.wrapping() >> (count & (bits - 1))) & unsigned_type(count < bits));
  }
  // Of int32, exactly, in double. By zero it is 0, and the least number by -1 is itself.
  friend integer_batch quotient(const integer_batch& x, const integer_batch& y) {
    if constexpr (N > 8) return in_halves(x, y);
    using wide = vector<double, N>;
    const vector<T, N> turns = y.raw == -1, by_none = y.raw == 0;
    const vector<T, N> divisor = (turns | by_none) ? vector<T, N>{} + 1 : y.raw;
    const wide exact =
        __builtin_convertvector(x.raw, wide) / __builtin_convertvector(divisor, wide);
    const vector<T, N> whole = __builtin_convertvector(exact, vector<T, N>);
    return {(turns ? (-x).raw : whole) & ~by_none};
  }
  // Eight doubles at most: g++ 12 breaks off at more without optimisation.
  static integer_batch in_halves(const integer_batch& x, const integer_batch& y) {
    using half = vector<T, N / 2>;
    half a[2], b[2];
    std::memcpy(a, &x.raw, sizeof a);
    std::memcpy(b, &y.raw, sizeof b);
    const half halves[] = {quotient(integer_batch<T, N / 2>(a[0]), {b[0]}).raw,
                           quotient(integer_batch<T, N / 2>(a[1]), {b[1]}).raw};
    integer_batch result;
    std::memcpy(&result.raw, halves, sizeof halves);
    return result;
  }
  friend integer_batch rest(const integer_batch& x, const integer_batch& y) {
    const vector<T, N> by_any = y.raw != 0;
    return {(x - quotient(x, y) * y).raw & by_any};
  }
  // Bits in pairs, in fours, in bytes, then in all bytes together.
  friend integer_batch popcount(const integer_batch& x) {
    using U = std::make_unsigned_t<T>;
    constexpr U pairs = U(~U(0)) / 3, fours = U(~U(0)) / 5, bytes = U(~U(0)) / 17;
    unsigned_type u = x.wrapping();
    u = u - ((u >> 1) & pairs);
    u = (u & fours) + ((u >> 2) & fours);
    u = (u + (u >> 4)) & bytes;
    if constexpr (bits > 8) u = u + (u >> 8);
    if constexpr (bits > 16) u = u + (u >> 16);
    if constexpr (bits > 32) u = u + (u >> 32);
    return wrapped(u & 0x7f);
  }
};

template <class Op, class... Others>
inline constexpr bool is_one_of = (std::same_as<Op, Others> || ...);
/// Rows whose bodies act on registers of such integers. Bytes have no instructions that shift them,
/// and the bits of small types are moved as whole arrays.
template <class Op, class T>
inline constexpr bool on_integers =
    is_one_of<typename Op::type_rule, op::rule::ring, op::rule::equality, op::rule::ordering> ||
    is_one_of<Op, op::minimum, op::maximum, op::clip, op::relu, op::abs, op::abs2, op::sign> ||
    (sizeof(T) > 1 && is_one_of<Op, op::left_shift, op::right_shift, op::popcount>) ||
    (sizeof(T) > 2 &&
     is_one_of<Op, op::bitwise_and, op::bitwise_or, op::bitwise_xor, op::bitwise_not>) ||
    (std::same_as<T, std::int32_t> && is_one_of<Op, op::divide, op::modulo>);

/// The register in which lane k is -1 where bit k is set.
template <class T, int N>
integer_truths<T, N> truths_from(std::uint64_t bits) {
  using U = std::make_unsigned_t<T>;
  constexpr int of_lane = 8 * int(sizeof(T));
  return [&]<int... K>(std::integer_sequence<int, K...>) -> integer_truths<T, N> {
    const vector<U, N> own = {U(U(1) << K % of_lane)...};
    if constexpr (N <= of_lane) {
      return {((vector<U, N>{} + U(bits)) & own) != 0};
    } else {  // each lane takes the part of the bits that has its own
      vector<U, N> parts{};
      for (int k = 0; k < N / of_lane; ++k) parts[k] = U(bits >> (k * of_lane));
      return {(__builtin_shufflevector(parts, parts, (K / of_lane)...) & own) != 0};
    }
  }(std::make_integer_sequence<int, N>());
}

}  // namespace weft::lane
