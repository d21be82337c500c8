// y1 = a + b
// y2 = a - b
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

__device__ __forceinline__ void element(float& y1, float& y2, const float a, const float b) {
  y1 = a + b;
  y2 = a - b;
}

extern "C" __global__ void weft_kernel(float* __restrict__ y1, float* __restrict__ y2,
    const float* __restrict__ a, const float* __restrict__ b, const int size) {
  const int thread = int(blockIdx.x) * int(blockDim.x) + int(threadIdx.x);
  const int threads = int(gridDim.x) * int(blockDim.x);
  for (int at = thread; at < size / 4; at += threads) {
    const auto a_pack = load<4>(a + at * 4);
    const auto b_pack = load<4>(b + at * 4);
    pack<float, 4> y1_pack;
    pack<float, 4> y2_pack;
#pragma unroll
    for (int lane = 0; lane < 4; ++lane)
      element(y1_pack[lane], y2_pack[lane], a_pack[lane], b_pack[lane]);
    store(y1 + at * 4, y1_pack);
    store(y2 + at * 4, y2_pack);
  }
  const int at = size / 4 * 4 + thread;
  if (at < size) element(y1[at], y2[at], a[at], b[at]);
}

}  // namespace weft::scalar
