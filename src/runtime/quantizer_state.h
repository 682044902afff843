// The state behind a Quantizer: its one kernel, on one device.
#pragma once

#include <string>

#include <jitgemm/quantize.h>
#include <jitgemm/status.h>
#include "src/runtime/device_kernels.h"
#include "src/runtime/library_state.h"

namespace jitgemm {

class QuantizerState : public DeviceKernels {
 public:
  // `desc` is valid. `library` owns this object, and `driver` is its driver.
  QuantizerState(LibraryState& library, DriverPtr driver, const QuantizeDesc& desc, CUdevice device,
                 const plan::DeviceModel& model);

  Status prepare();  // as Quantizer::prepare()
  Status launch(const QuantizeArgs& args, Stream stream);

  const QuantizeDesc& desc() const { return desc_; }
  const std::string& kernel_name() const { return slot_.name; }

 private:
  const QuantizeDesc desc_;
  const int sms_;
  Slot slot_;
};

}  // namespace jitgemm
