#include <algorithm>

#include "kernels/layout.h"
#include "src/plan/plan.h"

namespace jitgemm::plan {

Grid grid_for(const KernelConfig& config, const GemmDesc& desc, int64_t m, int sms) {
  Grid grid;
  grid.block = static_cast<unsigned>(config.threads());
  grid.shared_bytes = static_cast<unsigned>(config.shared_bytes());
  const int64_t token_tiles = ceil_div(static_cast<int>(m), config.tile_m);
  const int64_t output_tiles = ceil_div(static_cast<int>(desc.n), config.tile_n);
  if (config.form == Form::kSwapped) {
    grid.cluster = static_cast<unsigned>(config.split);
    grid.x = static_cast<unsigned>(output_tiles * config.split);
    grid.y = static_cast<unsigned>(token_tiles);
  } else {  // persistent blocks
    grid.x = static_cast<unsigned>(
        std::min<int64_t>(token_tiles * output_tiles, int64_t{sms} * config.blocks_per_sm));
  }
  return grid;
}

}  // namespace jitgemm::plan
