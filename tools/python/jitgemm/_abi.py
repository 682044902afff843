"""The C ABI (include/jitgemm/jitgemm.h) in ctypes: structs, functions, errors.

A struct here may have fewer fields than the library's: the ABI accepts a smaller struct_size, and
the missing fields count as zero.
"""

import ctypes
import os
import struct
from ctypes import POINTER, c_char_p, c_double, c_int, c_int64, c_size_t, c_uint32
from ctypes import c_uint64, c_void_p
from enum import IntEnum
from itertools import count, takewhile

LogFunction = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_char_p)
ProgressFunction = ctypes.CFUNCTYPE(None, c_void_p, c_int64, c_int64, c_char_p)


class Status(IntEnum):
    OK = 0
    INVALID_ARGUMENT = 1
    MISSING = 2
    UNSUPPORTED_DEVICE = 3
    COMPILE_FAILED = 4
    DRIVER_ERROR = 5
    NOT_READY = 6
    IO_ERROR = 7
    INTERNAL = 8


FORMS = {"auto": 0, "swapped": 1, "normal": 2}
ORIGINS = ("compiled", "disk", "memory")
MISS_POLICIES = {"default": 0, "compile": 1, "fail": 2, "background": 3}
BIAS_TYPES = {"none": 0, "bf16": 1, "fp32": 2}
MN_MAJOR, K_MAJOR = 0, 1


def _of(kind, names):
    return [(name, kind) for name in names.split()]


class _Sized(ctypes.Structure):
    """A struct of the ABI, whose first field is its size."""

    def __init__(self, **fields):
        super().__init__(struct_size=ctypes.sizeof(self), **fields)


class Options(_Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_of(c_char_p, "cache_dir nvrtc_path driver_path"),
        ("log", LogFunction),
        ("log_user", c_void_p),
        ("form", c_int64),
        ("read_only_cache_dirs", POINTER(c_char_p)),
        ("read_only_cache_dir_count", c_size_t),
        ("on_miss", c_int64),
        ("tuning_table", c_char_p),
        *_of(c_int64, "no_embedded_table batch_invariant"),
        ("trusted_cache_owners", POINTER(c_uint32)),
        ("trusted_cache_owner_count", c_size_t),
        ("cache_max_bytes", c_uint64),
        ("cache_lock_dir", c_char_p),
        ("public_key_files", POINTER(c_char_p)),
        ("public_key_file_count", c_size_t),
        ("private_key_file", c_char_p),
        *_of(c_void_p, "range_push range_pop range_user"),
    ]


class Desc(_Sized):
    _fields_ = [("struct_size", c_size_t), *_of(c_int64, "n k bias")]


class PrepareRequest(_Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("shapes", POINTER(Desc)),
        ("shape_count", c_size_t),
        *_of(c_int64, "m_max threads"),
        ("progress", ProgressFunction),
        ("progress_user", c_void_p),
    ]


class PrepareReport(_Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        *_of(c_int64, "shapes kernels ready failed"),
        ("seconds", c_double),
    ]


class KernelRecord(_Sized):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        *_of(c_int64, "n k form device m_first m_last"),
        ("plan", c_char_p),
        ("origin", c_int64),
        *_of(c_double, "compile_ms load_ms"),
        ("launches", c_uint64),
    ]


# jitgemm_args, whose fields have eight bytes each. Packing them in one call costs less than setting
# the fields of a ctypes struct.
_ARGS = struct.Struct("=15Q")


# fmt: off
def pack_args(
    m, a, lda, a_scale_layout, a_scale, a_scale_ld, b, ldb, b_scale, d, ldd, pdl, on_miss,
    bias=0,
):
    return _ARGS.pack(
        _ARGS.size, m, a, lda, a_scale_layout, a_scale, a_scale_ld, b, ldb, b_scale, d, ldd, pdl,
        on_miss, bias,
    )
# fmt: on


class Error(RuntimeError):
    """A failure of the library. `status` is its kind. `detail` may be long, for example the log and
    the source of a failed compile."""

    def __init__(self, message, status=Status.INTERNAL, detail=""):
        super().__init__(message)
        self.status = status
        self.detail = detail


class InvalidArgument(Error, ValueError):
    """A field of the call has a value that is not accepted; the message names it."""

    def __init__(self, message, status=Status.INVALID_ARGUMENT, detail=""):
        super().__init__(message, status, detail)


class NotReady(Error):
    """The kernel is not loaded, and this call may not make it. prepare() does."""


_CLASSES = {Status.INVALID_ARGUMENT: InvalidArgument, Status.NOT_READY: NotReady}


def _open():
    beside = os.path.join(os.path.dirname(__file__), "libjitgemm.so")
    path = os.environ.get("JITGEMM_LIBRARY") or beside
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"libjitgemm.so cannot be opened: {error}. A wheel has it beside its modules;"
            " JITGEMM_LIBRARY names another one, for example build/libjitgemm.so"
        ) from error


def _declare(name, *arguments, result):
    function = getattr(_library, name)
    function.argtypes = arguments
    function.restype = result
    return function


def _checked(name, *arguments):
    """A function that returns a status and has the error as its last parameter, as a function that
    raises the error."""
    function = _declare(name, *arguments, POINTER(c_void_p), result=c_int)

    def call(*values):
        handle = c_void_p()
        status = function(*values, handle)
        if status:
            raise _error_of(Status(status), handle)

    return call


def _error_of(status, handle):
    message = (_error_message(handle) or b"").decode(errors="replace")
    detail = (_error_detail(handle) or b"").decode(errors="replace")
    _error_free(handle)
    return _CLASSES.get(status, Error)(message or status.name, status, detail)


_library = _open()
_error_message = _declare("jitgemm_error_message", c_void_p, result=c_char_p)
_error_detail = _declare("jitgemm_error_detail", c_void_p, result=c_char_p)
_error_free = _declare("jitgemm_error_free", c_void_p, result=None)
version = _declare("jitgemm_version", result=c_char_p)
_counter_name = _declare("jitgemm_counter_name", c_size_t, result=c_char_p)


class Counters(_Sized):
    """The library itself names its counters, so no list of them is here."""

    _fields_ = [("struct_size", c_size_t)] + [
        (name.decode(), c_uint64) for name in takewhile(bool, map(_counter_name, count()))
    ]


open_library = _checked("jitgemm_open", POINTER(Options), POINTER(c_void_p))
close_library = _declare("jitgemm_close", c_void_p, result=None)
get_counters = _checked("jitgemm_get_counters", c_void_p, POINTER(Counters))
gemm_create = _checked("jitgemm_gemm_create", c_void_p, POINTER(Desc), POINTER(c_void_p))
gemm_destroy = _declare("jitgemm_gemm_destroy", c_void_p, result=None)
launch = _checked("jitgemm_launch", c_void_p, c_char_p, c_void_p)
kernel_name = _checked("jitgemm_kernel_name", c_void_p, c_int64, c_char_p, c_size_t)
prepare_all = _checked(
    "jitgemm_prepare_all", c_void_p, POINTER(PrepareRequest), POINTER(PrepareReport)
)
list_kernels = _checked("jitgemm_list_kernels", c_void_p, POINTER(c_void_p))
kernel_list_size = _declare("jitgemm_kernel_list_size", c_void_p, result=c_size_t)
kernel_list_get = _checked("jitgemm_kernel_list_get", c_void_p, c_size_t, POINTER(KernelRecord))
kernel_list_free = _declare("jitgemm_kernel_list_free", c_void_p, result=None)
prometheus = _checked("jitgemm_prometheus", c_void_p, POINTER(c_void_p))
text_string = _declare("jitgemm_text_string", c_void_p, result=c_char_p)
text_free = _declare("jitgemm_text_free", c_void_p, result=None)
