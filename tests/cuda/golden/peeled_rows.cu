// y = a * value1 + b
// A loop over 2 axes, 4 elements at a time, fewer at the ends of rows.

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

__device__ __forceinline__ void element(float& y, const float a, const float value1, const float b) {
  const float temp1 = a * value1;
  y = temp1 + b;
}

extern "C" __global__ void weft_kernel(float* __restrict__ y, const steps<int, 2> y_step,
    const float* __restrict__ a, const steps<int, 2> a_step, const float value1,
    const float* __restrict__ b, const steps<int, 2> b_step, const extents<int, 2> extent,
    const int columns, const int size) {
  const int thread = int(blockIdx.x) * int(blockDim.x) + int(threadIdx.x);
  const int threads = int(gridDim.x) * int(blockDim.x);
  for (int at = thread; at < size; at += threads) {
    auto where = locate(at, extent);
    const int group = where.axis[1];
    where.axis[1] = 0;
    const int first = group * 4 - past<4>(y + dot(where, y_step));
    where.axis[1] = first;
    auto* const y_at = y + dot(where, y_step);
    const auto* const a_at = a + dot(where, a_step);
    const auto* const b_at = b + dot(where, b_step);
    if (first >= 0 && first + 4 <= columns) {
      pack<float, 4> y_pack;
      const auto a_pack = load<4>(a_at);
#pragma unroll
      for (int lane = 0; lane < 4; ++lane)
        element(y_pack[lane], a_pack[lane], value1, b_at[lane * b_step.axis[1]]);
      store(y_at, y_pack);
    } else {
#pragma unroll 1
      for (int lane = first < 0 ? int(-first) : 0; lane < 4 && first + lane < columns; ++lane)
        element(y_at[lane], a_at[lane], value1, b_at[lane * b_step.axis[1]]);
    }
  }
}

}  // namespace weft::scalar
