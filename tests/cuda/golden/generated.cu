// y = a + cast<float32>(b)
// One loop, 4 elements at a time.

namespace weft {
using index_t = long long;
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

__device__ __forceinline__ void element(float& y, const float a, const int b) {
  const float temp1 = float(b);
  y = a + temp1;
}

template <class T>
struct arange_leaf {
  T start; T step;
  T operator()(index_t i) const { return T(start + T(i) * step); }
};

extern "C" __global__ void weft_kernel(float* __restrict__ y, const float* __restrict__ a,
    const arange_leaf<int> b, const long long b_first, const int b_step, const int b_inner,
    const int size) {
  const int thread = int(blockIdx.x) * int(blockDim.x) + int(threadIdx.x);
  const int threads = int(gridDim.x) * int(blockDim.x);
  for (int at = thread; at < size / 4; at += threads) {
    const auto a_pack = load<4>(a + at * 4);
    const auto b_at = b_first + at * b_step;
    pack<float, 4> y_pack;
#pragma unroll
    for (int lane = 0; lane < 4; ++lane)
      element(y_pack[lane], a_pack[lane], b(b_at + lane * b_inner));
    store(y + at * 4, y_pack);
  }
  const int at = size / 4 * 4 + thread;
  if (at < size) element(y[at], a[at], b(b_first + at * b_inner));
}

}  // namespace weft::scalar
