#include "tests/gpu/one_kernel.h"

#include <memory>
#include <utility>

#include "src/plan/desc.h"
#include "src/plan/generic.h"
#include "src/runtime/library_state.h"
#include "tools/harness/gpu.h"

namespace jitgemm {
namespace {

plan::KernelConfig generic_config(Form form) { return plan::generic_ranges(form).front().config; }

LibraryState& test_library() {
  // Never destroyed: the driver may shut down before statics are destroyed.
  static auto& library =
      *new std::shared_ptr<LibraryState>(*LibraryState::open(test_options(Form::kAuto)));
  return *library;
}

}  // namespace

Result<harness::Launch> kernel_launcher(const plan::KernelConfig& config, const GemmDesc& desc,
                                        const plan::Overlap& overlap) {
  Result<KernelPtr> kernel = test_library().registry().get(config);
  if (!kernel.ok()) return kernel.status();
  return harness::Launch(
      [kernel = *std::move(kernel), desc, overlap](const GemmArgs& args, Stream stream) -> Status {
        const Result<GemmArgs> complete = plan::complete(desc, args);
        if (!complete.ok()) return complete.status();
        return kernel->launch({desc, *complete}, stream, (*test_gpu())->sms(), overlap);
      });
}

Status make_kernels(const std::vector<plan::KernelConfig>& configs) {
  return harness::in_parallel(**test_gpu(), configs.size(), [&](size_t i) {
    return test_library().registry().get(configs[i]).status();
  });
}

Result<harness::Launch> generic_launcher(Form form, const GemmDesc& desc) {
  return kernel_launcher(generic_config(form), desc);
}

std::string generic_name(Form form) { return generic_config(form).name(); }

}  // namespace jitgemm
