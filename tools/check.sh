#!/usr/bin/env bash
# All that CI runs: the format, a build in which a warning is an error, the tests, the tests with AddressSanitizer and
# UndefinedBehaviorSanitizer, and those that use threads with ThreadSanitizer. Needs no GPU.
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

# GCC 12's ThreadSanitizer fails where addresses are randomised by more than 28 bits.
without_randomisation() {
  if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi
}

tools/setup.sh clang-format-14
step 'format' check_format

step 'building, a warning is an error' build dev
ctest --preset dev

step 'building with AddressSanitizer' build asan cpu_tests
# If the address of a library's thread-local memory ends in 010, GCC 12's LeakSanitizer takes it for that of an old
# glibc and follows a header that is not there. intercept_tls_get_addr=0 turns the search for such memory off.
ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:intercept_tls_get_addr=0 \
  UBSAN_OPTIONS=print_stacktrace=1 ctest --preset asan --label-regex cpu

# NVRTC is not instrumented, so its accesses to its own memory are ignored.
step 'building with ThreadSanitizer' build tsan cpu_tests
TSAN_OPTIONS=ignore_noninstrumented_modules=1 \
  without_randomisation ctest --preset tsan --label-regex cpu
