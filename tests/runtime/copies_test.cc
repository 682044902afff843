// Copies of a cubin are the largest cost of moving it. On the way to the disk it is copied once,
// into its entry; on the way back it is not copied.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "cache/store.h"
#include "tests/cache/samples.h"
#include "tests/runtime/allocations.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm {
namespace {

constexpr int64_t kPayload = 128 << 10;

// The memory that a call allocates, in payloads, rounded down.
template <typename Call>
int64_t copies_in(const Call& call) {
  const int64_t before = allocated_bytes();
  call();
  return (allocated_bytes() - before) / kPayload;
}

TEST(CopiesTest, APutMakesOneAndAGetMakesTheOneThatItReturns) {
  const TemporaryDirectory folder;
  const std::shared_ptr<cache::Store> store = *cache::Store::open(folder.string());
  const cache::Entry entry = cache::sample_entry(std::string(kPayload, 'x'));
  EXPECT_EQ(copies_in([&] { EXPECT_TRUE(store->put(cache::sample_name(), entry).ok()); }), 1);
  EXPECT_EQ(copies_in([&] { EXPECT_TRUE(store->get(cache::sample_name()).entry); }), 1);
}

}  // namespace
}  // namespace jitgemm
