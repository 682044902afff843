#!/usr/bin/env bash
# portability.sh: shows that compiled kernels move, and prints what cache/FAULTS.md reports: two builds in different
# folders give the same bytes, a moved cache serves another user, and two versions of NVRTC share a folder. Needs root
# (for the other user) and a network (for two versions of NVRTC, from NVIDIA's wheels on PyPI).
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

readonly model=(--model DeepSeek-V3 --tp 8)
readonly stranger=12345 # a user without an entry in /etc/passwd
[ "$(id -u)" = 0 ] || fail 'not root: another user cannot be tried'

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

# field <name>: the number with that name, in JSON on stdin.
field() { sed -E "s/.*\"$1\":([0-9]+).*/\1/"; }

# expect <what> <found> <number of kernels>
expect() {
  [ "$2" = "$3" ] || fail "$1: $2 of $3"
  printf '%-66s %s\n' "$1" "$2 of $3"
}

step 'fetching NVRTC 12.9' fetch 'nvidia-cuda-nvrtc-cu12==12.9.*' "$work/nvrtc12"
step 'fetching NVRTC 13' fetch 'nvidia-cuda-nvrtc==13.*' "$work/nvrtc13"
nvrtc12=$(nvrtc_in "$work/nvrtc12") nvrtc13=$(nvrtc_in "$work/nvrtc13")
one=$work/one/build/jitgemm other=$work/some/where/else/build/jitgemm
step 'building in one folder' build "$work/one"
step 'building in another' build "$work/some/where/else"

# prewarm <command> <nvrtc> <cache> [more]...: the report in JSON.
prewarm() {
  local command=$1 nvrtc=$2 cache=$3
  shift 3
  "$command" prewarm --json --log off --nvrtc "$nvrtc" --cache-dir "$cache" "$@" 2>/dev/null | tail -1
}

echo
echo "DeepSeek-V3 for TP 8 and M to 8192, NVRTC $(<"$work/nvrtc12/version") and $(<"$work/nvrtc13/version")"
kernels=$(prewarm "$one" "$nvrtc13" "$work/a" "${model[@]}" --write-manifest "$work/manifest" | field kernels)
prewarm "$other" "$nvrtc13" "$work/b" "${model[@]}" >/dev/null
diff -r "$work/a" "$work/b" || fail 'two builds give different entries'
expect 'two builds, two folders, two processes: entries of the same bytes' \
  "$(find "$work/b" -name '*.ljg' | wc -l)" "$kernels"

mkdir -p "$work/moved/far"
mv "$work/a" "$work/moved/far/cache"
chown -R $stranger:$stranger "$work/moved"
cp "$one" "$work/jitgemm"
as_stranger() {
  (cd / && setpriv --reuid $stranger --regid $stranger --clear-groups env -i PATH="$PATH" \
    "$work/jitgemm" prewarm --json --log off --manifest "$work/manifest" --require-complete \
    --cache-dir "$work/moved/far/cache" "$@" 2>/dev/null | tail -1)
}
expect "moved, read by user $stranger without a name or a home: hits" \
  "$(as_stranger --nvrtc "$nvrtc13" | field hit_disk)" "$kernels"
expect 'the same without NVRTC: hits' "$(as_stranger --nvrtc /nonexistent | field hit_disk)" "$kernels"

expect 'NVRTC 12.9 into the folder of NVRTC 13: compiled anew' \
  "$(prewarm "$one" "$nvrtc12" "$work/b" "${model[@]}" | field compiled)" "$kernels"
for nvrtc in "$nvrtc12" "$nvrtc13"; do
  hits=$(prewarm "$one" "$nvrtc" "$work/b" "${model[@]}" | field hit_disk)
  [ "$hits" = "$kernels" ] || fail "$nvrtc: $hits hits of $kernels"
done
expect 'entries of both in one folder, each hit by its own NVRTC' \
  "$("$one" cache verify --json --cache-dir "$work/b" | field ok)" $((2 * kernels))
