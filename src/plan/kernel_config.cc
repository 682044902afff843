#include "src/plan/kernel_config.h"

#include "kernels/layout.h"

namespace jitgemm::plan {
namespace {

SwappedLayout swapped(const KernelConfig& c) {
  return swapped_layout(c.tile_m, c.tile_n, c.split, c.k_blocks, c.stages, c.fill_ring);
}

NormalLayout normal(const KernelConfig& c) {
  return normal_layout(c.tile_m, c.tile_n, c.warpgroups, c.stages, c.k);
}

Ring ring_of(const KernelConfig& c) {
  return c.form == Form::kSwapped ? swapped(c).ring : normal(c).ring;
}

}  // namespace

int KernelConfig::shared_bytes() const {
  return form == Form::kSwapped ? swapped(*this).bytes() : normal(*this).bytes();
}

int KernelConfig::in_flight() const { return swapped(*this).k_blocks_in_flight(blocks_per_sm); }

int KernelConfig::box_tokens(int m) const { return ring_of(*this).box_tokens(m); }

int KernelConfig::wgmma_columns() const {
  return form == Form::kSwapped ? swapped(*this).columns() : tile_n;
}

int KernelConfig::threads() const {
  return form == Form::kSwapped ? swapped(*this).threads() : normal(*this).threads();
}

}  // namespace jitgemm::plan
