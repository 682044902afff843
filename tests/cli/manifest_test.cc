// A manifest's text, and prewarming by one.
#include "tools/cli/manifest.h"

#include <gmock/gmock.h>

#include "tests/cache/files.h"
#include "tests/cli/warm_cache.h"

namespace jitgemm::cli {
namespace {

using ::testing::HasSubstr;

const std::string kDigest(32, 'a');

std::string manifest_refusal(std::string_view text) {
  const Status status = parse_manifest(text).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(ManifestTest, WhatIsWrittenIsReadAndCommentsAndEmptyLinesAreSkipped) {
  const std::vector<KernelId> kernels = {{"n8_k16_x", kDigest}, {"generic_x", kDigest}};
  const auto read = parse_manifest(manifest_text(kernels));
  ASSERT_TRUE(read.ok()) << read.status().message();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->at(0).name, "n8_k16_x");
  EXPECT_EQ(read->at(1).key_digest, kDigest);
  const auto commented = parse_manifest("jitgemm manifest 1\r\n\n# x y z\n" + kDigest + " k\r\n");
  ASSERT_TRUE(commented.ok()) << commented.status().message();
  EXPECT_EQ(commented->at(0).name, "k");
}

TEST(ManifestTest, WrongLinesAreRefusedByNumber) {
  EXPECT_THAT(manifest_refusal(""), HasSubstr("line 1"));
  EXPECT_THAT(manifest_refusal("jitgemm manifest 2\n"), HasSubstr("line 1"));
  const std::string lines[] = {"kernel",
                               " kernel",
                               kDigest,
                               kDigest + " ",
                               "xyz kernel",
                               kDigest.substr(1) + " kernel",
                               kDigest + "a kernel",
                               kDigest + " two words"};
  for (const std::string& line : lines)
    EXPECT_THAT(manifest_refusal("jitgemm manifest 1\n\n" + line + "\n"), HasSubstr("line 3"))
        << line;
}

class ManifestPrewarmTest : public WarmCacheTest {
 protected:
  ManifestPrewarmTest() : manifest_(jitgemm_.directory() / "model.manifest") {}

  void SetUp() override {
    WarmCacheTest::SetUp();
    ASSERT_EQ(prewarm({"--write-manifest", manifest_}).exit_code, 0);
  }
  Outcome by_manifest(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"prewarm", "--manifest", manifest_, "--json"});
    return jitgemm_(more);
  }

  const std::string manifest_;
};

TEST_F(ManifestPrewarmTest, NamesEveryKernelAndIsTheSameEachTime) {
  const std::string first = cache::read_file(manifest_);
  EXPECT_EQ(std::ranges::count(first, '\n'), kernels_ + 1);
  ASSERT_EQ(prewarm({"--write-manifest", manifest_}).exit_code, 0);
  EXPECT_EQ(cache::read_file(manifest_), first);
}

TEST_F(ManifestPrewarmTest, MakesWhatItNamesInAnEmptyCache) {
  const std::string empty = (jitgemm_.directory() / "empty").string();
  const Outcome outcome = by_manifest({"--cache-dir", empty, "--require-complete"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.json()["compiled"], kernels_);
}

TEST_F(ManifestPrewarmTest, WithoutNvrtcAMissingOrDamagedKernelIsAFailureByName) {
  Outcome outcome = by_manifest({"--require-complete", "--nvrtc", "/nonexistent"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.json()["hit_disk"], kernels_);

  const auto entries = listed();
  ASSERT_EQ(jitgemm_({"cache", "rm", entries.at(0)["name"]}).exit_code, 0);
  flip_a_bit_of(file_of(entries.at(1)["name"]));
  outcome = by_manifest({"--require-complete", "--nvrtc", "/nonexistent"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.json()["failed"], 2);
  for (int i : {0, 1}) EXPECT_THAT(outcome.err, HasSubstr(std::string(entries.at(i)["kernel"])));
}

TEST_F(ManifestPrewarmTest, NameOfNoKernelOrOfAnotherVersionsIsRefused) {
  const std::string name = listed().at(0)["kernel"], bad = "n8_k16_swapped_t0x0_s0_k0_p0_w0_b0";
  for (const auto& [line, message] :
       {std::pair(std::string(32, '0') + " " + name, std::string("in this version of the library")),
        std::pair(kDigest + " kernel", std::string("kernel")),
        std::pair(kDigest + " " + bad, bad)}) {
    jitgemm_.write("model.manifest", "jitgemm manifest 1\n" + line + "\n");
    const Outcome outcome = by_manifest({"--require-complete"});
    EXPECT_EQ(outcome.exit_code, 2) << line;
    EXPECT_THAT(outcome.err, HasSubstr(message));
  }
  EXPECT_EQ(jitgemm_({"prewarm", "--manifest", "/nonexistent"}).exit_code, 2);
}

}  // namespace
}  // namespace jitgemm::cli
