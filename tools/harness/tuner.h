// Tuner: makes the kernels that could serve a point, checks them, and ranks them by their time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>
#include "src/plan/kernel_config.h"
#include "src/plan/overlap.h"
#include "src/runtime/library_state.h"
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
  Status failure;  // why it is not eligible, was not compiled, or is wrong
  double relative_error = 0;
  double us = 0;  // 0: not timed
};

struct TuneOptions {
  size_t top = 32;  // the candidates to try for each M, best first by the model
  Form form = Form::kAuto;
  std::vector<plan::KernelConfig> configs;  // if not empty: tried instead, for their shapes
};

// The kernels that a file names, one per line; none when `path` is empty. Skips empty lines and
// those that begin with #.
// Errors: kInvalidArgument when the file cannot be read or has a line that is not a kernel's name.
Result<std::vector<plan::KernelConfig>> read_config_list(const std::string& path);

class Tuner {
 public:
  // `library` has the caches, keys and tables to use, as Library::open() takes them; `bench` must
  // outlive the Tuner. Errors: as Library::open().
  static Result<std::unique_ptr<Tuner>> open(const Workbench& bench, const Options& library,
                                             TuneOptions options);

  // Ranks all contenders of one point in chains with PDL or without: the fastest first, those that
  // failed last. It screens all of them, with PDL the fastest kernels again filling their rings,
  // then the fastest kernels with each overlap, and measures the fastest of all in full. Errors: an
  // error that ends the run, such as a kernel that broke the context.
  Result<std::vector<Contender>> rank(const Weights& weights, int64_t m, bool pdl);

  // Starts to compile into the cache the kernels that rank() will try for this point, while another
  // point is timed.
  void foresee(const GemmDesc& desc, int64_t m, bool pdl);

 private:
  Tuner(const Workbench& bench, std::shared_ptr<LibraryState> library, TuneOptions options);
  Result<std::vector<Contender>> enter(const GemmDesc& desc, int64_t m, bool pdl) const;
  Status join(const Point& point, std::vector<Contender> others, std::vector<Contender>* ranked);
  void make_kernels(int64_t m, std::vector<Contender>* contenders);
  Launch launcher(const Contender& contender) const;
  Status check(const Point& point, Contender* contender) const;
  Status measure(const Point& point, std::vector<Contender>& contenders) const;
  Status time(const Point& point, const std::vector<Contender*>& contenders, int launches,
              int measured) const;

  const Workbench& bench_;
  const TuneOptions options_;
  const std::shared_ptr<LibraryState> library_;
  std::future<void> foreseen_;  // last: its destructor waits for work that uses the members above
};

}  // namespace jitgemm::harness
