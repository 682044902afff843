// The one instruction whose text depends on the tile: m64nNk32 names its N/2 accumulator registers.
#pragma once

#include "src/codegen/source.h"

namespace jitgemm::codegen {

// The header <jitgemm/ptx/wgmma_n<N>.cuh> with multiply_add() for m64n<N>k32. n: 8..256, a multiple
// of 8.
GeneratedHeader wgmma_header(int n);

}  // namespace jitgemm::codegen
