#include "tools/cli/bench/quantizers.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/message.h"

namespace jitgemm::cli {
namespace {

using ::testing::HasSubstr;

QuantizerRow row() {
  QuantizerRow row{.desc = {.op = QuantizeOp::kSiluMul, .k = 2048},
                   .m = 64,
                   .kernel = "silu_mul_quantize_k2048_bf16",
                   .bytes = 860'000};
  row.cold.median_us = 1.58;
  row.cold_pdl.median_us = 0.9;
  row.hot.median_us = 1.4;
  row.hot_pdl.median_us = 0.8;
  return row;
}

TEST(QuantizerAnchorsTest, EmptyFieldsAreNoTimesAndNamesArePeersOrOurs) {
  const auto csv = parse_csv(
      "op,m,k,floor_us,triton_us,inductor_us\n"
      "quant,64,7168,0.91,3.40,3.18\nsilu_mul_quant,64,2048,0.74,,2.12\nrms_norm,1,512,0,2,\n");
  ASSERT_TRUE(csv.ok());
  const auto anchors = quantizer_anchors(*csv);
  ASSERT_TRUE(anchors.ok()) << message(anchors.status());
  EXPECT_EQ(anchors->at({"quantize", 64, 7168}).triton_us, 3.40);
  EXPECT_EQ(anchors->at({"silu_mul", 64, 2048}).triton_us, std::nullopt);
  EXPECT_EQ(anchors->at({"silu_mul", 64, 2048}).inductor_us, 2.12);
  EXPECT_EQ(anchors->at({"rms_norm", 1, 512}).triton_us, 2);
}

TEST(QuantizerAnchorsTest, AWrongNumberIsNamed) {
  const auto csv = parse_csv("op,m,k,triton_us\nquant,64,7168,fast\n");
  ASSERT_TRUE(csv.ok());
  EXPECT_EQ(message(quantizer_anchors(*csv).status()),
            "invalid argument: line 2: triton_us = 'fast' is not a number");
}

TEST(QuantizerReportTest, ARowComparesWithTheFasterPeerAndTheFloor) {
  QuantizerRow shown = row();
  EXPECT_DOUBLE_EQ(shown.floor_us(), 0.79);
  EXPECT_THAT(quantizer_line(shown), HasSubstr(" 2.00 "));  // over the floor
  shown.triton_us = 3.16;
  shown.inductor_us = 4;
  EXPECT_TRUE(quantizer_line(shown).ends_with("   2.00"));  // the peer over ours
  EXPECT_EQ(quantizer_line(shown).size(), quantizer_header().size());
}

TEST(QuantizerReportTest, JsonHasEveryTime) {
  const Json json = to_json(row());
  EXPECT_EQ(json["op"], "silu_mul");
  EXPECT_EQ(json["us"], 1.58);
  EXPECT_EQ(json["pdl_us"], 0.9);
  EXPECT_EQ(json["hot_us"], 1.4);
  EXPECT_EQ(json["hot_pdl_us"], 0.8);
  EXPECT_TRUE(json["triton_us"].is_null());
}

}  // namespace
}  // namespace jitgemm::cli
