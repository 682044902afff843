"""torch.ops.jitgemm.gemm gives one result in eager mode, under torch.compile, in CUDA graphs and
from C++, on any stream, thread and device."""

import ctypes
import os
import threading
import unittest

import torch

import jitgemm
from data import (
    LARGEST_ERROR,
    SHAPES,
    GpuTest,
    activations,
    m_major,
    product,
    relative_error,
    weight,
)
from jitgemm import _abi
from jitgemm._options import nvrtc_of_wheels

MS = (1, 7, 16, 64, 129, 300)


class OperatorTest(GpuTest):
    def points(self):
        for n, k in SHAPES:
            b, b_scale = weight(n, k)
            for m in MS:
                with self.subTest(n=n, k=k, m=m):
                    yield (*activations(m, k), b, b_scale)

    def test_it_is_the_product(self):
        for operands in self.points():
            y = jitgemm.gemm(*operands)
            self.assertLess(relative_error(y, product(*operands)), LARGEST_ERROR)

    def test_layouts_options_and_ways_in_give_the_same_bits(self):
        library = jitgemm.open()
        for a, a_scale, b, b_scale in self.points():
            y = jitgemm.gemm(a, a_scale, b, b_scale)
            out = torch.full_like(y, float("nan"))
            self.assertIs(jitgemm.gemm(a, a_scale, b, b_scale, out), out)
            self.assert_same_bits(out, y)
            self.assert_same_bits(jitgemm.gemm(a, m_major(a_scale), b, b_scale), y)
            self.assert_same_bits(library.gemm(a, a_scale, b, b_scale), y)
            as_bytes = jitgemm.gemm(a.view(torch.uint8), a_scale, b.view(torch.uint8), b_scale)
            self.assert_same_bits(as_bytes, y)

    def test_cpp_gives_the_same_bits(self):
        cpp = ctypes.CDLL(os.environ["JITGEMM_CPP_CALL"]).launch_in_cpp
        cpp.argtypes = [ctypes.c_int64, ctypes.c_int64, ctypes.c_char_p, ctypes.c_void_p] + [
            ctypes.c_char_p
        ] * 2
        cache = os.environ["JITGEMM_CACHE_DIR"].encode()
        nvrtc = (os.environ.get("JITGEMM_NVRTC") or nvrtc_of_wheels() or "").encode()
        for a, a_scale, b, b_scale in self.points():
            (m, k), n = a.shape, b.shape[0]
            for pdl in (False, True):
                y = jitgemm.gemm(a, a_scale, b, b_scale, None, pdl)
                out = torch.full_like(y, float("nan"))
                pointers = [t.data_ptr() for t in (a, a_scale, b, b_scale, out)]
                arguments = _abi.pack_args(
                    m, pointers[0], k, _abi.K_MAJOR, pointers[1], a_scale.shape[1],
                    pointers[2], k, pointers[3], pointers[4], n, pdl, 0,
                )  # fmt: skip
                stream = torch.cuda.current_stream().cuda_stream
                self.assertEqual(cpp(n, k, arguments, stream, cache, nvrtc), 0)
                self.assert_same_bits(out, y)

    def test_compiled_code_gives_the_same_bits(self):
        def twice(a, a_scale, b, b_scale):
            return 2 * jitgemm.gemm(a, a_scale, b, b_scale)

        def transposing(a, a_scale, b, b_scale):
            return 2 * jitgemm.gemm(a, m_major(a_scale), b, b_scale)

        for function in (twice, transposing):
            for options in ({}, {"mode": "reduce-overhead"}, {"dynamic": True}):
                torch.compiler.reset()
                compiled = torch.compile(function, fullgraph=True, **options)
                for n, k in SHAPES[:2]:
                    b, b_scale = weight(n, k)
                    for m in (7, 16):
                        with self.subTest(function=function.__name__, n=n, m=m, **options):
                            operands = (*activations(m, k), b, b_scale)
                            expected = 2 * jitgemm.gemm(*operands)
                            for _ in range(3):  # warm-up, capture, replay
                                y = compiled(*operands).clone()
                            self.assert_same_bits(y, expected)

    def test_compiled_code_writes_into_out(self):
        def into(a, a_scale, b, b_scale, out):
            jitgemm.gemm(a, a_scale, b, b_scale, out)
            return out.float().sum()

        n, k = SHAPES[0]
        operands = (*activations(7, k), *weight(n, k))
        out = torch.zeros(7, n, dtype=torch.bfloat16, device="cuda")
        torch.compiler.reset()
        torch.compile(into, fullgraph=True)(*operands, out)
        self.assert_same_bits(out, jitgemm.gemm(*operands))

    def test_operator_passes_pytorchs_own_checks(self):
        n, k = SHAPES[0]
        a, a_scale = activations(7, k)
        b, b_scale = weight(n, k)
        # Bytes, because the checks compare operands, which PyTorch cannot do with FP8.
        operands = (a.view(torch.uint8), a_scale, b.view(torch.uint8), b_scale)
        torch.library.opcheck(torch.ops.jitgemm.gemm.default, operands)
        out = torch.zeros(7, n, dtype=torch.bfloat16, device="cuda")
        torch.library.opcheck(torch.ops.jitgemm.gemm_out.default, (*operands, out))

    def test_a_captured_graph_gives_the_same_bits_for_the_data_of_its_replay(self):
        for n, k in SHAPES:
            b, b_scale = weight(n, k)
            for m in MS:
                for pdl in (False, True):
                    with self.subTest(n=n, k=k, m=m, pdl=pdl):
                        a, a_scale = activations(m, k)
                        graph = torch.cuda.CUDAGraph()
                        with torch.cuda.graph(graph):
                            y = jitgemm.gemm(a, a_scale, b, b_scale, None, pdl)
                        for seed in (3, 4):
                            other, other_scale = activations(m, k, seed)
                            a.copy_(other)
                            a_scale.copy_(other_scale)
                            graph.replay()
                            expected = jitgemm.gemm(other, other_scale, b, b_scale, None, pdl)
                            self.assert_same_bits(y, expected)

    def test_a_miss_inside_a_capture_is_an_error_and_leaves_the_capture_valid(self):
        n, k = SHAPES[0]
        operands = (*activations(7, k), *weight(n, k))
        missing = (*activations(7, 1024), *weight(1000, 1024))
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            with self.assertRaises(jitgemm.NotReady):
                jitgemm.gemm(*missing)
            y = jitgemm.gemm(*operands)
        graph.replay()
        self.assert_same_bits(y, jitgemm.gemm(*operands))

    def test_a_bias_is_added_before_rounding(self):
        library = jitgemm.open()
        for operands in self.points():
            exact = product(*operands)
            for dtype in (torch.bfloat16, torch.float32):
                bias = exact[-1].to(dtype)  # as large as the sums
                y = jitgemm.gemm(*operands, bias=bias)
                self.assertLess(relative_error(y, exact + bias.float()), LARGEST_ERROR)
                self.assert_same_bits(jitgemm.gemm(*operands, torch.empty_like(y), bias=bias), y)
                self.assert_same_bits(library.gemm(*operands, bias=bias), y)
        torch.compiler.reset()
        compiled = torch.compile(lambda *t: jitgemm.gemm(*t[:4], bias=t[4]), fullgraph=True)
        self.assert_same_bits(compiled(*operands, bias), y)

    def test_it_runs_on_the_current_stream(self):
        n, k = SHAPES[1]
        a, a_scale = activations(64, k)
        b, b_scale = weight(n, k)
        expected = jitgemm.gemm(a, a_scale, b, b_scale)
        torch.cuda.synchronize()
        late = torch.zeros_like(a)
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):
            torch.cuda._sleep(50_000_000)  # cycles: a launch anywhere else would read zeros
            late.copy_(a)
            y = jitgemm.gemm(late, a_scale, b, b_scale)
        stream.synchronize()
        self.assert_same_bits(y, expected)

    def test_a_new_thread_may_launch(self):
        n, k = SHAPES[0]
        operands = (*activations(7, k), *weight(n, k))
        results = []
        thread = threading.Thread(target=lambda: results.append(jitgemm.gemm(*operands)))
        thread.start()
        thread.join()
        self.assert_same_bits(results[0], jitgemm.gemm(*operands))

    def test_every_device_serves_whichever_is_current(self):
        n, k = SHAPES[0]
        expected = jitgemm.gemm(*activations(7, k), *weight(n, k)).cpu()
        for index in range(torch.cuda.device_count()):
            device = f"cuda:{index}"
            operands = [t.to(device) for t in (*activations(7, k), *weight(n, k))]
            self.assert_same_bits(jitgemm.gemm(*operands).cpu(), expected)
        self.assertEqual(torch.cuda.current_device(), 0)

    def test_what_is_wrong_is_refused_by_name(self):
        n, k = SHAPES[0]
        a, a_scale = activations(7, k)
        b, b_scale = weight(n, k)
        with self.assertRaisesRegex(
            jitgemm.InvalidArgument, "a_scale has shape .* expected .7, 56."
        ):
            jitgemm.gemm(a, a_scale.t(), b, b_scale)
        with self.assertRaisesRegex(jitgemm.InvalidArgument, "b has dtype torch.bfloat16"):
            jitgemm.gemm(a, a_scale, b.bfloat16(), b_scale)
        with self.assertRaisesRegex(jitgemm.InvalidArgument, "b_scale is on cpu"):
            jitgemm.open().gemm(a, a_scale, b, b_scale.cpu())


if __name__ == "__main__":
    unittest.main()
