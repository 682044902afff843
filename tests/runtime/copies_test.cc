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

class CopiesTest : public ::testing::Test {
 protected:
  // The memory that a call allocates, in payloads, rounded down.
  template <typename Call>
  static int64_t copies_in(const Call& call) {
    const int64_t before = allocated_bytes();
    call();
    return (allocated_bytes() - before) / kPayload;
  }

  const TemporaryDirectory folder_;
  const std::shared_ptr<cache::Store> store_ = *cache::Store::open(folder_.string());
  const cache::Entry entry_ = cache::sample_entry(std::string(kPayload, 'x'));
};

TEST_F(CopiesTest, APutMakesOne) {
  EXPECT_EQ(copies_in([&] { EXPECT_TRUE(store_->put(cache::sample_name(), entry_).ok()); }), 1);
}

TEST_F(CopiesTest, AGetMakesTheOneThatItReturns) {
  ASSERT_TRUE(store_->put(cache::sample_name(), entry_).ok());
  EXPECT_EQ(copies_in([&] { EXPECT_TRUE(store_->get(cache::sample_name()).entry); }), 1);
}

}  // namespace
}  // namespace jitgemm
