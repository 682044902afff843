// Tuner: the kernels that could serve a point, made, checked and ranked by their time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/runtime/library_state.h"
#include "src/plan/kernel_config.h"
#include "src/plan/overlap.h"
#include "src/runtime/tables.h"
#include "tools/harness/operands.h"
#include "tools/harness/point.h"
#include "tools/harness/workbench.h"

namespace jitgemm::harness {

struct Contender {
  plan::KernelConfig config;
  plan::Overlap overlap;
  double predicted_us = 0;
  bool chosen = false;  // by the planner
  bool pdl = false;     // timed in chains with programmatic dependent launch
  KernelPtr kernel;
  Status failure;  // not eligible, not compiled, wrong
  double relative_error = 0;
  double us = 0;  // 0: not timed
};

struct TuneOptions {
  size_t top = 32;  // candidates to try for each M, best first by the model
  Form form = Form::kAuto;
  std::vector<plan::KernelConfig> configs;  // to try instead, those of the shape at hand
};

class Tuner {
 public:
  // `library` says where cubins are kept and what the planner's choice rests on; `bench` must
  // outlive the Tuner. Errors: kInvalidArgument (its tuning table).
  static Result<std::unique_ptr<Tuner>> open(const Workbench& bench, const Options& library,
                                             TuneOptions options);

  // All contenders of one point in chains with PDL or without, the fastest first, those that failed
  // last. All are screened, with PDL the fastest again with a twin that fills its ring, then the
  // fastest kernels in each overlap with their neighbours; the fastest of all are measured in full.
  // Errors: what ends the run, such as a context that did not survive a kernel.
  Result<std::vector<Contender>> rank(const Weights& weights, int64_t m, bool pdl);

  // Starts to compile into the cache what rank() will try there, while another point is timed.
  void foresee(const GemmDesc& desc, int64_t m, bool pdl);

 private:
  Tuner(const Workbench& bench, const Options& library, Tables tables, TuneOptions options);
  Result<std::vector<Contender>> enter(const GemmDesc& desc, int64_t m, bool pdl) const;
  Status join(const Point& point, std::vector<Contender> others, std::vector<Contender>* ranked);
  void make_kernels(std::vector<Contender>* contenders);
  Launch launcher(const Contender& contender) const;
  Status check(const Point& point, Contender* contender) const;
  Status screen(const Point& point, std::vector<Contender>& contenders) const;
  Status measure(const Point& point, std::vector<Contender>& contenders) const;
  Status time(const Point& point, const std::vector<Contender*>& contenders, int launches,
              int measured) const;

  const Workbench& bench_;
  const TuneOptions options_;
  LibraryState library_;
  std::future<void> foreseen_;  // last: it uses all of the above until it is destroyed
};

}  // namespace jitgemm::harness
