#!/usr/bin/env bash
# setup.sh [PACKAGE...]: installs the Debian packages that the build needs, and those named, if they are missing. If
# there is no CUDA toolkit, it unpacks cuda.h, nvrtc.h and NVRTC from NVIDIA's wheels on PyPI into build/cuda.
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

packages=(g++ cmake ninja-build pkg-config libfmt-dev libspdlog-dev libxxhash-dev libcli11-dev
                   nlohmann-json3-dev libssl-dev libgtest-dev libgmock-dev libbenchmark-dev
                   openssl strace faketime python3 python3-matplotlib zstd "$@")
# What the measurements were made with; newer ones work as well.
readonly wheels=('nvidia-cuda-nvrtc==13.0.*' 'nvidia-cuda-runtime==13.0.*')

installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "neither root nor sudo: cannot run '$*'"
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

install_packages() {
  local package missing=()
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  command -v apt-get >/dev/null ||
    fail "this is not Debian or Ubuntu: install the equivalents of ${missing[*]}"
  step 'apt-get update' apt_install update
  step "installing ${#missing[@]} Debian packages" \
    apt_install install --no-install-recommends "${missing[@]}"
}

# Whether the folder has the headers and a libnvrtc.
is_cuda() {
  [ -e "$1/include/cuda.h" ] && [ -e "$1/include/nvrtc.h" ] &&
    compgen -G "$1/lib*/libnvrtc.so*" >/dev/null
}

have_cuda() {
  local root
  for root in "${CUDAToolkit_ROOT:-}" "${CUDA_HOME:-}" "${CUDA_PATH:-}" /usr/local/cuda build/cuda; do
    if [ -n "$root" ] && is_cuda "$root"; then return 0; fi
  done
  return 1
}

# Unpacks the wheels, which are zip files; nothing is installed in Python.
fetch_cuda() {
  local scratch=build/cuda.partial wheel
  rm -rf "$scratch" && mkdir -p "$scratch/wheels"
  python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$scratch/wheels" \
    "${wheels[@]}"
  for wheel in "$scratch"/wheels/*.whl; do
    python3 -m zipfile -e "$wheel" "$scratch"
  done
  rm -rf build/cuda && mv "$scratch/nvidia/cu13" build/cuda
  rm -rf "$scratch"
  is_cuda build/cuda || fail 'the wheels do not have cuda.h, nvrtc.h and libnvrtc.so'
}

have_cuda || packages+=(python3-pip ca-certificates)
install_packages "${packages[@]}"
have_cuda || step 'fetching CUDA headers and NVRTC into build/cuda' fetch_cuda
