#include "cache/entry.h"

#include <gmock/gmock.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/cache/samples.h"

namespace jitgemm::cache {
namespace {

using ::testing::HasSubstr;

std::string encoded(const Entry& entry, const EntryName& name = sample_name()) {
  Result<std::string> bytes = encode(name, entry);
  EXPECT_TRUE(bytes.ok()) << bytes.status().message();
  return *bytes;
}

template <typename T>
std::string with_field(std::string bytes, size_t offset, T value) {
  return bytes.replace(offset, sizeof value, reinterpret_cast<const char*>(&value), sizeof value);
}

TEST(EntryTest, DecodeGivesWhatWasEncoded) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{13}, size_t{16}, size_t{240}, size_t{241},
                            size_t{4096}, size_t{512} << 10, size_t{kMaxPayload}}) {
    const Entry entry = sample_entry(std::string(size, '\xa5'));
    const Lookup lookup = decode(encoded(entry), {});
    ASSERT_TRUE(lookup.entry) << lookup.reason;
    EXPECT_EQ(lookup.miss, Miss::kNone);
    EXPECT_TRUE(*lookup.entry == entry) << size;
  }
  const Lookup empty_texts = decode(encoded({}), {.what = "", .builder = ""});
  ASSERT_TRUE(empty_texts.entry) << empty_texts.reason;
  EXPECT_TRUE(*empty_texts.entry == Entry());
}

// The bytes of version 1 as FORMAT.md states them: this test changes only with the version.
TEST(EntryTest, LayoutIsTheOneThatIsWritten) {
  const std::string bytes =
      encoded({.kernel = "k", .what = "what", .builder = "by", .payload = "cubin"});
  ASSERT_EQ(bytes.size(), 128u + 1 + 4 + 2 + 5);
  EXPECT_EQ(bytes.substr(0, 8), "LJGEMM\r\n");
  EXPECT_EQ(bytes.substr(8, 8), std::string("\1\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(bytes.substr(16, 56), sample_name().text() + std::string(7, '\0'));
  EXPECT_EQ(bytes.substr(72, 16), std::string("\1\0\0\0\4\0\0\0\2\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(bytes.substr(88, 8), std::string("\5\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(bytes.substr(128), "kwhatbycubin");
}

TEST(EntryTest, EveryTruncationAndATrailingByteAreRefused) {
  const std::string bytes = encoded(sample_entry());
  const std::string longer = bytes + '\0';
  for (size_t size = 0; size <= longer.size(); ++size) {
    if (size == bytes.size()) continue;
    const Lookup lookup = decode(std::string_view(longer).substr(0, size), {});
    EXPECT_FALSE(lookup.entry) << size;
    EXPECT_EQ(lookup.miss, Miss::kDamaged) << size;
  }
  EXPECT_THAT(decode(longer, {}).reason, HasSubstr("its header states"));
}

TEST(EntryTest, FileThatEndsBeforeItsStatedSizeIsDamaged) {
  const std::string bytes = encoded(sample_entry());
  for (const size_t size : {size_t{0}, size_t{100}, size_t{150}, bytes.size() - 1}) {
    std::string_view rest = std::string_view(bytes).substr(0, size);
    const auto next = [&](size_t wanted) -> Result<std::string> {
      std::string got(rest.substr(0, wanted));
      rest.remove_prefix(got.size());
      return got;
    };
    EXPECT_EQ(decode(bytes.size(), next, {}).miss, Miss::kDamaged) << size;
  }
}

TEST(EntryTest, EverySingleBitFlipIsRefused) {
  std::string bytes = encoded(sample_entry());
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    const Lookup lookup = decode(bytes, {});
    EXPECT_FALSE(lookup.entry) << "bit " << bit;
    EXPECT_FALSE(lookup.reason.empty()) << "bit " << bit;
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
  }
  EXPECT_TRUE(decode(bytes, {}).entry);
}

TEST(EntryTest, AnotherKeyOfAnyLengthIsRefused) {
  const Entry entry = sample_entry();
  const std::string bytes = encoded(entry);
  const std::string same_length(entry.what.size(), 'x');
  const std::string longer = entry.what + 'x';
  const std::string other_name = sample_name(0xab, 2).text();
  EXPECT_TRUE(decode(bytes, {.what = entry.what, .builder = entry.builder}).entry);
  for (const Wanted& wanted :
       {Wanted{.what = same_length}, Wanted{.what = longer}, Wanted{.what = ""},
        Wanted{.builder = "nvrtc 13.0 build 0123456789abcdeF"}, Wanted{.builder = ""},
        Wanted{.name = other_name}})
    EXPECT_EQ(decode(bytes, wanted).miss, Miss::kOtherKey);
  // Texts of the same total length are different keys: "ab" + "c" is not "a" + "bc".
  const std::string border = encoded({.kernel = "", .what = "ab", .builder = "c", .payload = ""});
  EXPECT_EQ(decode(border, {.what = "a", .builder = "bc"}).miss, Miss::kOtherKey);
}

// Corrects the header checksum.
std::string sealed(std::string bytes) {
  const uint64_t check = XXH3_64bits(bytes.data(), 120);
  return with_field(std::move(bytes), 120, check);
}

TEST(EntryTest, AnotherVersionFlagTrailerOrNameIsRefused) {
  const std::string bytes = encoded(sample_entry());
  ASSERT_TRUE(decode(sealed(bytes), {}).entry);
  const Lookup version = decode(with_field(bytes, 8, uint32_t{2}), {});
  EXPECT_EQ(version.miss, Miss::kOtherFormat);
  EXPECT_THAT(version.reason, HasSubstr("format version 2; 1 is accepted"));
  EXPECT_EQ(decode(sealed(with_field(bytes, 12, uint32_t{2})), {}).miss, Miss::kOtherFormat);
  EXPECT_EQ(decode(sealed(with_field(bytes, 84, uint32_t{32})) + std::string(32, 'm'), {}).miss,
            Miss::kOtherFormat);
  constexpr uint32_t kTwo = 2 * kTrailerBytes;  // a size that fits the flags
  const std::string two = with_field(with_field(bytes, 12, uint32_t{2}), 84, kTwo);
  EXPECT_EQ(decode(sealed(two) + std::string(kTwo, 'm'), {}).miss, Miss::kOtherFormat);
  EXPECT_EQ(decode(sealed(with_field(bytes, 16, '/')), {}).miss, Miss::kDamaged);
  EXPECT_EQ(decode(sealed(with_field(bytes, 71, 'x')), {}).miss, Miss::kDamaged);
}

TEST(EntryTest, StatedSizeAboveACapIsRefusedAlthoughTheFileHasIt) {
  const std::string bytes = encoded({});
  for (const auto& [offset, cap] : {std::pair<size_t, uint64_t>{72, kMaxKernel},
                                    {76, kMaxWhat},
                                    {80, kMaxBuilder},
                                    {88, kMaxPayload}}) {
    const std::string header = sealed(with_field(bytes, offset, static_cast<uint32_t>(cap + 1)));
    const auto next = [&](size_t size) -> Result<std::string> { return header.substr(0, size); };
    const Lookup lookup = decode(kHeaderBytes + cap + 1, next, {});
    EXPECT_EQ(lookup.miss, Miss::kDamaged);
    EXPECT_THAT(lookup.reason, HasSubstr("above its cap")) << offset;
  }
}

TEST(EntryTest, OversizedFieldAndInvalidNameAreNotEncoded) {
  Entry payload = sample_entry(std::string(kMaxPayload + 1, 'x'));
  Entry what = sample_entry();
  what.what.assign(kMaxWhat + 1, 'x');
  for (const Entry* entry : {&payload, &what}) {
    const Status status = encode(sample_name(), *entry).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("at most"));
  }
  EXPECT_EQ(encode({"../../x", "0"}, sample_entry()).status().code(), StatusCode::kInvalidArgument);
}

// The order of the checks bounds how much of a refused entry is read.
TEST(EntryTest, RefusedEntryCostsOnlyTheReadsUpToTheFailedCheck) {
  const Entry entry = sample_entry();
  const std::string bytes = encoded(entry), other_name = sample_name(0xab, 7).text();
  const std::string other_what(entry.what.size(), 'x');
  const size_t texts = entry.kernel.size() + entry.what.size() + entry.builder.size();
  const struct {
    uint64_t file_bytes;
    Wanted wanted;
    std::vector<size_t> reads;
  } kCases[] = {
      {kHeaderBytes - 1, {}, {}},
      {uint64_t{8} << 30, {}, {kHeaderBytes}},
      {bytes.size(), {.name = other_name}, {kHeaderBytes}},
      {bytes.size(), {.what = "x"}, {kHeaderBytes}},
      {bytes.size(), {.builder = "x"}, {kHeaderBytes}},
      {bytes.size(), {.what = other_what}, {kHeaderBytes, texts}},
  };
  for (const auto& c : kCases) {
    std::vector<size_t> sizes;
    size_t position = 0;
    const auto next = [&](size_t size) -> Result<std::string> {
      sizes.push_back(size);
      return bytes.substr(std::exchange(position, position + size), size);
    };
    EXPECT_FALSE(decode(c.file_bytes, next, c.wanted).entry);
    EXPECT_EQ(sizes, c.reads) << &c - kCases;
  }
}

TEST(EntryTest, FailedReadIsUnreadable) {
  const auto fails = [](size_t) -> Result<std::string> {
    return Status(StatusCode::kIoError, "read x: no");
  };
  const Lookup lookup = decode(1000, fails, {});
  EXPECT_EQ(lookup.miss, Miss::kUnreadable);
  EXPECT_EQ(lookup.reason, "read x: no");
}

}  // namespace
}  // namespace jitgemm::cache
