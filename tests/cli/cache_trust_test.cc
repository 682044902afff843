// Signatures on the command line: jitgemm cache sign, and what a command with keys accepts.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/cli/warm_cache.h"
#include "tests/trust/key_files.h"

namespace jitgemm::cli {
namespace {

using ::testing::AllOf, ::testing::HasSubstr, ::testing::StartsWith;
namespace fs = std::filesystem;

class CacheTrustTest : public WarmCacheTest {
 protected:
  Outcome cache(std::vector<std::string> words, std::vector<std::string> more = {}) const {
    words.insert(words.begin(), "cache");
    words.insert(words.end(), more.begin(), more.end());
    return jitgemm_(words);
  }

  const fs::path other_ = jitgemm_.directory() / "other";
  const trust::KeyFiles a_ = trust::make_key_files(jitgemm_.directory(), "a");
  const trust::KeyFiles b_ = trust::make_key_files(jitgemm_.directory(), "b");
  const std::vector<std::string> trusting_a_ = {"--public-key", a_.public_file};
  const std::vector<std::string> trusting_b_ = {"--public-key", b_.public_file};
  const std::vector<std::string> signing_a_ = {"--private-key", a_.private_file};
};

// As README.md says: sign, pack, unpack as another user, verify.
TEST_F(CacheTrustTest, SignedCacheTravelsThroughTarAndIsVerifiedThere) {
  const std::string archive = jitgemm_.directory() / "cache.tar.zst";
  ASSERT_EQ(cache({"sign"}, signing_a_).exit_code, 0);
  const std::string pack =
      fmt::format("tar --zstd --owner=1234 -cf {} -C {} .", archive, jitgemm_.cache_dir());
  const std::string unpack =
      fmt::format("mkdir {0} && tar --no-same-owner -xf {1} -C {0}", other_.string(), archive);
  ASSERT_EQ(std::system(pack.c_str()), 0);
  ASSERT_EQ(std::system(unpack.c_str()), 0);
  const std::vector<std::string> there = {"verify", "--json", "--cache-dir", other_};
  EXPECT_EQ(cache(there, trusting_a_).json()["ok"], kernels_);
  EXPECT_EQ(cache(there, trusting_b_).json()["damaged"], kernels_);
  EXPECT_EQ(prewarm({"--cache-dir", other_}).json()["hit_disk"], kernels_);

  flip_a_bit_of(other_ / fs::relative(entry_file(), jitgemm_.cache_dir()));
  const Outcome damaged = cache(there, trusting_a_);
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_EQ(damaged.json()["ok"], kernels_ - 1);
  EXPECT_THAT(damaged.err, HasSubstr(entry_file().stem().string()));
}

TEST_F(CacheTrustTest, UnsignedEntriesAreDamageToAPublicKeyUntilTheyAreSigned) {
  const std::vector<std::string> explain = {"explain", "--json", "--n", "256",
                                            "--k",     "512",    "--m", "16"};
  EXPECT_EQ(cache(explain, trusting_a_).json()["hit"], false);
  EXPECT_EQ(cache({"verify"}, trusting_a_).exit_code, 1);
  const Outcome outcome = cache({"sign", "--json"}, signing_a_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.json()["signed"], kernels_);
  EXPECT_EQ(cache({"sign", "--json"}, signing_a_).json()["already_signed"], kernels_);
  EXPECT_EQ(cache({"sign"}, signing_a_).out,
            fmt::format("signed          0\nalready signed  {}\n", kernels_));
  EXPECT_EQ(cache({"verify"}, trusting_a_).exit_code, 0);
  EXPECT_EQ(cache(explain, trusting_a_).json()["hit"], true);
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

TEST_F(CacheTrustTest, SigningAgainNeedsTheTrustedSignatureAndAPrivateKey) {
  EXPECT_EQ(cache({"sign", "--public-key", b_.public_file}, signing_a_).exit_code, 1);
  EXPECT_EQ(cache({"sign"}).exit_code, 2);
  EXPECT_EQ(cache({"sign", "--private-key", a_.public_file}).exit_code, 2);
}

TEST_F(CacheTrustTest, AnEntryThatOthersMayWriteIsNotSigned) {
  fs::permissions(entry_file(), fs::perms::group_write, fs::perm_options::add);
  const Outcome refused = cache({"sign"}, signing_a_);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("may be written by others"));
}

TEST_F(CacheTrustTest, PrewarmWithAPrivateKeySignsWhatItMakes) {
  ASSERT_EQ(prewarm({"--cache-dir", other_, "--private-key", a_.private_file}).exit_code, 0);
  const Outcome outcome = prewarm({"--cache-dir", other_, "--public-key", a_.public_file});
  EXPECT_EQ(outcome.json()["hit_disk"], kernels_) << outcome.err;
}

// The next process would refuse an unsigned kernel, so it is not published.
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
