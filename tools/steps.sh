# Sourced by the scripts beside it: one line per step, silent unless it fails.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# step <what> <command>...: the command's output appears only when it fails.
step() {
  local what=$1 log started=$SECONDS
  shift
  log=$(mktemp)
  printf '%-58s ' "$what"
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%4d s\n' $((SECONDS - started))
    rm -f "$log"
  else
    printf 'FAILED\n'
    cat "$log" >&2
    rm -f "$log"
    fail "$what: '$*' failed"
  fi
}
