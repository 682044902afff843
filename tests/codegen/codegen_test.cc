#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/codegen/digest.h"
#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/codegen/wgmma.h"

namespace jitgemm::codegen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

plan::KernelConfig swapped() {
  plan::KernelConfig c;
  c.form = Form::kSwapped;
  c.n = 7168;
  c.k = 2048;
  c.tile_m = 16;
  c.tile_n = 64;
  c.split = 2;
  c.k_blocks = 2;
  c.stages = 8;
  c.blocks_per_sm = 1;
  return c;
}

plan::KernelConfig normal() {
  plan::KernelConfig c;
  c.form = Form::kNormal;
  c.n = 4096;
  c.k = 7168;
  c.tile_m = 256;
  c.tile_n = 128;
  c.stages = 3;
  c.warpgroups = 2;
  return c;
}

plan::KernelConfig generic(plan::KernelConfig config) {
  config.n = config.k = 0;
  return config;
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The pages stand in the repository; a change is on purpose: copy what the test prints.
TEST(GenerateTest, PagesAreAsTheyWere) {
  const std::string folder = JITGEMM_SOURCE_DIR "/tests/codegen/golden/";
  EXPECT_EQ(generate(swapped()).text, read(folder + "swapped.cu"));
  EXPECT_EQ(generate(normal()).text, read(folder + "normal.cu"));
  EXPECT_EQ(generate(generic(swapped())).text, read(folder + "generic_swapped.cu"));
  EXPECT_EQ(generate(generic(normal())).text, read(folder + "generic_normal.cu"));
  EXPECT_EQ(wgmma_header(16).text, read(folder + "wgmma_n16.cuh"));
}

TEST(GenerateTest, PageReachesItsOwnFormOnly) {
  std::set<std::string_view> names;
  const Source source = generate(swapped());
  for (const Header& header : source.headers) names.insert(header.name);
  EXPECT_TRUE(names.count("jitgemm/gemm_swapped.cuh"));
  EXPECT_TRUE(names.count("jitgemm/ptx/cluster.cuh"));
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

TEST(KeyTest, EveryFieldOfAConfigChangesTheKey) {
  std::set<std::string> digests;
  const auto add = [&](const plan::KernelConfig& config) {
    EXPECT_TRUE(digests.insert(make_key(generate(config)).what_digest).second) << config.name();
  };
  add(swapped());
  add(normal());
  add(generic(swapped()));
  add(generic(normal()));
  for (int plan::KernelConfig::*field :
       {&plan::KernelConfig::n, &plan::KernelConfig::k, &plan::KernelConfig::stages,
        &plan::KernelConfig::split, &plan::KernelConfig::k_blocks,
        &plan::KernelConfig::blocks_per_sm}) {
    plan::KernelConfig config = swapped();
    config.*field *= 2;
    add(config);
  }
  plan::KernelConfig filling = swapped();
  filling.fill_ring = true;
  add(filling);
  for (int plan::KernelConfig::*field : {&plan::KernelConfig::tile_m, &plan::KernelConfig::tile_n,
                                         &plan::KernelConfig::warpgroups}) {
    plan::KernelConfig config = normal();
    config.*field *= 2;
    add(config);
  }
}

TEST(KeyTest, EveryHeaderChangesTheKey) {
  const Source source = generate(swapped());
  const std::string digest = make_key(source).what_digest;
  for (size_t i = 0; i < source.headers.size(); ++i) {
    Source changed = source;
    const std::string text = std::string(changed.headers[i].text) + " ";
    changed.headers[i].text = text;
    changed.digest = digest_of(changed.headers);
    EXPECT_NE(make_key(changed).what_digest, digest) << source.headers[i].name;
  }
}

TEST(KeyTest, HasNoPathAndNoCompiler) {
  const Key key = make_key(generate(normal()));
  EXPECT_THAT(key.what, Not(HasSubstr(JITGEMM_SOURCE_DIR)));
  EXPECT_THAT(key.what, Not(HasSubstr("nvrtc")));
  EXPECT_THAT(key.what, HasSubstr("option -arch=sm_90a\n"));
  EXPECT_EQ(key.what_digest.size(), 32u);
  EXPECT_EQ(builder_digest("nvrtc 13.0").size(), 16u);
  EXPECT_NE(builder_digest("nvrtc 13.0"), builder_digest("nvrtc 13.1"));
}

TEST(DigestTest, IsXxh3Of128Bits) {
  Digest128 digest;
  EXPECT_EQ(digest.hex(), "99aa06d3014798d86001c324468d497f");  // of nothing, by xxhsum -H128
}

TEST(DigestTest, SizesKeepTextsApart) {
  Digest128 one, other;
  one.update_sized("ab");
  one.update_sized("c");
  other.update_sized("a");
  other.update_sized("bc");
  EXPECT_NE(one.hex(), other.hex());
}

}  // namespace
}  // namespace jitgemm::codegen
