#!/usr/bin/env bash
# tests/cuda/on_gpu.sh BUILD OUT [PART...]: what needs a real GPU. BUILD is a build of weft, perhaps
# made elsewhere, or a folder with cuda_tests, weft_cuda_bench and the libraries that they need,
# libwatched_cuda.so and libwatched_nvrtc.so among them; logs and JSON go to OUT. Parts, all by
# default: `tests`, but for those of what only the fake driver does, tagged [fake]; `bench`;
# `sanitize`, the tests of the trickier kernels under compute-sanitizer.
set -uo pipefail
build=$(realpath "$1") out=$(realpath -m "$2")
shift 2
parts=" ${*:-tests bench sanitize} "
cd "$(dirname "$0")" || exit
mkdir -p "$out"
has() { [[ $parts == *" $1 "* ]]; }
find_in_build() { find "$build" -name "$1" -not -path '*/CMakeFiles/*' | head -1; }
tests=$(find_in_build cuda_tests)
export WEFT_CACHE_DIR='' LD_LIBRARY_PATH=$build${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
watched=(env "WEFT_LIBCUDA=$(find_in_build libwatched_cuda.so)"
  "WEFT_NVRTC=$(find_in_build libwatched_nvrtc.so)")
command -v nvidia-smi >/dev/null &&
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader

# run NAME SECONDS COMMAND...
run() {
  local name=$1 limit=$2
  shift 2
  timeout "$limit" "${watched[@]}" "$@" >"$out/$name.log" 2>&1
  local status=$?
  printf '%s: exit %d; %s\n' "$name" $status \
    "$(grep -E '^(test cases|assertions|All tests)|SUMMARY' "$out/$name.log" | tr -s ' \n' ' ')"
}

if has tests; then  # in three processes at once, since most of the time is NVRTC's
  run random 200 "$tests" -d yes "[random]" &
  run ops 200 env ROWS_A_KERNEL=12 "$tests" -d yes "[op_table]" &
  run others 200 "$tests" -d yes "~[fake]~[.]~[random]~[op_table]" &
  wait
  # A device that is lost, more than 2^31 elements, and the first kernel of a process, compiled and
  # from the disk.
  run broken 60 "$tests" "[broken]"
  run large 60 env FAKE_CUDA_MEMORY=3000000000 "$tests" "[large]"
  kernels=$(mktemp -d)
  for from_disk in 0 1; do
    env WEFT_CACHE_DIR="$kernels" EXPECTED_FROM_DISK=$from_disk "$tests" "[first]" 2>&1 |
      tee -a "$out/first.log" | grep -E ' ms|passed|failed'
  done
  rm -rf "$kernels"
fi
if has bench; then
  timeout 120 "$(find_in_build weft_cuda_bench)" --benchmark_min_time=0.005 \
    --benchmark_out="$out/cuda.json" --benchmark_out_format=json 2>&1 | tee "$out/bench.log"
fi
if has sanitize; then
  for tool in memcheck racecheck synccheck; do
    run $tool 90 compute-sanitizer --tool $tool --error-exitcode 9 "$tests" \
      "strided*,transposed operands*,rows of any length*,an output that is strided*"
  done
fi
