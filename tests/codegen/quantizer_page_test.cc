#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/plan/quantizer.h"
#include "tests/paths.h"

namespace jitgemm::codegen {
namespace {

using Op = QuantizeOp;

// A page of each kind: every policy and every constant that a page may have.
const std::pair<const char*, QuantizeDesc> kPages[] = {
    {"quantize", {.k = 7168}},
    {"quantize_fp32_ue8m0", {.k = 400, .x_type = ElementType::kFp32, .ue8m0 = true}},
    {"silu_mul_quantize", {.op = Op::kSiluMul, .k = 2048}},
    {"gelu_mul_quantize", {.op = Op::kGeluMul, .k = 2304, .up_first = true, .limit = 6.5f}},
    {"rms_norm_quantize", {.op = Op::kRmsNorm, .k = 7168, .residual = true}},
};

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The pages stand in the repository; a change is on purpose: copy what the test prints.
TEST(QuantizerPageTest, PagesAreAsTheyWere) {
  const std::string folder = std::string(paths::kSource) + "/tests/codegen/golden/";
  for (const auto& [name, desc] : kPages)
    EXPECT_EQ(generate(desc).text, read(folder + name + ".cu")) << name;
}

TEST(QuantizerPageTest, EveryFieldOfADescChangesTheKey) {
  const QuantizeDesc gated{.op = Op::kSiluMul, .k = 2048};
  const QuantizeDesc norm{.op = Op::kRmsNorm, .k = 2048};
  std::vector<QuantizeDesc> descs = {{.k = 2048}, gated, {.op = Op::kGeluMul, .k = 2048}, norm};
  const auto with = [&](QuantizeDesc desc, auto change) {
    change(desc);
    descs.push_back(desc);
  };
  with({.k = 2048}, [](auto& d) { d.k = 2064; });
  with({.k = 2048}, [](auto& d) { d.x_type = ElementType::kFp16; });
  with({.k = 2048}, [](auto& d) { d.ue8m0 = true; });
  with(gated, [](auto& d) { d.up_first = true; });
  with(gated, [](auto& d) { d.limit = 7; });
  with(norm, [](auto& d) { d.weight_type = ElementType::kFp32; });
  with(norm, [](auto& d) { d.residual = true; });
  std::set<std::string> digests;
  for (const QuantizeDesc& desc : descs) {
    Source source = generate(desc);
    source.text.erase(0, source.text.find('\n') + 1);  // the name
    EXPECT_TRUE(digests.insert(make_key(source).what_digest).second) << plan::shape_name(desc);
  }
}

TEST(QuantizerPageTest, APageReachesNoHeaderOfAGemm) {
  for (const auto& [name, desc] : kPages)
    for (const Header& header : generate(desc).headers) {
      EXPECT_EQ(header.name.find("gemm_"), header.name.npos) << name;
      EXPECT_EQ(header.name.find("layout"), header.name.npos) << name;
    }
}

}  // namespace
}  // namespace jitgemm::codegen
