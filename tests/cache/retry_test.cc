// Calls that are repeated: those that were interrupted or moved too few bytes, and operations whose
// file handle on a share went stale, as when another host has replaced a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/cache/faulty.h"

namespace jitgemm::cache {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Operation {
  const char* name;
  std::function<bool(const Faulty&)> run;  // returns whether it did all of its work
  bool puts_first = true;                  // runs in a store that holds the entry
};

std::vector<Operation> operations() {
  const auto put = [](const Faulty& f) { return f.store->put(f.name, f.entry).ok(); };
  return {
      {"put into a new shard", put, false},
      {"put", put},
      {"get", [](const Faulty& f) { return get(*f.store, f.name, f.entry).entry.has_value(); }},
      {"get of any builder",
       [](const Faulty& f) {
         return f.store->get_any_builder(f.name.what_digest, f.entry.what).entry.has_value();
       }},
      {"lock",
       [](const Faulty& f) {
         return f.store->lock(f.name, std::chrono::milliseconds(0)).state ==
                MakerLock::State::kHeld;
       }},
      {"list",
       [](const Faulty& f) {
         const auto items = f.store->list();
         return items.ok() && items->size() == 1 && items->front().problem.empty();
       }},
      {"usage",
       [](const Faulty& f) {
         const auto usage = f.store->usage();
         return usage.ok() && usage->entries == 1;
       }},
      {"evict",
       [](const Faulty& f) {
         const auto evicted = f.store->evict({});
         return evicted.ok() && evicted->names.size() == 1;
       }},
      {"clear",
       [](const Faulty& f) {
         const auto cleared = f.store->clear();
         return cleared.ok() && *cleared == 1;
       }},
  };
}

TEST(StoreRetryTest, CallThatIsInterruptedThreeTimesIsRetried) {
  for (const Operation& operation : operations()) {
    const auto run = [&](const std::function<int(const Call&)>& fault) {
      Faulty faulty;
      if (operation.puts_first) {
        EXPECT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
      }
      faulty.faults->calls.clear();
      faulty.faults->fault = fault;
      EXPECT_TRUE(operation.run(faulty)) << operation.name;
      return faulty.faults->calls;
    };
    for (const Call& at : run([](const Call&) { return 0; })) {
      if (at.name == "close") continue;  // is never repeated, see below
      SCOPED_TRACE(at.name + " " + at.path);
      run([&](const Call& call) { return call.index - at.index < 3 ? EINTR : 0; });
    }
  }
}

TEST(StoreRetryTest, InterruptedCloseIsNotRepeated) {
  Faulty faulty;
  faulty.faults->fault = [](const Call& call) { return call.name == "close" ? EINTR : 0; };
  EXPECT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
  EXPECT_TRUE(get(*faulty.store, faulty.name, faulty.entry).entry);
  EXPECT_EQ(faulty.faults->open_descriptors(), 0u);
}

TEST(StoreRetryTest, ShortReadsAndWritesAreContinued) {
  Faulty faulty;
  faulty.faults->longest_transfer = 3;
  EXPECT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
  const Lookup lookup = get(*faulty.store, faulty.name, faulty.entry);
  ASSERT_TRUE(lookup.entry) << lookup.reason;
  EXPECT_TRUE(*lookup.entry == faulty.entry);
}

TEST(StoreRetryTest, WriteThatMovesNothingIsAnErrorAndNoLoop) {
  Faulty faulty;
  faulty.faults->longest_transfer = 0;
  const Status status = faulty.store->put(faulty.name, faulty.entry);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("write"), HasSubstr("EIO")));
}

TEST(StoreRetryTest, HandleThatGoesStaleOnceIsNoFailure) {
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
    faulty.fail_none();
    const auto get_any = [&] {
      return faulty.store->get_any_builder(faulty.name.what_digest, faulty.entry.what);
    };
    ASSERT_TRUE(get_any().entry);
    for (const Call& read : Calls(faulty.faults->calls)) {
      faulty.fail_call(read.index, ESTALE);
      EXPECT_TRUE(get_any().entry) << read.name;
    }
    EXPECT_EQ(faulty.faults->open_descriptors(), 0u);
  }
}

TEST(StoreRetryTest, HandleThatStaysStaleIsAFailure) {
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
