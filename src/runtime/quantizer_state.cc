#include "src/runtime/quantizer_state.h"

#include <fmt/format.h>

#include <utility>

#include "src/device/gpu.h"
#include "src/plan/desc.h"
#include "src/plan/quantizer.h"
#include "src/runtime/scoped_range.h"

namespace jitgemm {

QuantizerState::QuantizerState(LibraryState& library, DriverPtr driver, const QuantizeDesc& desc,
                               CUdevice device, const plan::DeviceModel& model)
    : DeviceKernels(library, std::move(driver), {device, "Quantizer", plan::shape_name(desc)}),
      desc_(desc),
      sms_(model.sms),
      slot_{.kernel = desc,
            .name = plan::shape_name(desc),
            .ready = {},
            .refused_by_policy = {},
            .refused_in_capture = {}} {
  const auto not_ready = [this](const char* reason) {
    return Status(StatusCode::kNotReady,
                  fmt::format("{} is not loaded and {}: prepare() makes it", slot_.name, reason));
  };
  slot_.refused_by_policy = not_ready("the miss policy is to fail");
  slot_.refused_in_capture = not_ready("the stream is being captured");
}

Status QuantizerState::prepare() {
  if (!library_.home().is_here()) return library_.home().refusal();
  return prepare_slot(slot_);
}

Status QuantizerState::launch(const QuantizeArgs& args, Stream stream) {
  if (!library_.home().is_here()) return library_.home().refusal();
  if (Status status = plan::validate(args.on_miss); !status.ok()) return status;
  const Result<QuantizeArgs> completed = plan::complete(desc_, args);
  if (!completed.ok()) return completed.status();
  if (completed->m == 0) return {};
  const Result<uint64_t> context = device::current_context_id(*driver_);
  if (!context.ok()) return context.status();
  const device::LoadedKernel* kernel = slot_.ready.find(*context);
  if (kernel == nullptr) {
    const auto made = make(slot_, policy_of(args.on_miss), stream);
    if (!made.ok()) return made.status();
    kernel = *made;
  }
  const ScopedRange shown(library_.options().ranges, slot_.name);
  return kernel->launch(plan::Quantization{desc_, *completed}, stream, sms_);
}

}  // namespace jitgemm
