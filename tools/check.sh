#!/usr/bin/env bash
# What CI runs, and CI runs nothing else: format, a build without a warning, the tests, and the tests again
# under AddressSanitizer with UndefinedBehaviorSanitizer and under ThreadSanitizer. Needs no GPU.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

check_format() {
  git ls-files --cached --others --exclude-standard -- '*.h' '*.c' '*.cc' '*.cuh' ':!tests/codegen/golden' |
    while read -r file; do [ -e "$file" ] && echo "$file"; done |
    xargs clang-format-14 --dry-run -Werror
}

# build <preset> [target]
build() {
  cmake --preset "$1" && cmake --build --preset "$1" --target "${2:-all}"
}

# ThreadSanitizer of GCC 12 does not know address spaces randomised by more than 28 bits.
without_randomisation() {
  if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi
}

tools/setup.sh clang-format-14
step 'format' check_format

step 'building, a warning is an error' build dev
ctest --preset dev

step 'building with AddressSanitizer' build asan cpu_tests
# LeakSanitizer of GCC 12 takes thread-local memory of a library, if its address ends in 010, for that of an old
# glibc with a header before it, and follows what it reads there. It shall not look for such memory.
ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:intercept_tls_get_addr=0 \
  UBSAN_OPTIONS=print_stacktrace=1 ctest --preset asan --label-regex cpu

# NVRTC is not instrumented: its own locks are none of ours.
step 'building with ThreadSanitizer' build tsan cpu_tests
TSAN_OPTIONS=ignore_noninstrumented_modules=1 \
  without_randomisation ctest --preset tsan --label-regex cpu
