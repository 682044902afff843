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
# Every step runs, also after a failure. The exit code is 1 when one failed.
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
  note "$(printf '%-20s %-12s %4d s  %s' "$name" "$outcome" $((SECONDS - start)) "$*")"
  [[ $outcome == ok ]] || tail -n 15 "$out/$name.log" | sed 's/^/    /' | tee -a "$summary"
}

# suite NAME COMMAND...: the same for tests. A skipped test is a failure.
suite() {
  step "$@"
  if grep -q 'SKIPPED' "$out/$1.log"; then
    note "$1: FAILED: tests were skipped"
    failed=1
  fi
}

# sanitize TOOL OPTION...
sanitize() {
  suite "$1" "$sanitizer" --tool "$@" --error-exitcode 9 "$tests" --gtest_filter='GpuSanitizer*'
}

export JITGEMM_CACHE_DIR=$out/cache
export JITGEMM_GPU_REPORT=$out/numerics.md

step doctor "$jitgemm" doctor
step run_decode "$jitgemm" run --n 7168 --k 2048 --m 16 --form swapped
step run_prefill "$jitgemm" run --n 7168 --k 2048 --m 4096 --form normal --scale-layout k
step explain "$jitgemm" explain --n 7168 --k 2048 --m 16 --candidates
suite gpu_tests "$tests" '--gtest_filter=-GpuSanitizer*:GpuTwoDevices*'
if [[ $(nvidia-smi --list-gpus | wc -l) -ge 2 ]]; then
  suite two_devices "$tests" '--gtest_filter=GpuTwoDevices*'
else
  note "one GPU: tests of two devices did NOT run"
fi

# A server's start, with an empty cache and a full one.
for start in cold warm; do
  step server_$start "$build/decode_server" --cache-dir "$out/server_cache"
  grep -h -E '^(start|memory|of the|batch|compiles)' "$out/server_$start.log" | tee -a "$summary"
done

# A decode set tuned from nothing.
step tune "$jitgemm" --cache-dir "$out/tune_cache" tune --model DeepSeek-V3 --tp 8 --m 1,8,16,32,64 \
  --write-table "$out/table.txt"

sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null)
if [[ -n $sanitizer ]]; then
  unset JITGEMM_GPU_REPORT
  sanitize memcheck
  sanitize racecheck
  sanitize synccheck --num-cuda-barriers 1024  # its own guess is too low
else
  note "compute-sanitizer: not on this machine, its tools did NOT run"
fi

if python3 -c 'import torch' 2>/dev/null; then
  root=$(cd "$(dirname "$0")/.." && pwd)
  export PYTHONPATH=$root/tools/python JITGEMM_LIBRARY=$build/libjitgemm.so
  export JITGEMM_CPP_CALL=$build/tests/gpu_python/libjitgemm_cpp_call.so
  suite python_tests python3 -B -m unittest discover -v -s "$root/tests/gpu_python"
  step python_bench python3 -B "$root/tools/python/benchmarks/scaled_mm.py" --json "$out/python_bench.json"
  grep -h -E '^ *(batch|[0-9]+) |^geometric' "$out/python_bench.log" | tee -a "$summary"
else
  note "python3 has no torch: the Python package was NOT tried"
fi

points=(--n 7168 --k 2048 --n 2112 --k 7168)
[[ -z $anchors ]] || points=(--anchors "$anchors")
step bench "$jitgemm" bench --csv "$out/bench.csv" "${points[@]}"

# The planner's model alone; M between the powers of two, by it and by the table; what the batch-invariant mode costs.
[[ -z $anchors ]] || points+=(--shapes "$anchors")
decode=1,4,8,16,32,64 between=5,8,12,16,24,32,40,48,56,64
step bench_model "$jitgemm" --no-embedded-table bench --csv "$out/bench_model.csv" --m "$decode" "${points[@]}"
step bench_between_model "$jitgemm" --no-embedded-table bench --csv "$out/bench_between_model.csv" \
  --m "$between" "${points[@]}"
step bench_between_table "$jitgemm" bench --csv "$out/bench_between_table.csv" --m "$between" "${points[@]}"
step bench_invariant "$jitgemm" --batch-invariant bench --csv "$out/bench_invariant.csv" \
  --m "$decode,128,512" "${points[@]}"

# worst_between CSV: the times at M between powers of two over those at the next power.
worst_between() {
  python3 - "$1" <<'PYTHON'
import csv, sys
rows = {(row["n"], row["k"], int(row["m"])): row for row in csv.DictReader(open(sys.argv[1]))}
above = lambda m: 1 << (m - 1).bit_length()
pairs = [(row, rows[n, k, above(m)]) for (n, k, m), row in rows.items() if above(m) != m]
for chain, us in ("plain", "us"), ("PDL", "pdl_us"):
    ratio = lambda pair: float(pair[0][us]) / float(pair[1][us])
    apart = lambda pair: float(pair[0][us + "_min"]) > float(pair[1][us + "_max"])
    worst = max(pairs, key=ratio)
    print("M between powers of two over the next power, %s: at most %.3f, at n = %s, k = %s, m = %s;"
          % (chain, ratio(worst), worst[0]["n"], worst[0]["k"], worst[0]["m"]))
    print("  of %d pairs %d are above 1, %d with all replays above all of the other"
          % (len(pairs), sum(ratio(pair) > 1 for pair in pairs), sum(map(apart, pairs))))
PYTHON
}

note ""
for log in bench bench_model bench_invariant; do
  note "$log"
  grep -h -E '^(calibration|M )|points, ' "$out/$log.log" | tee -a "$summary"
done
for log in bench_between_model bench_between_table; do
  note "$log"
  note "$(worst_between "$out/$log.csv")"
done
exit $failed
