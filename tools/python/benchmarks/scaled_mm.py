#!/usr/bin/env python3
"""Times jitgemm and PyTorch's block-scaled scaled_mm (cuBLASLt) on the GEMMs of DeepSeek-V3's dense
layers, as one of 8 tensor-parallel ranks has them, in CUDA graphs. Needs a Hopper GPU.

    python3 scaled_mm.py [--batch 1,4,16,32,64] [--megabytes 400] [--json FILE]

Both sides get the same quantised weights and activations (1x128 and 128x128 scales), in the layout
that each needs. This preparation is not timed. The layers of each side are captured once and
replayed. Their weights exceed the L2 cache, so every weight is read from memory. Before a batch
size is timed, every GEMM of both sides is compared with a product of the dequantised operands. If
PyTorch has no kernel for a number of tokens, its activations are padded to the next number that it
supports; the padding is not timed.
"""

import argparse
import itertools
import json
import math
import statistics

import torch
import torch.nn.functional as F

import jitgemm
from jitgemm._layout import blocks

LAYER = {  # name: (n, k), by `jitgemm prewarm --model DeepSeek-V3 --tp 8`
    "fused_qkv_a_proj": (2112, 7168),
    "q_b_proj": (3072, 1536),
    "kv_b_proj": (4096, 512),
    "o_proj": (7168, 2048),
    "gate_up_proj": (4608, 7168),
    "down_proj": (7168, 2304),
}
LARGEST_ERROR = 4e-3  # relative error in the norm; rounding to bfloat16 alone gives 1.7e-3
REPEATS = 9  # of each measurement


def up(extent, multiple):
    return -(-extent // multiple) * multiple


class Weight:
    """One weight, with its scales in the layouts that the two sides need."""

    def __init__(self, n, k):
        self.n, self.k = n, k
        self.b = torch.randn(n, k, device="cuda").to(torch.float8_e4m3fn)
        self.scale = torch.rand(blocks(n), blocks(k), device="cuda") / k**0.5 + 1e-3
        # cuBLASLt needs the scales of a block row padded to a multiple of 4. Versions of PyTorch
        # differ in the padding that they accept; these are the best first.
        padded = F.pad(self.scale, (0, -blocks(k) % 4)).contiguous()
        self.torch_scales = {
            "padded": padded.t(),
            "padded strides": padded[:, : blocks(k)].t(),
            "exact": self.scale.t(),
        }

    def dequantised(self):
        scale = self.scale.repeat_interleave(128, 0)[: self.n]
        return self.b.float() * scale.repeat_interleave(128, 1)[:, : self.k]


class Tokens:
    """m quantised activations, with M-major scales that each side pads in its own way."""

    def __init__(self, m, k):
        self.m, self.k, kb = m, k, blocks(k)
        self.a = torch.randn(m, k, device="cuda").to(torch.float8_e4m3fn)
        self.scale = torch.rand(m, kb, device="cuda") + 0.1
        self.a_scale = torch.empty_strided((m, kb), (1, up(m, 4)), device="cuda").copy_(self.scale)

    def padded(self, rows):
        """(a, a_scale) with more rows; the scales have strides [1, rows]."""
        a = torch.zeros(rows, self.k, device="cuda", dtype=torch.float8_e4m3fn)
        a.view(torch.uint8)[: self.m] = self.a.view(torch.uint8)
        scale = torch.empty_strided((rows, blocks(self.k)), (1, rows), device="cuda").fill_(1)
        scale[: self.m] = self.scale
        return a, scale

    def dequantised(self):
        return self.a.float() * self.scale.repeat_interleave(128, 1)[:, : self.k]


def scaled_mm(a, a_scale, b, b_scale):
    """F.scaled_mm of PyTorch 2.10 and later."""
    recipe_a, recipe_b = F.ScalingType.BlockWise1x128, F.ScalingType.BlockWise128x128
    return F.scaled_mm(a, b.t(), a_scale, recipe_a, b_scale, recipe_b, output_dtype=torch.bfloat16)


def _scaled_mm(a, a_scale, b, b_scale):
    """torch._scaled_mm, which finds the recipe from the shapes of the scales."""
    return torch._scaled_mm(a, b.t(), scale_a=a_scale, scale_b=b_scale, out_dtype=torch.bfloat16)


FUNCTIONS = ([scaled_mm] if hasattr(F, "scaled_mm") else []) + [_scaled_mm]


def relative_error(x, reference):
    return ((x.float() - reference).norm() / reference.norm()).item()


class TorchGemm:
    """PyTorch's side of one GEMM: the first way to call it that gives the right result, with the
    fewest rows."""

    def __init__(self, tokens, weight, reference):
        reasons = []
        row_counts = sorted({up(tokens.m, multiple) for multiple in (1, 4, 8, 16, 32)})
        for rows, function, scales in itertools.product(row_counts, FUNCTIONS, weight.torch_scales):
            self.function, self.scales = function, scales
            self.way = f"{rows} rows, {function.__name__}, {scales} scales"
            self.a, self.a_scale = tokens.padded(rows)
            try:
                result = self(weight)[: tokens.m]
                torch.cuda.synchronize()
            except (RuntimeError, ValueError, NotImplementedError) as error:
                reasons.append(f"{self.way}: {str(error).splitlines()[0]}")
                continue
            error = relative_error(result, reference)
            if error < LARGEST_ERROR:
                return
            reasons.append(f"{self.way}: wrong, relative error {error:.3g}")
        raise SystemExit("PyTorch cannot compute this GEMM:\n  " + "\n  ".join(reasons))

    def __call__(self, weight):
        return self.function(self.a, self.a_scale, weight.b, weight.torch_scales[self.scales])


class Stack:
    """The GEMMs of all layers for one batch size, on both sides, after checking their results."""

    def __init__(self, m, layers):
        self.layers = layers
        self.tokens = {name: Tokens(m, k) for name, (_, k) in LAYER.items()}
        self.torch_gemms = {}
        self.worst_error = 0.0
        for name, tokens in self.tokens.items():
            for layer in layers:
                self.check(name, tokens, layer[name])

    def check(self, name, tokens, weight):
        reference = tokens.dequantised() @ weight.dequantised().t()
        if name not in self.torch_gemms:
            self.torch_gemms[name] = TorchGemm(tokens, weight, reference)
        results = {
            "torch": self.torch_gemms[name](weight)[: tokens.m],
            "jitgemm": self.multiply(tokens, weight, pdl=False),
            "pdl": self.multiply(tokens, weight, pdl=True),
        }
        for side, result in results.items():
            error = relative_error(result, reference)
            if not error < LARGEST_ERROR:
                raise SystemExit(
                    f"{side} is wrong: {name}, {tokens.m} tokens, relative error {error:.3g}"
                )
            self.worst_error = max(self.worst_error, error)

    @staticmethod
    def multiply(tokens, weight, pdl):
        return jitgemm.gemm(tokens.a, tokens.a_scale, weight.b, weight.scale, None, pdl)

    def run_torch(self):
        for layer in self.layers:
            for name, gemm in self.torch_gemms.items():
                gemm(layer[name])

    def run_jitgemm(self, pdl):
        for layer in self.layers:
            for name, tokens in self.tokens.items():
                self.multiply(tokens, layer[name], pdl)


def capture(function):
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            function()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        function()
    return graph


def replay_us(graph, replays):
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(replays):
        graph.replay()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) * 1e3 / replays


def measure(graphs):
    """The median time of a replay of each graph in microseconds. The graphs are timed in turn."""
    replays = {
        name: max(10, math.ceil(20e3 / replay_us(graph, 10))) for name, graph in graphs.items()
    }
    times = {name: [] for name in graphs}
    for _ in range(REPEATS):
        for name, graph in graphs.items():
            times[name].append(replay_us(graph, replays[name]))
    return {name: statistics.median(values) for name, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--batch", default="1,4,16,32,64", help="numbers of tokens")
    parser.add_argument("--megabytes", type=int, default=400, help="least size of all weights")
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    batches = [int(batch) for batch in options.batch.split(",")]
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = False

    layer_bytes = sum(n * k for n, k in LAYER.values())
    layers = [
        {name: Weight(n, k) for name, (n, k) in LAYER.items()}
        for _ in range(math.ceil(options.megabytes * 1e6 / layer_bytes))
    ]
    report = jitgemm.prepare(LAYER.values(), max(batches))
    gpu = torch.cuda.get_device_properties(0)
    print(
        f"{gpu.name}, PyTorch {torch.__version__}, CUDA {torch.version.cuda}, jitgemm"
        f" {jitgemm.__version__}\n{len(layers)} layers x {len(LAYER)} GEMMs,"
        f" {len(layers) * layer_bytes / 1e6:.0f} MB of weights, L2 of {gpu.L2_cache_size / 1e6:.0f}"
        f" MB; {report.kernels} kernels ready in {report.seconds:.2f} s\n"
    )

    print("batch  torch us jitgemm us  ratio   pdl us  ratio  how PyTorch is called")
    rows = []
    for m in batches:
        row = time_batch(m, layers)
        rows.append(row)
        us = row["us"]
        print(
            f"{m:>5} {us['torch']:>9.1f} {us['jitgemm']:>10.1f} {us['torch'] / us['jitgemm']:>6.2f}"
            f" {us['pdl']:>8.1f} {us['torch'] / us['pdl']:>6.2f}  {row['torch']}",
            flush=True,
        )
    for side in ("jitgemm", "pdl"):
        mean = statistics.geometric_mean([row["us"]["torch"] / row["us"][side] for row in rows])
        print(f"geometric mean, torch / {side}: {mean:.2f}")
    print(f"largest relative error: {max(row['error'] for row in rows):.2e}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"gpu": gpu.name, "pytorch": torch.__version__, "rows": rows}, file, indent=1)


def time_batch(m, layers):
    """Checks both sides for one batch size, then times them."""
    stack = Stack(m, layers)
    graphs = {
        "torch": capture(stack.run_torch),
        "jitgemm": capture(lambda: stack.run_jitgemm(False)),
        "pdl": capture(lambda: stack.run_jitgemm(True)),
    }
    compiled = jitgemm.stats()["compiled"]
    us = measure(graphs)
    if jitgemm.stats()["compiled"] != compiled:
        raise SystemExit("jitgemm compiled a kernel while it was timed")
    ways = sorted({gemm.way for gemm in stack.torch_gemms.values()})
    return {"batch": m, "us": us, "torch": "; ".join(ways), "error": stack.worst_error}


if __name__ == "__main__":
    main()
