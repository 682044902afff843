#!/usr/bin/env bash
# Compiles every kernel that the planner can pick for the shapes of a CSV file (columns n, k; rows whose kind is not
# dense are skipped) and fails when ptxas reports a stack, a spill or a warning for one. Needs NVRTC, no GPU.
#   tools/check_kernels.sh SHAPES.csv [jitgemm command]
set -euo pipefail
shapes=${1:?usage: tools/check_kernels.sh SHAPES.csv [jitgemm command]}
jitgemm=${2:-$(dirname "$0")/../build/jitgemm}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$jitgemm" prewarm --shapes "$shapes" --jobs "$(nproc)" --cache-dir "$scratch/cache" --verbose \
  >"$scratch/out" 2>"$scratch/log"
tail -n 1 "$scratch/out"
if grep 'ptxas' "$scratch/log"; then
  echo "check_kernels: ptxas is not content with the kernels above" >&2
  exit 1
fi
echo "check_kernels: no stack, no spill, no warning"
