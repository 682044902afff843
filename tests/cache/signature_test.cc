// Signatures of entries and in stores, with fake cryptography; src/trust has the real one.
#include "cache/signature.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "cache/entry.h"
#include "cache/store.h"
#include "tests/cache/fake_signature.h"
#include "tests/cache/files.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::cache {
namespace {

using ::testing::AnyOf, ::testing::HasSubstr;

const Verifier kVerifier = FakeVerifier();

std::string signed_entry(const Entry& entry = sample_entry()) {
  return *encode_signed(sample_name(), entry, FakeSigner());
}

Miss miss(const std::string& bytes, const Verifier* verifier = &kVerifier) {
  return decode(bytes, {.verifier = verifier}).miss;
}

// Replaces the trailer by that of another entry.
std::string with_trailer(const std::string& bytes, const std::string& other) {
  return bytes.substr(0, bytes.size() - kTrailerBytes) + other.substr(other.size() - kTrailerBytes);
}

TEST(EntrySignatureTest, SignedEntryIsAdmittedAndEncodesToTheSameBytes) {
  const std::string bytes = signed_entry();
  const Lookup lookup = decode(bytes, {.verifier = &kVerifier});
  ASSERT_TRUE(lookup.entry) << lookup.reason;
  EXPECT_EQ(lookup.entry->payload, sample_entry().payload);
  EXPECT_EQ(*encode(sample_name(), *lookup.entry), bytes);
}

TEST(EntrySignatureTest, UnsignedEntryIsRefusedAfterTheHeader) {
  const std::string bytes = *encode(sample_name(), sample_entry());
  size_t read = 0;
  const auto next = [&](size_t size) -> Result<std::string> {
    read += size;
    return bytes.substr(0, size);
  };
  EXPECT_EQ(decode(bytes.size(), next, {.verifier = &kVerifier}).miss, Miss::kUnsigned);
  EXPECT_EQ(read, kHeaderBytes);
}

TEST(EntrySignatureTest, KeyThatIsNotTrustedIsNamedAndSignatureOfAnotherEntryIsBad) {
  const Verifier other = FakeVerifier('o');
  const Lookup lookup = decode(signed_entry(), {.verifier = &other});
  EXPECT_EQ(lookup.miss, Miss::kUnknownKey);
  EXPECT_THAT(lookup.reason, HasSubstr("SHA256:6b6b6b"));
  Entry changed = sample_entry();
  changed.payload[0] ^= 1;
  EXPECT_EQ(miss(with_trailer(signed_entry(), signed_entry(changed))), Miss::kBadSignature);
}

TEST(EntrySignatureTest, EveryFlippedBitIsRefusedWhetherOrNotSignaturesAreDemanded) {
  const std::string sound = signed_entry();
  for (size_t bit = 0; bit < sound.size() * 8; ++bit) {
    std::string bytes = sound;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    ASSERT_NE(miss(bytes), Miss::kNone) << bit;
    ASSERT_NE(miss(bytes, nullptr), Miss::kNone) << bit;
  }
}

TEST(EntrySignatureTest, TrailerWithoutTheFlagAndFlagWithoutTheTrailerAreRefused) {
  const std::string bare = *encode(sample_name(), sample_entry()), bytes = signed_entry();
  EXPECT_EQ(miss(bytes.substr(0, bytes.size() - kTrailerBytes), nullptr), Miss::kDamaged);
  EXPECT_EQ(miss(bare + bytes.substr(bytes.size() - kTrailerBytes), nullptr), Miss::kDamaged);
}

class StoreSignatureTest : public ::testing::Test {
 protected:
  std::shared_ptr<Store> opened(Trust trust) const {
    return *Store::open(folder_.string(), {.trust = std::move(trust)});
  }

  const TemporaryDirectory folder_;
  const Verifier verifier_ = FakeVerifier();
  const Signer signer_ = FakeSigner();
  const EntryName name_ = sample_name();
  const Entry entry_ = sample_entry();
};

TEST_F(StoreSignatureTest, WhatASignerPutsIsAdmittedUnderItsOwnNameOnly) {
  ASSERT_TRUE(opened({.signer = signer_})->put(name_, entry_).ok());
  EXPECT_TRUE(get(*opened({.verifier = verifier_}), name_, entry_).entry);
  EXPECT_TRUE(get(*opened({}), name_, entry_).entry);
  const EntryName other = sample_name(0xcd);
  write_file(path_of(folder_.path(), other), read_file(path_of(folder_.path(), name_)));
  EXPECT_EQ(get(*opened({.verifier = verifier_}), other, entry_).miss, Miss::kOtherKey);
}

TEST_F(StoreSignatureTest, UnsignedEntryIsNeitherReadNorPut) {
  ASSERT_TRUE(opened({})->put(name_, entry_).ok());
  const std::shared_ptr<Store> store = opened({.verifier = verifier_});
  EXPECT_EQ(get(*store, name_, entry_).miss, Miss::kUnsigned);
  EXPECT_EQ(store->get(name_).miss, Miss::kUnsigned);
  EXPECT_EQ(store->get_any_builder(name_.what_digest, entry_.what).miss, Miss::kUnsigned);
  EXPECT_THAT(store->list()->at(0).problem, HasSubstr("not signed"));
  EXPECT_EQ(store->check_writable().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(store->put(name_, entry_).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(opened({.verifier = verifier_, .signer = signer_})->check_writable().ok());
}

TEST_F(StoreSignatureTest, SignatureThatAnEntryHasIsKept) {
  const Lookup found = decode(*encode_signed(name_, entry_, FakeSigner('o')), {});
  ASSERT_TRUE(opened({.signer = signer_})->put(name_, *found.entry).ok());
  EXPECT_EQ(get(*opened({}), name_, entry_).entry->signature, found.entry->signature);
}

}  // namespace
}  // namespace jitgemm::cache
