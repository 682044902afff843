// n7168_k2048_swapped_t16x64_s2_k2_p8_w1_b1
namespace jitgemm {
constexpr int kN = 7168, kK = 2048;
constexpr int kTileM = 16, kTileN = 64, kStages = 8;
constexpr int kSplit = 2, kKBlocks = 2, kBlocksPerSm = 1;
constexpr bool kFillRing = false;
}
#include <jitgemm/ptx/wgmma_n16.cuh>
#include <jitgemm/gemm_swapped.cuh>
