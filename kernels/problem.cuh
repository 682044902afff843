// The size of the problem at hand. M comes with the launch; N and K are constants of the page, or,
// where it says 0, come with the launch too: such a kernel is generic, and serves every shape.
#pragma once

#include <jitgemm/layout.h>
#include <jitgemm/params.h>
#include <jitgemm/types.cuh>

namespace jitgemm {

JITGEMM_DEVICE int n_of(const Params& p) { return kN ? kN : p.n; }

JITGEMM_DEVICE int k_of(const Params& p) { return kK ? kK : p.k; }

// The last one may be short.
JITGEMM_DEVICE int blocks_of_k(const Params& p) { return ceil_div(k_of(p), kBlockK); }

}  // namespace jitgemm
