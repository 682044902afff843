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
  // Without a library if it is not wanted or cannot be opened; prints the reason on stderr.
  static BenchPeer open(const harness::Workbench& bench, bool wanted);

  // A plain chain for each algorithm whose result is right, or of all algorithms if `check` is
  // false. Algorithms that fail are named on stderr.
  std::vector<harness::Chain> chains(const harness::Workbench& bench, const harness::Point& point,
                                     bool check) const;

 private:
  std::unique_ptr<harness::CublasLt> library_;
};

}  // namespace jitgemm::cli
