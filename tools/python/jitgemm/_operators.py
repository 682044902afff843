"""The operators `jitgemm::gemm` and `jitgemm::gemm_out` of PyTorch. Imported only in a process that
has imported torch.

The operators use the default library of the process. Their fake implementations let torch.compile
and torch.export trace them. Launches during a CUDA graph capture are captured.
"""

import torch
from torch import Tensor

from jitgemm._library import default_library
from jitgemm._tensors import launch

_operators = torch.library.Library("jitgemm", "DEF")
# The kernel reads A's scales in the layout that their strides say, so a copy must keep the strides.
_tags = (torch.Tag.pt2_compliant_tag,) + (
    (torch.Tag.needs_exact_strides,) if hasattr(torch.Tag, "needs_exact_strides") else ()
)
_operators.define(
    "gemm(Tensor a, Tensor a_scale, Tensor b, Tensor b_scale, bool pdl=False, Tensor? bias=None)"
    " -> Tensor",
    tags=_tags,
)
_operators.define(
    "gemm_out(Tensor a, Tensor a_scale, Tensor b, Tensor b_scale, Tensor(out!) out, bool pdl=False,"
    " Tensor? bias=None) -> ()",
    tags=_tags,
)


@torch.library.impl(_operators, "gemm", "CUDA")
def _gemm(a, a_scale, b, b_scale, pdl=False, bias=None):
    return launch(default_library(), a, a_scale, b, b_scale, None, pdl, bias, None, 0)


@torch.library.impl(_operators, "gemm_out", "CUDA")
def _gemm_out(a, a_scale, b, b_scale, out, pdl=False, bias=None):
    launch(default_library(), a, a_scale, b, b_scale, out, pdl, bias, None, 0)


@torch.library.register_fake("jitgemm::gemm", lib=_operators)
def _(a, a_scale, b, b_scale, pdl=False, bias=None):
    return a.new_empty((a.shape[0], b.shape[0]), dtype=torch.bfloat16)


@torch.library.register_fake("jitgemm::gemm_out", lib=_operators)
def _(a, a_scale, b, b_scale, out, pdl=False, bias=None):
    return None


_gemm_operator = torch.ops.jitgemm.gemm.default
_gemm_out_operator = torch.ops.jitgemm.gemm_out.default


def gemm(a, a_scale, b, b_scale, out, pdl, bias):
    """jitgemm.gemm() of tensors, through the operators."""
    if out is None:
        return _gemm_operator(a, a_scale, b, b_scale, pdl, bias)
    _gemm_out_operator(a, a_scale, b, b_scale, out, pdl, bias)
    return out
