"""Library: a handle of the C ABI, its GEMMs, and what it reports. The default library of the process
is opened on first use and never closed."""

import atexit
import ctypes
import os
import sys
import threading

from jitgemm import _abi
from jitgemm._arrays import BF16, FP8, FP32, view
from jitgemm._driver import Driver
from jitgemm._layout import NAMES, resolve
from jitgemm._options import choice, help_text, to_struct
from jitgemm._records import PrepareReport, kernels_of, text_of

_BIAS_TYPES = {BF16: "bf16", FP32: "fp32"}
_TYPES = ((FP8,), (FP32,), (FP8,), (FP32,), (BF16,), tuple(_BIAS_TYPES))
_torch_tensors = None
_default = None
_opening = threading.Lock()  # held while the default library is opened


class Library:
    """Kernels of any number of weight shapes and devices, from a cache on disk or compiled.

    The GPU driver and the compiler are opened on first use. Kernels stay loaded until close(),
    because a captured graph may hold them. A library that is never closed lives as long as the
    process.

    Thread rule: every method may be called from any thread; close() must be the last call.

    Options are keywords. An option that is not given comes from its variable of the environment, or
    else has its default:

    {options}
    """

    def __init__(self, **options):
        # The log function in the struct must outlive the library, so the struct is kept.
        self._options = to_struct(options)
        self._handle = ctypes.c_void_p()
        _abi.open_library(self._options, self._handle)
        self.driver = Driver(self._options.driver_path)
        self._mutex = threading.Lock()
        self._gemms = {}  # (n, k, bias type, device): handle
        if options.get("log"):
            atexit.register(self.close)  # keeps this object, and so the log function, until then

    def close(self):
        """Unloads the kernels. Every launch must have finished, and graphs that captured one must
        be destroyed. The library must not be used afterwards."""
        atexit.unregister(self.close)
        with self._mutex:
            gemms, self._gemms = self._gemms, {}
            handle, self._handle = self._handle, None
        for gemm in gemms.values():
            _abi.gemm_destroy(gemm)
        _abi.close_library(handle)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def gemm(
        self, a, a_scale, b, b_scale, out=None, pdl=False,
        *, bias=None, stream=None, on_miss="default",
    ):  # fmt: skip
        """out[M,N] = a[M,K] * b[N,K]^T + bias[N], with the scales applied. Enqueues it and returns
        `out`.

        a        [M, K] FP8 e4m3 (or its bytes as uint8), rows contiguous
        a_scale  [M, ceil(K/128)] fp32: M-major, strides [1, ld] with ld a multiple of 4, or
                 K-major, strides [ld, 1]; the strides say which
        b        [N, K] FP8 e4m3, rows contiguous: the weight as checkpoints have it
        b_scale  [ceil(N/128), ceil(K/128)] fp32, contiguous
        out      [M, N] bfloat16 (or its bits as uint16), rows contiguous. If it is None, a PyTorch
                 tensor is made; other arrays must be given
        pdl      programmatic dependent launch: the kernel may start, and read `b`, while its
                 predecessor on the stream drains, so the predecessor must not write `b`
        bias     [N] bfloat16 or fp32, contiguous; None adds nothing
        stream   handle of a CUDA stream. By default PyTorch's current stream for its tensors; for
                 other arrays the stream of their __cuda_array_interface__, or the default stream
        on_miss  what to do when the kernel is not loaded; by default the option of the library

        Either all arrays are PyTorch tensors, or each has __cuda_array_interface__ or DLPack. The
        caller keeps them alive until the launch has finished. A call may be captured in a CUDA
        graph when its kernel is loaded, see prepare(). Errors: InvalidArgument, before anything is
        enqueued; NotReady; Error when a kernel could not be made or launched.
        """
        policy = choice("on_miss", _abi.MISS_POLICIES, on_miss)
        tensors = _tensors_of_torch()
        if tensors is not None and isinstance(a, tensors.Tensor):
            return tensors.launch(self, a, a_scale, b, b_scale, out, pdl, bias, stream, policy)
        if out is None:
            raise _abi.InvalidArgument(
                "out is None, expected an array: it is made for PyTorch only"
            )
        arrays = (a, a_scale, b, b_scale, out) + (() if bias is None else (bias,))
        stream = _common_stream(arrays) if stream is None else int(stream)
        views = [view(name, array, stream) for name, array in zip(NAMES, arrays)]
        for name, found, types in zip(NAMES, views, _TYPES):
            if found.type not in types:
                raise _abi.InvalidArgument(
                    f"{name} has elements {found.type_name}, expected {' or '.join(types)}"
                )
        bias_type = _abi.BIAS_TYPES["none" if bias is None else _BIAS_TYPES[views[-1].type]]
        layout = resolve(*(part for found in views for part in (found.shape, found.strides)))
        pointers, device = [found.pointer for found in views], self._device_of(views)
        self.launch(layout, pointers, bias_type, device, stream, pdl, policy)
        return out

    def prepare(self, shapes, m_max=8192, *, threads=None, progress=None):
        """Loads every kernel that the weights of `shapes` need for M in 1..m_max, on this thread's
        device, from the cache or compiled. Blocks. Their launches then make nothing, and may be
        captured. Other threads may capture streams meanwhile.

        shapes    (n, k), or (n, k, "bf16") or (n, k, "fp32") for launches with a bias of that type
        threads   number of threads that compile and load; by default one per core of this process
        progress  called with (done, total, kernel_name) after each kernel

        Returns a PrepareReport. If kernels failed, raises the error of the first one after the
        last kernel.
        """
        tensors = _tensors_of_torch()
        if tensors is not None:
            tensors.bind(self.driver)
        descs = [_desc(*shape) for shape in shapes]
        request = _abi.PrepareRequest(
            shapes=(_abi.Desc * len(descs))(*descs),
            shape_count=len(descs),
            m_max=m_max,
            threads=threads or len(os.sched_getaffinity(0)),
            progress=_abi.ProgressFunction(
                (lambda user, done, total, name: progress(done, total, name.decode()))
                if progress
                else 0
            ),
        )
        report = _abi.PrepareReport()
        _abi.prepare_all(self._handle, request, report)
        return PrepareReport(*(getattr(report, field) for field in PrepareReport._fields))

    def stats(self):
        """The counters since the library was opened, a dict of name and value."""
        counters = _abi.Counters()
        _abi.get_counters(self._handle, counters)
        return {name: getattr(counters, name) for name, _ in counters._fields_[1:]}

    def kernels(self):
        """The loaded kernels, a list of KernelRecord sorted by device and name."""
        return kernels_of(self._handle)

    def prometheus(self):
        """The counters and the loaded kernels in the text format of Prometheus."""
        return text_of(self._handle)

    def kernel_name(self, n, k, m, device=None, bias="none"):
        """The name of the kernel that serves a plain launch of m tokens. `bias`: see prepare()."""
        name = ctypes.create_string_buffer(128)
        device = self.driver.device() if device is None else device
        gemm = self._gemm(n, k, choice("bias", _abi.BIAS_TYPES, bias), device)
        _abi.kernel_name(gemm, m, name, len(name))
        return name.value.decode()

    def launch(self, layout, pointers, bias_type, device, stream, pdl, policy):
        """Launches with checked arrays. `pointers` are those of a, a_scale, b, b_scale, out and,
        if there is one, bias. The context of this thread is on `device`."""
        a, a_scale, b, b_scale, d, *bias = pointers
        m, n, k, lda, scale_layout, scale_ld, ldb, ldd = layout
        gemm = self._gemms.get((n, k, bias_type, device)) or self._gemm(n, k, bias_type, device)
        arguments = _abi.pack_args(
            m, a, lda, scale_layout, a_scale, scale_ld, b, ldb, b_scale, d, ldd, pdl, policy, *bias
        )
        _abi.launch(gemm, arguments, stream)

    def _gemm(self, *key):
        with self._mutex:
            if key not in self._gemms:
                n, k, bias_type, _ = key
                gemm, desc = ctypes.c_void_p(), _abi.Desc(n=n, k=k, bias=bias_type)
                _abi.gemm_create(self._handle, desc, gemm)
                self._gemms[key] = gemm.value
            return self._gemms[key]

    def _device_of(self, views):
        """The device of a call's arrays. Makes its context current, if this thread has none."""
        devices = {view.device for view in views} - {None}
        if len(devices) > 1:
            named = ", ".join(f"{name} on {view.device}" for name, view in zip(NAMES, views))
            raise _abi.InvalidArgument(f"the arrays are on several devices: {named}")
        if devices:
            self.driver.bind(min(devices))
        current = self.driver.device()
        if devices and current not in devices:
            raise _abi.InvalidArgument(
                f"the arrays are on device {min(devices)}, this thread's current one is {current}"
            )
        return current


if Library.__doc__:  # python -OO has none
    Library.__doc__ = Library.__doc__.format(options=help_text().lstrip())


def _desc(n, k, bias="none"):
    return _abi.Desc(n=n, k=k, bias=choice("bias", _abi.BIAS_TYPES, bias))


def _common_stream(arrays):
    interfaces = [getattr(array, "__cuda_array_interface__", None) or {} for array in arrays]
    streams = {interface.get("stream") for interface in interfaces} - {None}
    if len(streams) > 1:
        raise _abi.InvalidArgument(
            f"the arrays are ready on several streams, {sorted(streams)}: synchronise them and pass"
            " `stream`"
        )
    return streams.pop() if streams else 0


def _tensors_of_torch():
    """The module for PyTorch's tensors if this process has imported torch, or else None."""
    global _torch_tensors
    if _torch_tensors is None and "torch" in sys.modules:
        from jitgemm import _tensors

        _torch_tensors = _tensors
    return _torch_tensors


def default_library():
    if _default is None:
        _open_default({})
    return _default


def configure(**options):
    """Opens the default library, which the functions of this module and the operators use, with
    options of Library. Without this call, the first use opens it with the default options.

    Errors: Error when the default library is open already. It is not replaced, because running
    launches and captured graphs may hold its kernels.
    """
    if not _open_default(options):
        raise _abi.Error("configure() comes too late: the default library is open already")


def _open_default(options):
    global _default
    with _opening:
        if _default is not None:
            return False
        _default = Library(**options)
        return True
