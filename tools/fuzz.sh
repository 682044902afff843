#!/usr/bin/env bash
# fuzz.sh [SECONDS]: builds the libFuzzer target of the reader of cache entries with AddressSanitizer and
# UndefinedBehaviorSanitizer, runs it (default: 600 s), and leaves its log in build/fuzz. Needs clang++.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
seconds=${1:-600}
readonly scratch=build/fuzz
readonly entry=(tests/cache/entry_fuzz.cc cache/{entry,name,signature}.cc)

build_target() {
  clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFMT_HEADER_ONLY \
    -I. -Iinclude "${entry[@]}" -o $scratch/entry
}

fuzz() {
  mkdir -p $scratch/entry.corpus
  (cd $scratch &&
    ./entry -max_total_time="$seconds" -max_len=8192 -print_final_stats=1 entry.corpus >entry.log 2>&1)
}

mkdir -p $scratch
step 'building the target of entries' build_target
step "fuzzing for $seconds s" fuzz
grep '^stat::number_of_executed_units' $scratch/entry.log
