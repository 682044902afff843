#!/usr/bin/env bash
# fuzz.sh [SECONDS]: builds the libFuzzer targets of the reader of entries and of the reader of bundles, with
# AddressSanitizer and UndefinedBehaviorSanitizer, runs both at once (default: 600 s), and leaves their logs in
# build/fuzz. Needs clang++.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
seconds=${1:-600}
readonly scratch=build/fuzz
readonly entry=(tests/cache/entry_fuzz.cc cache/{entry,name,signature}.cc)
readonly bundle=(tests/bundle/bundle_fuzz.cc tools/bundle/{format,reader,writer,zstd}.cc
                 cache/{entry,name,signature}.cc -lzstd)

# build_target <name> <source>...
build_target() {
  clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFMT_HEADER_ONLY \
    -I. -Iinclude "${@:2}" -o "$scratch/$1"
}

# fuzz <name>
fuzz() {
  mkdir -p "$scratch/$1.corpus"
  (cd "$scratch" &&
    "./$1" -max_total_time="$seconds" -max_len=8192 -print_final_stats=1 "$1.corpus" >"$1.log" 2>&1)
}

# Neither is left behind when the other finds something.
fuzz_both() {
  local job outcome=0
  fuzz entry & job=$!
  fuzz bundle || outcome=$?
  wait "$job" || outcome=$?
  return $outcome
}

mkdir -p $scratch
step 'building the target of entries' build_target entry "${entry[@]}"
step 'building the target of bundles' build_target bundle "${bundle[@]}"
step "fuzzing both for $seconds s" fuzz_both
grep '^stat::number_of_executed_units' $scratch/{entry,bundle}.log
