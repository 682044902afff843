// What a Gemm holds: the kernels of one weight shape on one device, which of them serves an M in
// plain launches and in launches with PDL, and the generic kernels that stand in for them.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/runtime/library_state.h"
#include "src/plan/plan.h"

namespace jitgemm {

class GemmState {
 public:
  // Whether the library's thread was asked for a kernel. A failure is kept until prepare().
  enum class Background { kNotAsked, kAsked, kFailed };

  // One kernel, filled once. `ready` is what launches read; `owner` keeps it alive. The refusals
  // are worded ahead, for a launch that may not even allocate.
  struct Slot {
    plan::KernelConfig config;
    int64_t m_first = 0;  // the least M that it serves
    int64_t m_last = 0;   // the largest one
    std::string plan;     // what chose it at m_first
    std::string name;     // config.name()
    std::atomic<const device::LoadedKernel*> ready = nullptr;
    KernelPtr owner;
    Status refused_by_policy, refused_in_capture;
    Status refused_in_background;  // ok: a generic kernel may serve meanwhile
    std::atomic<Background> background = Background::kNotAsked;
  };

  // Values of M from beyond the previous range's m_last on.
  struct Range {
    int64_t m_last;
    Slot* slot;
    plan::Overlap overlap;
  };

  // `desc` is valid. `driver` is that of the library, which owns this.
  GemmState(LibraryState& library, DriverPtr driver, const GemmDesc& desc, CUdevice device,
            const plan::DeviceModel& model);

  Status prepare(int64_t m_max);

  // The same in parts: what serves [1, m_max]; one of them.
  Result<std::vector<Slot*>> slots_to(int64_t m_max);
  Status prepare_slot(Slot& slot);

  // What MissPolicy::kBackground serves with: the library's thread, and generic kernels that are
  // ready on this device. Blocks the first time.
  Status make_generic();

  Status launch(const GemmArgs& args, Stream stream);

  // What serves `m` >= 1; beyond the last range, that.
  const Range& range_for(int64_t m, plan::Chain chain) const {
    return range_of(columns_[static_cast<int>(chain)], m);
  }

  // Calls visit(slot) for each whose kernel is loaded, the generic ones too.
  template <typename Visit>
  void visit_ready(Visit visit) const {
    for (const std::list<Slot>* slots : {&slots_, &generic_slots_})
      for (const Slot& slot : *slots)
        if (slot.ready.load(std::memory_order_acquire) != nullptr) visit(slot);
  }

  const GemmDesc& desc() const { return desc_; }
  std::string kernel_name(int64_t m, plan::Chain chain) const;  // m >= 1

 private:
  using Column = std::vector<Range>;  // of one chain

  static Column column_of(const std::vector<plan::Range>& ranges, std::list<Slot>& slots);
  int64_t m_last() const { return columns_[0].back().m_last; }
  Status refuse(const char* name, int64_t m) const;
  static const Range& range_of(const Column& column, int64_t m);
  static Status not_ready(const Slot& slot, const char* reason);
  Result<const device::LoadedKernel*> miss(Slot& slot, const GemmArgs& args, Stream stream);
  Result<const device::LoadedKernel*> meanwhile(Slot& slot, int64_t m);
  Status ask_for(Slot& slot);
  void make_in_background(Slot& slot, CUcontext context);
  Result<const device::LoadedKernel*> fill(Slot& slot);
  Status check_current_device() const;

  LibraryState& library_;
  const DriverPtr driver_;
  const GemmDesc desc_;
  const CUdevice device_;
  const int sms_;
  std::list<Slot> slots_;  // one per kernel; the columns share them
  std::list<Slot> generic_slots_;
  const Column columns_[2];  // by plan::Chain; both end at the same M
  const Column generic_;
  std::mutex owners_mutex_;  // guards Slot::owner
};

}  // namespace jitgemm
