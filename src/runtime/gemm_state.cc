#include "src/runtime/gemm_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/device/gpu.h"
#include "src/plan/desc.h"
#include "src/plan/generic.h"
#include "src/plan/partition.h"
#include "src/runtime/scoped_range.h"

namespace jitgemm {

GemmState::GemmState(LibraryState& library, DriverPtr driver, const GemmDesc& desc, CUdevice device,
                     const plan::DeviceModel& model)
    : DeviceKernels(library, std::move(driver), {device, "Gemm", plan::shape_name(desc)}),
      desc_(desc),
      sms_(model.sms),
      columns_{column_of(plan::ranges(desc, model, library.rules(plan::Chain::kPlain)), slots_),
               column_of(plan::ranges(desc, model, library.rules(plan::Chain::kPdl)), slots_)},
      generic_(column_of(plan::generic_ranges(library.options().form, desc.bias), generic_slots_)) {
  for (Slot& slot : slots_) {
    slot.refused_by_policy = not_ready(slot, "the miss policy is to fail");
    slot.refused_in_capture = not_ready(slot, "the stream is being captured");
    if (library_.options().batch_invariant &&
        plan::partition_of(slot.config()) != plan::partition_of(generic_.back().slot->config()))
      slot.refused_in_background =
          not_ready(slot, "no generic kernel gives the bits of this batch-invariant one");
  }
}

// Ranges of the same config share one slot, which is added to `slots` when it is not there.
GemmState::Column GemmState::column_of(const std::vector<plan::Range>& ranges,
                                       std::list<Slot>& slots) {
  Column column;
  int64_t m_first = 1;
  for (const plan::Range& range : ranges) {
    auto slot = std::ranges::find(slots, plan::Kernel(range.config), &Slot::kernel);
    if (slot == slots.end()) {
      slot = slots.emplace(slots.end());
      slot->kernel = range.config;
      slot->name = range.config.name();
      slot->m_first = m_first;
      slot->plan = range.source;
    }
    if (m_first < slot->m_first) {
      slot->m_first = m_first;
      slot->plan = range.source;
    }
    slot->m_last = std::max(slot->m_last, range.m_last);
    column.push_back({range.m_last, &*slot, range.overlap});
    m_first = range.m_last + 1;
  }
  return column;
}

Status GemmState::prepare(int64_t m_max) {
  if (!library_.home().is_here()) return library_.home().refusal();
  const Result<std::vector<Slot*>> needed = slots_to(m_max);
  if (!needed.ok()) return needed.status();
  for (Slot* slot : *needed)
    if (Status status = prepare_slot(*slot); !status.ok()) return status;
  return {};
}

Result<std::vector<GemmState::Slot*>> GemmState::slots_to(int64_t m_max) {
  if (m_max < 1 || m_max > m_last()) return refuse("m_max", m_max);
  std::vector<Slot*> needed;
  for (Slot& slot : slots_)
    if (slot.m_first <= m_max) needed.push_back(&slot);
  return needed;
}

Status GemmState::prepare_slot(Slot& slot) {
  Background failed = Background::kFailed;
  slot.background.compare_exchange_strong(failed, Background::kNotAsked);
  return DeviceKernels::prepare_slot(slot);
}

Status GemmState::launch(const GemmArgs& args, Stream stream) {
  if (!library_.home().is_here()) return library_.home().refusal();
  if (Status status = plan::validate(args.on_miss); !status.ok()) return status;
  const Result<GemmArgs> completed = plan::complete(desc_, args);
  if (!completed.ok()) return completed.status();
  if (completed->m == 0) return {};
  if (completed->m > m_last()) return refuse("m", completed->m);
  const plan::Chain chain = plan::chain_of(args.pdl);
  const Range& range = range_for(completed->m, chain);
  Slot& slot = *range.slot;
  const Result<uint64_t> context = device::current_context_id(*driver_);
  if (!context.ok()) return context.status();
  const device::LoadedKernel* kernel = slot.ready.find(*context);
  if (kernel == nullptr) {
    Result<const device::LoadedKernel*> made = miss(slot, *completed, stream, *context);
    if (!made.ok()) return made.status();
    kernel = *made;
  }
  const ScopedRange shown(library_.options().ranges, slot.name);
  return kernel->launch({desc_, *completed}, stream, sms_, range.overlap);
}

std::string GemmState::kernel_name(int64_t m, plan::Chain chain) const {
  return range_for(m, chain).slot->name;
}

Status GemmState::refuse(const char* name, int64_t m) const {
  return {StatusCode::kInvalidArgument,
          fmt::format("{} = {} is outside 1..{} ({})", name, m, m_last(), plan::shape_name(desc_))};
}

const GemmState::Range& GemmState::range_of(const Column& column, int64_t m) {
  return *std::ranges::lower_bound(column.begin(), column.end() - 1, m, {}, &Range::m_last);
}

Status GemmState::not_ready(const Slot& slot, const char* reason) {
  return {StatusCode::kNotReady,
          fmt::format("{} is not loaded and {}: prepare() makes it, with m_max = {} or more",
                      slot.name, reason, slot.m_first)};
}

}  // namespace jitgemm
