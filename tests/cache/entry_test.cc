#include "cache/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  for (const size_t size : {0, 1, 13, 16, 240, 241, 4096, 512 << 10}) {
    const Entry entry = sample_entry(std::string(size, '\xa5'));
    const Lookup lookup = decode(encoded(entry), {});
    ASSERT_TRUE(lookup.entry) << lookup.reason;
    EXPECT_EQ(lookup.miss, Miss::kNone);
    EXPECT_TRUE(*lookup.entry == entry) << size;
  }
}

TEST(EntryTest, EmptyTextsAreTexts) {
  const Lookup lookup = decode(encoded({}), {.what = "", .builder = ""});
  ASSERT_TRUE(lookup.entry) << lookup.reason;
  EXPECT_TRUE(*lookup.entry == Entry());
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

TEST(EntryTest, EveryTruncationIsRefused) {
  const std::string bytes = encoded(sample_entry());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Lookup lookup = decode(std::string_view(bytes).substr(0, size), {});
    EXPECT_FALSE(lookup.entry) << size;
    EXPECT_EQ(lookup.miss, Miss::kDamaged) << size;
  }
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

TEST(EntryTest, TrailingByteIsRefused) {
  const Lookup lookup = decode(encoded(sample_entry()) + '\0', {});
  EXPECT_EQ(lookup.miss, Miss::kDamaged);
  EXPECT_THAT(lookup.reason, HasSubstr("its header states"));
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

TEST(EntryTest, AnotherKeyIsRefusedWhateverItsLength) {
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
}

// Texts of the same total length are different keys: "ab" + "c" is not "a" + "bc".
TEST(EntryTest, BorderBetweenTheTextsIsPartOfTheKey) {
  const std::string bytes = encoded({.kernel = "", .what = "ab", .builder = "c", .payload = ""});
  EXPECT_EQ(decode(bytes, {.what = "a", .builder = "bc"}).miss, Miss::kOtherKey);
}

TEST(EntryTest, AnotherFormatVersionIsNamed) {
  const Lookup lookup = decode(with_field(encoded(sample_entry()), 8, uint32_t{2}), {});
  EXPECT_EQ(lookup.miss, Miss::kOtherFormat);
  EXPECT_THAT(lookup.reason, HasSubstr("format version 2; 1 is accepted"));
}

// Corrects the header checksum.
std::string sealed(std::string bytes) {
  const uint64_t check = XXH3_64bits(bytes.data(), 120);
  return with_field(std::move(bytes), 120, check);
}

TEST(EntryTest, UnknownFlagAndTrailerAreAnotherFormat) {
  const std::string bytes = encoded(sample_entry());
  ASSERT_TRUE(decode(sealed(bytes), {}).entry);
  EXPECT_EQ(decode(sealed(with_field(bytes, 12, uint32_t{2})), {}).miss, Miss::kOtherFormat);
  EXPECT_EQ(decode(sealed(with_field(bytes, 84, uint32_t{32})) + std::string(32, 'm'), {}).miss,
            Miss::kOtherFormat);
}

TEST(EntryTest, StatedNameThatIsNoneIsRefused) {
  const std::string bytes = encoded(sample_entry());
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

TEST(EntryTest, OversizedFieldIsNotEncoded) {
  Entry payload = sample_entry(std::string(kMaxPayload + 1, 'x'));
  Entry what = sample_entry();
  what.what.assign(kMaxWhat + 1, 'x');
  for (const Entry* entry : {&payload, &what}) {
    const Status status = encode(sample_name(), *entry).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("at most"));
  }
}

TEST(EntryTest, PayloadAtTheCapIsAnEntry) {
  const std::string bytes = encoded(sample_entry(std::string(kMaxPayload, 'x')));
  EXPECT_TRUE(decode(bytes, {}).entry);
}

TEST(EntryTest, InvalidNameIsNotEncoded) {
  EXPECT_EQ(encode({"../../x", "0"}, sample_entry()).status().code(), StatusCode::kInvalidArgument);
}

// The order of the checks bounds how much of a refused entry is read.
class EntryWorkTest : public ::testing::Test {
 protected:
  // The sizes that decode() requests.
  std::vector<size_t> reads(const std::string& bytes, uint64_t file_bytes, const Wanted& wanted) {
    std::vector<size_t> sizes;
    size_t position = 0;
    const auto next = [&](size_t size) -> Result<std::string> {
      sizes.push_back(size);
      const std::string got = bytes.substr(position, size);
      position += size;
      return got;
    };
    EXPECT_FALSE(decode(file_bytes, next, wanted).entry);
    return sizes;
  }
  const Entry entry_ = sample_entry();
  const std::string bytes_ = encoded(entry_);
  const size_t texts_ = entry_.kernel.size() + entry_.what.size() + entry_.builder.size();
};

TEST_F(EntryWorkTest, FileShorterThanAHeaderIsNotRead) {
  EXPECT_THAT(reads(bytes_, kHeaderBytes - 1, {}), ::testing::ElementsAre());
}

TEST_F(EntryWorkTest, FileOfAnotherSizeCostsAHeader) {
  EXPECT_THAT(reads(bytes_, uint64_t{8} << 30, {}), ::testing::ElementsAre(kHeaderBytes));
}

TEST_F(EntryWorkTest, AnotherNameCostsAHeader) {
  const std::string name = sample_name(0xab, 7).text();
  EXPECT_THAT(reads(bytes_, bytes_.size(), {.name = name}), ::testing::ElementsAre(kHeaderBytes));
}

TEST_F(EntryWorkTest, KeyTextOfAnotherLengthCostsAHeader) {
  for (const Wanted& wanted : {Wanted{.what = "x"}, Wanted{.builder = "x"}})
    EXPECT_THAT(reads(bytes_, bytes_.size(), wanted), ::testing::ElementsAre(kHeaderBytes));
}

TEST_F(EntryWorkTest, AnotherKeyTextCostsTheTextsButNoPayload) {
  const std::string what(entry_.what.size(), 'x');
  EXPECT_THAT(reads(bytes_, bytes_.size(), {.what = what}),
              ::testing::ElementsAre(kHeaderBytes, texts_));
}

TEST_F(EntryWorkTest, FailedReadIsUnreadable) {
  const auto fails = [](size_t) -> Result<std::string> {
    return Status(StatusCode::kIoError, "read x: no");
  };
  const Lookup lookup = decode(bytes_.size(), fails, {});
  EXPECT_EQ(lookup.miss, Miss::kUnreadable);
  EXPECT_EQ(lookup.reason, "read x: no");
}

}  // namespace
}  // namespace jitgemm::cache
