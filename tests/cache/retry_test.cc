// Calls that are repeated: those that were interrupted or moved too few bytes, and operations whose
// file handle on a share went stale, as when another host has replaced a file.
#include <gmock/gmock.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/cache/faulty.h"

namespace jitgemm::cache {
namespace {

using ::testing::AllOf, ::testing::HasSubstr;

struct Operation {
  const char* name;
  std::function<bool(const Faulty&)> run;  // returns whether it did all of its work
  bool puts_first = true;                  // runs in a store that holds the entry
  bool outlives_stale = false;             // also repeats a call whose file handle is stale
};

std::vector<Operation> operations() {
  const auto put = [](const Faulty& f) { return f.store->put(f.name, f.entry).ok(); };
  return {
      {"put into a new shard", put, false},
      {"put", put, true, true},
      {"get", [](const Faulty& f) { return get(*f.store, f.name, f.entry).entry.has_value(); },
       true, true},
      {"get of any builder",
       [](const Faulty& f) {
         return f.store->get_any_builder(f.name.what_digest, f.entry.what).entry.has_value();
       },
       true, true},
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

TEST(StoreRetryTest, CallThatIsInterruptedThreeTimesOrStaleOnceIsRetried) {
  for (const Operation& operation : operations()) {
    const auto run = [&](const std::function<int(const Call&)>& fault) {
      Faulty faulty;
      if (operation.puts_first) {
        EXPECT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
      }
      faulty.faults->calls.clear();
      faulty.faults->fault = fault;
      EXPECT_TRUE(operation.run(faulty)) << operation.name;
      EXPECT_EQ(faulty.faults->open_descriptors(), 0u);
      const Calls calls = faulty.faults->calls;
      faulty.fail_none();
      EXPECT_EQ(faulty.store->usage()->temporary_files, 0u);
      return calls;
    };
    for (const Call& at : run([](const Call&) { return 0; })) {
      SCOPED_TRACE(at.name + " " + at.path);
      if (operation.outlives_stale)
        run([&](const Call& call) { return call.index == at.index ? ESTALE : 0; });
      if (at.name == "close") continue;  // is never repeated, see below
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

TEST(StoreRetryTest, ShortReadsAndWritesAreContinuedUnlessTheyMoveNothing) {
  Faulty faulty;
  faulty.faults->longest_transfer = 3;
  EXPECT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
  const Lookup lookup = get(*faulty.store, faulty.name, faulty.entry);
  ASSERT_TRUE(lookup.entry) << lookup.reason;
  EXPECT_TRUE(*lookup.entry == faulty.entry);
  faulty.faults->longest_transfer = 0;
  EXPECT_THAT(std::string(faulty.store->put(faulty.name, faulty.entry).message()),
              AllOf(HasSubstr("write"), HasSubstr("EIO")));
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
