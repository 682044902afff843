// A store over a file system that can fail.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "cache/store.h"
#include "tests/cache/fault_file_system.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {

using Call = FaultFileSystem::Call;
using Calls = std::vector<Call>;

// Uses a new folder.
struct Faulty {
  Faulty() { faults->calls.clear(); }

  void make_shard() { EXPECT_TRUE(store->put(sample_name(0xab, 2), entry).ok()); }

  void fail_call(size_t index, int error) {
    faults->calls.clear();
    faults->fault = [=](const Call& call) { return call.index == index ? error : 0; };
  }
  void fail_none() {
    faults->calls.clear();
    faults->fault = [](const Call&) { return 0; };
  }

  TemporaryDirectory folder;
  std::shared_ptr<FaultFileSystem> faults = std::make_shared<FaultFileSystem>();
  std::shared_ptr<Store> store = *Store::open(
      folder.path() / "cache", {.file_system = faults, .lock_dir = folder.path() / "locks"});
  EntryName name = sample_name();
  Entry entry = sample_entry();
};

inline Calls calls_of_put(bool shard_exists) {
  Faulty faulty;
  if (shard_exists) faulty.make_shard();
  faulty.fail_none();
  EXPECT_TRUE(faulty.store->put(faulty.name, faulty.entry).ok());
  return faulty.faults->calls;
}

inline std::vector<std::string> words(const Calls& calls) {
  std::vector<std::string> all;
  for (const Call& call : calls) all.push_back(call.name);
  return all;
}

}  // namespace jitgemm::cache
