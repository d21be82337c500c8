#!/usr/bin/env bash
# docs/examples/refuses.sh: a file that is no model of heights, or a device that is missing, gets one
# line that says why, and exit status 1, before anything else happens.
# Usage: refuses.sh HILLSHADE MODEL
# SPDX-License-Identifier: BSD-3-Clause
set -uo pipefail
hillshade=$(realpath "$1") model=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

# npy DESCR FORTRAN_ORDER SHAPE BYTES: a file as numpy.save writes it, with zeros for elements.
npy() {
  local header
  printf -v header '%-117s' "{'descr': '$1', 'fortran_order': $2, 'shape': $3, }"
  printf '\x93NUMPY\x01\x00\x76\x00%s\n' "$header"
  head -c "$4" /dev/zero
}

# refuse WORDS MODEL [PICTURE]: one line that holds WORDS, and nothing else.
refuse() {
  local words=$1 status=0
  shift
  "$hillshade" "$@" >"$folder/out" 2>"$folder/err" || status=$?
  if ((status != 1)) || [[ $(wc -l <"$folder/err") != 1 || -s $folder/out ]] ||
    ! grep -qF -- "$words" "$folder/err"; then
    printf 'not refused with "%s": status %d of hillshade %s\n' "$words" "$status" "$*"
    head -c 2000 "$folder/out" "$folder/err"
    failures=$((failures + 1))
  fi
}

cd "$folder"
refuse "missing.npy: cannot be opened: No such file" missing.npy
refuse "not a .npy file" .
: >empty.npy
refuse "empty.npy: not a .npy file" empty.npy
head -c 5000 /dev/zero | tr '\0' '{' >garbage.npy
refuse "not a .npy file" garbage.npy
head -c 50 "$model" >header.npy
refuse "a damaged header" header.npy
printf '\x93NUMPY\x02\x00\xff\xff\xff\xff' >endless.npy
refuse "a damaged header" endless.npy
printf '\x93NUMPY\x01\x00\x02\x00{}' >bare.npy
refuse "a damaged header" bare.npy
head -c 100000 "$model" >truncated.npy
refuse "ends after 49936 of the heights of shape (344, 403)" truncated.npy
npy '<f8' False '(5, 5)' 200 >double.npy
refuse "the elements are '<f8', not '<i2'" double.npy
npy '>i2' False '(5, 5)' 50 >swapped.npy
refuse "the elements are '>i2', not '<i2'" swapped.npy
npy '<i2' True '(5, 5)' 50 >columns.npy
refuse "in column-major order; save numpy.ascontiguousarray(z)" columns.npy
npy '<i2' False '(25,)' 50 >line.npy
refuse "shape (25,) is not two axes" line.npy
npy '<i2' False '()' 2 >point.npy
refuse "shape () is not two axes" point.npy
npy '<i2' False '(5, 5, 1)' 50 >cube.npy
refuse "shape (5, 5, 1) is not two axes" cube.npy
npy '<i2' False '(0, 5)' 0 >none.npy
refuse "shape (0, 5) is not two axes of at least 3" none.npy
npy '<i2' False '(4611686018427387904, 4611686018427387904)' 50 >huge.npy
refuse "ends after 25 of the heights" huge.npy
npy '<i2' False '(99999999999999999999, 5)' 50 >wide.npy
refuse "shape (99999999999999999999, 5) is not" wide.npy

npy '<i2' False '(5, 4)' 40 >flat.npy
refuse "missing/picture.png: cannot be written: No such file" flat.npy missing/picture.png
[[ ! -e /dev/full ]] || refuse "/dev/full: cannot be written: No space left" flat.npy /dev/full

WEFT_LIBCUDA=/nowhere/libcuda.so refuse "cuda:0 is not available: no CUDA driver was found" \
  --device cuda:0 flat.npy
refuse "'gpu' names no device" --device gpu flat.npy

((failures == 0)) && echo "every unsuitable file was refused in one line"
