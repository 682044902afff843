"""jitgemm: FP8 block-scaled GEMMs for Hopper, compiled at run time for the shape at hand.

    import jitgemm

    jitgemm.configure(cache_dir="/var/cache/jitgemm")
    jitgemm.prepare([(7168, 2048), (2112, 7168)], m_max=8192)   # once, at start
    y = jitgemm.gemm(a, a_scale, b, b_scale)                    # then, per step

Takes PyTorch tensors, and anything with __cuda_array_interface__ or DLPack. In a process that has
imported torch, before this module or after it, gemm() is the operator torch.ops.jitgemm.gemm:
torch.compile and CUDA graphs work. This module never imports torch; jitgemm.adapters does.
"""

from jitgemm import _abi, _default
from jitgemm._abi import Error, InvalidArgument, NotReady, Status
from jitgemm._default import configure
from jitgemm._library import Library, torch_bridge
from jitgemm._records import KernelRecord, PrepareReport, Stats

__all__ = [
    "Error",
    "InvalidArgument",
    "KernelRecord",
    "Library",
    "NotReady",
    "PrepareReport",
    "Stats",
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


def open(**options):
    """A library of one's own, beside the process's default one. Options: see Library."""
    return Library(**options)


def gemm(a, a_scale, b, b_scale, out=None, pdl=False):
    """out[M,N] = a[M,K] * b[N,K]^T by the default library: see Library.gemm()."""
    torch = torch_bridge()
    if torch is not None and isinstance(a, torch.Tensor):
        return torch.gemm(a, a_scale, b, b_scale, out, pdl)
    return _default.library().gemm(a, a_scale, b, b_scale, out, pdl)


def prepare(shapes, m_max=8192, *, threads=None, progress=None):
    """Makes and loads the kernels of weights (n, k): see Library.prepare()."""
    return _default.library().prepare(shapes, m_max, threads=threads, progress=progress)


def stats():
    """Counters of the default library: see Library.stats()."""
    return _default.library().stats()


def kernels():
    """The kernels that the default library has loaded: see Library.kernels()."""
    return _default.library().kernels()


def prometheus():
    """Counters and kernels of the default library as text: see Library.prometheus()."""
    return _default.library().prometheus()


torch_bridge()  # registers the operators, where torch is there already
