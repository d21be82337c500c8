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
__noinline__ float far_sin(float x) { return ::sin(x); }
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
