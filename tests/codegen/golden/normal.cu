// n4096_k7168_normal_t256x128_s1_k1_p3_w2_b1
#include <jitgemm/layout.h>
using namespace jitgemm;
constexpr int kN = 4096, kK = 7168;
constexpr int kTileM = 256, kTileN = 128, kStages = 3;
constexpr int kSplit = 1, kKBlocks = 1, kBlocksPerSm = 1;
constexpr int kWarpgroups = 2;
constexpr auto kLayout = normal_layout(kTileM, kTileN, kWarpgroups, kStages, kK);
#include <jitgemm/ptx/wgmma_n128.cuh>
#include <jitgemm/fragment/tokens_on_m.cuh>
#include <jitgemm/schedule/raster.cuh>
#include <jitgemm/load/activations_tma.cuh>
#include <jitgemm/load/weights_tma.cuh>
#include <jitgemm/scale/block_in_groups.cuh>
#include <jitgemm/epilogue/none.cuh>
#include <jitgemm/gemm_normal.cuh>
