"""Shared by the tests of this folder: the stub driver (tests/stub_driver), arrays whose memory is
never read, and a cache folder that the first test fills."""

import atexit
import ctypes
import os
import shutil
import tempfile
import unittest

import jitgemm

N, K = 256, 384
DRIVER = os.environ["JITGEMM_STUB_DRIVER"]

_driver = ctypes.CDLL(DRIVER)
_cache = tempfile.mkdtemp(prefix="jitgemm_python_")
atexit.register(shutil.rmtree, _cache)

_Three = ctypes.c_uint * 3


class _TensorMap(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_ulonglong) for name in ("address", "columns", "rows", "row_stride")
    ] + [("rest", ctypes.c_uint * 6)]


class _Launch(ctypes.Structure):
    """stub_launch of stub_cuda.h."""

    _fields_ = [
        ("device", ctypes.c_int),
        ("grid", _Three),
        ("block", _Three),
        ("cluster", _Three),
        ("pdl", ctypes.c_bool),
        ("attributes", ctypes.c_uint),
        ("shared_bytes", ctypes.c_uint),
        ("stream", ctypes.c_void_p),
        ("library", ctypes.c_size_t),
        ("loaded_by_launch", ctypes.c_int),
        ("a", _TensorMap),
        ("b", _TensorMap),
        ("d", _TensorMap),
        ("s", _TensorMap),
        ("a_scale", ctypes.c_void_p),
        ("a_scale_row_stride", ctypes.c_longlong),
        ("a_scale_block_stride", ctypes.c_longlong),
        ("b_scale", ctypes.c_void_p),
        ("out", ctypes.c_void_p),
        ("ldd", ctypes.c_longlong),
        ("m", ctypes.c_int),
        ("to_k", ctypes.c_int * 5),
        ("weights", ctypes.c_void_p),
        ("ldb", ctypes.c_longlong),
        ("bias", ctypes.c_void_p),
        ("room", ctypes.c_byte * 1024),  # for further fields of the stub's struct
    ]


def launches():
    """The launches so far."""
    recorded = []
    _driver.stub_launches.restype = ctypes.c_size_t
    for index in range(_driver.stub_launches()):
        launch = _Launch()
        _driver.stub_get_launch(ctypes.c_size_t(index), ctypes.byref(launch))
        recorded.append(launch)
    return recorded


def live_libraries():
    _driver.stub_live_libraries.restype = ctypes.c_size_t
    return _driver.stub_live_libraries()


def make_current(device):
    _driver.stub_make_current(device)


def capture(stream):
    """Begins a capture of a stream. The result ends it, and returns whether it was still valid."""
    _driver.stub_begin_capture(ctypes.c_void_p(stream))
    return lambda: _driver.stub_end_capture(ctypes.c_void_p(stream)) == 1


class Array:
    """An array with __cuda_array_interface__; strides count elements. Its memory is never read."""

    def __init__(self, address, shape, typestr, strides=None, stream=None):
        item_bytes = int(typestr[2:])
        self.__cuda_array_interface__ = {
            "version": 3,
            "shape": shape,
            "typestr": typestr,
            "data": (address, False),
            "strides": strides and tuple(stride * item_bytes for stride in strides),
            "stream": stream,
        }


def operands(m, n=N, k=K, **replaced):
    """The arrays of a call by parameter name, with those in `replaced` replaced."""
    kb, nb = -(-k // 128), -(-n // 128)
    return {
        "a": Array(0x10000, (m, k), "|u1"),
        "a_scale": Array(0x20000, (m, kb), "<f4"),
        "b": Array(0x30000, (n, k), "|u1"),
        "b_scale": Array(0x40000, (nb, kb), "<f4"),
        "out": Array(0x50000, (m, n), "<u2"),
    } | replaced


class StubTest(unittest.TestCase):
    """Each test begins with a fresh stub, device 0 current, and no library open."""

    def setUp(self):
        _driver.stub_reset()
        make_current(0)

    def open(self, **options):
        library = jitgemm.open(**{"cache_dir": _cache, "driver_path": DRIVER} | options)
        self.addCleanup(library.close)
        return library

    def assert_refused(self, expected, function, *arguments, **named):
        """The call raises InvalidArgument with `expected` in its message, and launches nothing."""
        before = len(launches())
        with self.assertRaises(jitgemm.InvalidArgument) as raised:
            function(*arguments, **named)
        self.assertIn(expected, str(raised.exception))
        self.assertEqual(len(launches()), before)
