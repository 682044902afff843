#include "tests/gpu/generic.h"

#include <utility>

#include "src/compile/nvrtc.h"
#include "src/library_state.h"
#include "src/plan/desc.h"
#include "src/plan/generic.h"

namespace jitgemm {
namespace {

plan::KernelConfig generic_config(Form form) { return plan::generic_ranges(form).front().config; }

LibraryState& test_library() {
  // Never destroyed: the driver may be gone by the time statics are.
  static auto& library =
      *new LibraryState(test_options(Form::kAuto), *Tables::open({}, false),
                        []() -> Result<std::shared_ptr<compile::Compiler>> {
                          auto nvrtc = compile::Nvrtc::open(test_options(Form::kAuto).nvrtc_path);
                          if (!nvrtc.ok()) return nvrtc.status();
                          return std::shared_ptr<compile::Compiler>(*std::move(nvrtc));
                        });
  return library;
}

}  // namespace

Result<harness::Launch> generic_launcher(Form form, const GemmDesc& desc) {
  Result<KernelPtr> kernel = test_library().registry().get(generic_config(form));
  if (!kernel.ok()) return kernel.status();
  return harness::Launch(
      [kernel = *std::move(kernel), desc](const GemmArgs& args, Stream stream) -> Status {
        const Result<GemmArgs> complete = plan::complete(desc, args);
        if (!complete.ok()) return complete.status();
        return kernel->launch({desc, *complete}, stream, (*test_gpu())->sms());
      });
}

std::string generic_name(Form form) { return generic_config(form).name(); }

}  // namespace jitgemm
