#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cache/store.h"
#include "tests/cache/files.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class StoreMaintenanceTest : public ::testing::Test {
 protected:
  void publish(const EntryName& name) { EXPECT_TRUE(store_->put(name, sample_entry()).ok()); }
  std::vector<Store::Item> listed() {
    Result<std::vector<Store::Item>> items = store_->list();
    EXPECT_TRUE(items.ok()) << items.status().message();
    return items.ok() ? *items : std::vector<Store::Item>();
  }

  const TemporaryDirectory folder_;
  const fs::path root_ = folder_.path() / "cache";
  const std::shared_ptr<Store> store_ = *Store::open(root_);
};

TEST_F(StoreMaintenanceTest, ListIsInOrderOfName) {
  for (const int what : {0xcd, 0x01, 0xab}) publish(sample_name(what));
  publish(sample_name(0xab, 0));
  std::vector<std::string> names;
  for (const Store::Item& item : listed()) {
    EXPECT_EQ(item.problem, "");
    EXPECT_EQ(item.kernel, sample_entry().kernel);
    EXPECT_EQ(item.bytes, fs::file_size(path_of(root_, *parse_entry_name(item.name))));
    names.push_back(item.name);
  }
  EXPECT_THAT(names, ::testing::ElementsAre(sample_name(0x01).text(), sample_name(0xab, 0).text(),
                                            sample_name(0xab).text(), sample_name(0xcd).text()));
}

TEST_F(StoreMaintenanceTest, FileThatIsNotInItsPlaceHasAProblem) {
  for (const int what : {0xab, 0xcd, 0x01}) publish(sample_name(what));
  fs::copy(path_of(root_, sample_name()), path_of(root_, sample_name(0xab, 2)));
  fs::rename(path_of(root_, sample_name(0xcd)), root_ / "ab" / entry_file(sample_name(0xcd)));
  write_file(root_ / "ab" / "notes.ljg", "mine");
  const std::vector<Store::Item> items = listed();
  ASSERT_EQ(items.size(), 5u);
  EXPECT_EQ(items[0].problem + items[1].problem, "");
  EXPECT_THAT(items[2].problem, HasSubstr("is the entry " + sample_name().text()));
  EXPECT_THAT(items[3].problem, HasSubstr("belongs to shard cd"));
  EXPECT_EQ(items[4].name, "notes");
  EXPECT_THAT(items[4].problem, HasSubstr("not named as an entry"));
  EXPECT_EQ(*store_->clear(), 4u);
  EXPECT_EQ(listed().size(), 1u);
}

TEST_F(StoreMaintenanceTest, RemoveTakesOneEntry) {
  EXPECT_TRUE(listed().empty());
  EXPECT_EQ(*store_->clear(), 0u);
  publish(sample_name());
  publish(sample_name(0xab, 2));
  EXPECT_TRUE(store_->remove(sample_name().text()).ok());
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_EQ(listed()[0].name, sample_name(0xab, 2).text());
}

TEST_F(StoreMaintenanceTest, RemoveOfWhatIsNotThereNamesIt) {
  publish(sample_name());
  for (const std::string& name :
       {sample_name(0xab, 2).text(), sample_name(0x01).text(), std::string(), std::string(".."),
        std::string("../cache/ab/") + sample_name().text(), entry_file(sample_name()),
        "ab/" + sample_name().text()}) {
    const Status status = store_->remove(name);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr("'" + name + "'"));
  }
  EXPECT_EQ(listed().size(), 1u);
}

TEST_F(StoreMaintenanceTest, ClearLeavesWhatIsNotTheStores) {
  publish(sample_name());
  write_file(root_ / "tmp" / temporary_file(sample_name(), 17), "LJGEMM\r\nhalf");
  EXPECT_EQ(listed().size(), 1u) << "a temporary file is no entry";
  const std::vector<fs::path> strangers = {
      root_ / "README",
      root_ / entry_file(sample_name()),
      root_ / "ab" / "notes.txt",
      root_ / "ab" / "notes.ljg",
      root_ / "ab" / "x.tmp",
      root_ / "tmp" / entry_file(sample_name()),
      root_ / "tmp" / (sample_name().text() + "x0.tmp"),
      root_ / "ab" / "sub" / entry_file(sample_name()),
      root_ / "abc" / entry_file(sample_name()),
      root_ / "00",
  };
  for (const fs::path& stranger : strangers) write_file(stranger, "mine");
  EXPECT_EQ(*store_->clear(), 1u);
  for (const fs::path& stranger : strangers) EXPECT_EQ(read_file(stranger), "mine") << stranger;
  EXPECT_FALSE(fs::exists(path_of(root_, sample_name())));
  EXPECT_EQ(store_->usage()->temporary_files, 0u);
}

TEST_F(StoreMaintenanceTest, RootThatWentIsAnIoError) {
  fs::remove_all(root_);
  EXPECT_EQ(store_->list().status().code(), StatusCode::kIoError);
  EXPECT_EQ(store_->clear().status().code(), StatusCode::kIoError);
  EXPECT_EQ(store_->usage().status().code(), StatusCode::kIoError);
  EXPECT_FALSE(fs::exists(root_));
}

}  // namespace
}  // namespace jitgemm::cache
