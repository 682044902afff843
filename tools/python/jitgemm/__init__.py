"""jitgemm: FP8 block-scaled GEMMs for Hopper, compiled at run time for the shape at hand.

    import jitgemm

    jitgemm.configure(cache_dir="/var/cache/jitgemm")
    jitgemm.prepare([(7168, 2048), (2112, 7168)], m_max=8192)   # once, at start
    y = jitgemm.gemm(a, a_scale, b, b_scale)                    # then, per step

Arrays are PyTorch tensors, or have __cuda_array_interface__ or DLPack. In a process that has
imported torch, before this module or after it, gemm() is the operator torch.ops.jitgemm.gemm, so
torch.compile and CUDA graphs work. This module never imports torch; jitgemm.adapters does.
"""

import sys

from jitgemm import _abi
from jitgemm._abi import Error, InvalidArgument, NotReady, Status
from jitgemm._library import Library, configure, default_library
from jitgemm._records import KernelRecord, PrepareReport

__all__ = [
    "Error",
    "InvalidArgument",
    "KernelRecord",
    "Library",
    "NotReady",
    "PrepareReport",
    "Status",
    "configure",
    "gemm",
    "kernels",
    "open",
    "prepare",
    "prometheus",
    "stats",
]
__version__ = _abi.version().decode()
_torch_operators = None


def _operators_of_torch():
    """The module whose import registers the operators, if this process has imported torch, or else
    None."""
    global _torch_operators
    if _torch_operators is None and "torch" in sys.modules:
        from jitgemm import _operators

        _torch_operators = _operators
    return _torch_operators


def open(**options):
    """Opens a library beside the default library of the process. Options: see Library."""
    return Library(**options)


def gemm(a, a_scale, b, b_scale, out=None, pdl=False, *, bias=None):
    """out[M,N] = a[M,K] * b[N,K]^T + bias[N] with the default library: see Library.gemm()."""
    operators = _operators_of_torch()
    if operators is not None and isinstance(a, operators.Tensor):
        return operators.gemm(a, a_scale, b, b_scale, out, pdl, bias)
    return default_library().gemm(a, a_scale, b, b_scale, out, pdl, bias=bias)


def prepare(shapes, m_max=8192, *, threads=None, progress=None):
    """Loads the kernels of weights (n, k) or (n, k, bias type), from the cache or compiled: see
    Library.prepare()."""
    _operators_of_torch()
    return default_library().prepare(shapes, m_max, threads=threads, progress=progress)


def stats():
    """The counters of the default library: see Library.stats()."""
    return default_library().stats()


def kernels():
    """The loaded kernels of the default library: see Library.kernels()."""
    return default_library().kernels()


def prometheus():
    """The counters and kernels of the default library as text: see Library.prometheus()."""
    return default_library().prometheus()


_operators_of_torch()
