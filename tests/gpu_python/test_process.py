"""A process's life: either import order, 100,000 launches in constant memory, CuPy beside torch."""

import os
import random
import subprocess
import sys
import time
import unittest

import torch

import jitgemm
from data import SHAPES, GpuTest, activations, weight

LAUNCHES = 100_000

_SCRIPT = """
import {first}, {second}
import torch
n, k = 2112, 7168
g = torch.Generator("cuda").manual_seed(5)
a = torch.randn(7, k, generator=g, device="cuda").to(torch.float8_e4m3fn)
b = torch.randn(n, k, generator=g, device="cuda").to(torch.float8_e4m3fn)
a_scale = torch.rand(7, 56, generator=g, device="cuda")
b_scale = torch.rand(17, 56, generator=g, device="cuda")
y = jitgemm.gemm(a, a_scale, b, b_scale)
compiled = torch.compile(lambda *t: jitgemm.gemm(*t), fullgraph=True)(a, a_scale, b, b_scale)
assert torch.equal(compiled, y)
print(y.view(torch.int16).long().sum().item(), y.float().abs().sum().item())
"""


def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class ProcessTest(GpuTest):
    def test_either_import_order_gives_the_same_bits(self):
        outputs = [
            subprocess.run(
                [sys.executable, "-c", _SCRIPT.format(first=first, second=second)],
                capture_output=True,
                text=True,
            )
            for first, second in (("jitgemm", "torch"), ("torch", "jitgemm"))
        ]
        for output in outputs:
            self.assertEqual(output.returncode, 0, output.stderr)
        self.assertEqual(outputs[0].stdout, outputs[1].stdout)

    def test_many_launches_of_mixed_shapes_take_no_memory(self):
        choose = random.Random(6)
        weights = [weight(n, k) for n, k in SHAPES]
        tokens = {k: activations(512, k) for _, k in SHAPES}

        def launch(count):
            for i in range(count):
                b, b_scale = weights[choose.randrange(len(weights))]
                m = choose.randint(1, 512)
                a, a_scale = tokens[b.shape[1]]
                jitgemm.gemm(a[:m], a_scale[:m], b, b_scale, None, bool(i % 2))
                if i % 1000 == 999:
                    torch.cuda.synchronize()
            torch.cuda.synchronize()

        launch(LAUNCHES // 5)  # every kernel is loaded, every combination of shapes has been seen
        counters, free, allocated = (
            jitgemm.stats(),
            torch.cuda.mem_get_info()[0],
            torch.cuda.memory_allocated(),
        )
        resident, started = resident_bytes(), time.perf_counter()
        launch(LAUNCHES - LAUNCHES // 5)
        seconds = time.perf_counter() - started
        grown = resident_bytes() - resident
        us = seconds / (LAUNCHES - LAUNCHES // 5) * 1e6
        print(f"\n{LAUNCHES} launches, {us:.1f} us each; resident {grown:+} bytes")
        self.assertEqual(torch.cuda.memory_allocated(), allocated)
        self.assertEqual(torch.cuda.mem_get_info()[0], free)
        self.assertLess(grown, 2 << 20)
        self.assertEqual(jitgemm.stats()["compiled"], counters["compiled"])

    def test_the_host_time_of_a_launch_is_told(self):
        n, k = SHAPES[0]
        operands = (*activations(1, k), *weight(n, k))
        out = torch.empty(1, n, dtype=torch.bfloat16, device="cuda")
        library = jitgemm.open()
        library.prepare([(n, k)], 1)
        ways = {
            "jitgemm.gemm": lambda: jitgemm.gemm(*operands),
            "jitgemm.gemm, out given": lambda: jitgemm.gemm(*operands, out),
            "Library.gemm, out given": lambda: library.gemm(*operands, out),
        }
        for name, launch in ways.items():
            best = float("inf")
            for _ in range(20):
                torch.cuda.synchronize()
                started = time.perf_counter()
                for _ in range(100):
                    launch()
                best = min(best, (time.perf_counter() - started) / 100)
            torch.cuda.synchronize()
            print(f"\n{name}: {best * 1e6:.1f} us of host time")
            self.assertLess(best, 100e-6)

    def test_arrays_of_cupy_give_the_same_bits(self):
        try:
            import cupy
        except ImportError:
            self.skipTest("no CuPy")
        n, k = SHAPES[0]
        a, a_scale = activations(7, k)
        b, b_scale = weight(n, k)
        expected = jitgemm.gemm(a, a_scale, b, b_scale)
        torch.cuda.synchronize()
        a, b = (cupy.asarray(t.view(torch.uint8)) for t in (a, b))
        a_scale, b_scale = cupy.asarray(a_scale), cupy.asarray(b_scale)
        out = cupy.zeros((7, n), cupy.uint16)
        with cupy.cuda.Stream(non_blocking=True) as stream:
            jitgemm.gemm(a, a_scale, b, b_scale, out)
            stream.synchronize()
        self.assert_same_bits(
            torch.as_tensor(out.view(cupy.int16), device="cuda").view(torch.bfloat16), expected
        )


if __name__ == "__main__":
    unittest.main()
