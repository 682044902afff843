#!/usr/bin/env bash
# Builds everything in build/ and runs the tests. Tests that need a Hopper GPU are skipped without one, with the reason.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

tools/setup.sh
step 'configuring' cmake --preset release
step 'building everything' cmake --build build
ctest --test-dir build --output-on-failure --label-exclude gpu

printf '\nGPU tests\n'
build/tests/jitgemm_gpu_tests --gtest_brief=1 | awk '!seen[$0]++' # prints each reason to skip once
