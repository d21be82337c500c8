// tests/cuda/warps.cu: a kernel that does what generated ones do not do yet: the threads of a block
// exchange values through shared memory, barriers and the functions of their warp.
// SPDX-License-Identifier: BSD-3-Clause

// sums: of each block, the sum of x. of_lane: of each thread, the x of the lanes before it added
// up, the x of lane 3 of its group of 8 (or of lane 0), that of its neighbour (or its own), how
// many lanes have an odd x, and whether any and all have.
// With `broken`, 1: half of a warp waits at the barrier for the other half, which waits for the
// first; 2: a lane asks one that takes no part.
extern "C" __global__ void weft_kernel(long long* sums, int* of_lane, const int* x, const int size,
                                       const int broken) {
  __shared__ long long of_warp[32];
  const int t = int(threadIdx.x), lane = t % 32, at = int(blockIdx.x) * int(blockDim.x) + t;
  const int lanes = min(32, int(blockDim.x) - t / 32 * 32);
  const unsigned mask = ~0u >> (32 - lanes);
  const int own = at < size ? x[at] : 0;
  if (broken == 1) {
    if (lane < 16)
      __syncthreads();
    else
      __syncwarp();
  }
  if (broken == 2) __shfl_sync(1u << lane, own, (lane + 1) % 32);

  int before = own;
  for (int by = 1; by < 32; by *= 2) {
    const int other = __shfl_up_sync(mask, before, by);
    if (lane >= by) before += other;
  }
  long long sum = own;
  for (int by = 16; by > 0; by /= 2) {
    const long long other = __shfl_down_sync(mask, sum, lane + by < lanes ? by : 0);
    if (lane + by < lanes) sum += other;
  }
  const int third = __shfl_sync(mask, own, lane / 8 * 8 + 3 < lanes ? 3 : 0, 8);
  const int neighbour = __shfl_xor_sync(mask, own, (lane ^ 1) < lanes ? 1 : 0);
  const unsigned odd = __ballot_sync(mask, own % 2);
  const int any = __any_sync(mask, own % 2), all = __all_sync(mask, own % 2);
  if (at < size) {
    const int values[] = {before, third, neighbour, __popc(odd), any, all};
#pragma unroll
    for (int k = 0; k < 6; ++k) of_lane[at * 6 + k] = values[k];
  }

  if (lane == 0) of_warp[t / 32] = sum;
  __syncthreads();
  if (t < 32 && t * 32 < int(blockDim.x)) {
    const unsigned first = __ballot_sync(~0u >> (32 - (int(blockDim.x) + 31) / 32), true);
    long long all_sums = of_warp[t];
    for (int k = 1; k < __popc(first); ++k) {
      const long long other = __shfl_sync(first, of_warp[t], k);
      if (t == 0) all_sums += other;
    }
    if (t == 0) sums[blockIdx.x] = all_sums;
  }
}
