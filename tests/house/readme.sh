#!/usr/bin/env bash
# readme.sh README BUILD: the README's examples work. C and C++ blocks compile without a warning and link with the
# library. The lines of all `sh` blocks run in order; a line may exit 3 (the machine lacks something) only if its
# comment says that it needs a GPU. The scripts of a `console` block exist.
set -euo pipefail
readme=$1 build=$2
source=$(dirname "$readme")
CC=${CC:-cc} CXX=${CXX:-c++}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
blocks=0

# block <language> <number>: the text of the nth fenced block of that language, or nothing.
block() {
  awk -v fence="\`\`\`$1" -v wanted="$2" '
    $0 == fence { inside = ++n == wanted; next }
    /^```$/ { inside = 0 }
    inside' "$readme"
}

# compile <language> <extension> <compiler>...: every block of a language.
compile() {
  local language=$1 extension=$2 n=1 text
  shift 2
  while text=$(block "$language" $n) && [ -n "$text" ]; do
    echo "-- $language block $n"
    printf '%s\n' "$text" >"$work/block$n.$extension"
    "$@" -Wall -Wextra -Wpedantic -Werror -I"$source/include" -shared -fPIC -Wl,--no-undefined \
      "$work/block$n.$extension" -L"$build" -ljitgemm -o "$work/block.so"
    n=$((n + 1)) blocks=$((blocks + 1))
  done
}

# run <line>
run() {
  echo "-- \$ $1"
  local code=0
  (cd "$work" && XDG_CACHE_HOME=$work PATH=$build:$PATH bash -c "$1" </dev/null >output 2>&1) || code=$?
  if [ $code = 0 ] || { [ $code = 3 ] && [[ $1 == *'# needs a Hopper GPU'* ]]; }; then return; fi
  cat "$work/output" >&2
  echo "FAILED: exit code $code: $1" >&2
  exit 1
}

compile cpp cc "$CXX" -std=c++20
compile c c "$CC" -std=c11
for n in 1 2 3 4 5; do
  while read -r line; do
    run "$line"
    blocks=$((blocks + 1))
  done < <(block sh $n)
done
while read -r _ script _; do
  [ -x "$source/$script" ] || { echo "FAILED: no script $script" >&2; exit 1; }
done < <(block console 1)

[ $blocks -ge 8 ] || { echo "FAILED: only $blocks things found to try" >&2; exit 1; }
