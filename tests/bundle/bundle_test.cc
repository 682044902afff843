// Bundles in memory: what is written is read, and nothing else is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/bundle/samples.h"
#include "tests/cache/fake_signature.h"

namespace jitgemm::bundle {
namespace {

using cache::FakeSigner;
using cache::FakeVerifier;
using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string refusal(std::string_view bytes, const cache::Verifier* verifier = nullptr) {
  const Status status = read(bytes, verifier).status;
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  return message(status);
}

TEST(BundleTest, WhatIsWrittenIsRead) {
  for (const int count : {0, 1, 3, 100}) {
    const Entries entries = sample_entries(count);
    const Reading reading = read(bundle_of(entries));
    ASSERT_TRUE(reading.status.ok()) << message(reading.status);
    ASSERT_EQ(reading.entries.size(), entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      EXPECT_EQ(reading.entries[i].first.text(), entries[i].first.text());
      EXPECT_TRUE(reading.entries[i].second == entries[i].second);
    }
  }
}

TEST(BundleTest, SameEntriesGiveTheSameBytes) {
  EXPECT_EQ(bundle_of(sample_entries(50)), bundle_of(sample_entries(50)));
}

TEST(BundleTest, IsSmallerThanItsEntries) {
  Writer writer(nullptr);
  for (const auto& [name, entry] : sample_entries(50)) ASSERT_TRUE(writer.add(name, entry).ok());
  EXPECT_LT(writer.finish()->size(), writer.raw_bytes() / 4);
}

TEST(BundleTest, EntriesComeInRisingOrderAndNoneTwice) {
  const Entries entries = sample_entries(2);
  Writer writer(nullptr);
  ASSERT_TRUE(writer.add(entries[1].first, entries[1].second).ok());
  EXPECT_FALSE(writer.add(entries[1].first, entries[1].second).ok());
  EXPECT_FALSE(writer.add(entries[0].first, entries[0].second).ok());
}

TEST(BundleTest, EveryTruncationIsRefusedBeforeAnEntryIsVisited) {
  const std::string bytes = bundle_of(sample_entries());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Reading reading = read(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(reading.status.ok()) << size;
    ASSERT_TRUE(reading.entries.empty()) << size;
  }
  EXPECT_THAT(refusal(bytes + "x"), HasSubstr("its header states"));
}

void expect_no_flipped_bit_passes(const std::string& sound, const cache::Verifier* verifier) {
  ASSERT_TRUE(read(sound, verifier).status.ok());
  for (size_t bit = 0; bit < sound.size() * 8; ++bit) {
    std::string bytes = sound;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const Reading reading = read(bytes, verifier);
    ASSERT_FALSE(reading.status.ok()) << bit;
    ASSERT_TRUE(reading.entries.empty()) << bit;
  }
}

TEST(BundleTest, EveryFlippedBitIsRefusedBeforeAnEntryIsVisited) {
  const FakeSigner signer;
  const FakeVerifier verifier;
  expect_no_flipped_bit_passes(bundle_of(sample_entries()), nullptr);
  expect_no_flipped_bit_passes(bundle_of(sample_entries(), &signer), &verifier);
}

TEST(BundleTest, VisitThatFailsEndsTheReading) {
  int visits = 0;
  const Status status = read_bundle(bundle_of(sample_entries()), nullptr,
                                    [&](const cache::EntryName&, const cache::Entry&) -> Status {
                                      ++visits;
                                      return {StatusCode::kIoError, "full"};
                                    })
                            .status();
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_EQ(visits, 1);
}

// ---- signatures ----

TEST(BundleSignatureTest, SignedBundleHoldsSignedEntries) {
  const FakeSigner signer;
  const FakeVerifier verifier;
  const Reading reading = read(bundle_of(sample_entries(), &signer), &verifier);
  ASSERT_TRUE(reading.status.ok()) << message(reading.status);
  for (const auto& [name, entry] : reading.entries) EXPECT_TRUE(entry.signature) << name.text();
}

TEST(BundleSignatureTest, UnsignedBundleIsRefusedWhereASignatureIsDemanded) {
  const FakeVerifier verifier;
  EXPECT_THAT(refusal(bundle_of(sample_entries()), &verifier), HasSubstr("not signed"));
}

TEST(BundleSignatureTest, KeyThatIsNotTrustedIsNamed) {
  const FakeSigner signer('k');
  const FakeVerifier verifier('o');
  EXPECT_THAT(refusal(bundle_of(sample_entries(), &signer), &verifier), HasSubstr("SHA256:6b6b"));
}

TEST(BundleSignatureTest, SignatureOfAnotherBundleIsRefusedBeforeAnythingIsDecompressed) {
  const FakeSigner signer;
  const FakeVerifier verifier;
  const std::string one = bundle_of(sample_entries(1), &signer);
  const std::string other = bundle_of(sample_entries(2), &signer);
  const std::string forged = one.substr(0, one.size() - cache::kTrailerBytes) +
                             other.substr(other.size() - cache::kTrailerBytes);
  EXPECT_THAT(refusal(forged, &verifier), HasSubstr("did not make"));
}

TEST(BundleSignatureTest, EntryByAnotherKeyInATrustedBundleIsRefused) {
  Entries entries = sample_entries(1);
  auto& [name, entry] = entries[0];
  entry = *cache::decode(*cache::encode_signed(name, entry, FakeSigner('o')), {}).entry;
  const FakeSigner signer('k');
  const FakeVerifier verifier('k');
  EXPECT_THAT(refusal(bundle_of(entries, &signer), &verifier), HasSubstr("not trusted"));
}

// ---- content that its checksums cover ----

class BundleContentTest : public ::testing::Test {
 protected:
  static std::string record(std::string_view name, uint64_t bytes) {
    std::string text(name);
    text.resize(56, '\0');
    return text.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
  }
  static std::string refusal_of(const std::string& content, uint64_t entries) {
    return refusal(bundle_of_content(content, {.entries = entries, .raw_bytes = content.size()}));
  }
  const cache::EntryName name_ = cache::sample_name();
  const std::string entry_ = *cache::encode(name_, cache::sample_entry());
  const std::string sound_ = record(name_.text(), entry_.size()) + entry_;
};

TEST_F(BundleContentTest, SoundContentIsRead) {
  EXPECT_TRUE(
      read(bundle_of_content(sound_, {.entries = 1, .raw_bytes = sound_.size()})).status.ok());
}

TEST_F(BundleContentTest, EntryThatComesTwiceIsRefused) {
  EXPECT_THAT(refusal_of(sound_ + sound_, 2), HasSubstr("twice or out of order"));
}

TEST_F(BundleContentTest, NameThatIsNoneIsRefusedWhateverPathItIs) {
  for (const char* name : {"../../etc/passwd", "/etc/passwd", "", "ab/x.ljg"})
    EXPECT_THAT(refusal_of(record(name, entry_.size()) + entry_, 1), HasSubstr("no entry's name"));
  std::string padded = record(name_.text(), entry_.size());
  padded[52] = 'x';
  EXPECT_THAT(refusal_of(padded + entry_, 1), HasSubstr("no entry's name"));
}

TEST_F(BundleContentTest, EntryOfAnotherNameIsRefused) {
  const std::string other = cache::sample_name(7).text();
  EXPECT_THAT(refusal_of(record(other, entry_.size()) + entry_, 1), HasSubstr("is the entry"));
}

TEST_F(BundleContentTest, DamagedEntryIsRefusedByName) {
  std::string damaged = sound_;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  EXPECT_THAT(refusal_of(damaged, 1), HasSubstr(name_.text() + ", which has a payload"));
}

TEST_F(BundleContentTest, MoreOrFewerEntriesThanStatedAreRefused) {
  EXPECT_THAT(refusal_of(sound_, 0), HasSubstr("more than its entries"));
  EXPECT_THAT(refusal_of(sound_, 2), HasSubstr("ends within a record"));
  EXPECT_THAT(refusal_of(sound_ + "x", 1), HasSubstr("more than its entries"));
}

TEST_F(BundleContentTest, ContentOfAnotherSizeThanStatedIsRefused) {
  const Header one_less = {.entries = 1, .raw_bytes = sound_.size() - 1};
  const Header one_more = {.entries = 1, .raw_bytes = sound_.size() + 1};
  EXPECT_THAT(refusal(bundle_of_content(sound_, one_less)), HasSubstr("ends within"));
  EXPECT_THAT(refusal(bundle_of_content(sound_, one_more)), HasSubstr("more than its entries"));
}

TEST_F(BundleContentTest, BytesBehindTheFrameAreRefused) {
  Compressor compressor;
  compressor.add(sound_);
  const std::string frame = compressor.finish() + "x";
  const Header header = {.entries = 1, .raw_bytes = sound_.size(), .frame_bytes = frame.size()};
  EXPECT_THAT(refusal(encode(header, frame) + frame), HasSubstr("more than its entries"));
}

TEST_F(BundleContentTest, WhatIsNoFrameIsRefused) {
  for (const std::string& frame :
       {std::string(), std::string("no zstd"), std::string(5000, '\0')}) {
    const Header header = {.entries = 1, .raw_bytes = sound_.size(), .frame_bytes = frame.size()};
    EXPECT_THAT(refusal(encode(header, frame) + frame),
                AnyOf(HasSubstr("does not decompress"), HasSubstr("zstd frame")));
  }
}

TEST_F(BundleContentTest, SizesAboveTheirCapsAreRefusedByTheHeader) {
  for (const Header& header : {Header{.entries = kMaxEntries + 1}, Header{.raw_bytes = kMaxRaw + 1},
                               Header{.frame_bytes = kMaxCompressed + 1}})
    EXPECT_THAT(message(decode_header(encode(header, "")).status()), HasSubstr("above its cap"));
  EXPECT_THAT(refusal_of(record(name_.text(), uint64_t{1} << 40) + entry_, 1),
              HasSubstr("above the cap of an entry"));
}

}  // namespace
}  // namespace jitgemm::bundle
