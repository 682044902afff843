// The eight GEMMs of a layer of DeepSeek-V3 (tensor parallelism 8), one after the other, each with
// operands of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/gpu/gpu_test.h"
#include "tools/harness/operands.h"

namespace jitgemm {

class LayerStack {
 public:
  static const std::vector<GemmDesc>& shapes();

  struct Layout {
    int64_t rows;  // M is at most this
    int copies;    // of each D
  };
  // Handles on the current device, and data that is the same on every device. Makes no kernel.
  static Result<LayerStack> make(const harness::Workbench& bench, const Library& library,
                                 const Layout& layout);

  struct Run {
    int64_t m;
    int copy;  // of each D, which takes the results
    bool pdl = false;
  };
  Status enqueue(const Run& run, Stream stream) const;

  // On the workbench's stream.
  Status poison(const harness::Workbench& bench, int copy) const;
  // Elements in which the results of two copies differ, guards included. Waits.
  Result<uint64_t> differences(const harness::Workbench& bench, int copy, int other) const;
  // What the memory of all copies `copy` holds, layer by layer. Waits.
  Result<std::vector<uint16_t>> bits(const harness::Workbench& bench, int copy) const;

 private:
  struct Layer {
    Gemm gemm;
    harness::Weights weights;
    harness::Activations activations;
    harness::Outputs outputs;
  };
  std::vector<Layer> layers_;
};

}  // namespace jitgemm
