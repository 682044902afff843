#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "tests/cache/files.h"
#include "tests/codegen/sample_configs.h"
#include "tests/paths.h"

namespace jitgemm::codegen {
namespace {

using ::testing::HasSubstr, ::testing::Not;

plan::KernelConfig with(plan::KernelConfig config, void (*change)(plan::KernelConfig&)) {
  change(config);
  return config;
}

// A page of each kind: every policy and every constant that a page may have.
const std::pair<const char*, plan::KernelConfig> kPages[] = {
    {"swapped", swapped()},
    {"normal", normal()},
    {"generic_swapped", generic(swapped())},
    {"generic_normal", generic(normal())},
    {"swapped_fill", with(swapped(), [](auto& c) { c.blocks_per_sm = 4, c.fill_ring = true; })},
    {"swapped_bias", with(swapped(), [](auto& c) { c.bias = BiasType::kFp32; })},
    {"normal_bias", with(normal(), [](auto& c) { c.bias = BiasType::kBf16; })},
    {"swapped_tokens_on_m", with(swapped(), [](auto& c) { c.tile_m = c.tile_n = 128; })},
};

// The pages stand in the repository; a change is on purpose: copy what the test prints.
TEST(GenerateTest, PagesAreAsTheyWere) {
  const std::string folder = std::string(paths::kSource) + "/tests/codegen/golden/";
  for (const auto& [name, config] : kPages) {
    const Source source = generate(config);
    EXPECT_EQ(source.text, cache::read_file(folder + name + ".cu")) << name;
    EXPECT_TRUE(std::ranges::is_sorted(source.headers, {}, &Header::name)) << name;
  }
  EXPECT_EQ(wgmma_header(16).text, cache::read_file(folder + "wgmma_n16.cuh"));
}

// The headers of all pages of a form, without the generated one.
std::string headers_of(Form form) {
  std::map<std::string_view, Header> headers;
  for (const auto& [name, config] : kPages)
    if (config.form == form)
      for (const Header& header : generate(config).headers)
        if (!header.name.starts_with("jitgemm/ptx/wgmma_n")) headers.emplace(header.name, header);
  std::vector<Header> all;
  for (const auto& [name, header] : headers) all.push_back(header);
  return digest(all);
}

TEST(GenerateTest, AChangeOfAFamilysHeadersIsADecisionAboutItsVersion) {
  EXPECT_EQ(headers_of(Form::kSwapped), plan::kSwappedFamily.headers);
  EXPECT_EQ(headers_of(Form::kNormal), plan::kNormalFamily.headers);
}

TEST(GenerateTest, PageReachesItsOwnFormOnly) {
  std::set<std::string_view> names;
  const Source source = generate(swapped());
  for (const Header& header : source.headers) names.insert(header.name);
  EXPECT_TRUE(names.count("jitgemm/gemm_swapped.cuh"));
  EXPECT_TRUE(names.count("jitgemm/ptx/grid.cuh"));
  EXPECT_TRUE(names.count("jitgemm/ptx/wgmma_n16.cuh"));
  EXPECT_FALSE(names.count("jitgemm/gemm_normal.cuh"));
}

TEST(GenerateTest, EveryIncludeIsAmongTheHeaders) {
  for (const auto& config : {swapped(), normal()}) {
    const Source source = generate(config);
    for (const Header& header : source.headers) {
      std::istringstream lines{std::string(header.text)};
      for (std::string line; std::getline(lines, line);) {
        if (line.rfind("#include", 0) != 0) continue;
        const std::string name = line.substr(10, line.find('>') - 10);
        EXPECT_TRUE(std::any_of(source.headers.begin(), source.headers.end(),
                                [&](const Header& h) { return h.name == name; }))
            << header.name << " includes " << name;
      }
    }
  }
}

TEST(GenerateTest, DeviceHeadersAreInOrderOfName) {
  const auto headers = device_headers();
  ASSERT_FALSE(headers.empty());
  EXPECT_TRUE(std::is_sorted(headers.begin(), headers.end(),
                             [](const Header& a, const Header& b) { return a.name < b.name; }));
}

TEST(WgmmaTest, EveryTileNamesItsRegistersOnce) {
  for (int n = 8; n <= 256; n += 8) {
    const std::string text = wgmma_header(n).text;
    EXPECT_THAT(text, HasSubstr("m64n" + std::to_string(n) + "k32.f32.e4m3.e4m3"));
    EXPECT_THAT(text, HasSubstr("\"+f\"(d[" + std::to_string(n / 2 - 1) + "])"));
    EXPECT_THAT(text, Not(HasSubstr("\"+f\"(d[" + std::to_string(n / 2) + "])")));
  }
}

}  // namespace
}  // namespace jitgemm::codegen
