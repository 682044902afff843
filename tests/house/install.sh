#!/usr/bin/env bash
# install.sh BUILD: installs a build, moves the installation, and builds another project with it: by find_package and by
# pkg-config, shared and static, in C++ and in C. Every program must run.
set -euo pipefail
build=$1
source=$(cd "$(dirname "$0")/consumer" && pwd)
CC=${CC:-cc} CXX=${CXX:-c++}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"
prefix=$work/prefix
libraries=$(dirname "$(find "$prefix" -name libjitgemm.so)")
export LD_LIBRARY_PATH=$libraries

echo '-- the command'
"$prefix/bin/jitgemm" --version

echo '-- find_package'
cmake -G Ninja -S "$source" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$work/consumer" >/dev/null
for program in cpp_shared cpp_static c_shared c_static; do
  "$work/consumer/$program" || { echo "FAILED: $program exits with $?" >&2; exit 1; }
done

echo '-- pkg-config'
export PKG_CONFIG_PATH=$libraries/pkgconfig
for package in jitgemm jitgemm-static; do
  read -ra flags <<<"$(pkg-config --cflags "$package")"
  read -ra links <<<"$(pkg-config --libs "$package")"
  "$CXX" -std=c++20 "${flags[@]}" "$source/main.cc" -o "$work/cpp" "${links[@]}"
  "$CC" -std=c11 "${flags[@]}" "$source/main.c" -o "$work/c" "${links[@]}"
  "$work/cpp" || { echo "FAILED: $package in C++ exits with $?" >&2; exit 1; }
  "$work/c" || { echo "FAILED: $package in C exits with $?" >&2; exit 1; }
done

echo '-- a static program needs no libjitgemm.so'
if ldd "$work/cpp" "$work/consumer/cpp_static" | grep libjitgemm; then exit 1; fi
