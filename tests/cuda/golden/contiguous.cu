// y = a * b + sin(c)
// One loop, 4 elements at a time.

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
struct quartered {
  int quarters;
  float angle, residue;
};
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
__noinline__ float far_sin(float x) { return far_sine(quartered_far(x), 0); }
float sin(float x) { return ::fabs(x) >= 105615.0f ? far_sin(x) : ::sin(x); }
double sin(double x) { return ::sin(x); }
}  // namespace weft::scalar

namespace weft::scalar {

__device__ __forceinline__ void element(float& y, const float a, const float b, const float c) {
  const float temp1 = a * b;
  const float temp2 = sin(c);
  y = temp1 + temp2;
}

extern "C" __global__ void weft_kernel(float* __restrict__ y, const float* __restrict__ a,
    const float* __restrict__ b, const float* __restrict__ c, const int size) {
  const int thread = int(blockIdx.x) * int(blockDim.x) + int(threadIdx.x);
  const int threads = int(gridDim.x) * int(blockDim.x);
  for (int at = thread; at < size / 4; at += threads) {
    const auto a_pack = load<4>(a + at * 4);
    const auto b_pack = load<4>(b + at * 4);
    const auto c_pack = load<4>(c + at * 4);
    pack<float, 4> y_pack;
#pragma unroll
    for (int lane = 0; lane < 4; ++lane)
      element(y_pack[lane], a_pack[lane], b_pack[lane], c_pack[lane]);
    store(y + at * 4, y_pack);
  }
  const int at = size / 4 * 4 + thread;
  if (at < size) element(y[at], a[at], b[at], c[at]);
}

}  // namespace weft::scalar
