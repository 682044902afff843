#!/usr/bin/env bash
# From a fresh Debian or Ubuntu machine to compiled kernels: installs what is missing, builds build/jitgemm
# and build/libjitgemm.so, prewarms DeepSeek-V3 as one of 8 tensor-parallel ranks needs it, and, where there
# is a Hopper GPU, runs a GEMM and checks it.
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
  [ $code = 3 ] || exit $code # 3: the machine lacks something, and it has said what
  echo 'The kernels are in the cache all the same: prewarming needs no GPU.'
}

echo
echo 'Next: build/jitgemm --help, or tools/test.sh'
