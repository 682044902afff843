// Signed mode through the library: what a server with a public key takes from its cache.
#include <jitgemm/cache.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "tests/runtime/library_fixture.h"
#include "tests/trust/key_files.h"

namespace jitgemm {
namespace {

using ::testing::Contains, ::testing::HasSubstr;
namespace fs = std::filesystem;

class SignedLibraryTest : public LibraryTest {
 protected:
  Options with_keys(Keys keys) {
    Options given = options();
    given.keys = std::move(keys);
    return given;
  }
  int64_t prewarm(Keys keys) {
    const auto report = open(with_keys(std::move(keys))).prewarm({.shapes = {kShape}, .m_max = 16});
    EXPECT_TRUE(report.ok()) << message(report.status());
    EXPECT_EQ(report->failed, 0);
    return report->kernels;
  }
  // The counters of a server that trusts `keys`, after it has prepared its kernels.
  Counters serve(Keys keys) {
    const Library library = open(with_keys(std::move(keys)));
    EXPECT_TRUE(make_gemm(library).prepare(16).ok());
    return library.counters();
  }

  const TemporaryDirectory keys_;
  const trust::KeyFiles a_ = trust::make_key_files(keys_.path(), "a");
  const trust::KeyFiles b_ = trust::make_key_files(keys_.path(), "b");
};

TEST_F(SignedLibraryTest, AServerWithThePublicKeyOrWithoutKeysTakesWhatThePrivateKeySigned) {
  prewarm({{}, a_.private_file});
  for (const Keys& keys : {Keys{{a_.public_file}, {}}, Keys{}}) {
    const Counters counters = serve(keys);
    EXPECT_GT(counters.hit_disk, 0u);
    EXPECT_EQ(counters.compiled, 0u);
  }
}

TEST_F(SignedLibraryTest, UnsignedEntriesAreRefusedAndCompiledAnew) {
  prewarm({});
  const Counters counters = serve({{a_.public_file}, {}});
  EXPECT_EQ(counters.hit_disk, 0u);
  EXPECT_GT(counters.compiled, 0u);
  EXPECT_EQ(counters.refused_unsigned, counters.compiled);
  EXPECT_EQ(counters.damaged, 0u);
}

TEST_F(SignedLibraryTest, AKeyThatIsNotTrustedIsNamedInTheLog) {
  prewarm({{}, b_.private_file});
  const Counters counters = serve({{a_.public_file}, {}});
  EXPECT_EQ(counters.hit_disk, 0u);
  EXPECT_EQ(counters.refused_unknown_key, counters.compiled);
  EXPECT_THAT(log.lines(), Contains(HasSubstr("signed by the key SHA256:")));
}

TEST_F(SignedLibraryTest, AnAlteredEntryIsABadSignature) {
  prewarm({{}, a_.private_file});
  const auto entries = *cache_list(directory.string());
  // Gives all entries the trailer of the first, which the same key has signed.
  const auto path = [&](size_t i) {
    const std::string& name = entries[i].name;
    return directory.path() / name.substr(0, 2) / (name + ".ljg");
  };
  std::ifstream from(path(0), std::ios::binary);
  from.seekg(-104, std::ios::end);
  std::string trailer(104, '\0');
  from.read(trailer.data(), 104);
  for (size_t i = 1; i < entries.size(); ++i) {
    std::fstream to(path(i), std::ios::binary | std::ios::in | std::ios::out);
    to.seekp(-104, std::ios::end);
    to.write(trailer.data(), 104);
  }
  EXPECT_GT(serve({{a_.public_file}, {}}).refused_signature, 0u);
}

TEST_F(SignedLibraryTest, AServerThatCannotSignPublishesNothing) {
  const Counters counters = serve({{a_.public_file}, {}});
  EXPECT_GT(counters.compiled, 0u);
  EXPECT_EQ(counters.published, 0u);
  EXPECT_TRUE(cache_list(directory.string())->empty());
}

TEST_F(SignedLibraryTest, AServerThatCanSignHealsWhatItRefused) {
  prewarm({});
  const Keys keys = {{a_.public_file}, a_.private_file};
  EXPECT_GT(serve(keys).refused_unsigned, 0u);
  EXPECT_EQ(serve(keys).compiled, 0u);
}

TEST_F(SignedLibraryTest, AReadOnlyFolderMustBeSignedToo) {
  prewarm({});
  const TemporaryDirectory other;
  Options given = with_keys({{a_.public_file}, {}});
  given.read_only_cache_dirs = {given.cache_dir};
  given.cache_dir = other.string();
  const Library library = open(given);
  EXPECT_TRUE(make_gemm(library).prepare(16).ok());
  EXPECT_EQ(library.counters().hit_disk, 0u);
}

// Trusting keys replaces the check of the owner. A private key alone trusts nothing.
TEST_F(SignedLibraryTest, AFolderOfAnotherUserServesWhereASignatureIsDemandedAndNowhereElse) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder to another user";
  prewarm({{}, a_.private_file});
  ASSERT_EQ(::chown(directory.string().c_str(), 1234, 1234), 0);
  for (const auto& item : fs::recursive_directory_iterator(directory.path()))
    ASSERT_EQ(::chown(item.path().c_str(), 1234, 1234), 0);
  EXPECT_EQ(serve({}).hit_disk, 0u);
  EXPECT_EQ(serve({{}, a_.private_file}).hit_disk, 0u);
  EXPECT_GT(serve({{a_.public_file}, {}}).hit_disk, 0u);
}

TEST_F(SignedLibraryTest, AKeyFileThatIsNoneFailsTheOpening) {
  const Status status = Library::open(with_keys({{"/nonexistent.pub"}, {}})).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(message(status), HasSubstr("/nonexistent.pub"));
}

}  // namespace
}  // namespace jitgemm
