// How K is parted into sums. With the data it decides a result's bits: kernels of one partition
// agree bit for bit, whatever their form, tiles or rings.
#pragma once

#include <jitgemm/gemm.h>
#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

struct Partition {
  int split = 1;     // slices, each summed by itself and then added in order
  int k_blocks = 1;  // slices are cut at multiples of so many blocks of 128; 1 where there is one

  friend bool operator==(const Partition&, const Partition&) = default;
};

Partition partition_of(const KernelConfig& config);

// The one that a shape is bound to where results shall not depend on M: it serves a few tokens and
// a full decode batch best, by the model. `desc` is valid.
Partition pinned_partition(const GemmDesc& desc, const DeviceModel& device);

}  // namespace jitgemm::plan
