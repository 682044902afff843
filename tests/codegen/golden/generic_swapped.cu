// generic_swapped_t16x64_s2_k2_p8_w1_b1
namespace jitgemm {
constexpr int kN = 0, kK = 0;  // both come with the launch
constexpr int kTileM = 16, kTileN = 64, kStages = 8;
constexpr int kSplit = 2, kKBlocks = 2, kBlocksPerSm = 1;
constexpr bool kFillRing = false;
}
#include <jitgemm/ptx/wgmma_n16.cuh>
#include <jitgemm/gemm_swapped.cuh>
