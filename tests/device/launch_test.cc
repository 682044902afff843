// The exact launch of each form, as the driver sees it.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "src/device/loaded_kernel.h"
#include "src/plan/config_name.h"
#include "tests/runtime/some_args.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::device {
namespace {

constexpr int kSms = 132;
constexpr plan::Overlap kOverlap = {.stages_ahead = 3, .stages_fetched = 2, .release_early = true};

constexpr auto kNone = CU_TENSOR_MAP_SWIZZLE_NONE, k32B = CU_TENSOR_MAP_SWIZZLE_32B,
               k64B = CU_TENSOR_MAP_SWIZZLE_64B, k128B = CU_TENSOR_MAP_SWIZZLE_128B;

struct Rest {
  unsigned store_columns = 0;  // normal form only
  CUtensorMapSwizzle store_swizzle = kNone;
  int64_t padding = 0;  // elements by which every row stride exceeds the width
  ScaleLayout scales = ScaleLayout::kMnMajor;
  bool pdl = false;
  uintptr_t scales_at = 0x7f0000020000;
  bool generic = false;  // the kernel named, for every shape; N and K are those of its launch
};

struct Sizes {
  std::array<unsigned, 2> grid;
  unsigned cluster, threads;
};

struct Case {
  Case(const char* name, const char* kernel, int64_t m, const Sizes& sizes, const Rest& rest = {})
      : name(name), kernel(kernel), m(m), sizes(sizes), rest(rest) {}
  const char *name, *kernel;
  int64_t m;
  Sizes sizes;
  Rest rest;
};

constexpr auto kKMajor = ScaleLayout::kKMajor;
const Case kCases[] = {
    Case("OneToken", "n7168_k2048_swapped_t8x64_s1_k2_p3_w1_b1", 1, {{112, 1}, 1, 192}),
    Case("Cluster", "n7168_k2048_swapped_t16x64_s4_k2_p3_w1_b1", 16, {{448, 1}, 4, 192}),
    Case("TwoWarpgroups", "n7168_k2048_swapped_t32x128_s2_k2_p3_w2_b1", 31, {{112, 1}, 2, 320}),
    Case("SeveralTokenTiles", "n2112_k7168_swapped_t64x64_s8_k2_p3_w1_b1", 129, {{264, 3}, 8, 192}),
    Case("TailOfK", "n8_k400_swapped_t8x64_s1_k2_p3_w1_b1", 7, {{1, 1}, 1, 192}),
    Case("PaddedRows", "n576_k7168_swapped_t24x64_s1_k2_p3_w1_b1", 17, {{9, 1}, 1, 192},
         {.padding = 48}),
    Case("ScalesKMajor", "n7168_k2048_swapped_t8x64_s2_k2_p3_w1_b1", 5, {{224, 1}, 2, 192},
         {.scales = kKMajor}),
    Case("Pdl", "n7168_k2048_swapped_t8x64_s1_k2_p3_w1_b1", 5, {{112, 1}, 1, 192}, {.pdl = true}),
    Case("ClusterWithPdl", "n7168_k2048_swapped_t8x64_s2_k2_p3_w1_b1", 5, {{224, 1}, 2, 192},
         {.pdl = true}),
    Case("FewTiles", "n2112_k7168_normal_t128x128_s1_k1_p2_w2_b1", 100, {{17, 1}, 1, 384},
         {64, k128B}),
    Case("AsManyBlocksAsSms", "n2112_k7168_normal_t128x128_s1_k1_p2_w2_b1", 4096,
         {{132, 1}, 1, 384}, {64, k128B}),
    Case("TwoBlocksAnSm", "n7168_k2048_normal_t64x96_s1_k1_p2_w1_b2", 1000, {{264, 1}, 1, 256},
         {32, k64B}),
    Case("ThreeWarpgroups", "n24576_k1536_normal_t192x112_s1_k1_p2_w3_b1", 129, {{132, 1}, 1, 512},
         {16, k32B}),
    Case("NarrowStoreAndPaddedRows", "n2624_k6144_normal_t256x88_s1_k1_p2_w2_b1", 257,
         {{60, 1}, 1, 384}, {.store_columns = 8, .padding = 32, .scales = kKMajor}),
    Case("GenericSwapped", "n2104_k7184_swapped_t64x64_s1_k2_p3_w1_b1", 17, {{33, 1}, 1, 192},
         {.generic = true}),
    Case("GenericNormal", "n2104_k7184_normal_t128x128_s1_k1_p2_w2_b1", 100, {{17, 1}, 1, 384},
         {.store_columns = 64, .store_swizzle = k128B, .scales = kKMajor, .generic = true}),
    Case("ScalesThatTmaCannotRead", "n2112_k7168_normal_t128x128_s1_k1_p2_w2_b1", 100,
         {{17, 1}, 1, 384},
         {.store_columns = 64,
          .store_swizzle = k128B,
          .scales = kKMajor,
          .scales_at = 0x7f0000020004}),
};

class LaunchTest : public ::testing::TestWithParam<Case> {
 protected:
  LaunchTest() : config(*plan::parse_config_name(GetParam().kernel)), desc{config.n, config.k} {
    if (GetParam().rest.generic) config.n = config.k = 0;
  }

  // Addresses that are never read, and strides that exceed the widths by the padding.
  GemmArgs args() const {
    const Rest& rest = GetParam().rest;
    GemmArgs args = some_args(GetParam().m);
    args.lda = desc.k + rest.padding;
    args.ldb = desc.k + 2 * rest.padding;
    args.ldd = desc.n + rest.padding;
    args.a_scale.data = reinterpret_cast<void*>(rest.scales_at);
    if (rest.scales == kKMajor)
      args.a_scale = AScale::k_major(args.a_scale.data, (desc.k + 127) / 128);
    args.bias = reinterpret_cast<void*>(0x7f0000060000);
    args.pdl = rest.pdl;
    return args;
  }

  // Launches, and keeps the launch that the driver got.
  void SetUp() override {
    auto driver = Driver::open(StubDriver::path());
    ASSERT_TRUE(driver.ok()) << driver.status().message();
    auto kernel = LoadedKernel::load(*driver, "a cubin", config);
    ASSERT_TRUE(kernel.ok()) << kernel.status().message();
    const Status status = (*kernel)->launch({desc, args()}, kStream, kSms, kOverlap);
    ASSERT_TRUE(status.ok()) << status.message();
    ASSERT_EQ(stub.launches().size(), 1u);
    launch = stub.launches()[0];
  }

  StubDriver stub;
  plan::KernelConfig config;
  const GemmDesc desc;
  stub_launch launch = {};
};

TEST_P(LaunchTest, HasTheGridOfItsPlan) {
  const Case& c = GetParam();
  EXPECT_EQ(launch.grid, (std::array<unsigned, 3>{c.sizes.grid[0], c.sizes.grid[1], 1}));
  EXPECT_EQ(launch.cluster, (std::array<unsigned, 3>{c.sizes.cluster, 1, 1}));
  EXPECT_EQ(launch.pdl, c.rest.pdl);
  EXPECT_EQ(launch.attributes, unsigned{c.sizes.cluster > 1} + unsigned{c.rest.pdl});
  EXPECT_EQ(launch.block, (std::array<unsigned, 3>{c.sizes.threads, 1, 1}));
  EXPECT_EQ(launch.shared_bytes, static_cast<unsigned>(config.shared_bytes()));
  EXPECT_EQ(launch.stream, kStream);
}

// The binding names every member: with a new member this does not compile until it is compared.
TEST_P(LaunchTest, PassesTheArguments) {
  const Case& c = GetParam();
  const GemmArgs given = args();
  const auto& [a_scale, b_scale, d, ldd, m, ahead, fetched, early, n, k, b, ldb, bias,
               scales_mn_major, scales_by_tma, scale_row_bytes, scale_block_bytes] = launch.params;
  const bool mn_major = c.rest.scales == ScaleLayout::kMnMajor;
  EXPECT_EQ(a_scale.base, given.a_scale.data);
  EXPECT_EQ(a_scale.row_stride, mn_major ? 1 : given.a_scale.ld);
  EXPECT_EQ(a_scale.block_stride, mn_major ? given.a_scale.ld : 1);
  EXPECT_EQ(b_scale, given.b_scale);
  EXPECT_EQ(d, given.d);
  EXPECT_EQ(ldd, given.ldd);
  EXPECT_EQ(m, given.m);
  const plan::Overlap overlap = fitted(kOverlap, config, desc.k);
  EXPECT_EQ(ahead, overlap.stages_ahead);
  EXPECT_EQ(fetched, overlap.stages_fetched);
  EXPECT_EQ(early, overlap.release_early);
  EXPECT_EQ(n, desc.n);
  EXPECT_EQ(k, desc.k);
  EXPECT_EQ(b, given.b);
  EXPECT_EQ(ldb, given.ldb);
  EXPECT_EQ(bias, given.bias);
  EXPECT_EQ(scales_mn_major, mn_major);
  EXPECT_EQ(scales_by_tma, given.a_scale.ld % 4 == 0 && c.rest.scales_at % 16 == 0);
  EXPECT_EQ(scale_row_bytes, mn_major ? 4 : 16);
  EXPECT_EQ(scale_block_bytes, mn_major ? config.tile_m * 4 : 4);
}

void expect_operand(const stub_tensor_map& map, const void* base, int64_t rows, int64_t k,
                    int64_t row_bytes, int box_rows) {
  EXPECT_EQ(map.type, CU_TENSOR_MAP_DATA_TYPE_UINT8);
  EXPECT_EQ(map.address, reinterpret_cast<uintptr_t>(base));
  EXPECT_EQ(map.columns, static_cast<unsigned long long>(k));
  EXPECT_EQ(map.rows, static_cast<unsigned long long>(rows));
  EXPECT_EQ(map.row_stride, static_cast<unsigned long long>(row_bytes));
  EXPECT_EQ(map.box_columns, 128u);
  EXPECT_EQ(map.box_rows, static_cast<unsigned>(box_rows));
  EXPECT_EQ(map.swizzle, CU_TENSOR_MAP_SWIZZLE_128B);
  EXPECT_EQ(map.promotion, CU_TENSOR_MAP_L2_PROMOTION_L2_128B);
  EXPECT_EQ(map.fill, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
}

TEST_P(LaunchTest, DescribesTheOperands) {
  const GemmArgs given = args();
  const int box = std::min(static_cast<int>(given.m), config.tile_m);
  expect_operand(launch.a, given.a, given.m, desc.k, given.lda, box);
  expect_operand(launch.b, given.b, desc.n, desc.k, given.ldb, config.tile_n);
}

TEST_P(LaunchTest, DescribesTheResultToTheNormalFormAlone) {
  const Case& c = GetParam();
  const GemmArgs given = args();
  if (config.form == Form::kSwapped) {
    EXPECT_EQ(launch.d.address, 0u);
    EXPECT_EQ(launch.d.box_rows, 0u);
    return;
  }
  EXPECT_EQ(launch.d.type, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16);
  EXPECT_EQ(launch.d.address, reinterpret_cast<uintptr_t>(given.d));
  EXPECT_EQ(launch.d.columns, static_cast<unsigned long long>(desc.n));
  EXPECT_EQ(launch.d.rows, static_cast<unsigned long long>(given.m));
  EXPECT_EQ(launch.d.row_stride, static_cast<unsigned long long>(given.ldd) * 2);
  EXPECT_EQ(launch.d.box_columns, c.rest.store_columns);
  EXPECT_EQ(launch.d.box_rows, 64u);
  EXPECT_EQ(launch.d.swizzle, c.rest.store_swizzle);
  EXPECT_EQ(launch.d.promotion, CU_TENSOR_MAP_L2_PROMOTION_L2_128B);
  EXPECT_EQ(launch.d.fill, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
}

// Its scales too, where TMA can read them: in boxes of four k-blocks.
TEST_P(LaunchTest, DescribesTheScalesToTheNormalFormAlone) {
  const Case& c = GetParam();
  const AScale scale = args().a_scale;
  if (config.form == Form::kSwapped || scale.ld % 4 != 0 || c.rest.scales_at % 16 != 0) {
    EXPECT_EQ(launch.s.address, 0u);
    return;
  }
  const bool mn_major = c.rest.scales == ScaleLayout::kMnMajor;
  const unsigned long long m = args().m, k_blocks = (desc.k + 127) / 128;
  EXPECT_EQ(launch.s.type, CU_TENSOR_MAP_DATA_TYPE_FLOAT32);
  EXPECT_EQ(launch.s.address, reinterpret_cast<uintptr_t>(scale.data));
  EXPECT_EQ(launch.s.columns, mn_major ? m : k_blocks);
  EXPECT_EQ(launch.s.rows, mn_major ? k_blocks : m);
  EXPECT_EQ(launch.s.row_stride, static_cast<unsigned long long>(scale.ld) * 4);
  EXPECT_EQ(launch.s.box_columns, mn_major ? static_cast<unsigned>(config.tile_m) : 4u);
  EXPECT_EQ(launch.s.box_rows, mn_major ? 4u : static_cast<unsigned>(config.tile_m));
  EXPECT_EQ(launch.s.swizzle, CU_TENSOR_MAP_SWIZZLE_NONE);
}

INSTANTIATE_TEST_SUITE_P(All, LaunchTest, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace jitgemm::device
