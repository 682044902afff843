"""PyTorch's tensors, streams and devices. Imported only in a process that has imported torch."""

import torch
from torch import Tensor

from jitgemm import _abi
from jitgemm._layout import NAMES, resolve

_FP8, _FP32 = (torch.float8_e4m3fn, torch.uint8), (torch.float32,)
_BIAS_TYPES = {torch.bfloat16: _abi.BIAS_TYPES["bf16"], torch.float32: _abi.BIAS_TYPES["fp32"]}
_TYPES = (_FP8, _FP32, _FP8, _FP32, (torch.bfloat16,), tuple(_BIAS_TYPES))

# The handle of a device's current stream without a Stream object, as Triton's launcher gets it. None
# in a PyTorch without CUDA, which has no tensors on a GPU.
_current_stream = getattr(torch._C, "_cuda_getCurrentRawStream", None)


def bind(driver):
    """Makes the context of PyTorch's current device current in this thread, if it has none."""
    if torch.cuda.is_available():
        driver.bind(torch.cuda.current_device())


def _refuse(tensors, ordinal):
    """Raises InvalidArgument for the first tensor, in the order of NAMES, that does not fit."""
    for name, tensor, types in zip(NAMES, tensors, _TYPES):
        if not isinstance(tensor, Tensor):
            raise _abi.InvalidArgument(
                f"{name} is a {type(tensor).__qualname__}, expected a tensor, as a is"
            )
        if tensor.dtype not in types:
            expected = " or ".join(map(str, types))
            raise _abi.InvalidArgument(f"{name} has dtype {tensor.dtype}, expected {expected}")
        if not tensor.is_cuda:
            raise _abi.InvalidArgument(f"{name} is on {tensor.device}, expected a CUDA device")
        if tensor.get_device() != ordinal:
            raise _abi.InvalidArgument(
                f"{name} is on {tensor.device}, and a on {tensors[0].device}"
            )


def launch(library, a, a_scale, b, b_scale, out, pdl, bias, stream, policy):
    """Library.gemm() for tensors."""
    if out is None:
        out = torch.empty((a.shape[0], b.shape[0]), dtype=torch.bfloat16, device=a.device)
    tensors = (a, a_scale, b, b_scale, out) if bias is None else (a, a_scale, b, b_scale, out, bias)
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
    bias_type = 0 if bias is None else _BIAS_TYPES[bias.dtype]
    if stream is None:
        stream = _current_stream(ordinal)
    if torch.cuda.current_device() == ordinal:
        library.driver.bind(ordinal)
        library.launch(layout, pointers, bias_type, ordinal, stream, pdl, policy)
    else:
        with torch.cuda.device(ordinal):
            library.driver.bind(ordinal)
            library.launch(layout, pointers, bias_type, ordinal, stream, pdl, policy)
    return out
