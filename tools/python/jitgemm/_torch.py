"""PyTorch: its tensors, streams and devices, and the operators `jitgemm::gemm` and
`jitgemm::gemm_out`. Imported only in a process that has imported torch.

The operators use the process's default library. Their fake implementations let torch.compile and
torch.export see through them; launches inside a CUDA graph capture are captured.
"""

import torch
from torch import Tensor

from jitgemm import _abi, _default
from jitgemm._layout import NAMES, resolve

_FP8, _FP32 = (torch.float8_e4m3fn, torch.uint8), (torch.float32,)
_TYPES = (_FP8, _FP32, _FP8, _FP32, (torch.bfloat16,))


def _current_stream(ordinal):
    return torch.cuda.current_stream(ordinal).cuda_stream


# The same without an object: what Triton's launcher calls.
_current_stream = getattr(torch._C, "_cuda_getCurrentRawStream", _current_stream)


def bind(driver):
    """Gives this thread the context of PyTorch's current device, if it has none."""
    if torch.cuda.is_available():
        driver.bind(torch.cuda.current_device())


def _refuse(tensors, ordinal):
    """Raises for the first of a, a_scale, b, b_scale, out that is not what it must be."""
    for name, tensor, types in zip(NAMES, tensors, _TYPES):
        if not isinstance(tensor, Tensor):
            raise _abi.InvalidArgument(
                f"{name} is a {type(tensor).__qualname__}, expected a tensor, as a is"
            )
        if tensor.dtype not in types:
            raise _abi.InvalidArgument(f"{name} has dtype {tensor.dtype}, expected {types[0]}")
        if not tensor.is_cuda:
            raise _abi.InvalidArgument(f"{name} is on {tensor.device}, expected a CUDA device")
        if tensor.get_device() != ordinal:
            raise _abi.InvalidArgument(
                f"{name} is on {tensor.device}, and a on {tensors[0].device}"
            )


def launch(library, a, a_scale, b, b_scale, out, pdl, stream, policy):
    """Library.gemm() for tensors."""
    if out is None:
        out = torch.empty((a.shape[0], b.shape[0]), dtype=torch.bfloat16, device=a.device)
    tensors = (a, a_scale, b, b_scale, out)
    ordinal = a.get_device()
    for tensor, types in zip(tensors, _TYPES):
        if (
            not isinstance(tensor, Tensor)
            or tensor.get_device() != ordinal
            or tensor.dtype not in types
        ):
            _refuse(tensors, ordinal)
    if not a.is_cuda:
        _refuse(tensors, ordinal)
    layout = resolve(*[part for tensor in tensors for part in (tensor.shape, tensor.stride())])
    pointers = [tensor.data_ptr() for tensor in tensors]
    if stream is None:
        stream = _current_stream(ordinal)
    if torch.cuda.current_device() == ordinal:
        library.driver.bind(ordinal)
        library.launch(layout, pointers, ordinal, stream, pdl, policy)
    else:
        with torch.cuda.device(ordinal):
            library.driver.bind(ordinal)
            library.launch(layout, pointers, ordinal, stream, pdl, policy)
    return out


_operators = torch.library.Library("jitgemm", "DEF")
# A copy of A's scales in another layout would be read as what it is not, so strides are kept.
_tags = (torch.Tag.pt2_compliant_tag,) + (
    (torch.Tag.needs_exact_strides,) if hasattr(torch.Tag, "needs_exact_strides") else ()
)
_operators.define(
    "gemm(Tensor a, Tensor a_scale, Tensor b, Tensor b_scale, bool pdl=False) -> Tensor", tags=_tags
)
_operators.define(
    "gemm_out(Tensor a, Tensor a_scale, Tensor b, Tensor b_scale, Tensor(out!) out, bool pdl=False)"
    " -> ()",
    tags=_tags,
)


@torch.library.impl(_operators, "gemm", "CUDA")
def _gemm(a, a_scale, b, b_scale, pdl=False):
    return launch(_default.library(), a, a_scale, b, b_scale, None, pdl, None, 0)


@torch.library.impl(_operators, "gemm_out", "CUDA")
def _gemm_out(a, a_scale, b, b_scale, out, pdl=False):
    launch(_default.library(), a, a_scale, b, b_scale, out, pdl, None, 0)


@torch.library.register_fake("jitgemm::gemm", lib=_operators)
def _(a, a_scale, b, b_scale, pdl=False):
    return a.new_empty((a.shape[0], b.shape[0]), dtype=torch.bfloat16)


@torch.library.register_fake("jitgemm::gemm_out", lib=_operators)
def _(a, a_scale, b, b_scale, out, pdl=False):
    return None


_gemm_operator = torch.ops.jitgemm.gemm.default
_gemm_out_operator = torch.ops.jitgemm.gemm_out.default


def gemm(a, a_scale, b, b_scale, out, pdl):
    """jitgemm.gemm() for tensors, through the operators."""
    if out is None:
        return _gemm_operator(a, a_scale, b, b_scale, pdl)
    _gemm_out_operator(a, a_scale, b, b_scale, out, pdl)
    return out
