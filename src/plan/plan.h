// The plan: which kernel serves which M. Pure functions of (shape, M, device, tables): no CUDA, no
// state.
//
// M is mapped to a bucket first, so that a shape needs a short list of kernels, however many values
// of M are served; within a bucket one kernel serves all, unless a tuning table parts it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/status.h>
#include "src/plan/device_model.h"
#include "src/plan/kernel_config.h"
#include "src/plan/overlap.h"
#include "src/plan/tuning_table.h"

namespace jitgemm::plan {

struct Candidate {
  KernelConfig config;
  double predicted_us = 0;
  std::string rejected;  // empty, or why it may not serve this (shape, m, device)
};

struct Decision {
  KernelConfig config;
  Overlap overlap;
  std::string source;                 // what decided: "model", or the table's origin
  std::string reason;                 // one line
  std::vector<Candidate> candidates;  // eligible ones by predicted time, then the rejected
};

// What a choice rests on, beside the shape, M and the device.
struct Rules {
  Form form = Form::kAuto;                      // restricts it
  Chain chain = Chain::kPlain;                  // what it shall be the fastest in
  bool batch_invariant = false;                 // one partition of K for every M of a shape
  std::vector<const TuningTable*> tables = {};  // asked in this order, before the model
};

// The kernel for one M >= 1, with all that was weighed. Of each table, a line for plain launches
// serves where there is none for the chain. Errors: kInvalidArgument.
Result<Decision> decide(const GemmDesc& desc, int64_t m, const DeviceModel& device,
                        const Rules& rules = {});

// A run of values of M that one kernel serves in one way: the previous range's m_last + 1 ..
// m_last.
struct Range {
  int64_t m_last;
  KernelConfig config;
  Overlap overlap;
  std::string source = {};  // of its first value
};

// All ranges of M from 1 on, without a gap, to kMaxDimension; with the swapped form alone, to less.
// desc must be valid.
std::vector<Range> ranges(const GemmDesc& desc, const DeviceModel& device, const Rules& rules = {});

// The configs that some M in [1, m_max] needs in the rules' chain, each once.
std::vector<KernelConfig> kernels_for(const GemmDesc& desc, int64_t m_max,
                                      const DeviceModel& device, const Rules& rules = {});

// The first M of the run of values that the planner serves by one kernel, m its last or inside it.
int64_t bucket_first(int64_t m);

// How a config is launched for a given shape, its own or, if it is generic, any, and a given M.
struct Grid {
  unsigned x = 1, y = 1, z = 1;  // blocks
  unsigned cluster = 1;          // blocks of a cluster, along x
  unsigned block = 1;            // threads
  unsigned shared_bytes = 0;     // dynamic shared memory of a block
};
Grid grid_for(const KernelConfig& config, const GemmDesc& desc, int64_t m, int sms);

}  // namespace jitgemm::plan
