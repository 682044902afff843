// What a Gemm holds: the kernels of one weight shape on one device, a slot for each range of M.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/library_state.h"
#include "src/plan/plan.h"

namespace jitgemm {

class GemmState {
 public:
  // `desc` is valid. `driver` is that of the library, which owns this.
  GemmState(LibraryState& library, DriverPtr driver, const GemmDesc& desc, CUdevice device,
            const plan::DeviceModel& model);

  Status prepare(int64_t m_max);

  // The same in parts: the ranges whose kernels, each once, serve [1, m_max]; one of them.
  Result<std::vector<size_t>> ranges_to(int64_t m_max) const;
  Status prepare_range(size_t index);
  std::string kernel_of(size_t index) const { return ranges_[index].config.name(); }

  Status launch(const GemmArgs& args, Stream stream);

  const GemmDesc& desc() const { return desc_; }
  std::string kernel_name(int64_t m) const;  // m >= 1

 private:
  // Filled once. `ready` is what launches read; `owner` keeps it alive. The refusals are worded
  // ahead, for a launch that may not even allocate.
  struct Slot {
    std::atomic<const device::LoadedKernel*> ready = nullptr;
    KernelPtr owner;
    Status refused_by_policy, refused_in_capture;
  };

  Status refuse(const char* name, int64_t m) const;
  size_t index_for(int64_t m) const;
  Status not_ready(size_t index, const char* reason) const;
  const device::LoadedKernel* ready_at(size_t index) const;
  Result<const device::LoadedKernel*> miss(size_t index, MissPolicy policy, Stream stream);
  Result<const device::LoadedKernel*> fill(size_t index);
  Status check_current_device() const;

  LibraryState& library_;
  const DriverPtr driver_;
  const GemmDesc desc_;
  const CUdevice device_;
  const int sms_;
  const std::vector<plan::Range> ranges_;
  const std::unique_ptr<Slot[]> slots_;  // one per range
  std::mutex owners_mutex_;              // guards Slot::owner
};

}  // namespace jitgemm
