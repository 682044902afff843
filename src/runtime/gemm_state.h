// The state behind a Gemm: the kernels of one weight shape on one device, the one that serves each
// M in plain launches and in launches with PDL, and the generic kernels that serve meanwhile. In
// gemm_state.cc: planning, prepare, launch; in miss.cc: launches whose kernel is not loaded.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/plan/plan.h"
#include "src/runtime/device_kernels.h"
#include "src/runtime/library_state.h"

namespace jitgemm {

class GemmState : public DeviceKernels {
 public:
  // Whether the library's thread was asked for a kernel. kFailed stays until prepare().
  enum class Background { kNotAsked, kAsked, kFailed };

  // One kernel of the plan.
  struct Slot : DeviceKernels::Slot {
    int64_t m_first = 0;           // the least M that it serves
    int64_t m_last = 0;            // the largest M that it serves
    std::string plan;              // the table or model that chose it at m_first
    Status refused_in_background;  // ok when a generic kernel may serve meanwhile
    std::atomic<Background> background = Background::kNotAsked;

    const plan::KernelConfig& config() const { return std::get<plan::KernelConfig>(kernel); }
  };

  // The values of M above the previous range's m_last, up to this m_last.
  struct Range {
    int64_t m_last;
    Slot* slot;
    plan::Overlap overlap;
  };

  // `desc` is valid. `library` owns this object, and `driver` is its driver.
  GemmState(LibraryState& library, DriverPtr driver, const GemmDesc& desc, CUdevice device,
            const plan::DeviceModel& model);

  // As Gemm::prepare(): makes the slots that serve [1, m_max] ready in the current context.
  Status prepare(int64_t m_max);

  // prepare() in parts: the slots that serve [1, m_max], and one slot made ready.
  Result<std::vector<Slot*>> slots_to(int64_t m_max);
  Status prepare_slot(Slot& slot);

  // Makes what MissPolicy::kBackground needs: the library's thread, and the generic kernels, ready
  // in the current context. Blocks until they are.
  Status make_generic();

  Status launch(const GemmArgs& args, Stream stream);

  // The range that contains `m` >= 1, or the last range if m lies beyond it.
  const Range& range_for(int64_t m, plan::Chain chain) const {
    return range_of(columns_[static_cast<int>(chain)], m);
  }

  // Calls visit(slot, kernel) for each loaded kernel, the generic ones included.
  template <typename Visit>
  void visit_ready(Visit visit) const {
    for (const std::list<Slot>* slots : {&slots_, &generic_slots_})
      for (const Slot& slot : *slots)
        slot.ready.visit([&](const device::LoadedKernel& kernel) { visit(slot, kernel); });
  }

  const GemmDesc& desc() const { return desc_; }
  std::string kernel_name(int64_t m, plan::Chain chain) const;  // m >= 1

 private:
  using Column = std::vector<Range>;  // the ranges of one chain

  static Column column_of(const std::vector<plan::Range>& ranges, std::list<Slot>& slots);
  int64_t m_last() const { return columns_[0].back().m_last; }
  Status refuse(const char* name, int64_t m) const;
  static const Range& range_of(const Column& column, int64_t m);
  static Status not_ready(const Slot& slot, const char* reason);
  Result<const device::LoadedKernel*> miss(Slot& slot, const GemmArgs& args, Stream stream,
                                           uint64_t context);
  Result<const device::LoadedKernel*> meanwhile(Slot& slot, int64_t m, uint64_t context);
  Status ask_for(Slot& slot);
  void make_in_background(Slot& slot, CUcontext context);

  const GemmDesc desc_;
  const int sms_;
  std::list<Slot> slots_;  // one per kernel; both columns point into it
  std::list<Slot> generic_slots_;
  const Column columns_[2];  // by plan::Chain; both end at the same M
  const Column generic_;
};

}  // namespace jitgemm
