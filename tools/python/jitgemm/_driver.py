"""The CUDA driver: the current device of a thread.

The library uses the current context of the calling thread and makes none. A thread that has used
only PyTorch or CuPy may have no current context, although the primary context of the device exists.
"""

import ctypes
import threading
from functools import cached_property

from jitgemm._abi import Error, Status


class Driver:
    """The driver is opened on first use. Thread rule: any thread may call any method."""

    def __init__(self, path):
        self._path = path or "libcuda.so.1"
        self._thread = threading.local()

    def device(self):
        """The ordinal of the device of this thread's context, or None without a context."""
        context, device = ctypes.c_void_p(), ctypes.c_int()
        self._call("cuCtxGetCurrent", ctypes.byref(context))
        if not context:
            return None
        self._call("cuCtxGetDevice", ctypes.byref(device))
        return device.value

    def bind(self, ordinal):
        """Makes the primary context of a device current in this thread, if it has no context."""
        if getattr(self._thread, "bound", False):
            return
        if self.device() is None:
            device, context = ctypes.c_int(), ctypes.c_void_p()
            self._call("cuDeviceGet", ctypes.byref(device), ordinal)
            self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
            self._call("cuCtxSetCurrent", context)
        self._thread.bound = True

    def _call(self, name, *arguments):
        code = getattr(self._library, name)(*arguments)
        if code:
            raise Error(f"{name} failed with CUDA error {code}", Status.DRIVER_ERROR)

    @cached_property
    def _library(self):
        try:
            library = ctypes.CDLL(self._path)
        except OSError as error:
            raise Error(f"the CUDA driver cannot be opened: {error}", Status.MISSING) from error
        code = library.cuInit(0)
        if code:
            raise Error(f"cuInit failed with CUDA error {code}", Status.MISSING)
        return library
