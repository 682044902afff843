"""Packs the Python modules and libjitgemm.so into a wheel. This is a build backend for pip (PEP
517) and a program: python3 build_backend.py OUT [LIBRARY].

The library is LIBRARY, or else JITGEMM_LIBRARY, or else the one of the `portable` preset, which is
then built. The wheel works with any Python 3 of this platform, because the modules use ctypes. The
library needs libc, the driver and NVRTC.
"""

import base64
import ctypes
import hashlib
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent

_WHEEL = """Wheel-Version: 1.0
Generator: jitgemm
Root-Is-Purelib: false
Tag: {tag}
"""
_METADATA = """Metadata-Version: 2.1
Name: jitgemm
Version: {version}
Summary: FP8 block-scaled GEMMs for Hopper, compiled at run time for the shape at hand
Requires-Python: >=3.9
Description-Content-Type: text/markdown

{readme}"""


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    library = Path(os.environ.get("JITGEMM_LIBRARY") or _built()).resolve()
    return _pack(Path(wheel_directory), library)


def _built():
    subprocess.run(["cmake", "--preset", "portable"], cwd=PROJECT, check=True)
    build = ["cmake", "--build", "build-portable", "--target", "libjitgemm.so"]
    subprocess.run(build, cwd=PROJECT, check=True)
    return PROJECT / "build-portable" / "libjitgemm.so"


def _pack(directory, library):
    tag = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
    version = _version_of(library)
    name = f"jitgemm-{version}"
    files = {
        f"jitgemm/{path.name}": path.read_bytes()
        for path in sorted((HERE / "jitgemm").glob("*.py"))
    }
    files["jitgemm/libjitgemm.so"] = library.read_bytes()
    readme = (HERE / "README.md").read_text()
    files[f"{name}.dist-info/METADATA"] = _METADATA.format(version=version, readme=readme).encode()
    files[f"{name}.dist-info/WHEEL"] = _WHEEL.format(tag=tag).encode()
    record = [f"{path},{_digest(content)},{len(content)}" for path, content in files.items()]
    record.append(f"{name}.dist-info/RECORD,,")
    files[f"{name}.dist-info/RECORD"] = "\n".join(record + [""]).encode()

    wheel = f"{name}-{tag}.whl"
    directory.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(directory / wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)  # has a fixed date, so the same files give the same wheel
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return wheel


def _version_of(library):
    version = ctypes.CDLL(str(library)).jitgemm_version
    version.restype = ctypes.c_char_p
    return version().decode()


def _digest(content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
    return "sha256=" + digest.decode()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    if len(sys.argv) == 3:
        os.environ["JITGEMM_LIBRARY"] = sys.argv[2]
    print(build_wheel(sys.argv[1]))
