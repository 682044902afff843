#include "src/codegen/key.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

#include "src/codegen/source.h"
#include "tests/codegen/sample_configs.h"
#include "tests/paths.h"

namespace jitgemm::codegen {
namespace {

using ::testing::HasSubstr, ::testing::Not;

// The key of a config's page without its first line, which is a comment with the config's name: the
// code itself has to differ.
std::string digest_without_name(const plan::KernelConfig& config) {
  Source source = generate(config);
  source.text.erase(0, source.text.find('\n') + 1);
  return make_key(source).what_digest;
}

TEST(KeyTest, EveryFieldOfAConfigChangesTheKey) {
  using plan::KernelConfig;
  std::set<std::string> digests;
  const auto add = [&](const KernelConfig& config) {
    EXPECT_TRUE(digests.insert(digest_without_name(config)).second) << config.name();
  };
  for (const KernelConfig& config : {swapped(), normal(), generic(swapped()), generic(normal())})
    add(config);
  for (int KernelConfig::*field :
       {&KernelConfig::n, &KernelConfig::k, &KernelConfig::stages, &KernelConfig::split,
        &KernelConfig::k_blocks, &KernelConfig::blocks_per_sm}) {
    KernelConfig config = swapped();
    config.*field *= 2;
    add(config);
  }
  KernelConfig filling = swapped();
  filling.fill_ring = true;
  add(filling);
  for (int KernelConfig::*field :
       {&KernelConfig::tile_m, &KernelConfig::tile_n, &KernelConfig::warpgroups}) {
    KernelConfig config = normal();
    config.*field *= 2;
    add(config);
  }
}

TEST(KeyTest, EveryHeaderChangesTheKey) {
  const Source source = generate(swapped());
  const std::string digest = make_key(source).what_digest;
  for (size_t i = 0; i < source.headers.size(); ++i) {
    std::string longer(source.headers[i].text), other = longer;
    longer += ' ';
    other[other.size() / 2] ^= 1;  // of the same length
    for (const std::string& text : {longer, other}) {
      Source changed = source;
      changed.headers[i].text = text;
      EXPECT_NE(make_key(changed).what_digest, digest) << source.headers[i].name;
    }
  }
}

// As a whole: another text makes every cache in the field miss.
TEST(KeyTest, HasEveryCompileOptionAndHeaderAndTheSource) {
  const Key key = make_key({.text = "source\n", .headers = {{"a.cuh", "1"}, {"b.cuh", "2"}}});
  EXPECT_EQ(key.what,
            "jitgemm kernel\nschema 1\nsymbol jitgemm_kernel\noption -arch=sm_90a\n"
            "option -std=c++17\noption -default-device\noption --minimal\n"
            "option --ptxas-options=-v\nheader a.cuh\nheader b.cuh\nheaders " +
                digest("5:a.cuh1:15:b.cuh1:2") + "\nsource 7\nsource\n");
  EXPECT_EQ(key.what_digest, digest(key.what));
  EXPECT_THAT(make_key(generate(normal())).what, Not(HasSubstr(paths::kSource)));
}

TEST(KeyTest, EveryCharacterOfABuildChangesItsDigest) {
  const std::string build = "libnvrtc.so.13 0123456789abcdef, libnvrtc-builtins.so.13 fedcba987654";
  std::set<std::string> digests = {builder_digest(build)};
  EXPECT_EQ(builder_digest(""), "99aa06d3014798d8");  // the first half: another one orphans caches
  for (size_t i = 0; i < build.size(); ++i) {
    std::string other = build;
    other[i] ^= 1;
    EXPECT_EQ(builder_digest(other).size(), 16u);
    EXPECT_TRUE(digests.insert(builder_digest(other)).second) << i;
  }
}

TEST(DigestTest, IsXxh3Of128Bits) {
  EXPECT_EQ(digest(""), "99aa06d3014798d86001c324468d497f");  // of nothing, by xxhsum -H128
}

TEST(DigestTest, SizesKeepTextsApart) {
  EXPECT_NE(digest(sized("ab") + sized("c")), digest(sized("a") + sized("bc")));
}

}  // namespace
}  // namespace jitgemm::codegen
