// y = cast<float32>(cast<float16>(a) + b) * c
// One loop, 8 elements at a time.

namespace std {
using uint16_t = unsigned short;
using uint32_t = unsigned int;
using uint64_t = unsigned long long;
template <class T, class U>
constexpr bool is_same_v = false;
template <class T>
constexpr bool is_same_v<T, T> = true;
template <class T>
constexpr bool is_floating_point_v = std::is_same_v<T, float> || std::is_same_v<T, double>;
template <class T>
concept floating_point = std::is_floating_point_v<T>;
template <class T>
concept integral = requires(T x) { x % x; };
template <class T>
constexpr bool is_arithmetic_v = std::floating_point<T> || std::integral<T>;
template <class To, class From>
constexpr To bit_cast(From x) {
  return __builtin_bit_cast(To, x);
}
}  // namespace std

namespace weft {
template <class T, int N>
struct alignas(N * sizeof(T) < 16 ? N * sizeof(T) : 16) pack {
  T element[N];
  T& operator[](int k) { return element[k]; }
  const T& operator[](int k) const { return element[k]; }
};
template <int N, class T>
pack<T, N> load(const T* from) {
  return *reinterpret_cast<const pack<T, N>*>(from);
}
template <class T, int N>
void store(T* to, const pack<T, N>& elements) {
  *reinterpret_cast<pack<T, N>*>(to) = elements;
}
}  // namespace weft

namespace weft::halves {
constexpr std::uint16_t to_float16(float value) {
  const auto all = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (all >> 16) & 0x8000u;
  const std::uint32_t x = all & 0x7fffffffu;
  // Adding 0.5 leaves a denormal's bits, rounded, at the bottom of the sum.
  const std::uint32_t denormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(x < 0x38800000u ? x : 0u) + 0.5f) -
      0x3f000000u;
  // Rebias the exponent from 127 to 15; a carry out of the mantissa is right as it is.
  const std::uint32_t normal = (x - 0x38000000u + 0xfffu + ((x >> 13) & 1u)) >> 13;
  const std::uint32_t nan = 0x7e00u | ((x >> 13) & 0x3ffu);
  const std::uint32_t finite = x < 0x38800000u ? denormal : normal;
  const std::uint32_t infinite = x > 0x7f800000u ? nan : 0x7c00u;
  return std::uint16_t(sign | (x >= 0x47800000u ? infinite : finite));
}
constexpr float from_float16(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t x = (bits & 0x7fffu) << 13;
  const std::uint32_t exponent = x & 0x0f800000u;
  const std::uint32_t normal = x + 0x38000000u;
  const std::uint32_t infinite = x + 0x70000000u;
  // Give the denormal an implicit one, 2^-14, and take it away as a number.
  const auto denormal = std::bit_cast<std::uint32_t>(std::bit_cast<float>(x + 0x38800000u) -
                                                     std::bit_cast<float>(0x38800000u));
  const std::uint32_t magnitude =
      exponent == 0 ? denormal : (exponent == 0x0f800000u ? infinite : normal);
  return std::bit_cast<float>(sign | magnitude);
}
constexpr std::uint16_t to_bfloat16(float value) {
  const auto x = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (x + 0x7fffu + ((x >> 16) & 1u)) >> 16;
  const std::uint32_t nan = (x >> 16) | 0x40u;
  return std::uint16_t((x & 0x7fffffffu) > 0x7f800000u ? nan : rounded);
}
constexpr float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t(bits) << 16);
}
constexpr float to_odd_float(double x) {
  const float nearest = static_cast<float>(x);
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  const double back = nearest;
  const bool too_far = x < 0 ? back < x : back > x;
  const bool inexact = back < x || back > x;  // false for NaN
  const std::uint32_t truncated = bits - std::uint32_t(too_far);
  return std::bit_cast<float>(inexact ? (truncated | 1u) : bits);
}
template <std::integral T>
constexpr float to_odd_float(T x) {
  if constexpr (sizeof(T) <= 2) {
    return static_cast<float>(x);
  } else if constexpr (sizeof(T) == 4) {
    return to_odd_float(static_cast<double>(x));
  } else {
    // Fold the low 12 bits of a size that double cannot hold into one sticky bit: 53 remain.
    const bool negative = x < T{0};
    const std::uint64_t size = negative ? 0u - std::uint64_t(x) : std::uint64_t(x);
    const std::uint64_t folded = (size & ~0xfffull) | ((size & 0xfffull) != 0 ? 0x800ull : 0ull);
    const double kept = static_cast<double>(size < (1ull << 53) ? size : folded);
    return to_odd_float(negative ? -kept : kept);
  }
}
constexpr float to_odd_float(float x) { return x; }
constexpr float to_odd_float(long double x) { return to_odd_float(static_cast<double>(x)); }
}  // namespace weft::halves

namespace weft {
struct bfloat16;
struct float16 {
  float16() = default;
  template <class T>
    requires std::is_arithmetic_v<T>
  explicit constexpr float16(T x) : bits_(halves::to_float16(halves::to_odd_float(x))) {}
  explicit constexpr float16(bfloat16 x);

  static constexpr float16 from_bits(std::uint16_t bits) {
    float16 x{};
    x.bits_ = bits;
    return x;
  }
  constexpr std::uint16_t bits() const { return bits_; }
  constexpr operator float() const { return halves::from_float16(bits_); }

 private:
  std::uint16_t bits_;
};
struct bfloat16 {
  bfloat16() = default;
  template <class T>
    requires std::is_arithmetic_v<T>
  explicit constexpr bfloat16(T x) : bits_(halves::to_bfloat16(halves::to_odd_float(x))) {}
  explicit constexpr bfloat16(float16 x) : bfloat16(float(x)) {}

  static constexpr bfloat16 from_bits(std::uint16_t bits) {
    bfloat16 x{};
    x.bits_ = bits;
    return x;
  }
  constexpr std::uint16_t bits() const { return bits_; }
  constexpr operator float() const { return halves::from_bfloat16(bits_); }

 private:
  std::uint16_t bits_;
};
constexpr float16::float16(bfloat16 x) : float16(float(x)) {}
}  // namespace weft

namespace weft::scalar {
template <class T>
concept number = std::integral<T> || std::floating_point<T>;
template <number T>
T sign(T x) {
  if constexpr (std::floating_point<T>)
    if (x != x) return x;
  return T((x > T(0)) - (x < T(0)));
}
}  // namespace weft::scalar

namespace weft::scalar {

__device__ __forceinline__ void element(float& y, const float a, const float b, const float c) {
  const float temp1 = float(float16(a));
  const float temp2 = temp1 + b;
  y = temp2 * c;
}

extern "C" __global__ void weft_kernel(float* __restrict__ y, const float* __restrict__ a,
    const float16* __restrict__ b, const bfloat16* __restrict__ c, const int size) {
  const int thread = int(blockIdx.x) * int(blockDim.x) + int(threadIdx.x);
  const int threads = int(gridDim.x) * int(blockDim.x);
  for (int at = thread; at < size / 8; at += threads) {
    const auto a_pack = load<8>(a + at * 8);
    const auto b_pack = load<8>(b + at * 8);
    const auto c_pack = load<8>(c + at * 8);
    pack<float, 8> y_pack;
#pragma unroll
    for (int lane = 0; lane < 8; ++lane)
      element(y_pack[lane], a_pack[lane], b_pack[lane], c_pack[lane]);
    store(y + at * 8, y_pack);
  }
  const int at = size / 8 * 8 + thread;
  if (at < size) element(y[at], a[at], b[at], c[at]);
}

}  // namespace weft::scalar
