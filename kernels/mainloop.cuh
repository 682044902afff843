// The main loop of both forms: wait for a stage, multiply its k-blocks on the tensor cores, promote
// the partial sums in fp32, hand the stage back.
#pragma once

#include <jitgemm/ptx/wgmma.cuh>
#include <jitgemm/ring.cuh>

constexpr int kInFlight = kLayout.k_blocks_in_flight(kBlocksPerSm);
// The normal form unrolls four steps, a group of scales, and the rest of K. If K comes with the
// launch, it may end inside a turn.
constexpr int kUnrolledSteps = Schedule::kOneTile || kSplit > 1 ? 1 : 4;
constexpr int kRest = kK == 0 ? 0 : ceil_div(kK, kBlockK) % kUnrolledSteps;
constexpr bool kMayEndInside = kUnrolledSteps > 1 && kK == 0;

// sums += a_scale * b_scale * accumulators
JITGEMM_DEVICE void promote(float (&sums)[kAccumulators],
                            const float (&accumulators)[kAccumulators], const Scales& scales) {
#pragma unroll
  for (int g = 0; g < kGroups; ++g)
#pragma unroll
    for (int i = 0; i < 4; ++i) sums[4 * g + i] += scales.of(g, i) * accumulators[4 * g + i];
}

// The operands of a warpgroup: the address parts of their descriptors in stage 0.
struct Operands {
  u32 tokens, weights;

  JITGEMM_DEVICE Operands(const BlockRing& ring, const Fragment& fragment)
      : tokens(descriptor_address(ring.a_tiles(0) + fragment.first_token() * kBlockK)),
        weights(descriptor_address(ring.b_tiles(0) + fragment.first_weight() * kBlockK)) {}

  // accumulators = A * B^T of k-block j of a stage and a wave
  JITGEMM_DEVICE void multiply(float (&accumulators)[kAccumulators], int stage, int j,
                               int wave) const {
    const u32 at = stage * descriptor_step(kRing.stage_bytes());
    Fragment::multiply(
        accumulators,
        descriptor(tokens + at +
                   descriptor_step(j * kRing.a_block_bytes() + wave * kWaveRows * kBlockK)),
        descriptor(weights + at + descriptor_step(j * kRing.b_block_bytes())));
  }
};

// One wave of a stage: kInFlight k-blocks from `first` on, each with accumulators of its own.
// Waves of a warpgroup follow each other, so that the promotion of one warpgroup overlaps the
// multiplies of the others.
JITGEMM_DEVICE void multiply_wave(float (&sums)[kAccumulators], const BlockRing& ring, int stage,
                                  int step, int first, int wave, const Operands& operands,
                                  const ScaleReader& reader) {
  Scales scales = reader.read(stage, step, first, wave);
  float accumulators[kInFlight][kAccumulators];
#pragma unroll
  for (int j = 0; j < kInFlight; ++j) pin(accumulators[j]);
  open_multiplies();
#pragma unroll
  for (int j = 0; j < kInFlight; ++j) {
    operands.multiply(accumulators[j], stage, first + j, wave);
    commit_multiplies();
  }
  unroll<kInFlight>([&](auto index) {
    constexpr int j = decltype(index)::value;
    if (j > 0) scales = reader.read(stage, step, first + j, wave);
    pin(accumulators[j]);
    wait_multiplies<kInFlight - 1 - j>();
    pin(accumulators[j]);
    if (first + j == kRing.k_blocks - 1 && wave == kWaves - 1) ring.release(stage);
    promote(sums, accumulators[j], scales);
  });
}

// Steps `begin` to `end` - 1 of a tile, added to `sums`.
JITGEMM_DEVICE void multiply(Sums& sums, const BlockRing& ring, Cursor& at, int begin, int end,
                             const Operands& operands, ScaleReader& scales) {
  const auto multiply_step = [&](int step) {
    LoadB::wait(ring, at.stage, step);
    scales.open(step);
    wait(ring.full(at.stage), at.parity);
#pragma unroll
    for (int first = 0; first < kRing.k_blocks; first += kInFlight)
#pragma unroll
      for (int wave = 0; wave < kWaves; ++wave)
        multiply_wave(sums[wave], ring, at.stage, step, first, wave, operands, scales);
    scales.close(step);
    at.advance();
  };
#pragma unroll 1
  for (int turn = begin; turn < end - kRest; turn += kUnrolledSteps)
#pragma unroll
    for (int step = turn; step < turn + kUnrolledSteps; ++step) {
      if (kMayEndInside && step >= end) break;
      multiply_step(step);
    }
#pragma unroll
  for (int i = kRest; i > 0; --i) multiply_step(end - i);
}
