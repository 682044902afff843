// A config of each form, as the tests of pages and keys use them.
#pragma once

#include "src/plan/config_name.h"

namespace jitgemm::codegen {

inline plan::KernelConfig swapped() {
  return *plan::parse_config_name("n7168_k2048_swapped_t16x64_s2_k2_p8_w1_b1");
}

inline plan::KernelConfig normal() {
  return *plan::parse_config_name("n4096_k7168_normal_t256x128_s1_k1_p3_w2_b1");
}

inline plan::KernelConfig generic(plan::KernelConfig config) {
  config.n = config.k = 0;
  return config;
}

}  // namespace jitgemm::codegen
