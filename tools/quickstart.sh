#!/usr/bin/env bash
# Takes a fresh Debian or Ubuntu machine to compiled kernels: installs what is missing, builds build/jitgemm and
# build/libjitgemm.so, and prewarms DeepSeek-V3 for one of 8 tensor-parallel ranks. With a Hopper GPU it also runs a
# GEMM and checks the result.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

tools/setup.sh
step 'configuring' cmake --preset release
step 'building build/jitgemm and build/libjitgemm.so' \
  cmake --build build --target jitgemm jitgemm_static jitgemm_cli

echo
build/jitgemm prewarm --model DeepSeek-V3 --tp 8 --jobs "$(nproc)"

echo
build/jitgemm run --n 7168 --k 2048 --m 16 || {
  code=$?
  [ $code = 3 ] || exit $code # 3: the machine lacks something, which the command has named
  echo 'The kernels are in the cache: prewarming needs no GPU.'
}

echo
echo 'Next: build/jitgemm --help, or tools/test.sh'
