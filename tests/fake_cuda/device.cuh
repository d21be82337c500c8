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
inline unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
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
inline float __fmul_rn(float x, float y) { return x * y; }

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
// The threads of a block as coroutines: each runs until it waits for others, then the next one has
// its turn. Threads that wait for each other are an error, where a device would hang.
constexpr int warp_size = 32;
struct thread {
  ucontext_t context;
  uint3 index;
  bool done;
};
static thread threads[1024];
static char stacks[1024][32768];
static ucontext_t scheduler;
static int running, present, alive;  // threads of this block: by number, in all, not yet ended

void yield() {
  swapcontext(&threads[running].context, &scheduler);
  threadIdx = threads[running].index;
}

// What no thread may do: where CUDA would hang, or give any value. The driver reports the access.
void refuse() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 0;
}
static bool has_moved;  // whether a thread has got on since this round began

// Threads that have arrived at __syncthreads(), and how often all of them had.
static int arrived;
static unsigned passed;
void barrier() {
  const unsigned before = passed;
  ++arrived;
  while (passed == before) {
    if (arrived >= alive) {
      arrived = 0;
      ++passed;
    } else {
      yield();
    }
  }
  has_moved = true;
}

// Lanes of one warp meet in each of its functions: those that `mask` names, and that have not
// ended. Groups with other masks may meet at the same time.
struct warp {
  unsigned waits[warp_size];  // the mask of the meeting at which a lane is; 0: at none
  unsigned long long value[warp_size];
};
static warp warps[1024 / warp_size];
int lane() { return running % warp_size; }
warp& own_warp() { return warps[running / warp_size]; }
bool is_alive(int l) {
  const int number = running / warp_size * warp_size + l;
  return number < present && !threads[number].done;
}

void meet(unsigned mask) {
  warp& w = own_warp();
  const int own = lane();
  if (!(mask >> own & 1)) refuse();
  w.waits[own] = mask;
  while (w.waits[own]) {
    bool all = true;
    for (int l = 0; l < warp_size; ++l)
      if (mask >> l & 1 && is_alive(l)) all = all && w.waits[l] == mask;
    if (!all) {
      yield();
      continue;
    }
    for (int l = 0; l < warp_size; ++l)
      if (mask >> l & 1) w.waits[l] = 0;
  }
  has_moved = true;
}

// Every lane shows a value and gets what use(the warp) makes of all that are shown.
template <class T, class F>
auto exchanged(unsigned mask, T shown, F use) {
  static_assert(sizeof(T) <= 8);
  warp& w = own_warp();
  __builtin_memcpy(&w.value[lane()], &shown, sizeof shown);
  meet(mask);
  const auto result = use(w);
  meet(mask);  // nobody shows the next value before all have seen this one
  return result;
}

// The value of lane `from`, which has to take part, as in CUDA; a lane outside of the own group of `width`
// lanes stands for the own one.
template <class T>
T shuffled(unsigned mask, T own, int from, bool is_inside) {
  if (!is_inside) from = lane();
  return exchanged(mask, own, [&](const warp& w) {
    if (!(mask >> from & 1) || !is_alive(from)) refuse();
    T x;
    __builtin_memcpy(&x, &w.value[from], sizeof x);
    return x;
  });
}
unsigned ballot(unsigned mask, bool is_set) {
  return exchanged(mask, is_set, [&](const warp& w) {
    unsigned set = 0;
    for (int l = 0; l < warp_size; ++l)
      if (mask >> l & 1 && is_alive(l) && w.value[l] & 1) set |= 1u << l;
    return set;
  });
}

template <class... A>
struct block {
  static inline void (*kernel)(A...);
  static inline void** arguments;
  static void thread_main() {
    threadIdx = threads[running].index;
    call(kernel, arguments, typename up_to<sizeof...(A)>::type());
    threads[running].done = has_moved = true;
    --alive;
  }
  static void run() {
    present = arrived = 0;
    for (warp& w : warps) w = {};
    for (unsigned z = 0; z < blockDim.z; ++z)
      for (unsigned y = 0; y < blockDim.y; ++y)
        for (unsigned x = 0; x < blockDim.x; ++x) {
          thread& t = threads[present];
          t.index = {x, y, z};
          t.done = false;
          getcontext(&t.context);
          t.context.uc_stack.ss_sp = stacks[present++];
          t.context.uc_stack.ss_size = sizeof stacks[0];
          t.context.uc_link = &scheduler;
          makecontext(&t.context, thread_main, 0);
        }
    alive = present;
    while (alive > 0) {
      has_moved = false;
      for (int k = 0; k < present; ++k) {
        if (threads[k].done) continue;
        running = k;
        swapcontext(&scheduler, &threads[k].context);
      }
      if (!has_moved) refuse();  // all wait for those that never come
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

#ifdef FAKE_CUDA_BARRIERS
constexpr int warpSize = fake_cuda::warp_size;
inline void __syncwarp(unsigned mask = ~0u) { fake_cuda::meet(mask); }
template <class T>
T __shfl_sync(unsigned mask, T x, int from, int width = warpSize) {
  const int first = fake_cuda::lane() / width * width;
  return fake_cuda::shuffled(mask, x, first + from % width, true);
}
template <class T>
T __shfl_up_sync(unsigned mask, T x, unsigned by, int width = warpSize) {
  const int from = fake_cuda::lane() - int(by);
  return fake_cuda::shuffled(mask, x, from, from >= fake_cuda::lane() / width * width);
}
template <class T>
T __shfl_down_sync(unsigned mask, T x, unsigned by, int width = warpSize) {
  const int from = fake_cuda::lane() + int(by);
  return fake_cuda::shuffled(mask, x, from, from < (fake_cuda::lane() / width + 1) * width);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T x, int by, int width = warpSize) {
  const int from = fake_cuda::lane() ^ by;
  return fake_cuda::shuffled(mask, x, from, from < (fake_cuda::lane() / width + 1) * width);
}
inline unsigned __ballot_sync(unsigned mask, int x) { return fake_cuda::ballot(mask, x != 0); }
inline int __any_sync(unsigned mask, int x) { return __ballot_sync(mask, x) != 0; }
inline int __all_sync(unsigned mask, int x) { return __ballot_sync(mask, x == 0) == 0; }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
#endif
inline int min(int x, int y) { return x < y ? x : y; }
