#!/usr/bin/env bash
# portability.sh [COMMAND COMMAND]: shows that compiled kernels move, and prints what cache/FAULTS.md
# reports: two builds in different folders give the same bytes, a moved cache serves another user, and two
# versions of NVRTC share a folder. Builds the command twice, unless two are named. Needs root (for the other
# user) and a network (for two versions of NVRTC, from NVIDIA's wheels on PyPI).
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

readonly model=(--model DeepSeek-V3 --tp 8)
readonly stranger=12345 # a user without an entry in /etc/passwd
[ "$(id -u)" = 0 ] || fail 'not root: another user cannot be tried'
[ $# = 0 ] || [ $# = 2 ] || fail 'names one command: two are compared'

work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

# fetch <wheel> <folder>
fetch() {
  python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$2/wheel" "$1"
  python3 -m zipfile -e "$2"/wheel/*.whl "$2"
  basename "$2"/wheel/*.whl | cut -d- -f2 >"$2/version"
  rm -rf "$2/wheel"
}

nvrtc_in() { find "$1" -name 'libnvrtc.so.*' | head -1; }

# build <folder>: the command, of the committed sources, without a compiler cache.
build() {
  mkdir -p "$1"
  git archive HEAD | tar -x -C "$1"
  cmake -G Ninja -S "$1" -B "$1/build" -DCCACHE=OFF -DJITGEMM_TESTS=OFF -DCMAKE_BUILD_TYPE=Release
  cmake --build "$1/build" --target jitgemm_cli
}

# field <name> <json>
field() { sed -E "s/.*\"$1\":([0-9]+).*/\1/" <<<"$2"; }

expect() {
  [ "$2" = "$3" ] || fail "$1: $2, not $3"
}

# report <what> <figure>
report() { printf '%-66s %s\n' "$1" "$2"; }

step 'fetching NVRTC 12.9' fetch 'nvidia-cuda-nvrtc-cu12==12.9.*' "$work/nvrtc12"
step 'fetching NVRTC 13' fetch 'nvidia-cuda-nvrtc==13.*' "$work/nvrtc13"
nvrtc12=$(nvrtc_in "$work/nvrtc12") nvrtc13=$(nvrtc_in "$work/nvrtc13")
one=${1:-$work/one/build/jitgemm} other=${2:-$work/some/where/else/build/jitgemm}
[ $# = 2 ] || step 'building in one folder' build "$work/one"
[ $# = 2 ] || step 'building in another' build "$work/some/where/else"

# prewarm <command> <nvrtc> <cache> [more]...: the report in JSON.
prewarm() {
  local command=$1 nvrtc=$2 cache=$3
  shift 3
  "$command" prewarm --json --log off --nvrtc "$nvrtc" --cache-dir "$cache" "$@" 2>/dev/null | tail -1
}

echo
echo "DeepSeek-V3 for TP 8 and M to 8192, NVRTC $(<"$work/nvrtc12/version") and $(<"$work/nvrtc13/version")"
first=$(prewarm "$one" "$nvrtc13" "$work/a" "${model[@]}" --write-manifest "$work/manifest")
prewarm "$other" "$nvrtc13" "$work/b" "${model[@]}" >/dev/null
kernels=$(field kernels "$first")
expect 'failed' "$(field failed "$first")" 0
diff -r "$work/a" "$work/b" || fail 'two builds give different entries'
report 'two builds, two folders, two processes: entries of the same bytes' "$kernels of $kernels"

mkdir -p "$work/moved/far"
mv "$work/a" "$work/moved/far/cache"
chown -R $stranger:$stranger "$work/moved"
cp "$one" "$work/jitgemm"
as_stranger() {
  (cd / && setpriv --reuid $stranger --regid $stranger --clear-groups env -i PATH="$PATH" \
    "$work/jitgemm" prewarm --json --log off --manifest "$work/manifest" --require-complete \
    --cache-dir "$work/moved/far/cache" "$@" 2>/dev/null | tail -1)
}
moved=$(as_stranger --nvrtc "$nvrtc13")
expect 'hits of the moved cache' "$(field hit_disk "$moved")" "$kernels"
report "moved, read by user $stranger without a name or a home: hits" "$kernels of $kernels"
without=$(as_stranger --nvrtc /nonexistent)
expect 'hits without NVRTC' "$(field hit_disk "$without")" "$kernels"
report 'the same without NVRTC: hits' "$kernels of $kernels"

tar --zstd -C "$work/b" -cf "$work/cache.tar.zst" .
mkdir "$work/unpacked" && tar --no-same-owner -C "$work/unpacked" -xf "$work/cache.tar.zst"
expect 'sound entries of the archive' \
  "$(field ok "$("$one" cache verify --json --cache-dir "$work/unpacked")")" "$kernels"
report 'through tar --zstd: sound entries' "$kernels of $kernels"

# Both versions in one folder.
second=$(prewarm "$one" "$nvrtc12" "$work/b" "${model[@]}")
expect 'failed with NVRTC 12.9' "$(field failed "$second")" 0
expect 'compiled with NVRTC 12.9' "$(field compiled "$second")" "$kernels"
report 'NVRTC 12.9 into the folder of NVRTC 13: compiled anew' "$kernels of $kernels"
for nvrtc in "$nvrtc12" "$nvrtc13"; do
  again=$(prewarm "$one" "$nvrtc" "$work/b" "${model[@]}")
  expect "hits of $nvrtc" "$(field hit_disk "$again")" "$kernels"
done
verified=$("$one" cache verify --json --cache-dir "$work/b")
expect 'sound entries' "$(field ok "$verified")" $((2 * kernels))
report 'entries of both in one folder, each hit by its own NVRTC' "$((2 * kernels)) of $((2 * kernels))"
for family in swapped normal generic; do
  count=$("$one" cache ls --cache-dir "$work/b" | grep -c "[ _]${family}_")
  report "  of these, $family kernels under both" "$count"
done
