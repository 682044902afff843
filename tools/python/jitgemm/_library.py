"""A library of kernels: options, GEMMs, preparing, counters."""

import atexit
import ctypes
import importlib.util
import os
import threading

from jitgemm import _abi, _arrays
from jitgemm._driver import Driver
from jitgemm._layout import NAMES, resolve
from jitgemm._records import PrepareReport, Stats, kernels_of, text_of

FROM_ENVIRONMENT = "from the environment"

_TYPES = (_arrays.FP8, _arrays.FP32, _arrays.FP8, _arrays.FP32, _arrays.BF16)


class Library:
    """Kernels of any number of weight shapes and devices, from a cache on disk or compiled.

    Opens no GPU and no compiler until they are needed. Kernels stay loaded until close(), because
    a captured graph may hold them; a library that is never closed lives as long as the process.

    Thread rule: everything may be called from any thread, save close().

    Options, each with the meaning that jitgemm_options of jitgemm.h gives it:

    cache_dir             folder of compiled kernels; None: memory only. By default
                          JITGEMM_CACHE_DIR, else the folder that the command `jitgemm` uses
    read_only_cache_dirs  folders that are looked up before it, never written; by default
                          JITGEMM_READ_ONLY_CACHE_DIRS, split at ':'
    on_miss               what a launch does whose kernel is not loaded: "compile", "fail", or
                          "background": a generic kernel serves while the shape's own is made
    tuning_table          a table of `jitgemm tune`; by default JITGEMM_TUNING_TABLE
    batch_invariant       True: a row of the result has the same bits whatever M and the others are
    public_keys           PEM files of Ed25519 keys: entries of the cache count only with the
                          signature of one of them; by default JITGEMM_PUBLIC_KEYS, split at ':'
    private_key           PEM file of one: what is published is signed by it; by default
                          JITGEMM_PRIVATE_KEY
    embedded_table        False: the library's own table is not asked
    nvrtc_path            libnvrtc to open; by default JITGEMM_NVRTC, else the one of this Python's
                          nvidia wheels, else the usual places
    driver_path           libcuda to open; by default JITGEMM_DRIVER, else libcuda.so.1
    compile_command       the command `jitgemm`: while several threads compile, processes of it do
                          half of the work; by default JITGEMM_COMPILE_COMMAND, else none
    form                  "auto", "swapped" or "normal"; for tests and comparisons
    log                   called with (level, line), level 0 debug to 2 warning, from any thread
                          that calls the library; must not call it. A library with one is closed
                          when the process ends: Python cannot be called later
    """

    def __init__(
        self,
        *,
        cache_dir=FROM_ENVIRONMENT,
        read_only_cache_dirs=FROM_ENVIRONMENT,
        on_miss="default",
        tuning_table=FROM_ENVIRONMENT,
        embedded_table=True,
        batch_invariant=False,
        public_keys=FROM_ENVIRONMENT,
        private_key=FROM_ENVIRONMENT,
        nvrtc_path=FROM_ENVIRONMENT,
        driver_path=FROM_ENVIRONMENT,
        compile_command=FROM_ENVIRONMENT,
        form="auto",
        log=None,
    ):
        environment = os.environ.get
        if cache_dir is FROM_ENVIRONMENT:
            cache_dir = environment("JITGEMM_CACHE_DIR") or _default_cache_dir()
        if read_only_cache_dirs is FROM_ENVIRONMENT:
            read_only_cache_dirs = environment("JITGEMM_READ_ONLY_CACHE_DIRS", "").split(":")
        if tuning_table is FROM_ENVIRONMENT:
            tuning_table = environment("JITGEMM_TUNING_TABLE")
        if public_keys is FROM_ENVIRONMENT:
            public_keys = environment("JITGEMM_PUBLIC_KEYS", "").split(":")
        if private_key is FROM_ENVIRONMENT:
            private_key = environment("JITGEMM_PRIVATE_KEY")
        if nvrtc_path is FROM_ENVIRONMENT:
            nvrtc_path = environment("JITGEMM_NVRTC") or _nvrtc_of_wheels()
        if driver_path is FROM_ENVIRONMENT:
            driver_path = environment("JITGEMM_DRIVER")
        if compile_command is FROM_ENVIRONMENT:
            compile_command = environment("JITGEMM_COMPILE_COMMAND")

        dirs = [os.fsencode(folder) for folder in read_only_cache_dirs if folder]
        keys = [os.fsencode(file) for file in public_keys if file]
        # The callback must outlive the library: it is kept here.
        self._log = _abi.LogFunction(
            (lambda user, level, line: log(level, line.decode(errors="replace"))) if log else 0
        )
        options = _abi.Options(
            cache_dir=_path(cache_dir),
            nvrtc_path=_path(nvrtc_path),
            driver_path=_path(driver_path),
            log=self._log,
            form=_choice("form", form, _abi.FORMS),
            read_only_cache_dirs=(ctypes.c_char_p * len(dirs))(*dirs),
            read_only_cache_dir_count=len(dirs),
            on_miss=_choice("on_miss", on_miss, _abi.MISS_POLICIES),
            tuning_table=_path(tuning_table),
            no_embedded_table=not embedded_table,
            batch_invariant=batch_invariant,
            public_key_files=(ctypes.c_char_p * len(keys))(*keys),
            public_key_file_count=len(keys),
            private_key_file=_path(private_key),
            compile_command=_path(compile_command),
        )
        self._handle = ctypes.c_void_p()
        _abi.call(_abi.open_library, ctypes.byref(options), ctypes.byref(self._handle))
        self.driver = Driver(driver_path)
        self._mutex = threading.Lock()
        self._gemms = {}  # (n, k, device): handle
        if log:
            atexit.register(self.close)  # which keeps it, and so the callback, until then

    def close(self):
        """Unloads the kernels: what was launched must have run, and captured graphs that hold them
        must be gone. The library must not be used from then on."""
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

    def gemm(self, a, a_scale, b, b_scale, out=None, pdl=False, *, stream=None, on_miss="default"):
        """out[M,N] = a[M,K] * b[N,K]^T, with the scales applied. Enqueues it and returns `out`.

        a        [M, K] FP8 e4m3 (or its bytes as uint8), rows contiguous
        a_scale  [M, ceil(K/128)] fp32: M-major, strides [1, ld] with ld a multiple of 4, or
                 K-major, strides [ld, 1]; which one is read off the strides
        b        [N, K] FP8 e4m3, rows contiguous: the weight as checkpoints have it
        b_scale  [ceil(N/128), ceil(K/128)] fp32, contiguous
        out      [M, N] bfloat16 (or 16-bit words as uint16), rows contiguous. Made for PyTorch when
                 None; needed for other arrays
        pdl      programmatic dependent launch: may start while its predecessor on the stream
                 drains, which must not write `b`
        stream   a CUDA stream's handle. By default the current stream of PyTorch for its tensors;
                 else the one that the arrays name by __cuda_array_interface__, or the default one
        on_miss  as of the library, for this call

        Arrays are PyTorch tensors, all of them, or anything with __cuda_array_interface__ or
        DLPack. The caller keeps them alive until the launch has run. May be captured in a CUDA
        graph when the kernel is there (prepare()). Errors: InvalidArgument, before anything is
        enqueued; NotReady; Error for what went wrong in making or launching a kernel.
        """
        policy = _choice("on_miss", on_miss, _abi.MISS_POLICIES)
        torch = torch_bridge()
        if torch is not None and isinstance(a, torch.Tensor):
            return torch.launch(self, a, a_scale, b, b_scale, out, pdl, stream, policy)
        if out is None:
            raise _abi.InvalidArgument(
                "out is None, expected an array: it is made for PyTorch only"
            )
        arrays = (a, a_scale, b, b_scale, out)
        stream = _common_stream(arrays) if stream is None else int(stream)
        views = [_arrays.view(name, array, stream) for name, array in zip(NAMES, arrays)]
        for name, view, type_name in zip(NAMES, views, _TYPES):
            if type_name not in view.types:
                raise _abi.InvalidArgument(
                    f"{name} has elements {view.type_name}, expected {type_name}"
                )
        layout = resolve(*(part for view in views for part in (view.shape, view.strides)))
        self.launch(
            layout, [view.pointer for view in views], self._device_of(views), stream, pdl, policy
        )
        return out

    def prepare(self, shapes, m_max=8192, *, threads=None, progress=None):
        """Compiles, or finds in the cache, and loads every kernel that the weights (n, k) of
        `shapes` need for M in 1..m_max, on this thread's device. Blocks. Launches of them make
        nothing from then on, and may be captured; streams may be captured meanwhile.

        threads   that compile and load; by default one per core that this process may use
        progress  called with (done, total, kernel_name) after each kernel

        Returns a PrepareReport. Raises the first failed kernel's error, after the others were made.
        """
        torch = torch_bridge()
        if torch is not None:
            torch.bind(self.driver)
        descs = [_abi.Desc(n=n, k=k) for n, k in shapes]
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
        _abi.call(_abi.prepare_all, self._handle, ctypes.byref(request), ctypes.byref(report))
        return PrepareReport(*(getattr(report, field) for field in PrepareReport._fields))

    def stats(self):
        """Counters since the library was opened: a dict, with prometheus() for its text."""
        counters = _abi.Counters()
        _abi.call(_abi.get_counters, self._handle, ctypes.byref(counters))
        return Stats((name, getattr(counters, name)) for name, _ in counters._fields_[1:])

    def kernels(self):
        """The kernels that are loaded, a list of KernelRecord by device and name."""
        return kernels_of(self._handle)

    def prometheus(self):
        """The counters and the kernels in the text format that Prometheus scrapes."""
        return text_of(self._handle)

    def kernel_name(self, n, k, m, device=None):
        """The kernel that serves a plain launch of m tokens."""
        name = ctypes.create_string_buffer(128)
        gemm = self._gemm(n, k, self.driver.device() if device is None else device)
        _abi.call(_abi.kernel_name, gemm, m, name, len(name))
        return name.value.decode()

    def launch(self, layout, pointers, device, stream, pdl, policy):
        """One launch of checked arrays: a, a_scale, b, b_scale, out. The thread's context is of
        `device`."""
        a, a_scale, b, b_scale, out = pointers
        m, n, k, lda, scale_layout, scale_ld, ldb, ldd = layout
        gemm = self._gemms.get((n, k, device)) or self._gemm(n, k, device)
        arguments = _abi.pack_args(
            m, a, lda, scale_layout, a_scale, scale_ld, b, ldb, b_scale, out, ldd, pdl, policy
        )
        error = ctypes.c_void_p()
        status = _abi.launch(gemm, arguments, stream, ctypes.byref(error))
        if status:
            raise _abi.error_of(status, error)

    def _gemm(self, n, k, device):
        with self._mutex:
            if (n, k, device) not in self._gemms:
                gemm = ctypes.c_void_p()
                desc = _abi.Desc(n=n, k=k)
                _abi.call(_abi.gemm_create, self._handle, ctypes.byref(desc), ctypes.byref(gemm))
                self._gemms[n, k, device] = gemm.value
            return self._gemms[n, k, device]

    def _device_of(self, views):
        """The device of a call's arrays, whose context is current in this thread."""
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


def _choice(name, value, choices):
    if value not in choices:
        raise _abi.InvalidArgument(f"{name} = {value!r} is none of {', '.join(choices)}")
    return choices[value]


def _path(path):
    return None if path is None else os.fsencode(path)


def _default_cache_dir():
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    if xdg.startswith("/"):  # the specification says that a relative one is to be ignored
        return xdg + "/jitgemm"
    home = os.environ.get("HOME")
    return home + "/.cache/jitgemm" if home else None


def _nvrtc_of_wheels():
    spec = importlib.util.find_spec("nvidia")
    for folder in spec.submodule_search_locations if spec else ():
        for place in ("cu13/lib/libnvrtc.so.13", "cuda_nvrtc/lib/libnvrtc.so.12"):
            if os.path.exists(os.path.join(folder, place)):
                return os.path.join(folder, place)
    return None


def _common_stream(arrays):
    interfaces = [getattr(array, "__cuda_array_interface__", None) or {} for array in arrays]
    streams = {interface.get("stream") for interface in interfaces} - {None}
    if len(streams) > 1:
        raise _abi.InvalidArgument(
            f"the arrays are ready on several streams, {sorted(streams)}: order them, pass `stream`"
        )
    return streams.pop() if streams else 0


_torch_bridge = None


def torch_bridge():
    """The module that speaks PyTorch, if this process has imported torch; that is left to it."""
    global _torch_bridge
    if _torch_bridge is None:
        import sys

        if "torch" in sys.modules:
            from jitgemm import _torch

            _torch_bridge = _torch
    return _torch_bridge
