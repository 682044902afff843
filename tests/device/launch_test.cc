// The exact launch of each form, as the driver sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "src/device/loaded_kernel.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::device {
namespace {

constexpr int kSms = 132;
constexpr plan::Overlap kOverlap = {.stages_ahead = 3, .stages_fetched = 2, .release_early = true};

struct Case {
  const char* name;
  plan::KernelConfig config;
  int64_t m;
  std::array<unsigned, 3> grid;
  unsigned cluster, threads;
  unsigned store_columns = 0;  // normal form only
  CUtensorMapSwizzle store_swizzle = CU_TENSOR_MAP_SWIZZLE_NONE;
  int64_t padding = 0;  // elements by which every row stride exceeds the width
  ScaleLayout scales = ScaleLayout::kMnMajor;
  bool pdl = false;
  GemmDesc desc = {};  // of a generic kernel
};

plan::KernelConfig swapped(int n, int k, int tile_m, int tile_n, int split) {
  return {.form = Form::kSwapped,
          .n = n,
          .k = k,
          .tile_m = tile_m,
          .tile_n = tile_n,
          .split = split,
          .k_blocks = 2,
          .stages = 3};
}

plan::KernelConfig normal(int n, int k, int tile_m, int tile_n, int warpgroups,
                          int blocks_per_sm = 1) {
  return {.form = Form::kNormal,
          .n = n,
          .k = k,
          .tile_m = tile_m,
          .tile_n = tile_n,
          .stages = 2,
          .warpgroups = warpgroups,
          .blocks_per_sm = blocks_per_sm};
}

const Case kCases[] = {
    {"OneToken", swapped(7168, 2048, 8, 64, 1), 1, {112, 1, 1}, 1, 192},
    {"Cluster", swapped(7168, 2048, 16, 64, 4), 16, {448, 1, 1}, 4, 192},
    {"TwoWarpgroups", swapped(7168, 2048, 32, 128, 2), 31, {112, 1, 1}, 2, 320},
    {"SeveralTokenTiles", swapped(2112, 7168, 64, 64, 8), 129, {264, 3, 1}, 8, 192},
    {"TailOfK", swapped(8, 400, 8, 64, 1), 7, {1, 1, 1}, 1, 192},
    {.name = "PaddedRows",
     .config = swapped(576, 7168, 24, 64, 1),
     .m = 17,
     .grid = {9, 1, 1},
     .cluster = 1,
     .threads = 192,
     .padding = 48},
    {.name = "ScalesKMajor",
     .config = swapped(7168, 2048, 8, 64, 2),
     .m = 5,
     .grid = {224, 1, 1},
     .cluster = 2,
     .threads = 192,
     .scales = ScaleLayout::kKMajor},
    {.name = "Pdl",
     .config = swapped(7168, 2048, 8, 64, 1),
     .m = 5,
     .grid = {112, 1, 1},
     .cluster = 1,
     .threads = 192,
     .pdl = true},
    {.name = "ClusterWithPdl",
     .config = swapped(7168, 2048, 8, 64, 2),
     .m = 5,
     .grid = {224, 1, 1},
     .cluster = 2,
     .threads = 192,
     .pdl = true},
    {"FewTiles",
     normal(2112, 7168, 128, 128, 2),
     100,
     {17, 1, 1},
     1,
     384,
     64,
     CU_TENSOR_MAP_SWIZZLE_128B},
    {"AsManyBlocksAsSms",
     normal(2112, 7168, 128, 128, 2),
     4096,
     {132, 1, 1},
     1,
     384,
     64,
     CU_TENSOR_MAP_SWIZZLE_128B},
    {"TwoBlocksAnSm",
     normal(7168, 2048, 64, 96, 1, 2),
     1000,
     {264, 1, 1},
     1,
     256,
     32,
     CU_TENSOR_MAP_SWIZZLE_64B},
    {"ThreeWarpgroups",
     normal(24576, 1536, 192, 112, 3),
     129,
     {132, 1, 1},
     1,
     512,
     16,
     CU_TENSOR_MAP_SWIZZLE_32B},
    {.name = "NarrowStoreAndPaddedRows",
     .config = normal(2624, 6144, 256, 88, 2),
     .m = 257,
     .grid = {60, 1, 1},
     .cluster = 1,
     .threads = 384,
     .store_columns = 8,
     .padding = 32,
     .scales = ScaleLayout::kKMajor},
    {.name = "GenericSwapped",
     .config = swapped(0, 0, 64, 64, 1),
     .m = 17,
     .grid = {33, 1, 1},
     .cluster = 1,
     .threads = 192,
     .desc = {.n = 2104, .k = 7184}},
    {.name = "GenericNormal",
     .config = normal(0, 0, 128, 128, 2),
     .m = 100,
     .grid = {17, 1, 1},
     .cluster = 1,
     .threads = 384,
     .store_columns = 64,
     .store_swizzle = CU_TENSOR_MAP_SWIZZLE_128B,
     .scales = ScaleLayout::kKMajor,
     .desc = {.n = 2104, .k = 7184}},
};

class LaunchTest : public ::testing::TestWithParam<Case> {
 protected:
  GemmDesc desc() const {
    const Case& c = GetParam();
    return c.config.generic() ? c.desc : GemmDesc{.n = c.config.n, .k = c.config.k};
  }

  // Addresses that are never read, and strides that exceed the widths by the padding. With padding,
  // the scales are not aligned to 16 bytes, as TMA needs it.
  GemmArgs args() const {
    const Case& c = GetParam();
    const auto [n, k, bias_type] = desc();
    const int64_t k_blocks = (k + 127) / 128;
    return {.m = c.m,
            .a = reinterpret_cast<void*>(0x7f0000010000),
            .lda = k + c.padding,
            .a_scale = {c.scales, reinterpret_cast<void*>(0x7f0000020000 + c.padding / 8),
                        c.scales == ScaleLayout::kMnMajor ? (c.m + 3) / 4 * 4 : k_blocks},
            .b = reinterpret_cast<void*>(0x7f0000030000),
            .ldb = k + 2 * c.padding,
            .b_scale = reinterpret_cast<void*>(0x7f0000040000),
            .d = reinterpret_cast<void*>(0x7f0000050000),
            .ldd = n + c.padding,
            .bias = reinterpret_cast<void*>(0x7f0000060000),
            .pdl = c.pdl};
  }

  // Launches, and keeps the launch that the driver got.
  void SetUp() override {
    auto driver = Driver::open(StubDriver::path());
    ASSERT_TRUE(driver.ok()) << driver.status().message();
    auto kernel = LoadedKernel::load(*driver, "a cubin", GetParam().config);
    ASSERT_TRUE(kernel.ok()) << kernel.status().message();
    const Status status = (*kernel)->launch({desc(), args()}, stream, kSms, kOverlap);
    ASSERT_TRUE(status.ok()) << status.message();
    ASSERT_EQ(stub.launches().size(), 1u);
    launch = stub.launches()[0];
  }

  StubDriver stub;
  const Stream stream = reinterpret_cast<Stream>(0x600000);
  stub_launch launch = {};
};

TEST_P(LaunchTest, HasTheGridOfItsPlan) {
  const Case& c = GetParam();
  EXPECT_EQ(launch.grid, c.grid);
  EXPECT_EQ(launch.cluster, (std::array<unsigned, 3>{c.cluster, 1, 1}));
  EXPECT_EQ(launch.pdl, c.pdl);
  EXPECT_EQ(launch.attributes, unsigned{c.cluster > 1} + unsigned{c.pdl});
  EXPECT_EQ(launch.block, (std::array<unsigned, 3>{c.threads, 1, 1}));
  EXPECT_EQ(launch.shared_bytes, static_cast<unsigned>(c.config.shared_bytes()));
  EXPECT_EQ(launch.stream, stream);
}

// The binding names every member: with a new member this does not compile until it is compared.
TEST_P(LaunchTest, PassesTheArguments) {
  const Case& c = GetParam();
  const GemmArgs given = args();
  const auto& [a_scale, b_scale, d, ldd, m, ahead, fetched, early, n, k, b, ldb, bias,
               scales_mn_major, scales_by_tma] = launch.params;
  const bool mn_major = c.scales == ScaleLayout::kMnMajor;
  EXPECT_EQ(a_scale.base, given.a_scale.data);
  EXPECT_EQ(a_scale.row_stride, mn_major ? 1 : given.a_scale.ld);
  EXPECT_EQ(a_scale.block_stride, mn_major ? given.a_scale.ld : 1);
  EXPECT_EQ(b_scale, given.b_scale);
  EXPECT_EQ(d, given.d);
  EXPECT_EQ(ldd, given.ldd);
  EXPECT_EQ(m, given.m);
  const plan::Overlap overlap = fitted(kOverlap, c.config, desc().k);
  EXPECT_EQ(ahead, overlap.stages_ahead);
  EXPECT_EQ(fetched, overlap.stages_fetched);
  EXPECT_EQ(early, overlap.release_early);
  EXPECT_EQ(n, desc().n);
  EXPECT_EQ(k, desc().k);
  EXPECT_EQ(b, given.b);
  EXPECT_EQ(ldb, given.ldb);
  EXPECT_EQ(bias, given.bias);
  EXPECT_EQ(scales_mn_major, mn_major);
  EXPECT_EQ(scales_by_tma, given.a_scale.ld % 4 == 0 && c.padding == 0);
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
  const plan::KernelConfig& config = GetParam().config;
  const GemmArgs given = args();
  const int box = std::min(static_cast<int>(given.m), config.tile_m);
  expect_operand(launch.a, given.a, given.m, desc().k, given.lda, box);
  expect_operand(launch.b, given.b, desc().n, desc().k, given.ldb, config.tile_n);
}

TEST_P(LaunchTest, DescribesTheResultToTheNormalFormAlone) {
  const Case& c = GetParam();
  const GemmArgs given = args();
  if (c.config.form == Form::kSwapped) {
    EXPECT_EQ(launch.d.address, 0u);
    EXPECT_EQ(launch.d.box_rows, 0u);
    return;
  }
  EXPECT_EQ(launch.d.type, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16);
  EXPECT_EQ(launch.d.address, reinterpret_cast<uintptr_t>(given.d));
  EXPECT_EQ(launch.d.columns, static_cast<unsigned long long>(desc().n));
  EXPECT_EQ(launch.d.rows, static_cast<unsigned long long>(given.m));
  EXPECT_EQ(launch.d.row_stride, static_cast<unsigned long long>(given.ldd) * 2);
  EXPECT_EQ(launch.d.box_columns, c.store_columns);
  EXPECT_EQ(launch.d.box_rows, 64u);
  EXPECT_EQ(launch.d.swizzle, c.store_swizzle);
  EXPECT_EQ(launch.d.promotion, CU_TENSOR_MAP_L2_PROMOTION_L2_128B);
  EXPECT_EQ(launch.d.fill, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
}

// Its scales too, where TMA can read them: in boxes of four k-blocks.
TEST_P(LaunchTest, DescribesTheScalesToTheNormalFormAlone) {
  const Case& c = GetParam();
  const AScale scale = args().a_scale;
  if (c.config.form == Form::kSwapped || scale.ld % 4 != 0 || c.padding != 0) {
    EXPECT_EQ(launch.s.address, 0u);
    return;
  }
  const bool mn_major = c.scales == ScaleLayout::kMnMajor;
  const unsigned long long m = args().m, k_blocks = (desc().k + 127) / 128;
  EXPECT_EQ(launch.s.type, CU_TENSOR_MAP_DATA_TYPE_FLOAT32);
  EXPECT_EQ(launch.s.address, reinterpret_cast<uintptr_t>(scale.data));
  EXPECT_EQ(launch.s.columns, mn_major ? m : k_blocks);
  EXPECT_EQ(launch.s.rows, mn_major ? k_blocks : m);
  EXPECT_EQ(launch.s.row_stride, static_cast<unsigned long long>(scale.ld) * 4);
  EXPECT_EQ(launch.s.box_columns, mn_major ? static_cast<unsigned>(c.config.tile_m) : 4u);
  EXPECT_EQ(launch.s.box_rows, mn_major ? 4u : static_cast<unsigned>(c.config.tile_m));
  EXPECT_EQ(launch.s.swizzle, CU_TENSOR_MAP_SWIZZLE_NONE);
}

INSTANTIATE_TEST_SUITE_P(All, LaunchTest, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace jitgemm::device
