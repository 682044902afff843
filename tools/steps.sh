# Sourced by the scripts of this folder. Prints one line per step, and the output of a step that fails.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# step <what> <command>...
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
