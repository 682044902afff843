// The live peer of `bench`: cuBLASLt, opened at run time.
#pragma once

#include <memory>
#include <vector>

#include "tools/harness/chain.h"
#include "tools/harness/cublaslt.h"
#include "tools/harness/point.h"
#include "tools/harness/workbench.h"

namespace jitgemm::cli {

class BenchPeer {
 public:
  // None where it is not wanted or cannot be opened; the latter is said on stderr.
  static BenchPeer open(const harness::Workbench& bench, bool wanted);

  // The peer's part of a point: a plain chain for each of its algorithms whose result is right, or
  // was not to be checked. Those that fail are named on stderr.
  std::vector<harness::Chain> chains(const harness::Workbench& bench, const harness::Point& point,
                                     bool check) const;

 private:
  std::unique_ptr<harness::CublasLt> library_;
};

}  // namespace jitgemm::cli
