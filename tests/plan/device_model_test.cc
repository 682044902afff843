#include "src/plan/device_model.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace jitgemm::plan {
namespace {

using ::testing::HasSubstr;

TEST(DeviceModelTest, NamesAreMatchedWithoutRegardToCaseAndListedForAnUnknownOne) {
  EXPECT_EQ(device_by_name("h100 sxm")->name, "H100 SXM");
  EXPECT_EQ(device_by_name("GH200")->sms, 132);
  const Status status = device_by_name("B200").status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "gpu = \"B200\" is unknown; accepted: H200, H100 SXM, H100 PCIe, H100 NVL, H800, H20, "
            "GH200");
}

TEST(DeviceModelTest, EveryDriverNameFindsItsKindAndASliceHasItsShare) {
  const struct {
    const char* driver_name;
    int sms;
    const char* kind;
  } kCases[] = {
      {"NVIDIA H200", 132, "H200"},
      {"NVIDIA H200 NVL", 132, "H200"},
      {"NVIDIA H200 MIG 3g.71gb", 60, "H200"},
      {"NVIDIA H100 80GB HBM3", 132, "H100 SXM"},
      {"NVIDIA H100 PCIe", 114, "H100 PCIe"},
      {"NVIDIA H100 NVL", 132, "H100 NVL"},
      {"NVIDIA H800", 132, "H800"},
      {"NVIDIA H20", 78, "H20"},
      {"NVIDIA H20-3e", 80, "H20"},
      {"NVIDIA GH200 480GB", 132, "GH200"},
  };
  for (const auto& c : kCases) {
    const auto model = device_by_attributes({c.driver_name, c.sms, 9, 0});
    ASSERT_TRUE(model.ok()) << c.driver_name;
    EXPECT_EQ(model->name, c.kind) << c.driver_name;
    EXPECT_EQ(model->sms, c.sms) << c.driver_name;
    const DeviceModel whole = *device_by_name(c.kind);
    EXPECT_DOUBLE_EQ(model->read_tb_per_s,
                     whole.read_tb_per_s * std::min(c.sms, whole.sms) / whole.sms);
  }
}

TEST(DeviceModelTest, OtherArchitecturesAreRefusedByName) {
  for (auto [major, minor] : {std::pair{8, 0}, {8, 9}, {10, 0}, {9, 1}}) {
    const Status status = device_by_attributes({"NVIDIA X", 100, major, minor}).status();
    EXPECT_EQ(status.code(), StatusCode::kUnsupportedDevice);
    EXPECT_THAT(std::string(status.message()), HasSubstr("NVIDIA X has compute capability"));
  }
}

// Measured on an H200 (kernels/notes/001).
TEST(DeviceModelTest, ClustersFitAsMeasured) {
  DeviceModel h200 = *device_by_name("H200");
  const int with_one_block_an_sm[] = {132, 66, 39, 30, 22, 18, 15, 15};
  for (int size = 1; size <= 8; ++size)
    EXPECT_EQ(h200.max_clusters(size, 1), with_one_block_an_sm[size - 1]) << size;
  EXPECT_EQ(h200.max_clusters(8, 2), 30);
  h200.sms = 4;
  EXPECT_EQ(h200.max_clusters(8, 1), 1);
}

}  // namespace
}  // namespace jitgemm::plan
