// n7168_k2048_swapped_t128x128_s2_k2_p8_w1_b1
#include <jitgemm/layout.h>
using namespace jitgemm;
constexpr int kN = 7168, kK = 2048;
constexpr int kTileM = 128, kTileN = 128, kStages = 8;
constexpr int kSplit = 2, kKBlocks = 2, kBlocksPerSm = 1;
constexpr bool kFillRing = false;
constexpr auto kLayout = swapped_layout(kTileM, kTileN, kSplit, kKBlocks, kStages, kFillRing);
#include <jitgemm/ptx/wgmma_n64.cuh>
#include <jitgemm/fragment/tokens_on_m.cuh>
#include <jitgemm/schedule/one_tile.cuh>
#include <jitgemm/load/activations_tma.cuh>
#include <jitgemm/load/weights_early.cuh>
#include <jitgemm/scale/block_in_ring.cuh>
#include <jitgemm/epilogue/none.cuh>
#include <jitgemm/gemm_swapped.cuh>
