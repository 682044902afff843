#include "src/plan/generic.h"

#include "src/plan/candidates.h"

namespace jitgemm::plan {
namespace {

// The largest token tile of one wave, so that all M up to 64 read the weight once.
constexpr KernelConfig kSwapped = {.form = Form::kSwapped,
                                   .tile_m = 64,
                                   .tile_n = 64,
                                   .k_blocks = 2,
                                   .stages = 3,
                                   .blocks_per_sm = 2};
// Of the fast tiles, the one with which a small GEMM leaves the fewest SMs idle.
constexpr KernelConfig kNormal = {
    .form = Form::kNormal, .tile_m = 128, .tile_n = 128, .stages = 5, .warpgroups = 2};

}  // namespace

std::vector<Range> generic_ranges(Form form, BiasType bias) {
  Range swapped = {kSwapped.tile_m * kMaxTokenTiles, kSwapped, {}, "generic"};
  Range normal = {kMaxDimension, kNormal, {}, "generic"};
  swapped.config.bias = normal.config.bias = bias;
  switch (form) {
    case Form::kSwapped: return {swapped};
    case Form::kNormal: return {normal};
    case Form::kAuto: break;
  }
  swapped.m_last = kSwapped.tile_m;
  return {swapped, normal};
}

}  // namespace jitgemm::plan
