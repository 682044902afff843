#!/usr/bin/env bash
# cache_faults.sh [BUILD]: what the cache stands, in full: fault tests, forgeries, a benchmark, all with the programs
# of a build that is there (default: build, of the preset `release`), tools/portability.sh and, for 10 minutes,
# tools/fuzz.sh. Writes the report, cache/FAULTS.md. Takes 15 minutes. Needs root, a network, clang++, strace,
# faketime and python3.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
build=${1:-build}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

[ -x "$build/tests/jitgemm_faults_tests" ] || fail "there is no $build/tests/jitgemm_faults_tests: build it first"
for tool in clang++ strace faketime; do
  command -v $tool >/dev/null || fail "needs $tool"
done

# tests <name> <filter>
tests() {
  JITGEMM_FAULTS_FULL=1 "$build/tests/jitgemm_$1_tests" --gtest_brief=1 --gtest_filter="$2" \
    --gtest_output="json:$results/$1.json"
}
benchmark() {
  "$build/tests/benchmarks/cache_benchmark" --benchmark_format=json >"$results/benchmark.json"
}
# What it reports comes after an empty line.
portability() {
  tools/portability.sh >"$results/all.txt" && sed '1,/^$/d' "$results/all.txt" >"$results/portability.txt"
}
fuzz() {
  tools/fuzz.sh && cp build/fuzz/entry.log "$results"
}
report() {
  python3 tools/cache_report.py "$results" >"$results/FAULTS.md"
  mv "$results/FAULTS.md" cache/FAULTS.md
}

step 'fault tests, full form' tests faults '*'
step 'forged entries' tests trust 'ForgeryTest.*'
step 'benchmark' benchmark
step 'portability' portability
step 'fuzzing' fuzz
step 'writing cache/FAULTS.md' report
