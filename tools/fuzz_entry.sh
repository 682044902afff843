#!/usr/bin/env bash
# fuzz_entry.sh [SECONDS]: builds the libFuzzer target of the cache's reader, with AddressSanitizer and
# UndefinedBehaviorSanitizer, runs it (default: 600 s), and leaves its log in build/fuzz/entry.log. Needs clang++.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
seconds=${1:-600}
readonly scratch=build/fuzz

build_fuzzer() {
  clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFMT_HEADER_ONLY \
    -I. -Iinclude tests/cache/entry_fuzz.cc cache/{entry,name,signature}.cc -o $scratch/entry_fuzz
}

fuzz() {
  (cd $scratch && ./entry_fuzz -max_total_time="$seconds" -max_len=8192 -print_final_stats=1 corpus) \
    >$scratch/entry.log 2>&1
}

mkdir -p $scratch/corpus
step 'building the fuzz target' build_fuzzer
step "fuzzing for $seconds s" fuzz
grep '^stat::number_of_executed_units' $scratch/entry.log
