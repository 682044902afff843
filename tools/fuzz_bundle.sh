#!/usr/bin/env bash
# fuzz_bundle.sh [SECONDS]: builds the libFuzzer target of the reader of bundles, with AddressSanitizer and
# UndefinedBehaviorSanitizer, runs it (default: 600 s), and leaves its log in build/fuzz/bundle.log. Needs clang++.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
seconds=${1:-600}
readonly scratch=build/fuzz

build_fuzzer() {
  clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFMT_HEADER_ONLY \
    -I. -Iinclude tests/bundle/bundle_fuzz.cc tools/bundle/{format,reader,writer,zstd}.cc \
    cache/{entry,name,signature}.cc -o $scratch/bundle_fuzz -lzstd
}

fuzz() {
  (cd $scratch && ./bundle_fuzz -max_total_time="$seconds" -max_len=8192 -print_final_stats=1 bundle_corpus) \
    >$scratch/bundle.log 2>&1
}

mkdir -p $scratch/bundle_corpus
step 'building the fuzz target' build_fuzzer
step "fuzzing for $seconds s" fuzz
grep '^stat::number_of_executed_units' $scratch/bundle.log
