// Several processes with several threads publish and read one entry, which is always whole or
// absent, never a mixture.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cache/store.h"
#include "tests/cache/child.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

constexpr size_t kPayloadBytes = 100'000;
constexpr int kThreads = 16;
constexpr int kRounds = 20;

// The payload identifies its writer and shows a mixture of two.
Entry entry_of(int writer) {
  return sample_entry(std::string(kPayloadBytes, static_cast<char>('a' + writer)));
}

bool is_whole(const Entry& entry) {
  return entry.payload.size() == kPayloadBytes &&
         entry.payload.find_first_not_of(entry.payload[0]) == std::string::npos;
}

bool is_whole_or_absent(const Lookup& lookup) {
  return lookup.entry ? is_whole(*lookup.entry) : lookup.miss == Miss::kAbsent;
}

// Half of the threads publish, half read. Returns how many operations went wrong.
int publish_and_read(const Store& store) {
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      const Entry entry = entry_of(thread);
      for (int round = 0; round < kRounds; ++round) {
        const bool right = thread % 2 == 0 ? store.put(sample_name(), entry).ok()
                                           : is_whole_or_absent(get(store, sample_name(), entry));
        if (!right) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return wrong;
}

TEST(StoreConcurrencyTest, ReadersOfManyWritersSeeAWholeEntryOrNone) {
  const TemporaryDirectory folder;
  const auto run = [&] { return publish_and_read(**Store::open(folder.path() / "cache")); };
  const pid_t one = start_child(run), other = start_child(run);
  EXPECT_EQ(wait_for(one), 0);
  EXPECT_EQ(wait_for(other), 0);

  const std::shared_ptr<Store> store = *Store::open(folder.path() / "cache");
  EXPECT_TRUE(get(*store, sample_name(), sample_entry()).entry);
  EXPECT_EQ(store->list()->size(), 1u);
  EXPECT_EQ(store->usage()->temporary_files, 0u);
}

TEST(StoreConcurrencyTest, ManyProcessesMakeOneRootAndOneShard) {
  const TemporaryDirectory folder;
  const std::string root = folder.path() / "a" / "b" / "cache";
  std::vector<pid_t> children;
  for (int i = 0; i < 16; ++i) {
    children.push_back(start_child([&, i] {
      const Result<std::shared_ptr<Store>> store = Store::open(root);
      return store.ok() && (*store)->put(sample_name(0xab, i), sample_entry()).ok() ? 0 : 1;
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  EXPECT_EQ((*Store::open(root))->list()->size(), 16u);
}

TEST(StoreConcurrencyTest, ClearDuringPublishesLosesEntriesButDamagesNone) {
  const TemporaryDirectory folder;
  const std::shared_ptr<Store> store = *Store::open(folder.path());
  std::atomic<bool> done = false;
  std::thread clearer([&] {
    while (!done) EXPECT_TRUE(store->clear().ok());
  });
  for (int round = 0; round < 50; ++round) {
    (void)store->put(sample_name(), entry_of(round % 26));
    EXPECT_TRUE(is_whole_or_absent(get(*store, sample_name(), sample_entry())));
  }
  done = true;
  clearer.join();
  EXPECT_TRUE(store->put(sample_name(), entry_of(0)).ok());
}

}  // namespace
}  // namespace jitgemm::cache
