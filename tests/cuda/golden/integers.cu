// y = a * a / value1 + (a << value2)
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
constexpr bool is_signed_v = T(-1) < T(0);
template <class T>
struct make_unsigned {
  using type = std::conditional_t<
      sizeof(T) == 1, unsigned char,
      std::conditional_t<sizeof(T) == 2, unsigned short,
                         std::conditional_t<sizeof(T) == 4, unsigned, unsigned long long>>>;
};
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

namespace weft::scalar {
template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool>;
template <class T>
using wrapping = std::make_unsigned<T>::type;
template <class T>
T quotient(T x, T y) {
  if constexpr (std::integral<T>) {
    if (y == T(0)) return T(0);
    if constexpr (std::is_signed_v<T>)
      if (y == T(-1)) return T(wrapping<T>(0) - wrapping<T>(x));
    return T(x / y);
  } else {
    return x / y;
  }
}
template <integer T>
T shift_left(T x, T y) {
  const auto n = wrapping<T>(y);
  return n < wrapping<T>(8 * sizeof(T)) ? T(wrapping<T>(x) << n) : T(0);
}
}  // namespace weft::scalar

namespace weft::scalar {

__device__ __forceinline__ void element(int& y, const int a, const int value1, const int value2) {
  const int temp1 = int(unsigned(a) * unsigned(a));
  const int temp2 = quotient(temp1, value1);
  const int temp3 = shift_left(a, value2);
  y = int(unsigned(temp2) + unsigned(temp3));
}

extern "C" __global__ void weft_kernel(int* __restrict__ y, const int* __restrict__ a,
    const int value1, const int value2, const int size) {
  const int thread = int(blockIdx.x) * int(blockDim.x) + int(threadIdx.x);
  const int threads = int(gridDim.x) * int(blockDim.x);
  for (int at = thread; at < size / 4; at += threads) {
    const auto a_pack = load<4>(a + at * 4);
    pack<int, 4> y_pack;
#pragma unroll
    for (int lane = 0; lane < 4; ++lane)
      element(y_pack[lane], a_pack[lane], value1, value2);
    store(y + at * 4, y_pack);
  }
  const int at = size / 4 * 4 + thread;
  if (at < size) element(y[at], a[at], value1, value2);
}

}  // namespace weft::scalar
