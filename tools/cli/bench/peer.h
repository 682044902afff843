// The live peer of `bench`: cuBLASLt, opened at run time.
#pragma once

#include <memory>
#include <vector>

#include "tools/harness/chain.h"
#include "tools/harness/cublaslt.h"
#include "tools/harness/point.h"
#include "tools/harness/workbench.h"

namespace jitgemm::cli {

// Null if the library cannot be opened; prints the reason on stderr.
std::unique_ptr<harness::CublasLt> open_peer(const harness::Workbench& bench);

// A plain chain for each algorithm whose result is right, or of all algorithms if `check` is false.
// Algorithms that fail are named on stderr.
std::vector<harness::Chain> peer_chains(const harness::CublasLt& library,
                                        const harness::Workbench& bench,
                                        const harness::Point& point, bool check);

}  // namespace jitgemm::cli
