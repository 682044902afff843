"""BlockFp8Linear and the adapters compared with a matrix product of dequantised weights."""

import unittest

import torch

import jitgemm
from data import LARGEST_ERROR, GpuTest, dequantised, m_major, relative_error
from jitgemm.adapters import (
    BlockFp8Linear,
    apply_w8a8_block_fp8_linear,
    quantize_1x128,
    w8a8_block_fp8_linear,
)

SHAPES = [(2112, 7168), (7168, 2304), (576, 512), (264, 400)]


def checkpoint(n, k):
    """A weight as a checkpoint has it, quantised 128 x 128: (weight, weight_scale_inv)."""
    generator = torch.Generator("cuda").manual_seed(n + k)
    w = torch.randn(n, k, generator=generator, device="cuda") / k**0.5
    padded = torch.nn.functional.pad(w, (0, -k % 128, 0, -n % 128))
    tiles = padded.view(padded.shape[0] // 128, 128, padded.shape[1] // 128, 128)
    scale = tiles.abs().amax(dim=(1, 3)) / 448
    quantised = (tiles / scale[:, None, :, None]).view(padded.shape)[:n, :k]
    return quantised.to(torch.float8_e4m3fn).contiguous(), scale


class AdapterTest(GpuTest):
    def test_a_layer_is_the_product_of_what_was_quantised(self):
        for n, k in SHAPES:
            weight, scale = checkpoint(n, k)
            bias = torch.randn(n, device="cuda", dtype=torch.bfloat16)
            layer = BlockFp8Linear(weight, scale, bias)
            w = dequantised(weight, scale, rows=128)
            for rows in ((1,), (2, 3), (40,), (4, 64)):
                with self.subTest(n=n, k=k, rows=rows):
                    x = torch.randn(*rows, k, device="cuda", dtype=torch.bfloat16)
                    q, q_scale = quantize_1x128(x.view(-1, k))
                    y = layer(x)
                    self.assertEqual((y.shape, y.dtype), ((*rows, n), torch.bfloat16))
                    exact = dequantised(q, q_scale) @ w.t()
                    plain = BlockFp8Linear(weight, scale)(x)
                    self.assertLess(relative_error(plain.view(-1, n), exact), LARGEST_ERROR)
                    biased = exact + bias.float()
                    error = relative_error(y.view(-1, n), biased)
                    self.assertLess(error, LARGEST_ERROR)
                    twice_rounded = (plain + bias).view(-1, n)
                    self.assertLess(error, relative_error(twice_rounded, biased))
                    # Against the product before quantisation, with the bound of peers' tests.
                    whole = x.view(-1, k).float() @ w.t()
                    difference = 1 - 2 * (plain.view(-1, n) * whole).sum() / (
                        (plain.float() ** 2).sum() + (whole**2).sum()
                    )
                    self.assertLess(difference.item(), 1e-3)

    def test_functions_of_both_servers_are_the_layer(self):
        n, k = SHAPES[0]
        weight, scale = checkpoint(n, k)
        bias = torch.randn(n, device="cuda", dtype=torch.bfloat16)
        x = torch.randn(9, k, device="cuda", dtype=torch.bfloat16)
        y = BlockFp8Linear(weight, scale, bias)(x)
        self.assert_same_bits(w8a8_block_fp8_linear(x, weight, [128, 128], scale, None, bias), y)
        self.assert_same_bits(apply_w8a8_block_fp8_linear(x, weight, scale, bias=bias), y)
        q, q_scale = quantize_1x128(x)
        for given in (q_scale, m_major(q_scale)):
            self.assert_same_bits(
                w8a8_block_fp8_linear(q, weight, [128, 128], scale, given, bias), y
            )

    def test_the_result_has_the_inputs_type(self):
        weight, scale = checkpoint(*SHAPES[0])
        x = torch.randn(3, SHAPES[0][1], device="cuda")
        for dtype in (torch.float16, torch.bfloat16, torch.float32):
            bias = torch.randn(SHAPES[0][0], device="cuda", dtype=dtype)
            plain = BlockFp8Linear(weight, scale)(x.to(dtype))
            y = BlockFp8Linear(weight, scale, bias)(x.to(dtype))
            self.assertEqual((plain.dtype, y.dtype), (dtype, dtype))
            # Both are rounded to bfloat16.
            self.assertLess(relative_error(y, plain.float() + bias.float()), 2 * LARGEST_ERROR)

    def test_a_compiled_layer_is_the_product_too(self):
        n, k = SHAPES[1]
        weight, scale = checkpoint(n, k)
        layer = BlockFp8Linear(weight, scale)
        torch.compiler.reset()
        compiled = torch.compile(layer, fullgraph=True)
        w = dequantised(weight, scale, rows=128)
        for m in (1, 16, 40):
            x = torch.randn(m, k, device="cuda", dtype=torch.bfloat16)
            q, q_scale = quantize_1x128(x)
            exact = dequantised(q, q_scale) @ w.t()
            # Compiled code may round a scale differently, which moves a few values to a neighbour.
            self.assertLess(relative_error(compiled(x), exact), 2 * LARGEST_ERROR)

    def test_no_tokens_give_no_rows(self):
        weight, scale = checkpoint(*SHAPES[0])
        x = torch.empty(0, SHAPES[0][1], device="cuda", dtype=torch.bfloat16)
        self.assertEqual(BlockFp8Linear(weight, scale)(x).shape, (0, SHAPES[0][0]))

    def test_weights_that_are_not_served_are_refused_by_name(self):
        weight, scale = checkpoint(*SHAPES[0])
        for expected, arguments in (
            ("bfloat16, expected .N, K. float8_e4m3fn", (weight.bfloat16(), scale)),
            ("weight has shape .2100, 7168., expected N a multiple of 8", (weight[:2100], scale)),
            ("weight_scale is .17, 55. torch.float32, expected .17, 56.", (weight, scale[:, :55])),
        ):
            with self.assertRaisesRegex(jitgemm.InvalidArgument, expected):
                BlockFp8Linear(*arguments)


if __name__ == "__main__":
    unittest.main()
