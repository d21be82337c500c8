// tests/fake_cuda/device.cuh: what a CUDA compiler knows without any header, for the host compiler:
// the fake NVRTC puts it before every kernel.
// SPDX-License-Identifier: BSD-3-Clause
#define __global__ [[gnu::noinline]]
#define __device__ inline
#define __forceinline__
#define __noinline__
#define __restrict__ __restrict
#define __shared__ static
#define __syncthreads() fake_cuda::barrier()
#ifdef FAKE_CUDA_BARRIERS
#include <ucontext.h>
#endif

struct uint3 {
  unsigned x, y, z;
};
static uint3 threadIdx, blockIdx, blockDim, gridDim;

inline unsigned __umulhi(unsigned x, unsigned y) {
  return unsigned((unsigned long long)(x) * y >> 32);
}
inline float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
inline double __longlong_as_double(long long x) { return __builtin_bit_cast(double, x); }

#define ONE(name)                                                  \
  inline float name(float x) { return __builtin_##name##f(x); }    \
  inline double name(double x) { return __builtin_##name(x); }
#define TWO(name)                                                               \
  inline float name(float x, float y) { return __builtin_##name##f(x, y); }     \
  inline double name(double x, double y) { return __builtin_##name(x, y); }
ONE(acos) ONE(acosh) ONE(asin) ONE(asinh) ONE(atan) ONE(atanh) ONE(cbrt) ONE(ceil) ONE(cos)
ONE(cosh) ONE(erf) ONE(erfc) ONE(exp) ONE(exp2) ONE(expm1) ONE(fabs) ONE(floor) ONE(lgamma)
ONE(log) ONE(log10) ONE(log1p) ONE(log2) ONE(rint) ONE(round) ONE(sin) ONE(sinh) ONE(sqrt)
ONE(tan) ONE(tanh) ONE(tgamma) ONE(trunc)
TWO(atan2) TWO(copysign) TWO(fmax) TWO(fmin) TWO(fmod) TWO(hypot) TWO(nextafter) TWO(pow)
TWO(remainder)
#undef ONE
#undef TWO
inline bool signbit(float x) { return __builtin_signbit(x); }
inline bool signbit(double x) { return __builtin_signbit(x); }
inline float fma(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
inline double fma(double x, double y, double z) { return __builtin_fma(x, y, z); }

namespace fake_cuda {
// The bytes of each of a kernel's parameters, and how many there are.
template <class... A>
int sizes_of(void (*)(A...), const unsigned long** sizes) {
  static const unsigned long all[] = {sizeof(A)..., 0};
  *sizes = all;
  return sizeof...(A);
}
}  // namespace fake_cuda

// Runs every thread of every block, one after the other, or in turns where a kernel has barriers.
namespace fake_cuda {
template <unsigned long... I>
struct numbers {};
template <unsigned long N, unsigned long... I>
struct up_to : up_to<N - 1, N - 1, I...> {};
template <unsigned long... I>
struct up_to<0, I...> {
  using type = numbers<I...>;
};
template <class... A, unsigned long... I>
void call(void (*kernel)(A...), void** arguments, numbers<I...>) {
  kernel(*static_cast<A*>(arguments[I])...);
}
#ifdef FAKE_CUDA_BARRIERS
// The threads of a block as coroutines: each runs to the next barrier, then the next one has its
// turn.
struct thread {
  ucontext_t context;
  uint3 index;
  bool done;
};
static thread threads[1024];
static char stacks[1024][32768];
static ucontext_t scheduler;
static thread* running;

void barrier() {
  swapcontext(&running->context, &scheduler);
  threadIdx = running->index;
}

template <class... A>
struct block {
  static inline void (*kernel)(A...);
  static inline void** arguments;
  static void thread_main() {
    threadIdx = running->index;
    call(kernel, arguments, typename up_to<sizeof...(A)>::type());
    running->done = true;
  }
  static void run() {
    unsigned count = 0;
    for (unsigned z = 0; z < blockDim.z; ++z)
      for (unsigned y = 0; y < blockDim.y; ++y)
        for (unsigned x = 0; x < blockDim.x; ++x) {
          thread& t = threads[count];
          t.index = {x, y, z};
          t.done = false;
          getcontext(&t.context);
          t.context.uc_stack.ss_sp = stacks[count++];
          t.context.uc_stack.ss_size = sizeof stacks[0];
          t.context.uc_link = &scheduler;
          makecontext(&t.context, thread_main, 0);
        }
    for (unsigned left = count; left > 0;)
      for (unsigned k = 0; k < count; ++k) {
        if (threads[k].done) continue;
        running = &threads[k];
        swapcontext(&scheduler, &running->context);
        left -= running->done;
      }
  }
};
#endif

template <class... A>
void run(void (*kernel)(A...), const unsigned* grid, const unsigned* threads_of_block, void** arguments) {
  gridDim = {grid[0], grid[1], grid[2]};
  blockDim = {threads_of_block[0], threads_of_block[1], threads_of_block[2]};
  for (blockIdx.z = 0; blockIdx.z < gridDim.z; ++blockIdx.z)
    for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y)
      for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x)
#ifdef FAKE_CUDA_BARRIERS
      {
        block<A...>::kernel = kernel;
        block<A...>::arguments = arguments;
        block<A...>::run();
      }
#else
        for (threadIdx.z = 0; threadIdx.z < blockDim.z; ++threadIdx.z)
          for (threadIdx.y = 0; threadIdx.y < blockDim.y; ++threadIdx.y)
            for (threadIdx.x = 0; threadIdx.x < blockDim.x; ++threadIdx.x)
              call(kernel, arguments, typename up_to<sizeof...(A)>::type());
#endif
}
}  // namespace fake_cuda
