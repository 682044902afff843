// GemmState: launches whose kernel is not loaded in the current context.
#include "src/base/log.h"
#include "src/device/gpu.h"
#include "src/runtime/gemm_state.h"

namespace jitgemm {

// Takes no lock and allocates nothing before it calls make() or meanwhile().
Result<const device::LoadedKernel*> GemmState::miss(Slot& slot, const GemmArgs& args, Stream stream,
                                                    uint64_t context) {
  const MissPolicy policy = policy_of(args.on_miss);
  if (policy != MissPolicy::kBackground) return make(slot, policy, stream);
  if (Status status = may_make(slot, policy, stream); !status.ok()) return status;
  if (!slot.refused_in_background.ok()) return slot.refused_in_background;
  return meanwhile(slot, args.m, context);
}

// ---- MissPolicy::kBackground ----

Status GemmState::make_generic() {
  if (Status status = library_.worker().start(); !status.ok()) return status;
  for (Slot& slot : generic_slots_)
    if (Status status = prepare_slot(slot); !status.ok()) return status;
  return {};
}

// The generic kernel that serves m while the slot's own kernel is being made. If kBackground is the
// library's policy, Library::gemm() has called make_generic() in its context, and this does not
// block there.
Result<const device::LoadedKernel*> GemmState::meanwhile(Slot& slot, int64_t m, uint64_t context) {
  const ReadyKernels& generic = range_of(generic_, m).slot->ready;
  if (generic.find(context) == nullptr)
    if (Status status = make_generic(); !status.ok()) return status;
  if (slot.background.load(std::memory_order_relaxed) == Background::kNotAsked)
    if (Status status = ask_for(slot); !status.ok()) return status;
  return generic.find(context);
}

// Asks the library's thread for the slot's kernel, unless it was asked already.
Status GemmState::ask_for(Slot& slot) {
  Result<CUcontext> context = device::current_context(*driver_);
  if (!context.ok()) return context.status();
  Background expected = Background::kNotAsked;
  if (slot.background.compare_exchange_strong(expected, Background::kAsked))
    library_.worker().post(
        [this, &slot, context = *context] { make_in_background(slot, context); });
  return {};
}

// Runs on the library's thread. After a failure the generic kernels serve until prepare().
void GemmState::make_in_background(Slot& slot, CUcontext context) {
  Background outcome = Background::kFailed;
  try {
    const Status status =
        driver_->check(driver_->api().cuCtxSetCurrent(context), "cuCtxSetCurrent");
    if (!status.ok())
      log_line(library_.options().log, LogLevel::kWarning, "get,{},failed,reason={}", slot.name,
               status.message());
    else if (fill(slot).ok())
      outcome = Background::kNotAsked;
  } catch (...) {  // memory ran out, or the log sink threw
  }
  slot.background = outcome;
}

}  // namespace jitgemm
