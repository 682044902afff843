"""Linear layers of block-FP8 checkpoints (DeepSeek-V3's scheme) for inference servers. Needs torch.

BlockFp8Linear is a layer. w8a8_block_fp8_linear() and apply_w8a8_block_fp8_linear() replace the
block-FP8 backends of SGLang and vLLM, and take their arguments:

    input         [.., K] bfloat16 (or another float type), which is quantised here, 1x128;
                  or FP8 e4m3, quantised by the caller, with its scales in `input_scale`
    weight        [N, K] FP8 e4m3, as the checkpoint has it
    weight_scale  [ceil(N/128), ceil(K/128)] fp32 (the checkpoint's weight_scale_inv): w = q * scale
    input_scale   [.., ceil(K/128)] fp32, M-major or K-major; None when `input` is not FP8
    bias          [N], bfloat16 or another float type, which then counts as fp32; added in the GEMM,
                  before its result is rounded to bfloat16

The result is [.., N] in the input's type, bfloat16 for FP8 input. The library chooses the kernel
for every number of tokens, so there is no threshold here. A layer with a bias has kernels of its
own: jitgemm.prepare([(n, k, "bf16")]) loads them.
"""

import torch
from torch import nn

import jitgemm
from jitgemm._layout import BLOCK, blocks

_FP8_MAX = torch.finfo(torch.float8_e4m3fn).max
_SMALLEST_AMAX = 1e-10  # of a block: the scale of a block of zeros must not be 0


def quantize_1x128(x):
    """Quantises [M, K] to FP8 e4m3 with a scale per token and 128 of K: (q, scale), x = q * scale.
    The scales are K-major, [M, ceil(K/128)] fp32."""
    m, k = x.shape
    kb = blocks(k)
    x = x.float()
    if k % BLOCK:
        x = nn.functional.pad(x, (0, kb * BLOCK - k))
    x = x.view(m, kb, BLOCK)
    scale = x.abs().amax(dim=2).clamp(min=_SMALLEST_AMAX) / _FP8_MAX
    q = (x / scale.unsqueeze(2)).clamp(-_FP8_MAX, _FP8_MAX).to(torch.float8_e4m3fn)
    return q.view(m, kb * BLOCK)[:, :k].contiguous(), scale


def w8a8_block_fp8_linear(input, weight, block_size, weight_scale, input_scale=None, bias=None):
    """Replaces one of SGLang's w8a8_block_fp8_linear backends."""
    _check_block_size(block_size)
    return apply_w8a8_block_fp8_linear(input, weight, weight_scale, input_scale, bias)


def apply_w8a8_block_fp8_linear(input, weight, weight_scale, input_scale=None, bias=None):
    """Replaces vLLM's W8A8BlockFp8LinearOp.apply and similar functions."""
    rows = input.reshape(-1, input.shape[-1])
    quantised = input.dtype == torch.float8_e4m3fn
    if quantised != (input_scale is not None):
        raise jitgemm.InvalidArgument(
            f"input has dtype {input.dtype} and input_scale is"
            f" {'missing' if input_scale is None else 'given'}: FP8 input needs scales, other input"
            " has none"
        )
    if quantised:
        a, a_scale = rows, input_scale.reshape(-1, input_scale.shape[-1])
        result_type = torch.bfloat16
    else:
        a, a_scale = quantize_1x128(rows)
        result_type = input.dtype
    if bias is not None and bias.dtype != torch.bfloat16:
        bias = bias.float()
    output = jitgemm.gemm(a, a_scale, weight, weight_scale, bias=bias)
    return output.to(result_type).view(*input.shape[:-1], weight.shape[0])


class BlockFp8Linear(nn.Module):
    """y = x * w^T + bias, with a weight and its scales as a block-FP8 checkpoint has them, without
    copies or padding."""

    def __init__(self, weight, weight_scale, bias=None, block_size=(BLOCK, BLOCK)):
        super().__init__()
        _check_block_size(block_size)
        reason = self.unsupported(weight, weight_scale)
        if reason:
            raise jitgemm.InvalidArgument(reason)
        self.weight = _fixed(weight)
        self.weight_scale_inv = _fixed(weight_scale)
        self.bias = None if bias is None else _fixed(bias)
        self.out_features, self.in_features = weight.shape

    @staticmethod
    def unsupported(weight, weight_scale):
        """The reason why this library cannot serve a weight, or None if it can."""
        if weight.dtype != torch.float8_e4m3fn or weight.dim() != 2:
            return f"weight is {weight.dim()}-D {weight.dtype}, expected [N, K] float8_e4m3fn"
        n, k = weight.shape
        if n % 8 or k % 16:
            return f"weight has shape {[n, k]}, expected N a multiple of 8 and K of 16"
        expected = [blocks(n), blocks(k)]
        found = list(weight_scale.shape)
        if weight_scale.dtype != torch.float32 or found != expected:
            return f"weight_scale is {found} {weight_scale.dtype}, expected {expected} float32"
        return None

    def forward(self, input, input_scale=None):
        return apply_w8a8_block_fp8_linear(
            input, self.weight, self.weight_scale_inv, input_scale, self.bias
        )

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}"


def _check_block_size(block_size):
    if list(block_size) != [BLOCK, BLOCK]:
        raise jitgemm.InvalidArgument(f"block_size is {list(block_size)}, expected [128, 128]")


def _fixed(tensor):
    return tensor if isinstance(tensor, nn.Parameter) else nn.Parameter(tensor, requires_grad=False)
