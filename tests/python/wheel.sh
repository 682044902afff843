#!/usr/bin/env bash
# wheel.sh PYTHON PACKAGE LIBRARY: packs a wheel, installs it with pip into an empty folder, without a network,
# and uses it there. Without pip, the wheel is unpacked instead.
set -euo pipefail
python=$1 package=$2 library=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$package" "$work/package" # pip may write beside what it builds

unset PYTHONPATH
export JITGEMM_LIBRARY=$library
if "$python" -m pip --version >/dev/null 2>&1; then
  "$python" -m pip --disable-pip-version-check install --quiet --no-index \
    --root-user-action ignore --target "$work/installed" "$work/package"
else
  echo '-- no pip here: the wheel is unpacked'
  (cd "$work/package" && "$python" -c 'import build_backend; build_backend.build_wheel("..")')
  "$python" -m zipfile -e "$work"/*.whl "$work/installed"
fi
unset JITGEMM_LIBRARY
export PYTHONPATH=$work/installed
cd "$work"
"$python" - <<'EOF'
import os
import jitgemm

assert os.path.exists(os.path.join(os.path.dirname(jitgemm.__file__), "libjitgemm.so"))
assert jitgemm.open(cache_dir=None).stats()["launches"] == 0
print("jitgemm", jitgemm.__version__, "from", jitgemm.__file__)
EOF
