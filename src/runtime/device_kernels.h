// DeviceKernels: what GemmState and QuantizerState share: kernels of one device that are loaded
// when they are asked for, and the policies of a launch whose kernel is not loaded.
#pragma once

#include <cstdint>
#include <string>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "src/plan/kernel.h"
#include "src/runtime/ready_kernels.h"
#include "src/runtime/registry.h"

namespace jitgemm {

class LibraryState;

class DeviceKernels {
 public:
  // One kernel and what is loaded of it. The refusals are made ahead, as a launch that is being
  // captured may not allocate.
  struct Slot {
    plan::Kernel kernel;
    std::string name;
    ReadyKernels ready;  // read by launches
    Status refused_by_policy, refused_in_capture;
  };

  // Makes a slot's kernel ready in the current context. Blocks.
  Status prepare_slot(Slot& slot);

 protected:
  // The device, and the names of the caller and its shape for messages: "Gemm", "n7168_k2048".
  struct Place {
    CUdevice device;
    const char* handle;
    std::string shape;
  };

  // `library` owns the derived object, and `driver` is its driver.
  DeviceKernels(LibraryState& library, DriverPtr driver, Place place);

  // The slot's kernel that a launch found missing in the current context, made if the policy lets
  // it. Takes no lock and allocates nothing before the kernel is made.
  Result<const device::LoadedKernel*> make(Slot& slot, MissPolicy policy, Stream stream);
  // The same, up to whether the kernel may be made.
  Status may_make(const Slot& slot, MissPolicy policy, Stream stream) const;
  MissPolicy policy_of(MissPolicy on_miss) const;  // for kDefault, the library's
  Result<const device::LoadedKernel*> fill(Slot& slot);

  LibraryState& library_;
  const DriverPtr driver_;

 private:
  Status check_current_device() const;
  const Place place_;
};

}  // namespace jitgemm
