"""Random operands on the GPU, and PyTorch's product of them."""

import unittest

try:
    import torch
except ImportError as error:
    raise unittest.SkipTest(f"SKIPPED: no torch: {error}")
if not torch.cuda.is_available() or torch.cuda.get_device_capability() != (9, 0):
    raise unittest.SkipTest("SKIPPED: no GPU of compute capability 9.0")

import jitgemm

# Shapes of DeepSeek-V3 on 8 GPUs. N = 2112 is not a multiple of 128, K = 2304 not one of 512.
SHAPES = [(2112, 7168), (7168, 2048), (576, 7168), (7168, 2304)]
LARGEST_ERROR = 2.5e-3  # relative error in the norm; rounding to bfloat16 alone gives 1.7e-3


def blocks(extent):
    return -(-extent // 128)


def m_major(scale):
    """The same scales with strides [1, ld], ld a multiple of 4."""
    m, kb = scale.shape
    padded = torch.nn.functional.pad(scale.t(), (0, -m % 4))
    return padded.t()[:m]


def weight(n, k, seed=1, device="cuda"):
    """(b, b_scale), with values of about the size that checkpoints have."""
    generator = torch.Generator(device).manual_seed(seed)
    b = torch.randn(n, k, generator=generator, device=device).to(torch.float8_e4m3fn)
    b_scale = torch.rand(blocks(n), blocks(k), generator=generator, device=device) / k**0.5 + 1e-3
    return b, b_scale


def activations(m, k, seed=2, device="cuda"):
    """(a, a_scale), K-major."""
    generator = torch.Generator(device).manual_seed(seed)
    a = torch.randn(m, k, generator=generator, device=device).to(torch.float8_e4m3fn)
    return a, torch.rand(m, blocks(k), generator=generator, device=device) + 0.1


def dequantised(a, a_scale, rows=1):
    """a * scale in fp32; a block of `rows` rows and 128 columns has one scale."""
    scale = a_scale.repeat_interleave(rows, 0)[: a.shape[0]]
    return a.float() * scale.repeat_interleave(128, 1)[:, : a.shape[1]]


def product(a, a_scale, b, b_scale):
    """The product of the dequantised operands in fp32."""
    return dequantised(a, a_scale) @ dequantised(b, b_scale, rows=128).t()


def relative_error(x, reference):
    return ((x.float() - reference).norm() / reference.norm()).item()


class GpuTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.backends.cuda.matmul.allow_tf32 = False
        jitgemm.prepare(SHAPES, 512)

    def assert_same_bits(self, x, y):
        self.assertEqual(x.shape, y.shape)
        different = (x.view(torch.int16) != y.view(torch.int16)).sum().item()
        self.assertEqual(different, 0, f"{different} of {x.numel()} elements differ")
