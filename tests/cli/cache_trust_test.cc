// jitgemm cache export, import and sign, and what a command with keys takes from a cache.
#include <gmock/gmock.h>

#include "tests/cli/warm_cache.h"
#include "tests/trust/key_files.h"

namespace jitgemm::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace fs = std::filesystem;

class CacheTrustTest : public WarmCacheTest {
 protected:
  Outcome cache(std::vector<std::string> words, std::vector<std::string> more = {}) const {
    words.insert(words.begin(), "cache");
    words.insert(words.end(), more.begin(), more.end());
    return jitgemm_(words);
  }

  const std::string bundle_ = jitgemm_.directory() / "cache.bundle";
  const std::string other_ = jitgemm_.directory() / "other";
  const trust::KeyFiles a_ = trust::make_key_files(jitgemm_.directory(), "a");
  const trust::KeyFiles b_ = trust::make_key_files(jitgemm_.directory(), "b");
  const std::vector<std::string> trusting_a_ = {"--public-key", a_.public_file};
  const std::vector<std::string> trusting_b_ = {"--public-key", b_.public_file};
  const std::vector<std::string> signing_a_ = {"--private-key", a_.private_file};
};

TEST_F(CacheTrustTest, WhatIsExportedAndImportedIsAHit) {
  const Outcome exported = cache({"export", bundle_, "--json"});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(exported.json()["entries"], kernels_);
  EXPECT_LT(exported.json()["file_bytes"], exported.json()["bytes"]);
  const Outcome imported = cache({"import", bundle_, "--json", "--cache-dir", other_});
  ASSERT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_EQ(imported.json()["entries"], kernels_);
  EXPECT_EQ(prewarm({"--cache-dir", other_}).json()["hit_disk"], kernels_);
  EXPECT_EQ(cache({"import", bundle_, "--json", "--cache-dir", other_}).json()["already_there"],
            kernels_);
}

TEST_F(CacheTrustTest, DamagedBundleIsAUsageErrorAndMakesNoCache) {
  ASSERT_EQ(cache({"export", bundle_}).exit_code, 0);
  flip_a_bit_of(bundle_);
  const Outcome outcome = cache({"import", bundle_, "--cache-dir", other_});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("checksum"));
  EXPECT_FALSE(fs::exists(other_));
}

TEST_F(CacheTrustTest, UnsignedCacheIsDamageToWhoDemandsSignaturesUntilItIsSigned) {
  EXPECT_EQ(cache({"verify"}, trusting_a_).exit_code, 1);
  const Outcome outcome = cache({"sign", "--json"}, signing_a_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.json()["signed"], kernels_);
  EXPECT_EQ(cache({"sign", "--json"}, signing_a_).json()["already_signed"], kernels_);
  EXPECT_EQ(cache({"verify"}, trusting_a_).exit_code, 0);
  EXPECT_EQ(cache({"verify"}).exit_code, 0);
}

TEST_F(CacheTrustTest, WrongKeyIsNamedByItsFingerprint) {
  ASSERT_EQ(cache({"sign"}, signing_a_).exit_code, 0);
  const std::string name = listed().at(0)["name"];
  const std::string key = cache({"inspect", name, "--json"}).json()["signed_by"];
  EXPECT_THAT(key, StartsWith("SHA256:"));
  const Outcome outcome = cache({"verify"}, trusting_b_);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr(key), HasSubstr("not trusted")));
}

TEST_F(CacheTrustTest, SigningAnewDemandsTheKeyThatIsGiven) {
  EXPECT_EQ(cache({"sign", "--public-key", b_.public_file}, signing_a_).exit_code, 1);
  EXPECT_EQ(cache({"sign"}).exit_code, 2);
  EXPECT_EQ(cache({"sign", "--private-key", a_.public_file}).exit_code, 2);
}

TEST_F(CacheTrustTest, SignedBundleIsTakenByWhoTrustsItsKeyAlone) {
  ASSERT_EQ(cache({"export", bundle_}, signing_a_).exit_code, 0);
  const std::vector<std::string> import = {"import", bundle_, "--cache-dir", other_};
  const Outcome refused = cache(import, trusting_b_);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("not trusted"));
  EXPECT_EQ(cache(import, trusting_a_).exit_code, 0);
  EXPECT_EQ(cache({"verify", "--cache-dir", other_}, trusting_a_).exit_code, 0);
}

TEST_F(CacheTrustTest, UnsignedBundleIsRefusedByWhoDemandsSignatures) {
  ASSERT_EQ(cache({"export", bundle_}).exit_code, 0);
  const Outcome outcome = cache({"import", bundle_, "--cache-dir", other_}, trusting_a_);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("not signed"));
}

TEST_F(CacheTrustTest, PrewarmWithAPrivateKeySignsWhatItMakes) {
  ASSERT_EQ(prewarm({"--cache-dir", other_, "--private-key", a_.private_file}).exit_code, 0);
  const Outcome outcome = prewarm({"--cache-dir", other_, "--public-key", a_.public_file});
  EXPECT_EQ(outcome.json()["hit_disk"], kernels_) << outcome.err;
}

// A kernel that would be refused by the next process is not in the cache.
TEST_F(CacheTrustTest, PrewarmThatTrustsAKeyAndCannotSignFails) {
  const Outcome outcome = prewarm({"--cache-dir", other_, "--public-key", a_.public_file});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.json()["failed"], kernels_);
  EXPECT_THAT(outcome.err, HasSubstr("no private key"));
}

TEST_F(CacheTrustTest, KeysComeFromVariablesToo) {
  ASSERT_EQ(cache({"sign"}, signing_a_).exit_code, 0);
  const Command by_variable({{"JITGEMM_PUBLIC_KEYS", b_.public_file + ":" + a_.public_file}});
  EXPECT_EQ(by_variable({"cache", "verify", "--cache-dir", jitgemm_.cache_dir()}).exit_code, 0);
}

}  // namespace
}  // namespace jitgemm::cli
