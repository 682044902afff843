// A config of each form, as the tests of pages and keys use them.
#pragma once

#include "src/plan/kernel_config.h"

namespace jitgemm::codegen {

inline plan::KernelConfig swapped() {
  plan::KernelConfig c;
  c.form = Form::kSwapped;
  c.n = 7168;
  c.k = 2048;
  c.tile_m = 16;
  c.tile_n = 64;
  c.split = 2;
  c.k_blocks = 2;
  c.stages = 8;
  c.blocks_per_sm = 1;
  return c;
}

inline plan::KernelConfig normal() {
  plan::KernelConfig c;
  c.form = Form::kNormal;
  c.n = 4096;
  c.k = 7168;
  c.tile_m = 256;
  c.tile_n = 128;
  c.stages = 3;
  c.warpgroups = 2;
  return c;
}

inline plan::KernelConfig generic(plan::KernelConfig config) {
  config.n = config.k = 0;
  return config;
}

}  // namespace jitgemm::codegen
