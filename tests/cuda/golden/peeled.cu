// y = a - value1
// One loop, 4 elements at a time, fewer at the ends of rows.

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
template <int N, class T>
int past(const T* from) {
  return int(reinterpret_cast<unsigned long long>(from) / sizeof(T) % N);
}
}  // namespace weft

namespace weft::scalar {

__device__ __forceinline__ void element(float& y, const float a, const float value1) {
  y = a - value1;
}

extern "C" __global__ void weft_kernel(float* __restrict__ y, const float* __restrict__ a,
    const float value1, const int columns, const int size) {
  const int thread = int(blockIdx.x) * int(blockDim.x) + int(threadIdx.x);
  const int threads = int(gridDim.x) * int(blockDim.x);
  for (int at = thread; at < size; at += threads) {
    const int first = at * 4 - past<4>(y);
    auto* const y_at = y + first;
    const auto* const a_at = a + first;
    if (first >= 0 && first + 4 <= columns) {
      pack<float, 4> y_pack;
      const auto a_pack = load<4>(a_at);
#pragma unroll
      for (int lane = 0; lane < 4; ++lane)
        element(y_pack[lane], a_pack[lane], value1);
      store(y_at, y_pack);
    } else {
#pragma unroll 1
      for (int lane = first < 0 ? int(-first) : 0; lane < 4 && first + lane < columns; ++lane)
        element(y_at[lane], a_at[lane], value1);
    }
  }
}

}  // namespace weft::scalar
