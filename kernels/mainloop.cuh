// The main loop of both forms: wait for a stage, multiply its k-blocks on the tensor cores, promote
// the partial sums in fp32, hand the stage back.
#pragma once

#include <jitgemm/ptx/wgmma.cuh>
#include <jitgemm/ring.cuh>

namespace jitgemm {

constexpr int kInFlight = kLayout.k_blocks_in_flight(kBlocksPerSm);
constexpr int kUnrolledSteps = Schedule::kOneTile || kWaves > 1 ? 1 : 2;

// sums += a_scale * b_scale * accumulators
JITGEMM_DEVICE void promote(float (&sums)[kAccumulators],
                            const float (&accumulators)[kAccumulators], const Scales& scales) {
#pragma unroll
  for (int g = 0; g < kGroups; ++g)
#pragma unroll
    for (int i = 0; i < 4; ++i) sums[4 * g + i] += scales.of(g, i) * accumulators[4 * g + i];
}

// One wave of a stage: kInFlight k-blocks from `first` on, each with accumulators of its own.
// Waves of a warpgroup follow each other, so that the promotion of one warpgroup overlaps the
// multiplies of the others.
JITGEMM_DEVICE void multiply_wave(float (&sums)[kAccumulators], const BlockRing& ring, int stage,
                                  int first, int wave, u64 tokens, u64 weights,
                                  const Fragment& fragment, const Tile& tile) {
  const auto slot = [&](int j) {
    return ring.scales(stage) + (first + j) * kRing.block_scales() * 4;
  };
  Scales scales(slot(0), fragment, wave, tile);
  float accumulators[kInFlight][kAccumulators];
#pragma unroll
  for (int j = 0; j < kInFlight; ++j) pin(accumulators[j]);
  open_multiplies();
#pragma unroll
  for (int j = 0; j < kInFlight; ++j) {
    Fragment::multiply(
        accumulators[j],
        tokens + descriptor_step((first + j) * kRing.a_block_bytes() + wave * kWaveRows * kBlockK),
        weights + descriptor_step((first + j) * kRing.b_block_bytes()));
    commit_multiplies();
  }
  unroll<kInFlight>([&](auto index) {
    constexpr int j = decltype(index)::value;
    if (j > 0) scales = Scales(slot(j), fragment, wave, tile);
    pin(accumulators[j]);
    wait_multiplies<kInFlight - 1 - j>();
    pin(accumulators[j]);
    if (first + j == kRing.k_blocks - 1 && wave == kWaves - 1) arrive(ring.empty(stage));
    promote(sums, accumulators[j], scales);
  });
}

// The next `steps` steps of a tile, added to `sums`.
JITGEMM_DEVICE void multiply(Sums& sums, const BlockRing& ring, Cursor& at, int steps,
                             const Fragment& fragment, const Tile& tile) {
#pragma unroll kUnrolledSteps
  for (int step = 0; step < steps; ++step, at.advance()) {
    LoadB::wait(ring, at.stage, step);
    wait(ring.full(at.stage), at.parity);
    const u64 tokens =
        operand_descriptor(ring.a_tiles(at.stage) + fragment.first_token() * kBlockK);
    const u64 weights =
        operand_descriptor(ring.b_tiles(at.stage) + fragment.first_weight() * kBlockK);
#pragma unroll
    for (int first = 0; first < kRing.k_blocks; first += kInFlight)
#pragma unroll
      for (int wave = 0; wave < kWaves; ++wave)
        multiply_wave(sums[wave], ring, at.stage, first, wave, tokens, weights, fragment, tile);
  }
}

}  // namespace jitgemm
