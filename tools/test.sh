#!/usr/bin/env bash
# Builds everything in build/ and passes the tests. Without a Hopper GPU, the tests that need one say so.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

tools/setup.sh
step 'configuring' cmake --preset release
step 'building everything' cmake --build build
ctest --test-dir build --output-on-failure
