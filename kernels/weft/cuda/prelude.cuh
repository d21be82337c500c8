// weft/cuda/prelude.cuh: what kernels use and CUDA's compiler lacks when no header is included:
// the few parts of the C++ library that weft/scalar.hpp and weft/half.hpp stand on, complex
// numbers, and how a thread reaches its elements. prelude.cpp copies into each kernel the
// declarations that it names, so every declaration here stands alone at namespace level, and one
// of the C++ library is always called by its full name.
// SPDX-License-Identifier: BSD-3-Clause

namespace std {

using uint8_t = unsigned char;
using uint16_t = unsigned short;
using uint32_t = unsigned int;
using uint64_t = unsigned long long;
using int8_t = signed char;
using int16_t = short;
using int32_t = int;
using int64_t = long long;

template <class T, class U>
constexpr bool is_same_v = false;
template <class T>
constexpr bool is_same_v<T, T> = true;
template <class T, class U>
concept same_as = std::is_same_v<T, U>;

template <bool C, class T, class F>
struct choice {
  using type = T;
};
template <class T, class F>
struct choice<false, T, F> {
  using type = F;
};
template <bool C, class T, class F>
using conditional_t = typename std::choice<C, T, F>::type;

template <class T>
constexpr bool is_floating_point_v = std::is_same_v<T, float> || std::is_same_v<T, double>;
template <class T>
concept floating_point = std::is_floating_point_v<T>;
template <class T>
concept integral = requires(T x) { x % x; };
template <class T>
constexpr bool is_arithmetic_v = std::floating_point<T> || std::integral<T>;
template <class T>
constexpr bool is_signed_v = T(-1) < T(0);

template <class T>
struct make_unsigned {
  using type = std::conditional_t<
      sizeof(T) == 1, unsigned char,
      std::conditional_t<sizeof(T) == 2, unsigned short,
                         std::conditional_t<sizeof(T) == 4, unsigned, unsigned long long>>>;
};

template <class T>
struct numeric_limits {
  static constexpr T min() { return T(-1) < T(0) ? T(1ull << (8 * sizeof(T) - 1)) : T(0); }
  static constexpr T max() { return T(~min()); }
};
template <>
struct numeric_limits<float> {
  static float infinity() { return __uint_as_float(0x7f800000u); }
};
template <>
struct numeric_limits<double> {
  static double infinity() { return __longlong_as_double(0x7ff0000000000000ll); }
};

template <class To, class From>
constexpr To bit_cast(From x) {
  return __builtin_bit_cast(To, x);
}

constexpr int popcount(unsigned long long x) {
  x = x - ((x >> 1) & 0x5555555555555555ull);
  x = (x & 0x3333333333333333ull) + ((x >> 2) & 0x3333333333333333ull);
  return int((((x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full) * 0x0101010101010101ull) >> 56);
}

using ::erfc;
using ::exp;
using ::log1p;
using ::signbit;

template <class T>
struct complex {
  T re, im;
  using value_type = T;
  complex() = default;
  constexpr complex(T r, T i = T(0)) : re(r), im(i) {}
  constexpr T real() const { return re; }
  constexpr T imag() const { return im; }
  friend constexpr complex operator-(complex x) { return {-x.re, -x.im}; }
  friend constexpr complex operator+(complex x, complex y) { return {x.re + y.re, x.im + y.im}; }
  friend constexpr complex operator-(complex x, complex y) { return {x.re - y.re, x.im - y.im}; }
  friend constexpr complex operator*(complex x, complex y) {
    return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
  }
  // The smaller part of y relative to the larger one (Smith 1962), so that squares do not overflow.
  friend complex operator/(complex x, complex y) {
    if (::fabs(y.re) >= ::fabs(y.im)) {
      const T ratio = y.im / y.re, whole = y.re + y.im * ratio;
      return {(x.re + x.im * ratio) / whole, (x.im - x.re * ratio) / whole};
    }
    const T ratio = y.re / y.im, whole = y.im + y.re * ratio;
    return {(x.re * ratio + x.im) / whole, (x.im * ratio - x.re) / whole};
  }
  friend constexpr bool operator==(complex x, complex y) { return x.re == y.re && x.im == y.im; }
  friend constexpr bool operator!=(complex x, complex y) { return !(x == y); }
};

float abs(float x) { return ::fabs(x); }
double abs(double x) { return ::fabs(x); }
template <class T>
T abs(std::complex<T> x) {
  return ::hypot(x.re, x.im);
}
template <class T>
T arg(std::complex<T> x) {
  return ::atan2(x.im, x.re);
}
template <class T>
std::complex<T> conj(std::complex<T> x) {
  return {x.re, -x.im};
}
template <class T>
std::complex<T> exp(std::complex<T> x) {
  const T size = ::exp(x.re);
  return {size * ::cos(x.im), x.im == T(0) ? x.im : size * ::sin(x.im)};
}
template <class T>
std::complex<T> log(std::complex<T> x) {
  return {::log(::hypot(x.re, x.im)), ::atan2(x.im, x.re)};
}
template <class T>
std::complex<T> pow(std::complex<T> x, std::complex<T> y) {
  if (x.re == T(0) && x.im == T(0)) return y.re == T(0) && y.im == T(0) ? T(1) : T(0);
  const T size = ::log(::hypot(x.re, x.im)), angle = ::atan2(x.im, x.re);
  const T s = ::exp(y.re * size - y.im * angle), a = y.im * size + y.re * angle;
  return {s * ::cos(a), s * ::sin(a)};
}
// The root's larger part from the sum, the other by division, so that nothing cancels.
template <class T>
std::complex<T> sqrt(std::complex<T> x) {
  if (x.re == T(0) && x.im == T(0)) return {T(0), x.im};
  const T part = ::sqrt((::fabs(x.re) + ::hypot(x.re, x.im)) / T(2));
  const T other = ::fabs(x.im) / (T(2) * part);
  const T re = x.re >= T(0) ? part : other, im = x.re >= T(0) ? other : part;
  return {re, ::copysign(im, x.im)};
}
template <class T>
std::complex<T> sin(std::complex<T> x) {
  return {::sin(x.re) * ::cosh(x.im), ::cos(x.re) * ::sinh(x.im)};
}
template <class T>
std::complex<T> cos(std::complex<T> x) {
  return {::cos(x.re) * ::cosh(x.im), -(::sin(x.re) * ::sinh(x.im))};
}
// Kahan 1987; beyond 20 the result is 1 to more digits than a double has.
template <class T>
std::complex<T> tanh(std::complex<T> x) {
  if (::fabs(x.re) > T(20))
    return {::copysign(T(1), x.re), T(4) * ::sin(x.im) * ::cos(x.im) * ::exp(T(-2) * ::fabs(x.re))};
  const T t = ::tan(x.im), b = T(1) + t * t, s = ::sinh(x.re), r = ::sqrt(T(1) + s * s);
  const T whole = T(1) + b * s * s;
  return {b * r * s / whole, t / whole};
}
template <class T>
std::complex<T> tan(std::complex<T> x) {
  const std::complex<T> t = std::tanh(std::complex<T>(-x.im, x.re));
  return {t.im, -t.re};
}

}  // namespace std

namespace std::numbers {

template <class T>
constexpr T pi_v = T(3.14159265358979323846);
template <class T>
constexpr T ln2_v = T(0.69314718055994530942);
constexpr double sqrt2 = 1.41421356237309504880;

}  // namespace std::numbers

namespace weft {

using index_t = long long;

template <class T>
constexpr bool is_complex_v = false;
template <class T>
constexpr bool is_complex_v<std::complex<T>> = true;
template <class T>
constexpr bool is_half_v = sizeof(T) == 2 && !std::integral<T>;
template <class T>
using compute_t = std::conditional_t<is_half_v<T>, float, T>;

template <class T>
struct component {
  using type = T;
};
template <class T>
struct component<std::complex<T>> {
  using type = T;
};
template <class T>
using component_t = typename component<T>::type;

// N elements that are loaded and stored at once, 16 bytes at a time.
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

// How many elements `from` is past a multiple of N of them.
template <int N, class T>
int past(const T* from) {
  return int(reinterpret_cast<unsigned long long>(from) / sizeof(T) % N);
}

// An index along each of N axes, or how far elements are apart along each.
template <class I, int N>
struct steps {
  I axis[N];
};
template <class I, int N>
I dot(const steps<I, N>& at, const steps<I, N>& by) {
  I sum = 0;
#pragma unroll
  for (int d = 0; d < N; ++d) sum += at.axis[d] * by.axis[d];
  return sum;
}

// An extent to divide by. Below 2^31, by a multiplication and a shift (Granlund and Montgomery
// 1994).
template <class I>
struct divisor {
  I by;
  I of(I x) const { return x / by; }
};
template <>
struct divisor<int> {
  int by;
  unsigned factor;
  int shift;
  int of(int x) const { return int((__umulhi(unsigned(x), factor) + unsigned(x)) >> shift); }
};
template <class I, int N>
struct extents {
  divisor<I> axis[N];
};

// The index of element number `linear` in row-major order.
template <class I, int N>
steps<I, N> locate(I linear, const extents<I, N>& extent) {
  steps<I, N> at;
#pragma unroll
  for (int d = N - 1; d > 0; --d) {
    const I outer = extent.axis[d].of(linear);
    at.axis[d] = linear - outer * extent.axis[d].by;
    linear = outer;
  }
  at.axis[0] = linear;
  return at;
}

}  // namespace weft

namespace weft::scalar {

using ::lgamma;

// An angle as quarters of a turn, of which the last two bits count, and at most pi / 4, with what a
// float does not hold of it.
struct quartered {
  int quarters;
  float angle, residue;
};

// 32 binary digits of 2 / pi, behind as many zeros. An array would be in memory of the thread's own.
unsigned digits_of_2_over_pi(int word) {
  return word == 0   ? 0u
         : word == 1 ? 0xa2f9836eu
         : word == 2 ? 0x4e441529u
         : word == 3 ? 0xfc2757d1u
         : word == 4 ? 0xf534ddc0u
         : word == 5 ? 0xdb629599u
         : word == 6 ? 0x3c439041u
                     : 0xfe5163abu;
}

// Of |x| from 2^16 on, m * 2^e with m of 24 bits: m times those 96 binary digits of 2 / pi that say
// more than whole turns (Payne and Hanek 1983). Infinite ones and NaN give NaN.
quartered quartered_far(float x) {
  const unsigned bits = __float_as_uint(x);
  const int first = int(bits >> 23 & 255u) - 120, word = first / 32, shift = first % 32;
  const unsigned long long m = (bits & 0x7fffffu) | 0x800000u;
  unsigned long long product = 0;  // its top 64 of 96 bits; what is beyond them are whole turns
  unsigned long long carried = 0;
  for (int k = 2; k >= 0; --k) {
    const unsigned long long two = (unsigned long long)digits_of_2_over_pi(word + k) << 32 |
                                   digits_of_2_over_pi(word + k + 1);
    carried = m * (two << shift >> 32) + (carried >> 32);
    product = product >> 32 | carried << 32;
  }
  const long long part = (long long)(product << 2);  // of a quarter, from -1/2 to 1/2
  const int quarters = int(product >> 62) + (part < 0);
  // Times pi / 2 / 2^64, in two pieces each.
  const long long most = part & -(1ll << 40);
  const float high = float(most), low = float(part - most);
  const float scaled = __fmul_rn(high, 8.51530419e-20f);  // whose sums are not made one with it
  const float lost = ::fma(high, 8.51530419e-20f, -scaled);
  const float less = lost + (high * -2.36959911e-27f + low * 8.51530419e-20f);
  const float angle = scaled + less + (x - x), residue = scaled - angle + less;
  return (bits >> 31) != 0u ? quartered{-quarters, -angle, -residue}
                            : quartered{quarters, angle, residue};
}

// The sine of an angle and so many quarters more; polynomials from Cephes.
float far_sine(quartered a, int more) {
  const float x = a.angle, z = x * x;
  const float less = x * z * (-1.6666654611e-1f + z * (8.3321608736e-3f + z * -1.9515295891e-4f));
  const float sine = x + (less + a.residue);
  const float high =
      4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f);
  const float cosine = 1.0f - (0.5f * z - (z * z * high - x * a.residue));
  const float size = ((a.quarters + more) & 1) != 0 ? cosine : sine;
  return ((a.quarters + more) & 2) != 0 ? -size : size;
}

// CUDA's own up to where those keep digits of pi in an array and finish in double: the compiler
// sees that this is not taken, as the bound is the one at which it begins. The long way is out of
// line, so that it is compiled once for all elements of a group.
__noinline__ float far_sin(float x) { return far_sine(quartered_far(x), 0); }
float sin(float x) { return ::fabs(x) >= 105615.0f ? far_sin(x) : ::sin(x); }
double sin(double x) { return ::sin(x); }
__noinline__ float far_cos(float x) { return far_sine(quartered_far(x), 1); }
float cos(float x) { return ::fabs(x) >= 105615.0f ? far_cos(x) : ::cos(x); }
double cos(double x) { return ::cos(x); }
__noinline__ float far_tan(float x) {
  const quartered a = quartered_far(x);
  return far_sine(a, 0) / far_sine(a, 1);
}
float tan(float x) { return ::fabs(x) >= 105615.0f ? far_tan(x) : ::tan(x); }
double tan(double x) { return ::tan(x); }

// As std::lerp: exact at both ends and monotonic (P0811).
template <class T>
T lerp(T x, T y, T z) {
  if ((x <= T(0) && y >= T(0)) || (x >= T(0) && y <= T(0))) return z * y + (T(1) - z) * x;
  if (z == T(1)) return y;
  const T sum = x + z * (y - x);
  return (z > T(1)) == (y > x) ? (y < sum ? sum : y) : (y > sum ? sum : y);
}

}  // namespace weft::scalar
