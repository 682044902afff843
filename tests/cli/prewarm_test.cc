// jitgemm prewarm on one small shape, with the NVRTC of this machine.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace jitgemm::cli {
namespace {

using ::testing::ContainsRegex, ::testing::ElementsAre, ::testing::HasSubstr,
    ::testing::MatchesRegex, ::testing::Not;

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
  const std::string kernels = first["kernels"].dump(), other = copy + "/other";
  EXPECT_THAT(jitgemm_({"prewarm", "--shapes", shapes_, "--m-max", "16"}).out,
              MatchesRegex("1 shapes, " + kernels + " kernels: 0 compiled, " + kernels +
                           " on disk already, 0 failed; [0-9.]+ s\n1 not served\n"));
  EXPECT_THAT(jitgemm_({"prewarm", "--shapes", shapes_, "--m-max", "16", "--cache-dir", other}).out,
              MatchesRegex("1 shapes, " + kernels + " kernels: " + kernels +
                           " compiled, 0 on disk already, 0 failed; [0-9.]+ s\n1 not served\n"
                           "one compile: median [0-9]+ ms, at most [0-9]+ ms\n"));
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
  EXPECT_EQ(jitgemm_({"prewarm", "--model", "list"}).out,
            "  name                 dense layers  tp divides\n"
            "  DeepSeek-V3          9             128\n  DeepSeek-R1          9             128\n"
            "  DeepSeek-V3.1        9             128\n  DeepSeek-V3.2        11            128\n"
            "  Kimi-K2              9             64\n  Qwen3-235B-A22B-FP8  2             64\n"
            "  Qwen3-30B-A3B-FP8    2             32\n  Qwen3-32B-FP8        4             64\n"
            "  Qwen3-8B-FP8         4             32\n");
  EXPECT_EQ(jitgemm_({"prewarm", "--gpu", "list"}).out,
            "  name       sms\n  H200       132\n  H100 SXM   132\n  H100 PCIe  114\n"
            "  H100 NVL   132\n  H800       132\n  H20        78\n  GH200      132\n");
}

}  // namespace
}  // namespace jitgemm::cli
