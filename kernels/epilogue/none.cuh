// Nothing is done to a sum before it is rounded to bf16.
#pragma once

#include <jitgemm/block.cuh>

struct Epilogue {
  JITGEMM_DEVICE static void apply(Sums&, const Tile&, const Params&, const Fragment&) {}
};
