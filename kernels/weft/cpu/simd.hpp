// weft/cpu/simd.hpp: N lanes of a type as one value, and an op of the table applied to them.
// float and double are xsimd batches; other types are plain arrays whose fixed-length loops the
// compiler turns into SIMD; bool is one bit a lane, so that logic is integer arithmetic.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "weft/cpu/batch_error_function.hpp"
#include "weft/cpu/batch_math.hpp"
#include "weft/cpu/batch_trigonometry.hpp"
#include "weft/cpu/lane_integers.hpp"
#include "weft/op.hpp"

namespace weft::lane {

/// Lanes in one register.
template <class T>
inline constexpr int width = int(xsimd::batch<float>::size * sizeof(float) / sizeof(T));

/// Lanes that a kernel needs for T to fill a register; types below 4 bytes take what others need,
/// which is at least a register of float's lanes.
template <class T>
inline constexpr int count_for = sizeof(component_t<T>) >= 4 ? width<component_t<T>> : width<float>;

template <class T>
inline constexpr bool has_batch = std::same_as<T, float> || std::same_as<T, double>;

template <class T, int N>
struct lanes {
  alignas(N * sizeof(T) >= 64 ? 64 : N * sizeof(T)) T v[N];
};
template <class T, int N>
  requires has_batch<T>
struct lanes<T, N> {
  static constexpr int size = batch<T>::size, count = N / size;
  static_assert(N % size == 0);
  batch<T> v[count];
};
template <int N>
struct lanes<bool, N> {
  static_assert(N <= 64);
  std::uint64_t bits;
};
template <int N>
inline constexpr std::uint64_t every_lane = ~std::uint64_t(0) >> (64 - N);

/// The bits of a bool's lanes as bytes of 0 and 1, and back; eight lanes at once as one integer.
template <int N>
void to_bytes(std::uint64_t bits, void* bytes) {
  auto* to = static_cast<std::uint8_t*>(bytes);
  if constexpr (N % 8 == 0 && std::endian::native == std::endian::little) {
    for (int k = 0; k < N; k += 8) {
      // Byte j keeps bit j, then becomes 1 if it is not zero.
      const std::uint64_t each = (bits >> k & 0xff) * 0x0101010101010101u & 0x8040201008040201u;
      const std::uint64_t ones = (each + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u;
      std::memcpy(to + k, &ones, 8);
    }
  } else {
    for (int k = 0; k < N; ++k) to[k] = bits >> k & 1;
  }
}
/// Any byte but zero is a one.
template <int N>
std::uint64_t from_bytes(const void* bytes) {
  const auto* from = static_cast<const std::uint8_t*>(bytes);
  std::uint64_t bits = 0;
  if constexpr (N % 8 == 0 && std::endian::native == std::endian::little) {
    for (int k = 0; k < N; k += 8) {
      std::uint64_t eight;
      std::memcpy(&eight, from + k, 8);
      constexpr std::uint64_t low = 0x7f7f7f7f7f7f7f7fu;
      const std::uint64_t ones = (((eight & low) + low) | eight) >> 7 & 0x0101010101010101u;
      bits |= (ones * 0x0102040810204080u >> 56) << k;  // byte j moves to bit 56 + j
    }
  } else {
    for (int k = 0; k < N; ++k) bits |= std::uint64_t(from[k] != 0) << k;
  }
  return bits;
}

/// Copies whole registers: a register that is loaded from two halves of it would wait for both.
template <std::size_t Bytes>
void copy_registers(void* to, const void* from) {
  constexpr std::size_t size = std::min(Bytes, sizeof(xsimd::batch<float>));
  for (std::size_t k = 0; k < Bytes; k += size) {
    vector<std::uint8_t, int(size)> part;
    std::memcpy(&part, static_cast<const std::byte*>(from) + k, size);
    std::memcpy(static_cast<std::byte*>(to) + k, &part, size);
  }
}

/// The lanes as an array, for what works on them one by one.
template <class T, int N>
struct array {
  alignas(64) T v[N];
};
template <class T, int N>
array<T, N> to_array(const lanes<T, N>& x) {
  array<T, N> a;
  if constexpr (std::same_as<T, bool>) {
    to_bytes<N>(x.bits, a.v);
  } else if constexpr (has_batch<T>) {
    for (int k = 0; k < lanes<T, N>::count; ++k) x.v[k].store(a.v + k * lanes<T, N>::size);
  } else if constexpr (is_complex_v<T>) {
    copy_registers<sizeof x.v>(a.v, x.v);
  } else if constexpr (is_half_v<T>) {
    std::memcpy(a.v, x.v, sizeof x.v);
  } else {
    for (int k = 0; k < N; ++k) a.v[k] = x.v[k];
  }
  return a;
}
template <class T, int N>
lanes<T, N> from_array(const T* a) {
  lanes<T, N> x;
  if constexpr (std::same_as<T, bool>) {
    x.bits = from_bytes<N>(a);
  } else if constexpr (has_batch<T>) {
    for (int k = 0; k < lanes<T, N>::count; ++k) x.v[k] = batch<T>::load(a + k * lanes<T, N>::size);
  } else if constexpr (is_complex_v<T>) {
    copy_registers<sizeof x.v>(x.v, a);
  } else if constexpr (is_half_v<T>) {
    std::memcpy(x.v, a, sizeof x.v);
  } else {
    for (int k = 0; k < N; ++k) x.v[k] = a[k];
  }
  return x;
}

/// Reads N elements. In memory a bool is a byte, and any byte but zero is true.
template <class T, int N>
lanes<T, N> load(const T* p) {
  if constexpr (std::same_as<T, bool>) {
    return lanes<bool, N>{from_bytes<N>(p)};
  } else if constexpr (scalar::integer<T> && sizeof(T) >= 4) {
    lanes<T, N> x;
    copy_registers<sizeof x.v>(x.v, p);
    return x;
  } else {
    return from_array<T, N>(p);
  }
}

template <class T, int N>
void store(T* p, const lanes<T, N>& x) {
  if constexpr (has_batch<T>) {
    for (int k = 0; k < lanes<T, N>::count; ++k) x.v[k].store(p + k * lanes<T, N>::size);
  } else if constexpr (std::same_as<T, bool>) {
    to_bytes<N>(x.bits, p);
  } else if constexpr (scalar::integer<T> && sizeof(T) >= 4) {
    copy_registers<sizeof x.v>(p, x.v);
  } else {
    const array<T, N> a = to_array(x);
    std::memcpy(p, a.v, sizeof(T) * N);
  }
}

#if defined(__AVX512F__)
using whole_register = __m512i;
inline void stream_register(void* to, const whole_register& x) {
  _mm512_stream_si512(static_cast<whole_register*>(to), x);
}
#elif defined(__AVX__)
using whole_register = __m256i;
inline void stream_register(void* to, const whole_register& x) {
  _mm256_stream_si256(static_cast<whole_register*>(to), x);
}
#elif defined(__SSE2__)
using whole_register = __m128i;
inline void stream_register(void* to, const whole_register& x) {
  _mm_stream_si128(static_cast<whole_register*>(to), x);
}
#endif

/// Writes around the cache; p is aligned to 64 bytes, or to the lanes' bytes when they are fewer.
template <class T, int N>
void stream(T* p, const lanes<T, N>& x) {
#if defined(__SSE2__)
  if constexpr (sizeof(T) * N % sizeof(whole_register) == 0) {
    const auto write = [p](const auto& from) {
      for (std::size_t k = 0; k < sizeof(T) * N; k += sizeof(whole_register)) {
        whole_register r;
        std::memcpy(&r, reinterpret_cast<const std::byte*>(&from) + k, sizeof r);
        stream_register(reinterpret_cast<std::byte*>(p) + k, r);
      }
    };
    if constexpr (has_batch<T>)
      write(x.v);
    else
      write(to_array(x).v);
    return;
  }
#endif
  store(p, x);
}

template <int N, class T>
lanes<T, N> broadcast(T value) {
  lanes<T, N> x;
  if constexpr (std::same_as<T, bool>) {
    x.bits = value ? every_lane<N> : 0;
  } else if constexpr (has_batch<T>) {
    for (int k = 0; k < lanes<T, N>::count; ++k) x.v[k] = batch<T>(value);
  } else {
    for (int k = 0; k < N; ++k) x.v[k] = value;
  }
  return x;
}

/// One bit a lane from a register's truth values, and back.
template <class T>
std::uint64_t to_bits(mask<T> m) {
#if defined(__AVX512F__)
  return std::uint64_t(m.raw.data) & every_lane<batch<T>::size>;
#elif defined(__AVX__)
  if constexpr (sizeof(T) == 4)
    return std::uint64_t(_mm256_movemask_ps(m.raw));
  else
    return std::uint64_t(_mm256_movemask_pd(m.raw));
#elif defined(__SSE2__)
  if constexpr (sizeof(T) == 4)
    return std::uint64_t(_mm_movemask_ps(m.raw));
  else
    return std::uint64_t(_mm_movemask_pd(m.raw));
#else
  bool b[xsimd::batch<T>::size];
  m.raw.store_unaligned(b);
  std::uint64_t bits = 0;
  for (int k = 0; k < int(xsimd::batch<T>::size); ++k) bits |= std::uint64_t(b[k]) << k;
  return bits;
#endif
}
template <class T>
mask<T> from_bits(std::uint64_t bits) {
#if defined(__AVX512F__)
  using raw = typename xsimd::batch_bool<T>::register_type;
  return {xsimd::batch_bool<T>(raw(bits))};
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    const __m256i lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i set = _mm256_and_si256(_mm256_set1_epi32(int(bits)), lane);
    return {xsimd::batch_bool<T>(_mm256_castsi256_ps(_mm256_cmpeq_epi32(set, lane)))};
  } else {
    const __m256i lane = _mm256_setr_epi64x(1, 2, 4, 8);
    const __m256i set = _mm256_and_si256(_mm256_set1_epi64x((long long)(bits)), lane);
    return {xsimd::batch_bool<T>(_mm256_castsi256_pd(_mm256_cmpeq_epi64(set, lane)))};
  }
#else
  alignas(64) bool b[xsimd::batch<T>::size];
  for (int k = 0; k < int(xsimd::batch<T>::size); ++k) b[k] = (bits >> k) & 1;
  return {xsimd::batch_bool<T>::load_unaligned(b)};
#endif
}

template <class T, int N>
std::uint64_t to_bits(const integer_truths<T, N>& truths) {
#if defined(__AVX__) && !defined(__AVX512F__)
  if constexpr (sizeof truths == sizeof(__m256i) && sizeof(T) >= 4) {
    __m256i raw;
    std::memcpy(&raw, &truths, sizeof raw);
    if constexpr (sizeof(T) == 4)
      return std::uint64_t(_mm256_movemask_ps(_mm256_castsi256_ps(raw)));
    return std::uint64_t(_mm256_movemask_pd(_mm256_castsi256_pd(raw)));
  }
#endif
  std::int8_t bytes[N];
  convert_vector<N>(bytes, reinterpret_cast<const std::make_signed_t<T>*>(&truths));
  return from_bytes<N>(bytes);
}

/// Lanes of integers, or those of them that fill a register.
template <class T, int N>
struct registers {
  static constexpr int size = std::min(N, width<T>), count = N / size;
  static integer_batch<T, size> of(const lanes<T, N>& x, int k) {
    integer_batch<T, size> part;
    std::memcpy(&part.raw, x.v + k * size, sizeof part.raw);
    return part;
  }
};

/// A bool's lanes as one number, so that the logical rows of the table act on all at once.
struct truths {
  std::uint64_t bits;
  friend truths operator&&(truths x, truths y) { return {x.bits & y.bits}; }
  friend truths operator||(truths x, truths y) { return {x.bits | y.bits}; }
  friend truths operator!=(truths x, truths y) { return {x.bits ^ y.bits}; }
  friend truths operator!(truths x) { return {~x.bits}; }
};

template <class To, class From, int N>
lanes<To, N> convert(const lanes<From, N>& x) {
  if constexpr (std::same_as<To, From>) {
    return x;
  } else if constexpr (std::same_as<To, bool> && has_batch<From>) {
    lanes<bool, N> to{0};
    constexpr int size = lanes<From, N>::size;
    for (int k = 0; k < lanes<From, N>::count; ++k)
      to.bits |= to_bits(x.v[k] != From(0)) << (k * size);
    return to;
  } else if constexpr (std::same_as<To, bool> && scalar::integer<From>) {
    lanes<bool, N> to{0};
    using part = registers<From, N>;
    for (int k = 0; k < part::count; ++k)
      to.bits |= to_bits(part::of(x, k) != integer_batch<From, part::size>{}) << (k * part::size);
    return to;
  } else {
    const array<From, N> from = to_array(x);
    array<To, N> to;
    convert_array<N>(to.v, from.v);
    return from_array<To, N>(to.v);
  }
}

template <class Op, class T>
inline constexpr bool on_batches = Op::form == op::simd::batch && has_batch<T>;
template <class Op>
inline constexpr bool on_truths = std::same_as<typename Op::type_rule, op::rule::logical>;

/// The truth of a comparison of T's lanes as it leaves the processor. A choice among T's takes it
/// as it is; one bit a lane and back would cost more than the comparison.
template <class T, int N>
struct masks {
  mask<T> v[lanes<T, N>::count];
};
template <class Op, class T, int N>
masks<T, N> compare(const lanes<T, N>& x, const lanes<T, N>& y) {
  masks<T, N> result;
  for (int k = 0; k < lanes<T, N>::count; ++k) result.v[k] = Op::apply(x.v[k], y.v[k]);
  return result;
}
template <class T, int N>
lanes<T, N> choose(const masks<T, N>& condition, const lanes<T, N>& yes, const lanes<T, N>& no) {
  lanes<T, N> result;
  for (int k = 0; k < lanes<T, N>::count; ++k)
    result.v[k] = choose(condition.v[k], yes.v[k], no.v[k]);
  return result;
}

/// |z| squared of complex lanes: the compiler does not see by itself that two registers hold all
/// real and all imaginary parts.
template <class T, int N>
lanes<T, N> squares_of(const lanes<std::complex<T>, N>& z) {
  vector<T, N> low, high;
  std::memcpy(&low, z.v, sizeof low);
  std::memcpy(&high, z.v + N / 2, sizeof high);
  return [&]<int... K>(std::integer_sequence<int, K...>) {
    const vector<T, N> re = __builtin_shufflevector(low, high, (2 * K)...);
    const vector<T, N> im = __builtin_shufflevector(low, high, (2 * K + 1)...);
    const vector<T, N> sum = re * re + im * im;
    alignas(64) T a[N];
    std::memcpy(a, &sum, sizeof a);
    return from_array<T, N>(a);
  }(std::make_integer_sequence<int, N>());
}

/// Op on lanes that are already its operands.
template <class Op, int N, class First, class... T>
auto apply(const lanes<First, N>& first, const lanes<T, N>&... rest) {
  using R = decltype(op::evaluate<Op>(First{}, T{}...));
  lanes<R, N> result;
  if constexpr (std::same_as<Op, op::where>) {
    using V = R;
    const auto select = [&](const lanes<V, N>& yes, const lanes<V, N>& no) {
      if constexpr (std::same_as<V, bool>) {
        result.bits = (first.bits & yes.bits) | (~first.bits & no.bits);
      } else if constexpr (has_batch<V>) {
        for (int k = 0; k < lanes<V, N>::count; ++k)
          result.v[k] =
              choose(from_bits<V>(first.bits >> (k * lanes<V, N>::size)), yes.v[k], no.v[k]);
      } else if constexpr (scalar::integer<V>) {
        using part = registers<V, N>;
        for (int k = 0; k < part::count; ++k) {
          const auto chosen = truths_from<V, part::size>(first.bits >> (k * part::size));
          const vector<V, part::size> r = chosen.raw ? part::of(yes, k).raw : part::of(no, k).raw;
          std::memcpy(result.v + k * part::size, &r, sizeof r);
        }
      } else {
        for (int k = 0; k < N; ++k) result.v[k] = (first.bits >> k) & 1 ? yes.v[k] : no.v[k];
      }
    };
    select(rest...);
  } else if constexpr (std::same_as<Op, op::abs2> && is_complex_v<First>) {
    result = squares_of(first);
  } else if constexpr (on_truths<Op>) {
    result.bits = Op::apply(truths{first.bits}, truths{rest.bits}...).bits & every_lane<N>;
  } else if constexpr (on_batches<Op, First>) {
    if constexpr (std::same_as<R, bool>) {
      result.bits = 0;
      constexpr int size = lanes<First, N>::size;
      for (int k = 0; k < lanes<First, N>::count; ++k)
        result.bits |= to_bits(Op::apply(first.v[k], rest.v[k]...)) << (k * size);
    } else {
      for (int k = 0; k < lanes<First, N>::count; ++k)
        result.v[k] = Op::apply(first.v[k], rest.v[k]...);
    }
  } else if constexpr (scalar::integer<First> && on_integers<Op, First>) {
    using part = registers<First, N>;
    if constexpr (std::same_as<R, bool>) result.bits = 0;
    for (int k = 0; k < part::count; ++k) {
      const auto r = Op::apply(part::of(first, k), part::of(rest, k)...);
      if constexpr (std::same_as<R, bool>)
        result.bits |= to_bits(r) << (k * part::size);
      else
        std::memcpy(result.v + k * part::size, &r.raw, sizeof r.raw);
    }
  } else {
    const auto one_by_one = [&](const array<First, N>& x, const array<T, N>&... more) {
      array<R, N> to;
      for (int k = 0; k < N; ++k) to.v[k] = op::evaluate<Op>(x.v[k], more.v[k]...);
      return from_array<R, N>(to.v);
    };
    result = one_by_one(to_array(first), to_array(rest)...);
  }
  return result;
}

}  // namespace weft::lane
