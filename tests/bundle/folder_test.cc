// From a folder to a bundle and back, with real keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cache/store.h"
#include "src/trust/trust.h"
#include "tests/bundle/samples.h"
#include "tests/cache/files.h"
#include "tests/runtime/temporary_directory.h"
#include "tests/trust/key_files.h"
#include "tools/bundle/bundle.h"

namespace jitgemm::bundle {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class BundleFolderTest : public ::testing::Test {
 protected:
  BundleFolderTest() {
    for (const auto& [name, entry] : sample_entries())
      EXPECT_TRUE((*cache::Store::open(from_))->put(name, entry).ok());
  }

  Report exported(const Keys& keys = {}) const {
    const Result<Report> report = export_bundle({from_, file_}, keys);
    EXPECT_TRUE(report.ok()) << message(report.status());
    return report.ok() ? *report : Report();
  }
  Status import(const Keys& keys = {}) const { return import_bundle({to_, file_}, keys).status(); }
  size_t imported() const {
    const auto store = cache::Store::open_existing(to_);
    return store.ok() ? (*store)->list()->size() : 0;
  }

  const TemporaryDirectory folder_;
  const std::string from_ = folder_.path() / "from", to_ = folder_.path() / "to";
  const std::string file_ = folder_.path() / "cache.bundle";
  const trust::KeyFiles a_ = trust::make_key_files(folder_.path(), "a");
  const trust::KeyFiles b_ = trust::make_key_files(folder_.path(), "b");
};

TEST_F(BundleFolderTest, FolderThatWasExportedAndImportedHoldsTheSameFiles) {
  EXPECT_EQ(exported().entries, 3u);
  ASSERT_TRUE(import().ok()) << message(import());
  for (const auto& [name, entry] : sample_entries())
    EXPECT_EQ(cache::read_file(cache::path_of(to_, name)),
              cache::read_file(cache::path_of(from_, name)));
}

TEST_F(BundleFolderTest, ExportingTwiceGivesTheSameBytes) {
  exported();
  const std::string first = cache::read_file(file_);
  exported();
  EXPECT_EQ(cache::read_file(file_), first);
}

TEST_F(BundleFolderTest, ImportingTwiceWritesNothingTheSecondTime) {
  exported();
  ASSERT_TRUE(import().ok());
  EXPECT_EQ(import_bundle({to_, file_}, {})->already_there, 3u);
}

TEST_F(BundleFolderTest, DamagedEntryIsNamedAndNothingIsExported) {
  const fs::path path = cache::path_of(from_, sample_entries()[1].first);
  cache::write_file(path, "damage");
  const Status status = export_bundle({from_, file_}, {}).status();
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_THAT(message(status), HasSubstr(path.string()));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(BundleFolderTest, DamagedBundleImportsNothing) {
  exported();
  std::string bytes = cache::read_file(file_);
  bytes[bytes.size() - 1] = static_cast<char>(bytes.back() ^ 1);
  cache::write_file(file_, bytes);
  EXPECT_THAT(message(import()), HasSubstr("bundle '" + file_ + "'"));
  EXPECT_EQ(imported(), 0u);
}

// All but its last entry is sound, and all its checksums hold.
TEST_F(BundleFolderTest, BundleWithOneWrongEntryImportsNothing) {
  std::string content;
  for (const auto& [name, entry] : sample_entries()) {
    const std::string bytes = *cache::encode(name, entry);
    content += encode(Record{name, bytes.size()}) + bytes;
  }
  content.back() = static_cast<char>(content.back() ^ 1);
  cache::write_file(file_, bundle_of_content(content, {.entries = 3, .raw_bytes = content.size()}));
  EXPECT_EQ(import().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(imported(), 0u);
}

TEST_F(BundleFolderTest, FileThatIsNoBundleIsRefusedByItsHeader) {
  EXPECT_THAT(message(import()), HasSubstr("cannot be read"));
  cache::write_file(file_, std::string(100, 'x'));
  EXPECT_THAT(message(import()), HasSubstr("does not begin as a bundle"));
  fs::resize_file(file_, uint64_t{8} << 30);
  EXPECT_THAT(message(import()), HasSubstr("does not begin as a bundle"));
}

TEST_F(BundleFolderTest, SignedBundleIsImportedByWhoTrustsItsKey) {
  exported({{}, a_.private_file});
  ASSERT_TRUE(import({{a_.public_file}, {}}).ok());
  EXPECT_EQ(imported(), 3u);
  const cache::Trust trust = *trust::open_trust({{a_.public_file}, {}});
  const auto items = (*cache::Store::open_existing(to_, {.trust = trust}))->list();
  for (const auto& item : *items) EXPECT_EQ(item.problem, "");
}

TEST_F(BundleFolderTest, UnsignedBundleAndAnotherKeyAreRefusedByName) {
  exported();
  EXPECT_THAT(message(import({{a_.public_file}, {}})), HasSubstr("not signed"));
  exported({{}, b_.private_file});
  EXPECT_THAT(message(import({{a_.public_file}, {}})), HasSubstr("key SHA256:"));
  EXPECT_EQ(imported(), 0u);
}

}  // namespace
}  // namespace jitgemm::bundle
