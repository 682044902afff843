#!/usr/bin/env bash
# exported_symbols.sh libjitgemm.so: the library exports its two APIs and nothing else, and does not link to the CUDA
# driver or NVRTC.
set -euo pipefail
library=$1
failed=0

# expect_none <the fault if there are lines> <lines>
expect_none() {
  [ -z "$2" ] && return
  printf 'FAILED: %s:\n%s\n' "$1" "$2" >&2
  failed=1
}

# expect_some <the fault if there are no lines> <lines>
expect_some() {
  [ -n "$2" ] && return
  printf 'FAILED: %s\n' "$1" >&2
  failed=1
}

undefined=$(nm -D --undefined-only "$library" | awk '{print $NF}')
needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
defined=$(nm -DC --defined-only "$library" | cut -d' ' -f3-)

expect_none 'undefined symbols of libcuda or libnvrtc' "$(grep -E '^(cu[A-Z]|nvrtc)' <<<"$undefined" || true)"
expect_none 'libraries beyond those of C and C++' \
  "$(grep -vE '^(libc|libm|libdl|libpthread|libstdc\+\+|libgcc_s|ld-linux.*)\.so' <<<"$needed" || true)"
expect_none 'exported, but not of the API' \
  "$(grep -vE '^(jitgemm_[a-z_]+$|((typeinfo|typeinfo name|vtable) for )?jitgemm::[A-Za-z_]+(::~?[A-Za-z_]+)?(\[abi:cxx11\])?(\(|$))' <<<"$defined" || true)"
expect_none 'exported, but internal' \
  "$(grep -E 'jitgemm::(plan|codegen|compile|device|cache|cli|harness)::' <<<"$defined" || true)"
expect_none 'the library reads the environment, prints or exits' \
  "$(grep -E '^((secure_)?getenv|setenv|printf|puts|exit|abort|_ZSt4cout|_ZSt4cerr)(@|$)' <<<"$undefined" || true)"
expect_some 'the C ABI is not exported' "$(grep -x 'jitgemm_open' <<<"$defined")"
expect_some 'the C++ API is not exported' "$(grep '^jitgemm::Library::open(' <<<"$defined")"

[ $failed = 0 ] && echo "$(wc -l <<<"$defined") symbols, all of the API"
exit $failed
