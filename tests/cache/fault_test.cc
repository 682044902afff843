// Each system call of put and get fails in turn, with each errno that file systems give.
#include <gmock/gmock.h>
#include <string.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cache/store.h"
#include "tests/cache/child.h"
#include "tests/cache/faulty.h"
#include "tests/cache/files.h"

namespace jitgemm::cache {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf, ::testing::HasSubstr;

constexpr int kErrors[] = {EACCES, EDQUOT, EIO,    EMFILE, ENAMETOOLONG, ENFILE, ENOLCK,
                           ENOMEM, ENOSPC, ENOSYS, EPERM,  EROFS,        EFBIG};

// Ignored by a publish: failures to close files that it did not write.
bool is_not_needed(const Call& call) { return call.name == "close" && !is_temporary(call.path); }

std::vector<std::string> described(const Calls& calls) {
  std::vector<std::string> all;
  for (const Call& call : calls)
    all.push_back(call.name + " " + (is_temporary(call.path) ? "temporary" : call.path));
  return all;
}

TEST(StoreFaultTest, PutIsExactlyTheCallsOfADurablePublish) {
  const std::vector<std::string> publish = {
      "open temporary", "write temporary", "fsync temporary", "close temporary", "rename temporary",
      "fsync ab",       "close tmp",       "close ab",        "close cache"};
  std::vector<std::string> expected = {"open cache", "fstat cache", "open ab",
                                       "fstat ab",   "open tmp",    "fstat tmp"};
  expected.insert(expected.end(), publish.begin(), publish.end());
  EXPECT_EQ(described(calls_of_put(true)), expected);

  // A new folder is durable only when its parent is.
  expected = {"open cache", "fstat cache"};
  for (const std::string folder : {"ab", "tmp"})
    for (const std::string& call : {"open " + folder, "mkdir " + folder, std::string("fsync cache"),
                                    "open " + folder, "fstat " + folder})
      expected.push_back(call);
  expected.insert(expected.end(), publish.begin(), publish.end());
  EXPECT_EQ(described(calls_of_put(false)), expected);
}

void check_failed_put(Faulty& faulty, const Call& call, int error) {
  SCOPED_TRACE(call.name + " " + call.path + " " + strerrorname_np(error));
  faulty.fail_call(call.index, error);
  const Status status = faulty.store->put(faulty.name, faulty.entry);
  EXPECT_EQ(faulty.faults->open_descriptors(), 0u);
  faulty.fail_none();

  if (is_not_needed(call)) {
    EXPECT_TRUE(status.ok());
  } else {
    EXPECT_EQ(status.code(), StatusCode::kIoError);
    const std::string path = is_temporary(call.path) ? faulty.name.text() + "." : call.path;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(call.name), HasSubstr(path), HasSubstr(strerrorname_np(error))));
  }
  EXPECT_EQ(faulty.store->usage()->temporary_files, 0u);
  const Lookup lookup = get(*faulty.store, faulty.name, faulty.entry);
  EXPECT_TRUE(lookup.entry || lookup.miss == Miss::kAbsent) << lookup.reason;
  EXPECT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok()) << "does not heal";
  EXPECT_TRUE(get(*faulty.store, faulty.name, faulty.entry).entry);
}

TEST(StoreFaultTest, FailedPutNamesTheCallAndLeavesNothingHalf) {
  for (const Call& call : calls_of_put(true)) {
    for (const int error : kErrors) {
      Faulty faulty;
      faulty.make_shard();
      check_failed_put(faulty, call, error);
    }
  }
  for (const Call& call : calls_of_put(false)) {
    for (const int error : {EIO, ENOSPC, EACCES}) {
      Faulty faulty;
      check_failed_put(faulty, call, error);
    }
  }
}

TEST(StoreFaultTest, FailedGetIsAMissWithItsReason) {
  Faulty faulty;
  ASSERT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
  faulty.fail_none();
  ASSERT_TRUE(get(*faulty.store, faulty.name, faulty.entry).entry);
  EXPECT_THAT(words(faulty.faults->calls),
              ::testing::ElementsAre("open", "fstat", "open", "fstat", "close",  // root, shard
                                     "open", "fstat", "read", "read", "read", "close", "close"));
  const std::function<Lookup()> lookups[] = {
      [&] { return get(*faulty.store, faulty.name, faulty.entry); },
      [&] { return faulty.store->get_any_builder(faulty.name.what_digest, faulty.entry.what); }};
  for (const auto& look_up : lookups) {
    faulty.fail_none();
    ASSERT_TRUE(look_up().entry);
    for (const Call& call : Calls(faulty.faults->calls)) {
      for (const int error : kErrors) {
        SCOPED_TRACE(call.name + " " + call.path + " " + strerrorname_np(error));
        faulty.fail_call(call.index, error);
        const Lookup lookup = look_up();
        EXPECT_EQ(faulty.faults->open_descriptors(), 0u);
        if (call.name == "close") {
          EXPECT_TRUE(lookup.entry);
          continue;
        }
        EXPECT_EQ(lookup.miss, Miss::kUnreadable);
        EXPECT_THAT(lookup.reason, AllOf(HasSubstr(call.name), HasSubstr(strerrorname_np(error))));
      }
    }
  }
}

TEST(StoreFaultTest, EntryThatGoesBetweenListingAndReadingIsAbsent) {
  Faulty faulty;
  ASSERT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
  faulty.faults->fault = [&](const Call& call) {
    return call.path == entry_file(faulty.name) ? ENOENT : 0;
  };
  EXPECT_EQ(get(*faulty.store, faulty.name, faulty.entry).miss, Miss::kAbsent);
  EXPECT_EQ(faulty.store->get_any_builder(faulty.name.what_digest, faulty.entry.what).miss,
            Miss::kAbsent);
  EXPECT_TRUE((*faulty.store->list()).empty());
}

TEST(StoreFaultTest, FailedOpenNamesTheFolder) {
  const TemporaryDirectory folder;
  const std::string root = folder.path() / "a" / "b";
  for (const int error : kErrors) {
    auto faults = std::make_shared<FaultFileSystem>();
    faults->fault = [&](const Call& call) { return call.name == "mkdir" ? error : 0; };
    const Status status = Store::open(root, {.file_system = faults}).status();
    EXPECT_EQ(status.code(), StatusCode::kIoError);
    EXPECT_THAT(std::string(status.message()), HasSubstr("mkdir " + root));
  }
}

TEST(StoreFaultTest, FailedPutLeavesTheOldEntryAlone) {
  Faulty faulty;
  ASSERT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
  faulty.faults->longest_transfer = 16;
  int writes = 0;
  const std::function<int(const Call&)> full_disk_and_no_rename[] = {
      [&](const Call& call) { return call.name == "write" && ++writes == 5 ? ENOSPC : 0; },
      [](const Call& call) { return call.name == "rename" ? EIO : 0; }};
  for (const auto& fault : full_disk_and_no_rename) {
    faulty.faults->fault = fault;
    EXPECT_EQ(faulty.store->put(faulty.name, sample_entry("new")).code(), StatusCode::kIoError);
    EXPECT_EQ(faulty.store->usage()->temporary_files, 0u);
    EXPECT_TRUE(*get(*faulty.store, faulty.name, faulty.entry).entry == faulty.entry);
  }
  EXPECT_EQ(writes, 5);
}

TEST(StoreFaultTest, FolderWithoutFsyncIsNoError) {
  Faulty faulty;
  faulty.faults->fault = [](const Call& call) {
    return call.name == "fsync" && !is_temporary(call.path) ? EINVAL : 0;
  };
  EXPECT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
}

TEST(StoreFaultTest, ClearRemovesWhatItCanAndSaysWhatItCouldNot) {
  Faulty faulty;
  for (const int what : {1, 2, 3}) ASSERT_TRUE(faulty.store->put(sample_name(what), {}).ok());
  faulty.faults->fault = [](const Call& call) {
    return call.name == "unlink" && call.path == entry_file(sample_name(2)) ? EPERM : 0;
  };
  const Status status = faulty.store->clear().status();
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_THAT(std::string(status.message()), HasSubstr(entry_file(sample_name(2))));
  ASSERT_EQ((*faulty.store->list()).size(), 1u);
}

TEST(StoreFaultTest, ReaderWritesNothing) {
  Faulty faulty;
  ASSERT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
  faulty.fail_none();
  const Result<std::shared_ptr<Store>> again =
      Store::open(faulty.store->root(), {.file_system = faulty.faults});
  ASSERT_TRUE(again.ok());
  (void)get(**again, faulty.name, faulty.entry);
  (void)get(**again, sample_name(1), faulty.entry);
  (void)(*again)->get_any_builder(faulty.name.what_digest, faulty.entry.what);
  (void)(*again)->list();
  for (const Call& call : faulty.faults->calls)
    EXPECT_THAT(call.name, ::testing::AnyOf("open", "read", "close", "fstat", "lstat", "list"));
}

// The writer dies before each call of put in turn.
TEST(StoreFaultTest, DeadWriterLeavesAWholeEntryOrNone) {
  constexpr int kDead = 77;
  for (const Call& at : calls_of_put(false)) {
    SCOPED_TRACE(at.name + " " + at.path);
    Faulty faulty;
    EXPECT_EQ(run_in_child([&] {
                faulty.faults->calls.clear();
                faulty.faults->fault = [&](const Call& call) -> int {
                  if (call.index == at.index) ::_exit(kDead);
                  return 0;
                };
                (void)faulty.store->put(faulty.name, faulty.entry);
                return 0;
              }),
              kDead);
    const Lookup lookup = get(*faulty.store, faulty.name, faulty.entry);
    EXPECT_TRUE(lookup.entry || lookup.miss == Miss::kAbsent) << lookup.reason;
    EXPECT_EQ((*faulty.store->list()).size(), lookup.entry ? 1u : 0u);
    const uint64_t left = is_temporary(at.path) && at.name != "open" ? 1 : 0;
    EXPECT_EQ(faulty.store->usage()->temporary_files, left);
    set_age_of_temporaries(faulty.store->root(), std::chrono::hours(2));
    EXPECT_EQ(*faulty.store->remove_orphans(), left);

    EXPECT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
    EXPECT_TRUE(get(*faulty.store, faulty.name, faulty.entry).entry);
    EXPECT_EQ(faulty.store->usage()->temporary_files, 0u);
  }
}

}  // namespace
}  // namespace jitgemm::cache
