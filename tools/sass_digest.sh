#!/usr/bin/env bash
# The machine instructions of every kernel that the planner can pick, as digests: what must not change when code only
# moves. Needs NVRTC, no GPU.
#   tools/sass_digest.sh SHAPES.csv            compares with tests/kernels/instructions.txt; exit 1 where they differ
#   tools/sass_digest.sh --update SHAPES.csv   writes that file
#   tools/sass_digest.sh --kernels SHAPES.csv FOLDER   prints a line for each kernel, and keeps the cubins in FOLDER
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

mode=${1:?usage: tools/sass_digest.sh [--update|--kernels] SHAPES.csv [FOLDER]}
case $mode in --update | --kernels) shift ;; esac
program=${JITGEMM_SASS_DIGEST:-build/tests/kernels/sass_digest} kept=tests/kernels/instructions.txt
[ -x "$program" ] || fail "$program is not built: cmake --build build --target sass_digest"
case $mode in
  --update) "$program" "$1" >"$kept.new" && mv "$kept.new" "$kept" ;;
  --kernels) mkdir -p "$2" && "$program" "$1" "$2" ;;
  *) "$program" "$1" | diff "$kept" - && echo 'sass_digest: no instruction has changed' ;;
esac
