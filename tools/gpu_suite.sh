#!/usr/bin/env bash
# Everything that needs a Hopper GPU, in one go: tools/gpu_suite.sh BUILD OUT [ANCHORS]
#
#   BUILD    a build folder with `jitgemm` and `tests/jitgemm_gpu_tests` (and, for the Python package where python3
#            has torch, libjitgemm.so and tests/gpu_python); the portable preset makes programs
#            that can be copied to the GPU's machine, which needs a driver and NVRTC (JITGEMM_NVRTC names one
#            that is in no usual place)
#   OUT      where logs, tables and the summary go; made when missing
#   ANCHORS  CSV of peers' times (n, k, m, best_us, cublaslt_us): the benchmark compares with them
#
# Every step runs, whatever the others gave. Exit code 1 when one failed.
set -uo pipefail

if [[ $# -lt 2 ]]; then
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
build=$(realpath "$1") out=$2 anchors=${3:-}
jitgemm=$build/jitgemm
tests=$build/tests/jitgemm_gpu_tests
mkdir -p "$out"
summary=$out/summary.txt
: >"$summary"
failed=0

note() { printf '%s\n' "$*" | tee -a "$summary"; }

# step NAME COMMAND...: runs it with its output in OUT/NAME.log.
step() {
  local name=$1 start=$SECONDS outcome
  shift
  if "$@" >"$out/$name.log" 2>&1; then
    outcome=ok
  else
    outcome="FAILED ($?)"
    failed=1
  fi
  note "$(printf '%-12s %-12s %4d s  %s' "$name" "$outcome" $((SECONDS - start)) "$*")"
  [[ $outcome == ok ]] || tail -n 15 "$out/$name.log" | sed 's/^/    /' | tee -a "$summary"
}

# A suite that skipped has shown nothing.
no_skips() {
  if grep -q 'SKIPPED' "$out/$1.log"; then
    note "$1: FAILED: tests were skipped"
    failed=1
  fi
}

export JITGEMM_CACHE_DIR=$out/cache
export JITGEMM_GPU_REPORT=$out/numerics.md

step doctor "$jitgemm" doctor
step run_decode "$jitgemm" run --n 7168 --k 2048 --m 16 --form swapped
step run_prefill "$jitgemm" run --n 7168 --k 2048 --m 4096 --form normal --scale-layout k
step explain "$jitgemm" explain --n 7168 --k 2048 --m 16 --candidates
step gpu_tests "$tests" '--gtest_filter=-GpuSanitizer*'
no_skips gpu_tests

sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null)
if [[ -n $sanitizer ]]; then
  unset JITGEMM_GPU_REPORT
  for tool in memcheck racecheck synccheck; do
    step $tool "$sanitizer" --tool $tool --error-exitcode 9 "$tests" \
      --gtest_filter='GpuSanitizer*'
    no_skips $tool
  done
else
  note "compute-sanitizer: not on this machine, its tools did NOT run"
fi

if python3 -c 'import torch' 2>/dev/null; then
  root=$(cd "$(dirname "$0")/.." && pwd)
  export PYTHONPATH=$root/tools/python JITGEMM_LIBRARY=$build/libjitgemm.so
  export JITGEMM_CPP_CALL=$build/tests/gpu_python/libjitgemm_cpp_call.so
  step python_tests python3 -B -m unittest discover -v -s "$root/tests/gpu_python"
  no_skips python_tests
  step python_bench python3 -B "$root/tools/python/benchmarks/scaled_mm.py" --json "$out/python_bench.json"
  grep -h -E '^ *(batch|[0-9]+) |^geometric' "$out/python_bench.log" | tee -a "$summary"
else
  note "python3 has no torch: the Python package was NOT tried"
fi

points=(--n 7168 --k 2048 --n 2112 --k 7168)
[[ -z $anchors ]] || points=(--anchors "$anchors")
step bench "$jitgemm" bench --csv "$out/bench.csv" --plot "$out/bench.svg" "${points[@]}"

note ""
grep -h -E '^(calibration|M )|points, ' "$out/bench.log" | tee -a "$summary"
exit $failed
