// Each refusal, one test: the message names the field, the value found and what is accepted.
#include "src/plan/desc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace jitgemm::plan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();

// Never read: validation looks at addresses only.
void* address(uintptr_t value) { return reinterpret_cast<void*>(value); }

void expect_refused(const Status& status, const std::string& message) {
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), message);
}

TEST(DescTest, AcceptsTheSmallestTheOddAndTheLargestShape) {
  for (const GemmDesc& desc : {GemmDesc{.n = 8, .k = 16}, GemmDesc{.n = 2112, .k = 400},
                               GemmDesc{.n = kMaxDimension, .k = kMaxDimension}})
    EXPECT_TRUE(validate(desc).ok()) << shape_name(desc);
}

TEST(DescTest, NamesAShapeByItsSizes) {
  EXPECT_EQ(shape_name({.n = 7168, .k = 2048}), "n7168_k2048");
}

TEST(DescTest, RefusesZeroN) {
  expect_refused(validate({.n = 0, .k = 16}), "n = 0 is outside 1..1073741824 (n0_k16)");
}

TEST(DescTest, RefusesNegativeK) {
  expect_refused(validate({.n = 8, .k = -16}), "k = -16 is outside 1..1073741824 (n8_k-16)");
}

TEST(DescTest, RefusesNBeyondTheCopyEngine) {
  expect_refused(validate({.n = kMaxDimension + 8, .k = 16}),
                 "n = 1073741832 is outside 1..1073741824 (n1073741832_k16)");
}

TEST(DescTest, RefusesTheLargestK) {
  expect_refused(validate({.n = 8, .k = kHuge}),
                 "k = 9223372036854775807 is outside 1..1073741824 (n8_k9223372036854775807)");
}

TEST(DescTest, RefusesNThatIsNoMultipleOf8) {
  expect_refused(validate({.n = 7164, .k = 2048}), "n = 7164 is not a multiple of 8 (n7164_k2048)");
}

TEST(DescTest, RefusesKThatIsNoMultipleOf16) {
  expect_refused(validate({.n = 7168, .k = 2056}),
                 "k = 2056 is not a multiple of 16 (n7168_k2056)");
}

// One launch of n2112_k400, right in everything; each test breaks one thing.
class ArgsTest : public ::testing::Test {
 protected:
  GemmDesc desc{.n = 2112, .k = 400};
  GemmArgs args{.m = 7,
                .a = address(0x10000),
                .a_scale = AScale::mn_major(address(0x20000), 8),
                .b = address(0x30000),
                .b_scale = address(0x40004),
                .d = address(0x50000)};

  void expect_refused(const std::string& message) {
    const Result<GemmArgs> completed = complete(desc, args);
    ASSERT_FALSE(completed.ok());
    plan::expect_refused(completed.status(), message + " (n2112_k400)");
  }
};

TEST_F(ArgsTest, FillsInTheStridesThatAreZero) {
  const Result<GemmArgs> completed = complete(desc, args);
  ASSERT_TRUE(completed.ok()) << completed.status().message();
  EXPECT_EQ(completed->lda, 400);
  EXPECT_EQ(completed->ldb, 400);
  EXPECT_EQ(completed->ldd, 2112);
  EXPECT_EQ(completed->a_scale.ld, 8);
  EXPECT_EQ(completed->b_scale, args.b_scale);
}

TEST_F(ArgsTest, FillsInTheStrideOfKMajorScales) {
  args.a_scale = AScale::k_major(address(0x20004));
  const Result<GemmArgs> completed = complete(desc, args);
  ASSERT_TRUE(completed.ok()) << completed.status().message();
  EXPECT_EQ(completed->a_scale.ld, 4);  // ceil(400 / 128)
}

TEST_F(ArgsTest, KeepsStridesWiderThanTheMatrix) {
  args.lda = 416, args.ldb = 1024, args.ldd = 2120;
  args.a_scale = AScale::k_major(address(0x20004), 5);
  const Result<GemmArgs> completed = complete(desc, args);
  ASSERT_TRUE(completed.ok()) << completed.status().message();
  EXPECT_EQ(completed->lda, 416);
  EXPECT_EQ(completed->ldb, 1024);
  EXPECT_EQ(completed->ldd, 2120);
  EXPECT_EQ(completed->a_scale.ld, 5);
}

TEST_F(ArgsTest, ZeroTokensNeedNothingElse) {
  args = {.m = 0};
  EXPECT_TRUE(complete(desc, args).ok());
}

TEST_F(ArgsTest, RefusesNegativeM) {
  args.m = -1;
  expect_refused("m = -1 is outside 0..1073741824");
}

TEST_F(ArgsTest, RefusesMBeyondTheCopyEngine) {
  args.m = kMaxDimension + 1;
  expect_refused("m = 1073741825 is outside 0..1073741824");
}

TEST_F(ArgsTest, RefusesNullA) {
  args.a = nullptr;
  expect_refused("a is null");
}

TEST_F(ArgsTest, RefusesNullAScale) {
  args.a_scale.data = nullptr;
  expect_refused("a_scale is null");
}

TEST_F(ArgsTest, RefusesNullB) {
  args.b = nullptr;
  expect_refused("b is null");
}

TEST_F(ArgsTest, RefusesNullBScale) {
  args.b_scale = nullptr;
  expect_refused("b_scale is null");
}

TEST_F(ArgsTest, RefusesNullD) {
  args.d = nullptr;
  expect_refused("d is null");
}

TEST_F(ArgsTest, RefusesMisalignedA) {
  args.a = address(0x10008);
  expect_refused("a = 0x10008 is not aligned to 16 bytes");
}

TEST_F(ArgsTest, RefusesMisalignedMnMajorScales) {
  args.a_scale.data = address(0x20004);
  expect_refused("a_scale = 0x20004 is not aligned to 16 bytes");
}

TEST_F(ArgsTest, RefusesMisalignedKMajorScales) {
  args.a_scale = AScale::k_major(address(0x20002));
  expect_refused("a_scale = 0x20002 is not aligned to 4 bytes");
}

TEST_F(ArgsTest, RefusesMisalignedB) {
  args.b = address(0x30001);
  expect_refused("b = 0x30001 is not aligned to 16 bytes");
}

TEST_F(ArgsTest, RefusesMisalignedBScale) {
  args.b_scale = address(0x40002);
  expect_refused("b_scale = 0x40002 is not aligned to 4 bytes");
}

TEST_F(ArgsTest, RefusesMisalignedD) {
  args.d = address(0x50002);
  expect_refused("d = 0x50002 is not aligned to 16 bytes");
}

TEST_F(ArgsTest, RefusesLdaBelowK) {
  args.lda = 384;
  expect_refused("lda = 384 is less than k = 400");
}

TEST_F(ArgsTest, RefusesNegativeLdb) {
  args.ldb = -400;
  expect_refused("ldb = -400 is less than k = 400");
}

TEST_F(ArgsTest, RefusesLddBelowN) {
  args.ldd = 2104;
  expect_refused("ldd = 2104 is less than n = 2112");
}

TEST_F(ArgsTest, RefusesLdaThatIsNoMultipleOf16) {
  args.lda = 408;
  expect_refused("lda = 408 is not a multiple of 16");
}

TEST_F(ArgsTest, RefusesLdbThatIsNoMultipleOf16) {
  args.ldb = 401;
  expect_refused("ldb = 401 is not a multiple of 16");
}

TEST_F(ArgsTest, RefusesLddThatIsNoMultipleOf8) {
  args.ldd = 2116;
  expect_refused("ldd = 2116 is not a multiple of 8");
}

TEST_F(ArgsTest, RefusesMnMajorScalesShorterThanM) {
  args.a_scale.ld = 4;
  expect_refused("a_scale.ld = 4 is less than m = 7");
}

TEST_F(ArgsTest, RefusesMnMajorScalesWithoutAStride) {
  args.a_scale.ld = 0;
  expect_refused("a_scale.ld = 0 is less than m = 7");
}

TEST_F(ArgsTest, RefusesMnMajorStrideThatIsNoMultipleOf4) {
  args.a_scale.ld = 10;
  expect_refused("a_scale.ld = 10 is not a multiple of 4");
}

TEST_F(ArgsTest, RefusesKMajorScalesShorterThanTheBlocksOfK) {
  args.a_scale = AScale::k_major(address(0x20000), 3);
  expect_refused("a_scale.ld = 3 is less than ceil(k / 128) = 4");
}

TEST_F(ArgsTest, RefusesAnUnknownScaleLayout) {
  args.a_scale.layout = static_cast<ScaleLayout>(2);
  expect_refused("a_scale.layout = 2 is neither 0 (MN-major) nor 1 (K-major)");
}

TEST_F(ArgsTest, RefusesARowThatTheCopyEngineCannotStride) {
  args.lda = int64_t{1} << 40;
  expect_refused(
      "lda = 1099511627776 is not below 1099511627776, the longest row that the copy engine takes");
}

TEST_F(ArgsTest, CountsTheBytesOfD) {
  args.ldd = int64_t{1} << 39;
  expect_refused(
      "ldd = 549755813888 is not below 549755813888, the longest row that the copy engine takes");
}

TEST_F(ArgsTest, RefusesAMatrixLargerThan64BitsCount) {
  args.m = kMaxDimension;
  args.a_scale.ld = kMaxDimension;
  args.lda = (int64_t{1} << 40) - 16;
  const Result<GemmArgs> completed = complete(desc, args);
  ASSERT_FALSE(completed.ok());
  EXPECT_THAT(std::string(completed.status().message()),
              AllOf(HasSubstr("lda = 1099511627760"), HasSubstr("larger than 2^63 bytes")));
}

}  // namespace
}  // namespace jitgemm::plan
