// jitgemm prewarm on one small shape, with the NVRTC of this machine.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace jitgemm::cli {
namespace {

using ::testing::ContainsRegex, ::testing::ElementsAre, ::testing::HasSubstr, ::testing::Not;

constexpr char kShapes[] =
    "layer,N,K,kind\r\n\"o, proj\",256,512,dense\r\nexperts,128,128,grouped\r\n";

class PrewarmTest : public ::testing::Test {
 protected:
  Outcome prewarm(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"prewarm", "--shapes", shapes_, "--m-max", "16", "--json"});
    return jitgemm_(more);
  }

  const Command jitgemm_;
  const std::string shapes_ = jitgemm_.write("shapes.csv", kShapes);
};

TEST_F(PrewarmTest, LastLineIsTheReportAndOtherKindsAreNamed) {
  const Outcome outcome = prewarm();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const nlohmann::ordered_json report = outcome.json();
  std::vector<std::string> keys;
  for (const auto& [key, value] : report.items()) {
    keys.push_back(key);
    EXPECT_TRUE(value.is_number()) << key;
  }
  EXPECT_THAT(keys, ElementsAre("shapes", "not_served", "kernels", "compiled", "hit_disk", "failed",
                                "seconds", "compile_ms_median", "compile_ms_max"));
  EXPECT_EQ(report["shapes"], 1);
  EXPECT_EQ(report["not_served"], 1);
  EXPECT_GE(report["kernels"], 1);
  EXPECT_EQ(report["compiled"], report["kernels"]);
  EXPECT_EQ(report["hit_disk"], 0);
  EXPECT_EQ(report["failed"], 0);
  EXPECT_GT(report["seconds"], 0);
  EXPECT_GT(report["compile_ms_median"], 0);
  EXPECT_GT(report["compile_ms_max"], report["compile_ms_median"]);
  EXPECT_THAT(outcome.err, HasSubstr("1 not served:"));
  EXPECT_THAT(outcome.err, HasSubstr("line 3: kind = 'grouped'"));
}

TEST_F(PrewarmTest, ProgressIsPlainLinesWhereThereIsNoTerminal) {
  const Outcome outcome = prewarm({"--bias", "fp32"});
  EXPECT_THAT(outcome.err, HasSubstr("[1/"));
  EXPECT_THAT(outcome.err, ContainsRegex("n256_k512_.*_biasfp32"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("\033")));
}

TEST_F(PrewarmTest, QuantizersAreMadeForTheKOfEachShape) {
  const Outcome outcome = prewarm({"--quantize", "quantize,silu_mul"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(" quantize_k512_bf16"));
  EXPECT_THAT(outcome.err, HasSubstr(" silu_mul_quantize_k512_bf16"));
  EXPECT_EQ(prewarm({"--quantize", "softmax"}).exit_code, 2);
}

TEST_F(PrewarmTest, WrongShardIsAUsageError) {
  for (const char* wrong : {"0/2", "3/2", "1", "1/2/3", "a/b"})
    EXPECT_EQ(prewarm({"--shard", wrong}).exit_code, 2) << wrong;
}

TEST_F(PrewarmTest, SecondRunAndACopyOfTheCacheElsewhereCompileNothing) {
  const nlohmann::ordered_json first = prewarm().json();
  const std::string copy = (jitgemm_.directory() / "elsewhere").string();
  std::filesystem::copy(jitgemm_.cache_dir(), copy, std::filesystem::copy_options::recursive);
  for (const std::string& folder : {jitgemm_.cache_dir(), copy}) {
    const nlohmann::ordered_json second = prewarm({"--cache-dir", folder}).json();
    EXPECT_EQ(second["compiled"], 0);
    EXPECT_EQ(second["hit_disk"], first["kernels"]);
    EXPECT_EQ(second["compile_ms_median"], 0);
  }
  const Outcome text = jitgemm_({"prewarm", "--shapes", shapes_, "--m-max", "16"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.out, HasSubstr("1 shapes"));
  EXPECT_THAT(text.out, HasSubstr("0 compiled"));
}

TEST_F(PrewarmTest, CacheFolderThatIsAFileAndTableWithoutAServedRowAreNamed) {
  const Outcome no_folder = prewarm({"--cache-dir", shapes_});
  EXPECT_EQ(no_folder.exit_code, 1);
  EXPECT_THAT(no_folder.err, HasSubstr(shapes_));
  const std::string experts = jitgemm_.write("experts.csv", "n,k,kind\n128,128,grouped\n");
  const Outcome no_row = jitgemm_({"prewarm", "--shapes", experts});
  EXPECT_EQ(no_row.exit_code, 2);
  EXPECT_THAT(no_row.err, HasSubstr("no row is served"));
}

TEST_F(PrewarmTest, ListsModelsAndGpus) {
  const Outcome models = jitgemm_({"prewarm", "--model", "list"});
  EXPECT_EQ(models.exit_code, 0);
  for (const char* name :
       {"DeepSeek-V3 ", "DeepSeek-R1", "DeepSeek-V3.1", "DeepSeek-V3.2", "Kimi-K2",
        "Qwen3-235B-A22B-FP8", "Qwen3-30B-A3B-FP8", "Qwen3-32B-FP8", "Qwen3-8B-FP8"})
    EXPECT_THAT(models.out, HasSubstr(name));

  const Outcome gpus = jitgemm_({"prewarm", "--gpu", "list", "--json"});
  EXPECT_EQ(gpus.exit_code, 0);
  std::map<std::string, int> sms;
  for (const auto& gpu : gpus.json()) sms[gpu["name"]] = gpu["sms"];
  for (const char* name : {"H100 SXM", "H100 PCIe", "H100 NVL", "H800", "H20", "GH200"})
    EXPECT_TRUE(sms.contains(name)) << name;
  EXPECT_EQ(sms["H200"], 132);
}

}  // namespace
}  // namespace jitgemm::cli
