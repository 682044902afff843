// Each refusal is one row of a table: its message names the field, the value found and the values
// accepted.
#include "src/plan/desc.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace jitgemm::plan {
namespace {

// Validation never reads at these addresses.
void* address(uintptr_t value) { return reinterpret_cast<void*>(value); }

TEST(DescTest, AcceptsTheSmallestTheOddAndTheLargestShape) {
  for (const GemmDesc& desc : {GemmDesc{.n = 8, .k = 16}, GemmDesc{.n = 2112, .k = 400},
                               GemmDesc{.n = kMaxDimension, .k = kMaxDimension}})
    EXPECT_TRUE(validate(desc).ok()) << shape_name(desc);
}

TEST(DescTest, RefusesEveryShapeThatIsNotServed) {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  const struct {
    GemmDesc desc;
    const char* message;
  } kCases[] = {
      {{.n = 0, .k = 16}, "n = 0 is outside 1..1073741824 (n0_k16)"},
      {{.n = 8, .k = -16}, "k = -16 is outside 1..1073741824 (n8_k-16)"},
      {{.n = kMaxDimension + 8, .k = 16},
       "n = 1073741832 is outside 1..1073741824 (n1073741832_k16)"},
      {{.n = 8, .k = kHuge},
       "k = 9223372036854775807 is outside 1..1073741824 (n8_k9223372036854775807)"},
      {{.n = 7164, .k = 2048}, "n = 7164 is not a multiple of 8 (n7164_k2048)"},
      {{.n = 7168, .k = 2056}, "k = 2056 is not a multiple of 16 (n7168_k2056)"},
      {{.n = 8, .k = 16, .bias = static_cast<BiasType>(3)},
       "bias = 3 is none of 0 (none), 1 (bf16), 2 (fp32) (n8_k16)"},
      {{.n = 8, .k = 16, .bias = static_cast<BiasType>(-1)},
       "bias = -1 is none of 0 (none), 1 (bf16), 2 (fp32) (n8_k16)"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(validate(c.desc).code(), StatusCode::kInvalidArgument) << c.message;
    EXPECT_EQ(validate(c.desc).message(), c.message);
  }
}

// A valid launch of n2112_k400; each test changes some of it.
class ArgsTest : public ::testing::Test {
 protected:
  GemmDesc desc{.n = 2112, .k = 400};
  GemmArgs args{.m = 7,
                .a = address(0x10000),
                .a_scale = AScale::mn_major(address(0x20000), 8),
                .b = address(0x30000),
                .b_scale = address(0x40004),
                .d = address(0x50000)};
};

TEST_F(ArgsTest, TakesABiasOfTheTypeOfTheDescOnly) {
  args.bias = address(0x60002);
  const auto message = [&](BiasType type) {
    desc.bias = type;
    return std::string(complete(desc, args).status().message());
  };
  EXPECT_EQ(message(BiasType::kNone),
            "bias = 0x60002 is given, but the bias type of the desc is none (n2112_k400)");
  EXPECT_EQ(message(BiasType::kBf16), "");
  EXPECT_EQ(message(BiasType::kFp32), "bias = 0x60002 is not aligned to 4 bytes (n2112_k400)");
  args.bias = nullptr;
  EXPECT_EQ(message(BiasType::kFp32), "");
}

TEST_F(ArgsTest, FillsInTheStridesThatAreZeroAndKeepsWiderOnes) {
  const auto strides = [&] {
    const Result<GemmArgs> done = complete(desc, args);
    EXPECT_TRUE(done.ok()) << done.status().message();
    EXPECT_EQ(done->b_scale, args.b_scale);
    return std::vector<int64_t>{done->lda, done->ldb, done->ldd, done->a_scale.ld};
  };
  EXPECT_EQ(strides(), (std::vector<int64_t>{400, 400, 2112, 8}));
  args.a_scale = AScale::k_major(address(0x20004));
  EXPECT_EQ(strides().back(), 4);  // ceil(400 / 128)
  args.lda = 416, args.ldb = 1024, args.ldd = 2120;
  args.a_scale = AScale::k_major(address(0x20004), 5);
  EXPECT_EQ(strides(), (std::vector<int64_t>{416, 1024, 2120, 5}));
  EXPECT_TRUE(complete(desc, {.m = 0}).ok());  // needs nothing else
}

TEST_F(ArgsTest, RefusesEveryArgumentThatIsWrong) {
  using Args = GemmArgs;
  const struct {
    void (*spoil)(Args&);
    const char* message;
  } kCases[] = {
      {[](Args& a) { a.m = -1; }, "m = -1 is outside 0..1073741824"},
      {[](Args& a) { a.m = kMaxDimension + 1; }, "m = 1073741825 is outside 0..1073741824"},
      {[](Args& a) { a.a = nullptr; }, "a is null"},
      {[](Args& a) { a.a_scale.data = nullptr; }, "a_scale is null"},
      {[](Args& a) { a.b = nullptr; }, "b is null"},
      {[](Args& a) { a.b_scale = nullptr; }, "b_scale is null"},
      {[](Args& a) { a.d = nullptr; }, "d is null"},
      {[](Args& a) { a.a = address(0x10008); }, "a = 0x10008 is not aligned to 16 bytes"},
      {[](Args& a) { a.a_scale.data = address(0x20004); },
       "a_scale = 0x20004 is not aligned to 16 bytes"},
      {[](Args& a) { a.a_scale = AScale::k_major(address(0x20002)); },
       "a_scale = 0x20002 is not aligned to 4 bytes"},
      {[](Args& a) { a.b = address(0x30001); }, "b = 0x30001 is not aligned to 16 bytes"},
      {[](Args& a) { a.b_scale = address(0x40002); },
       "b_scale = 0x40002 is not aligned to 4 bytes"},
      {[](Args& a) { a.d = address(0x50002); }, "d = 0x50002 is not aligned to 16 bytes"},
      {[](Args& a) { a.lda = 384; }, "lda = 384 is less than k = 400"},
      {[](Args& a) { a.ldb = -400; }, "ldb = -400 is less than k = 400"},
      {[](Args& a) { a.ldd = 2104; }, "ldd = 2104 is less than n = 2112"},
      {[](Args& a) { a.lda = 408; }, "lda = 408 is not a multiple of 16"},
      {[](Args& a) { a.ldb = 408; }, "ldb = 408 is not a multiple of 16"},
      {[](Args& a) { a.ldd = 2116; }, "ldd = 2116 is not a multiple of 8"},
      {[](Args& a) { a.a_scale.ld = 4; }, "a_scale.ld = 4 is less than m = 7"},
      {[](Args& a) { a.a_scale.ld = 0; }, "a_scale.ld = 0 is less than m = 7"},
      {[](Args& a) { a.a_scale.ld = 10; }, "a_scale.ld = 10 is not a multiple of 4"},
      {[](Args& a) { a.a_scale = AScale::k_major(address(0x20000), 3); },
       "a_scale.ld = 3 is less than ceil(k / 128) = 4"},
      {[](Args& a) { a.a_scale.layout = static_cast<ScaleLayout>(2); },
       "a_scale.layout = 2 is neither 0 (MN-major) nor 1 (K-major)"},
      {[](Args& a) { a.lda = int64_t{1} << 40; },
       "lda = 1099511627776 is not less than 1099511627776, the limit of TMA"},
      {[](Args& a) { a.ldb = int64_t{1} << 40; },
       "ldb = 1099511627776 is not less than 1099511627776, the limit of TMA"},
      {[](Args& a) { a.ldd = int64_t{1} << 39; },
       "ldd = 549755813888 is not less than 549755813888, the limit of TMA"},
      {[](Args& a) {
         a.m = a.a_scale.ld = kMaxDimension;
         a.lda = (int64_t{1} << 40) - 16;
       },
       "lda = 1099511627760 makes 1073741824 rows of a larger than 2^63 bytes"},
      {[](Args& a) { a.m = a.a_scale.ld = kMaxDimension, a.ldd = int64_t{1} << 32; },
       "ldd = 4294967296 makes 1073741824 rows of d larger than 2^63 bytes"},
  };
  for (const auto& c : kCases) {
    GemmArgs spoilt = args;
    c.spoil(spoilt);
    const Result<GemmArgs> completed = complete(desc, spoilt);
    ASSERT_FALSE(completed.ok()) << c.message;
    EXPECT_EQ(completed.status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(completed.status().message(), std::string(c.message) + " (n2112_k400)");
  }
}

}  // namespace
}  // namespace jitgemm::plan
