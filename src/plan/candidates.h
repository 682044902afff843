// The kernels that could serve a shape, and the reason why a kernel may not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"
#include "src/plan/partition.h"

namespace jitgemm::plan {

// The largest gridDim.y, which counts the token tiles of the swapped form.
constexpr int64_t kMaxTokenTiles = 65535;

// All configs of a form that are worth comparing for m tokens, eligible or not. With a pinned
// partition, only the configs that have it.
std::vector<KernelConfig> enumerate(const GemmDesc& desc, int64_t m, Form form,
                                    const DeviceModel& device,
                                    const std::optional<Partition>& pinned = std::nullopt);

// Empty, or why no such kernel can be made for any device.
std::string defect_of(const KernelConfig& config);

// Empty, or why this config may not serve m tokens on this device.
std::string reject(const KernelConfig& config, int64_t m, const DeviceModel& device);

}  // namespace jitgemm::plan
