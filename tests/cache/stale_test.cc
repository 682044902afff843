// Handles of a share that go stale, as when another host has replaced a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "tests/cache/faulty.h"

namespace jitgemm::cache {
namespace {

using ::testing::HasSubstr;

TEST(StoreStaleTest, HandleThatGoesStaleOnceIsNoFailure) {
  for (const Call& call : calls_of_put(true)) {
    SCOPED_TRACE(call.name + " " + call.path);
    Faulty faulty;
    faulty.make_shard();
    faulty.fail_call(call.index, ESTALE);
    const Status status = faulty.store->put(faulty.name, faulty.entry);
    EXPECT_TRUE(status.ok()) << status.message();
    faulty.fail_none();
    EXPECT_EQ(faulty.store->usage()->temporary_files, 0u);
    faulty.fail_none();
    ASSERT_TRUE(get(*faulty.store, faulty.name, faulty.entry).entry);
    for (const Call& read : Calls(faulty.faults->calls)) {
      faulty.fail_call(read.index, ESTALE);
      EXPECT_TRUE(get(*faulty.store, faulty.name, faulty.entry).entry) << read.name;
    }
    EXPECT_EQ(faulty.faults->open_descriptors(), 0u);
  }
}

TEST(StoreStaleTest, HandleThatStaysStaleIsAFailure) {
  Faulty faulty;
  ASSERT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
  for (const std::string word : {"open", "fstat", "read"}) {
    faulty.faults->fault = [&](const Call& call) { return call.name == word ? ESTALE : 0; };
    const Lookup lookup = get(*faulty.store, faulty.name, faulty.entry);
    EXPECT_EQ(lookup.miss, Miss::kUnreadable) << word;
    EXPECT_THAT(lookup.reason, HasSubstr("ESTALE"));
  }
  faulty.faults->fault = [&](const Call& call) { return call.name == "rename" ? ESTALE : 0; };
  EXPECT_THAT(std::string(faulty.store->put(faulty.name, faulty.entry).message()),
              HasSubstr("ESTALE"));
  EXPECT_EQ(faulty.store->usage()->temporary_files, 0u);
}

}  // namespace
}  // namespace jitgemm::cache
