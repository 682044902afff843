"""Packs the Python modules and libjitgemm.so into a wheel: a build backend for pip (PEP 517).

The library is JITGEMM_LIBRARY, or else the one of the CMake preset `portable`, which is then built.
It needs libc, the driver and NVRTC. The wheel works with any Python 3 of this platform, because the
modules use ctypes.
"""

import base64
import ctypes
import hashlib
import os
import subprocess
import sysconfig
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

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
    version = _version_of(library)
    tag = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
    info = f"jitgemm-{version}.dist-info"
    modules = sorted(HERE.glob("jitgemm/*.py"))
    files = {f"jitgemm/{path.name}": path.read_bytes() for path in modules}
    files["jitgemm/libjitgemm.so"] = library.read_bytes()
    readme = (HERE / "README.md").read_text()
    files[f"{info}/METADATA"] = _METADATA.format(version=version, readme=readme).encode()
    files[f"{info}/WHEEL"] = _WHEEL.format(tag=tag).encode()
    record = "".join(f"{path},{_digest(files[path])},{len(files[path])}\n" for path in files)
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()

    wheel = Path(wheel_directory, f"jitgemm-{version}-{tag}.whl")
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)  # has a fixed date, so the same files give the same wheel
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return wheel.name


def _built():
    project = HERE.parent.parent
    subprocess.run(["cmake", "--preset", "portable"], cwd=project, check=True)
    build = ["cmake", "--build", "build-portable", "--target", "libjitgemm.so"]
    subprocess.run(build, cwd=project, check=True)
    return project / "build-portable" / "libjitgemm.so"


def _version_of(library):
    version = ctypes.CDLL(str(library)).jitgemm_version
    version.restype = ctypes.c_char_p
    return version().decode()


def _digest(content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
    return "sha256=" + digest.decode()
