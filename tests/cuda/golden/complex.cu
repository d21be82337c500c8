// y = abs(a * conj(a) + value1)
// One loop, 4 elements at a time.

namespace std {
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
concept integral = requires(T x) { x % x; };
template <class T>
struct make_unsigned {
  using type = std::conditional_t<
      sizeof(T) == 1, unsigned char,
      std::conditional_t<sizeof(T) == 2, unsigned short,
                         std::conditional_t<sizeof(T) == 4, unsigned, unsigned long long>>>;
};
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
std::complex<T> conj(std::complex<T> x) {
  return {x.re, -x.im};
}
}  // namespace std

namespace weft {
template <class T>
constexpr bool is_complex_v = false;
template <class T>
constexpr bool is_complex_v<std::complex<T>> = true;
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

namespace weft::scalar {
template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool>;
template <class T>
using wrapping = std::make_unsigned<T>::type;
template <integer T>
wrapping<T> unsigned_abs(T x) {
  return x < T(0) ? wrapping<T>(wrapping<T>(0) - wrapping<T>(x)) : wrapping<T>(x);
}
template <class T>
auto abs(T x) {
  if constexpr (std::same_as<T, bool>)
    return x;
  else if constexpr (std::integral<T>)
    return T(unsigned_abs(x));
  else
    return std::abs(x);
}
template <class T>
T conj(T x) {
  if constexpr (is_complex_v<T>)
    return std::conj(x);
  else
    return x;
}
}  // namespace weft::scalar

namespace weft::scalar {

__device__ __forceinline__ void element(float& y, const std::complex<float> a,
    const std::complex<float> value1) {
  const std::complex<float> temp1 = conj(a);
  const std::complex<float> temp2 = a * temp1;
  const std::complex<float> temp3 = temp2 + value1;
  y = abs(temp3);
}

extern "C" __global__ void weft_kernel(float* __restrict__ y,
    const std::complex<float>* __restrict__ a, const std::complex<float> value1, const int size) {
  const int thread = int(blockIdx.x) * int(blockDim.x) + int(threadIdx.x);
  const int threads = int(gridDim.x) * int(blockDim.x);
  for (int at = thread; at < size / 4; at += threads) {
    const auto a_pack = load<4>(a + at * 4);
    pack<float, 4> y_pack;
#pragma unroll
    for (int lane = 0; lane < 4; ++lane)
      element(y_pack[lane], a_pack[lane], value1);
    store(y + at * 4, y_pack);
  }
  const int at = size / 4 * 4 + thread;
  if (at < size) element(y[at], a[at], value1);
}

}  // namespace weft::scalar
