// The partition of K into sums. It decides the bits of a result: kernels with one partition agree
// bit for bit, even if their forms, tiles or rings differ.
#pragma once

#include <jitgemm/gemm.h>
#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

struct Partition {
  int split = 1;     // slices: each is summed by itself, then the sums are added in order
  int k_blocks = 1;  // slices are cut at multiples of so many k-blocks; 1 if split is 1

  friend bool operator==(const Partition&, const Partition&) = default;
};

Partition partition_of(const KernelConfig& config);

// The partition used for every M in batch-invariant mode: the one with the least predicted time
// summed over M = 8, 32, 64. `desc` is valid.
Partition pinned_partition(const GemmDesc& desc, const DeviceModel& device);

}  // namespace jitgemm::plan
