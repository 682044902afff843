// What a hostile bundle costs: no more than what it holds, whatever it decompresses to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>

#include "tests/bundle/samples.h"

namespace jitgemm::bundle {
namespace {

using ::testing::HasSubstr;

// Bytes that this process has had at most.
int64_t peak_bytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} << 10;
}

// 256 MiB of zeros behind one record, some 30 KiB compressed.
std::string bomb(uint64_t stated_entry_bytes) {
  constexpr int64_t kPieces = 256;
  const std::string zeros(1 << 20, '\0');
  Compressor compressor;
  compressor.add(encode(Record{cache::sample_name(), stated_entry_bytes}));
  for (int64_t i = 0; i < kPieces; ++i) compressor.add(zeros);
  const std::string frame = compressor.finish();
  const Header header = {.entries = 1,
                         .raw_bytes = kRecordBytes + kPieces * zeros.size(),
                         .frame_bytes = frame.size()};
  return encode(header, frame) + frame;
}

TEST(BombTest, ContentThatIsNoEntryIsRefusedAfterItsFirstBytes) {
  const std::string bytes = bomb(cache::kMaxWhat);
  const int64_t before = peak_bytes();
  EXPECT_THAT(message(read(bytes).status), HasSubstr("does not begin as an entry"));
  EXPECT_LT(peak_bytes() - before, 32 << 20);
}

// The entry is sound as far as its payload, which the cap bounds.
TEST(BombTest, EntryWithALargePayloadCostsNoMoreThanItsCap) {
  const std::string zeros(cache::kMaxPayload, '\0');
  Entries entries = {{cache::sample_name(1), cache::sample_entry(zeros)}};
  const std::string bytes = bundle_of(entries);
  EXPECT_LT(bytes.size(), 1u << 20);
  EXPECT_TRUE(read(bytes).status.ok());
}

// A window is memory that a frame asks for: 2 GiB here.
TEST(BombTest, WindowAboveItsCapIsRefused) {
  const std::string frame("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9);
  const Header header = {.entries = 1, .raw_bytes = 1 << 20, .frame_bytes = frame.size()};
  EXPECT_THAT(message(read(encode(header, frame) + frame).status), HasSubstr("memory"));
}

}  // namespace
}  // namespace jitgemm::bundle
