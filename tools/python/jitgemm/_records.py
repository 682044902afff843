"""The reports of a library: preparing, counters, loaded kernels."""

import ctypes
from typing import NamedTuple

from jitgemm import _abi

_FORMS = {value: name for name, value in _abi.FORMS.items()}


class PrepareReport(NamedTuple):
    shapes: int  # distinct shapes
    kernels: int  # distinct kernels that the shapes need: ready + failed
    ready: int  # loaded, so that their launches make nothing
    failed: int
    seconds: float


class KernelRecord(NamedTuple):
    """A loaded kernel."""

    name: str
    n: int  # n = k = 0: a generic kernel, which serves every shape
    k: int
    form: str  # "swapped" or "normal"
    device: int
    m_first: int  # the least M that it serves
    m_last: int  # the largest M that it serves
    plan: str  # what chose it at m_first: "model", "generic" or the name of a tuning table
    origin: str  # "compiled", "disk", or "memory": made before for another device or context
    compile_ms: float  # 0: not compiled for this device and context
    load_ms: float
    launches: int


def kernels_of(library):
    """The loaded kernels of a library, by its handle."""
    handle = ctypes.c_void_p()
    _abi.list_kernels(library, handle)
    try:
        return [_record(handle, index) for index in range(_abi.kernel_list_size(handle))]
    finally:
        _abi.kernel_list_free(handle)


def text_of(library):
    """The text for Prometheus of a library, by its handle."""
    text = ctypes.c_void_p()
    _abi.prometheus(library, text)
    try:
        return _abi.text_string(text).decode()
    finally:
        _abi.text_free(text)


def _record(kernel_list, index):
    found = _abi.KernelRecord()
    _abi.kernel_list_get(kernel_list, index, found)
    fields = {name: getattr(found, name) for name in KernelRecord._fields}
    fields |= {"name": found.name.decode(), "plan": found.plan.decode()}
    fields |= {"form": _FORMS[found.form], "origin": _abi.ORIGINS[found.origin]}
    return KernelRecord(**fields)
