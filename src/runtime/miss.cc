// What a launch does whose kernel is not there.
#include "src/device/capture.h"
#include "src/device/gpu.h"
#include "src/runtime/gemm_state.h"
#include "src/base/log.h"

namespace jitgemm {

// Up to fill() and meanwhile() nothing is locked or allocated.
Result<const device::LoadedKernel*> GemmState::miss(Slot& slot, const GemmArgs& args,
                                                    Stream stream) {
  const MissPolicy policy =
      args.on_miss == MissPolicy::kDefault ? library_.options().on_miss : args.on_miss;
  if (policy == MissPolicy::kFail) return slot.refused_by_policy;
  if (Status status = check_current_device(); !status.ok()) return status;
  const Result<bool> capturing = device::is_capturing(*driver_, stream);
  if (!capturing.ok()) return capturing.status();
  if (*capturing) return slot.refused_in_capture;
  if (policy != MissPolicy::kBackground) return fill(slot);
  if (!slot.refused_in_background.ok()) return slot.refused_in_background;
  return meanwhile(slot, args.m);
}

// Threads that come here together get the same kernel from the registry, or, from two contexts of
// one device, either of two: the first stays.
Result<const device::LoadedKernel*> GemmState::fill(Slot& slot) {
  Result<KernelPtr> kernel = library_.registry().get(slot.config);
  if (!kernel.ok()) return kernel.status();

  std::lock_guard lock(owners_mutex_);
  if (!slot.owner) {
    slot.owner = *std::move(kernel);
    slot.ready.store(slot.owner.get(), std::memory_order_release);
  }
  return slot.owner.get();
}

// ---- MissPolicy::kBackground ----

Status GemmState::make_generic() {
  if (Status status = library_.worker().start(); !status.ok()) return status;
  for (Slot& slot : generic_slots_)
    if (Status status = prepare_slot(slot); !status.ok()) return status;
  return {};
}

// The generic kernel that serves m while the slot's own one is being made. What can take long here,
// make_generic(), was done with the handle, unless the policy is the launch's alone.
Result<const device::LoadedKernel*> GemmState::meanwhile(Slot& slot, int64_t m) {
  const std::atomic<const device::LoadedKernel*>& generic = range_of(generic_, m).slot->ready;
  if (!generic.load(std::memory_order_acquire))
    if (Status status = make_generic(); !status.ok()) return status;
  if (slot.background.load(std::memory_order_relaxed) == Background::kNotAsked)
    if (Status status = ask_for(slot); !status.ok()) return status;
  return generic.load(std::memory_order_acquire);
}

// The library's thread, once.
Status GemmState::ask_for(Slot& slot) {
  Result<CUcontext> context = device::current_context(*driver_);
  if (!context.ok()) return context.status();
  Background nobody = Background::kNotAsked;
  if (slot.background.compare_exchange_strong(nobody, Background::kAsked))
    library_.worker().post(
        [this, &slot, context = *context] { make_in_background(slot, context); });
  return {};
}

// On the library's thread. A failure is kept until prepare(): the generic kernels serve on.
void GemmState::make_in_background(Slot& slot, CUcontext context) {
  Background outcome = Background::kFailed;
  try {
    const Status status =
        driver_->check(driver_->api().cuCtxSetCurrent(context), "cuCtxSetCurrent");
    if (!status.ok())
      log_line(library_.options().log, LogLevel::kWarning, "get,{},failed,reason={}",
               slot.config.name(), status.message());
    else if (fill(slot).ok())
      outcome = Background::kNotAsked;
  } catch (...) {  // memory ran out, or the log sink threw
  }
  slot.background = outcome;
}

}  // namespace jitgemm
