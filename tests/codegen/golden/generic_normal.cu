// generic_normal_t256x128_s1_k1_p3_w2_b1
namespace jitgemm {
constexpr int kN = 0, kK = 0;  // both come with the launch
constexpr int kTileM = 256, kTileN = 128, kStages = 3;
constexpr int kSplit = 1, kKBlocks = 1, kBlocksPerSm = 1;
constexpr int kWarpgroups = 2;
}
#include <jitgemm/ptx/wgmma_n128.cuh>
#include <jitgemm/gemm_normal.cuh>
