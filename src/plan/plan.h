// The plan: which kernel serves which M. Pure functions of (shape, M, device, tables): no CUDA, no
// state.
//
// Values of M are grouped into buckets, so that a shape needs a short list of kernels. One kernel
// serves a whole bucket, unless a tuning table divides it.
#pragma once

#include <cstdint>
#include <span>
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
  std::string source;                 // "model", or the origin of the table that decided
  std::string reason;                 // one line
  std::vector<Candidate> candidates;  // eligible ones by predicted time, then the rejected
};

// What a choice depends on, besides the shape, M and the device. The tables outlive it.
struct Rules {
  Form form = Form::kAuto;                   // restricts the choice to this form
  Chain chain = Chain::kPlain;               // the kernel is the fastest in this chain
  bool batch_invariant = false;              // one partition of K for every M of a shape
  std::span<const TuningTable> tables = {};  // asked in this order, before the model
};

// The kernel for one M >= 1, with all candidates. If a table has no line for the chain, its line
// for plain launches counts. Errors: kInvalidArgument.
Result<Decision> decide(const GemmDesc& desc, int64_t m, const DeviceModel& device,
                        const Rules& rules = {});

// The values of M from the previous range's m_last + 1 (1 in the first range) to m_last, which one
// kernel serves with one overlap.
struct Range {
  int64_t m_last;
  KernelConfig config;
  Overlap overlap;
  std::string source = {};  // what decided for the first of them
};

// The kernels for all M from 1 on, without a gap. The last range ends before the first M for which
// decide() finds no kernel, or at kMaxDimension; m_last of the swapped form is less than that. Not
// empty for a device of known_devices(). `desc` is valid.
std::vector<Range> ranges(const GemmDesc& desc, const DeviceModel& device, const Rules& rules = {});

// The distinct configs for the M in [1, m_max].
std::vector<KernelConfig> kernels_for(const GemmDesc& desc, int64_t m_max,
                                      const DeviceModel& device, const Rules& rules = {});

// The first M of the bucket that contains m.
int64_t bucket_first(int64_t m);

// The launch of a config for M tokens of a shape: the config's own, or any if it is generic.
struct Grid {
  unsigned x = 1, y = 1, z = 1;  // blocks
  unsigned cluster = 1;          // blocks of a cluster, along x
  unsigned block = 1;            // threads
  unsigned shared_bytes = 0;     // dynamic shared memory of a block
};
Grid grid_for(const KernelConfig& config, const GemmDesc& desc, int64_t m, int sms);

}  // namespace jitgemm::plan
