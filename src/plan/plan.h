// The plan: which kernel serves which M. Pure functions of (shape, M, device): no CUDA, no state.
//
// M is mapped to a bucket first, so that a shape needs a short list of kernels, however many values
// of M are served; within a bucket one kernel serves all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"

namespace jitgemm::plan {

struct Candidate {
  KernelConfig config;
  double predicted_us = 0;
  std::string rejected;  // empty, or why it may not serve this (shape, m, device)
};

struct Decision {
  KernelConfig config;
  std::string reason;                 // one line
  std::vector<Candidate> candidates;  // eligible ones by predicted time, then the rejected
};

// The kernel for one M >= 1, with all that was weighed. `form` restricts the choice.
// Errors: kInvalidArgument.
Result<Decision> decide(const GemmDesc& desc, int64_t m, const DeviceModel& device,
                        Form form = Form::kAuto);

// A run of values of M that one kernel serves: the previous range's m_last + 1 .. m_last.
struct Range {
  int64_t m_last;
  KernelConfig config;
};

// All ranges of M from 1 on, without a gap, to kMaxDimension; with the swapped form alone, to less.
// desc must be valid.
std::vector<Range> ranges(const GemmDesc& desc, const DeviceModel& device, Form form = Form::kAuto);

// The configs that some M in [1, m_max] needs, each once.
std::vector<KernelConfig> kernels_for(const GemmDesc& desc, int64_t m_max,
                                      const DeviceModel& device, Form form = Form::kAuto);

// How a config is launched for a given M.
struct Grid {
  unsigned x = 1, y = 1, z = 1;  // blocks
  unsigned cluster = 1;          // blocks of a cluster, along x
  unsigned block = 1;            // threads
  unsigned shared_bytes = 0;     // dynamic shared memory of a block
};
Grid grid_for(const KernelConfig& config, int64_t m, int sms);

}  // namespace jitgemm::plan
