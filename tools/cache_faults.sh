#!/usr/bin/env bash
# cache_faults.sh [BUILD]: the full form of the cache's fault tests, with the programs of a build that is there
# (default: build, of the preset `release`), and its benchmark. Writes the report, cache/FAULTS.md. Takes some
# minutes; builds nothing; needs strace, faketime and python3. What tools/fuzz.sh left in build/fuzz is reported too.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"
build=${1:-build}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

[ -x "$build/tests/jitgemm_faults_tests" ] || fail "there is no $build/tests/jitgemm_faults_tests: build it first"
for tool in strace faketime; do
  command -v $tool >/dev/null || fail "needs $tool"
done

faults() {
  JITGEMM_FAULTS_FULL=1 "$build/tests/jitgemm_faults_tests" --gtest_brief=1 --gtest_output="json:$scratch/faults.json"
}
benchmark() {
  "$build/tests/benchmarks/cache_benchmark" --benchmark_format=json >"$scratch/benchmark.json"
}
report() {
  python3 tools/cache_report.py "$scratch/faults.json" "$scratch/benchmark.json" build/fuzz \
    >"$scratch/FAULTS.md"
  mv "$scratch/FAULTS.md" cache/FAULTS.md
}

step 'fault tests, full form' faults
step 'benchmark' benchmark
step 'writing cache/FAULTS.md' report
