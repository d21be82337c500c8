// y = a + b
// A loop over 2 axes, in tiles that turn in shared memory.

namespace weft {
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

__device__ __forceinline__ void element(float& y, const float a, const float b) {
  y = a + b;
}

extern "C" __global__ void weft_kernel(float* __restrict__ y, const steps<int, 2> y_step,
    const float* __restrict__ a, const steps<int, 2> a_step, const float* __restrict__ b,
    const steps<int, 2> b_step, const extents<int, 2> extent, const int rows, const int columns,
    const int size) {
  __shared__ float b_tile[32][33];
  const int tx = int(threadIdx.x), ty = int(threadIdx.y);
  for (int at = int(blockIdx.x); at < size; at += gridDim.x) {
    auto where = locate(at, extent);
    const int first_row = where.axis[0] * 32, first_column = where.axis[1] * 32;
#pragma unroll
    for (int pass = 0; pass < 32; pass += 8) {
      where.axis[0] = first_row + tx;
      where.axis[1] = first_column + ty + pass;
      if (where.axis[0] < rows && where.axis[1] < columns) {
        b_tile[ty + pass][tx] = b[dot(where, b_step)];
      }
    }
    __syncthreads();
#pragma unroll
    for (int pass = 0; pass < 32; pass += 8) {
      where.axis[0] = first_row + ty + pass;
      where.axis[1] = first_column + tx;
      if (where.axis[0] < rows && where.axis[1] < columns) {
        element(y[dot(where, y_step)], a[dot(where, a_step)], b_tile[tx][ty + pass]);
      }
    }
    __syncthreads();
  }
}

}  // namespace weft::scalar
