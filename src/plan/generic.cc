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

std::vector<Range> generic_ranges(Form form) {
  const Range swapped = {kSwapped.tile_m * kMaxTokenTiles, kSwapped, {}, "generic"};
  const Range normal = {kMaxDimension, kNormal, {}, "generic"};
  switch (form) {
    case Form::kSwapped: return {swapped};
    case Form::kNormal: return {normal};
    case Form::kAuto: break;
  }
  return {{kSwapped.tile_m, kSwapped, {}, "generic"}, normal};
}

}  // namespace jitgemm::plan
