// What the programs of this folder share.
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/compile/nvrtc.h"
#include "src/device/loaded_kernel.h"
#include "src/plan/desc.h"
#include "tools/harness/check.h"
#include "tools/harness/workbench.h"

namespace jitgemm {

using Kernel = std::shared_ptr<const device::LoadedKernel>;

// The value, or the end of the program with the error.
template <typename T>
T value(Result<T> result) {
  if (result.ok()) return *std::move(result);
  fmt::print("{}\n{}\n", result.status().message(), result.status().detail());
  std::exit(1);
}

// Kernels by themselves, each compiled once.
struct Kernels {
  harness::Workbench bench = value(harness::Workbench::open({}, {}));
  std::shared_ptr<compile::Nvrtc> nvrtc = value(compile::Nvrtc::open({}));
  std::shared_ptr<const device::Driver> driver = value(device::Driver::open({}));
  std::map<std::string, Kernel> compiled = {};
  int wrong = 0;  // results that a check refused

  const Kernel& kernel(const plan::KernelConfig& config) {
    Kernel& made = compiled[config.name()];
    if (!made)
      made = value(device::LoadedKernel::load(
          driver,
          value(nvrtc->compile(codegen::generate(config), codegen::compile_options())).cubin,
          config));
    return made;
  }

  // A launcher of one kernel for one shape, plain or with PDL.
  harness::Launch launcher(const Kernel& kernel, const GemmDesc& desc, const plan::Overlap& overlap,
                           bool pdl = false) const {
    return [this, kernel, desc, overlap, pdl](GemmArgs args, Stream stream) {
      args.pdl = pdl;
      return kernel->launch({desc, value(plan::complete(desc, args))}, stream, bench.gpu->sms(),
                            overlap);
    };
  }
};

}  // namespace jitgemm
