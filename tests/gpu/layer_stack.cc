#include "tests/gpu/layer_stack.h"

#include <utility>

namespace jitgemm {

using harness::Workbench;

const std::vector<GemmDesc>& LayerStack::shapes() {
  static const auto& shapes = *new std::vector<GemmDesc>{
      {.n = 2112, .k = 7168}, {.n = 3072, .k = 1536}, {.n = 4096, .k = 512}, {.n = 7168, .k = 2048},
      {.n = 4608, .k = 7168}, {.n = 7168, .k = 2304}, {.n = 512, .k = 7168}, {.n = 7168, .k = 256}};
  return shapes;
}

Result<LayerStack> LayerStack::make(const Workbench& bench, const Library& library,
                                    const Layout& layout) {
  LayerStack stack;
  for (const GemmDesc& desc : shapes()) {
    Result<Gemm> gemm = library.gemm(desc);
    if (!gemm.ok()) return gemm.status();
    auto weights = harness::Weights::generate(bench, desc, 1);
    if (!weights.ok()) return weights.status();
    auto activations = harness::Activations::generate(bench, {.rows = layout.rows, .k = desc.k});
    if (!activations.ok()) return activations.status();
    auto outputs = harness::Outputs::allocate(
        bench, {.rows = layout.rows, .n = desc.n, .copies = layout.copies});
    if (!outputs.ok()) return outputs.status();
    stack.layers_.push_back(
        {*std::move(gemm), *std::move(weights), *std::move(activations), *std::move(outputs)});
  }
  if (Status status = bench.stream.synchronize(); !status.ok()) return status;
  return stack;
}

Status LayerStack::enqueue(const Run& run, Stream stream) const {
  for (const Layer& layer : layers_) {
    const harness::Operands operands = {.weights = layer.weights,
                                        .activations = layer.activations,
                                        .outputs = layer.outputs,
                                        .m = run.m};
    GemmArgs args = operands.args(run.copy);
    args.pdl = run.pdl;
    if (Status status = layer.gemm.launch(args, stream); !status.ok()) return status;
  }
  return {};
}

Status LayerStack::poison(const Workbench& bench, int copy) const {
  Status status;
  for (const Layer& layer : layers_)
    if (status.ok()) status = layer.outputs.poison(bench, copy);
  return status;
}

Result<uint64_t> LayerStack::differences(const Workbench& bench, int copy, int other) const {
  uint64_t sum = 0;
  for (const Layer& layer : layers_) {
    const Result<uint64_t> here = harness::count_differences(bench, layer.outputs, copy, other);
    if (!here.ok()) return here;
    sum += *here;
  }
  return sum;
}

Result<std::vector<uint16_t>> LayerStack::bits(const Workbench& bench, int copy) const {
  std::vector<uint16_t> all;
  for (const Layer& layer : layers_) {
    const harness::Region region = layer.outputs.region(copy, 1);
    const size_t before = all.size(), elements = static_cast<size_t>(region.elements);
    all.resize(before + elements);
    Status status =
        bench.gpu->check(bench.gpu->driver().cuMemcpyDtoHAsync_v2(
                             all.data() + before, reinterpret_cast<CUdeviceptr>(region.memory),
                             elements * sizeof(uint16_t), bench.stream.get()),
                         "cuMemcpyDtoHAsync");
    if (status.ok()) status = bench.stream.synchronize();
    if (!status.ok()) return status;
  }
  return all;
}

}  // namespace jitgemm
