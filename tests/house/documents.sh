#!/usr/bin/env bash
# documents.sh ROOT: each file or folder that a document names in backticks, or links to, exists.
set -euo pipefail
cd "$1"
readonly folders='include|src|cache|kernels|tools|tests|cmake|docs'
named=0 failed=0

# check <document> <path>
check() {
  named=$((named + 1))
  [ -e "$2" ] && return
  echo "FAILED: $1 names $2, which does not exist" >&2
  failed=1
}

for document in README.md docs/*.md; do
  while read -r path; do
    check "$document" "$path"
  done < <(grep -oE "\`($folders)/[A-Za-z0-9_./-]*\`" "$document" | tr -d '`')
  while read -r path; do
    check "$document" "$(dirname "$document")/$path"
  done < <(grep -oE '\]\([^):#]+' "$document" | cut -c3-)
done

[ $named -ge 30 ] || { echo "FAILED: only $named paths found" >&2; exit 1; }
exit $failed
