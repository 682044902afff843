// Forgeries by an attacker with write access to the cache, who knows the format and has another
// key: none of 10,000 forged or altered entries is admitted, and each is refused for the right
// reason.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cache/entry.h"
#include "src/trust/trust.h"
#include "tests/cache/samples.h"
#include "tests/runtime/temporary_directory.h"
#include "tests/trust/key_files.h"

namespace jitgemm::trust {
namespace {

using cache::Entry;
using cache::EntryName;
using cache::Miss;

constexpr int kForgeries = 10000;

class ForgeryTest : public ::testing::Test {
 protected:
  using Random = std::mt19937;

  // A valid entry, signed by the trusted key.
  Entry signed_entry(const std::string& payload) const {
    const Entry entry = cache::sample_entry(payload);
    return *cache::decode(*cache::encode_signed(name_, entry, trust_.signer), {}).entry;
  }
  Entry sample(Random& random) const {
    std::string payload(2048, '\0');
    for (char& byte : payload) byte = static_cast<char>(random());
    return signed_entry(payload);
  }

  Miss miss(const std::string& bytes) const {
    return cache::decode(bytes, {.verifier = &trust_.verifier}).miss;
  }

  static void flip_a_bit(std::string* text, Random& random) {
    char& byte = (*text)[random() % text->size()];
    byte = static_cast<char>(byte ^ (1 << random() % 8));
  }

  // Makes forgeries of one kind, with all checksums made anew, and expects each to be refused.
  void expect_refused(Miss expected, const std::function<std::string(Entry, Random&)>& forge) {
    Random random(20260101);
    const Entry sound = sample(random);
    ASSERT_EQ(miss(*cache::encode(name_, sound)), Miss::kNone);
    for (int i = 0; i < kForgeries / kKinds; ++i)
      ASSERT_EQ(miss(forge(sound, random)), expected) << "forgery " << i;
    RecordProperty("forgeries", kForgeries / kKinds);
  }

  static constexpr int kKinds = 10;  // as many tests as there are below
  const TemporaryDirectory folder_;
  const KeyFiles trusted_ = make_key_files(folder_.path(), "trusted");
  const KeyFiles attackers_ = make_key_files(folder_.path(), "attackers");
  const cache::Trust trust_ = *open_trust({{trusted_.public_file}, trusted_.private_file});
  const cache::Trust attacker_ = *open_trust({{}, attackers_.private_file});
  const EntryName name_ = cache::sample_name();
};

TEST_F(ForgeryTest, AlteredPayload) {
  expect_refused(Miss::kBadSignature, [&](Entry entry, Random& random) {
    for (unsigned n = 0; n <= random() % 4; ++n) flip_a_bit(&entry.payload, random);
    return *cache::encode(name_, entry);
  });
}

TEST_F(ForgeryTest, PayloadOfAnotherLength) {
  expect_refused(Miss::kBadSignature, [&](Entry entry, Random& random) {
    entry.payload.resize(entry.payload.size() + (random() % 2 == 0 ? 1 : -1) * (1 + random() % 99));
    return *cache::encode(name_, entry);
  });
}

TEST_F(ForgeryTest, AlteredTexts) {
  expect_refused(Miss::kBadSignature, [&](Entry entry, Random& random) {
    std::string* const texts[] = {&entry.kernel, &entry.what, &entry.builder};
    flip_a_bit(texts[random() % 3], random);
    return *cache::encode(name_, entry);
  });
}

// The same bytes in the same order, divided at another place.
TEST_F(ForgeryTest, BytesMovedFromOneFieldToTheNext) {
  expect_refused(Miss::kBadSignature, [&](Entry entry, Random& random) {
    const size_t moved = 1 + random() % (entry.what.size() - 1);
    entry.builder = entry.what.substr(entry.what.size() - moved) + entry.builder;
    entry.what.resize(entry.what.size() - moved);
    return *cache::encode(name_, entry);
  });
}

TEST_F(ForgeryTest, AnotherNameOverASignedEntry) {
  expect_refused(Miss::kBadSignature, [&](Entry entry, Random& random) {
    EntryName name = name_;
    name.what_digest[random() % 32] = "0123456789"[random() % 10];
    name.builder_digest[random() % 16] = "2345678"[random() % 7];
    return *cache::encode(name, entry);
  });
}

TEST_F(ForgeryTest, SignatureByTheAttackersKey) {
  expect_refused(Miss::kUnknownKey, [&](Entry entry, Random& random) {
    flip_a_bit(&entry.payload, random);
    return *cache::encode_signed(name_, entry, attacker_.signer);
  });
}

TEST_F(ForgeryTest, SignatureByTheAttackersKeyUnderTheTrustedFingerprint) {
  expect_refused(Miss::kBadSignature, [&](Entry entry, Random& random) {
    const std::string fingerprint = entry.signature->key;
    flip_a_bit(&entry.payload, random);
    const std::string bytes = *cache::encode_signed(name_, entry, attacker_.signer);
    entry.signature = cache::decode(bytes, {}).entry->signature;
    entry.signature->key = fingerprint;
    return *cache::encode(name_, entry);
  });
}

TEST_F(ForgeryTest, AlteredSignature) {
  expect_refused(Miss::kBadSignature, [&](Entry entry, Random& random) {
    flip_a_bit(&entry.signature->bytes, random);
    return *cache::encode(name_, entry);
  });
}

TEST_F(ForgeryTest, SignatureOfAnotherSoundEntry) {
  std::vector<cache::Signature> others;
  for (int i = 0; i < 50; ++i) others.push_back(*signed_entry(std::to_string(i)).signature);
  expect_refused(Miss::kBadSignature, [&](Entry entry, Random& random) {
    entry.signature = others[random() % others.size()];
    return *cache::encode(name_, entry);
  });
}

TEST_F(ForgeryTest, NoSignature) {
  expect_refused(Miss::kUnsigned, [&](Entry entry, Random& random) {
    flip_a_bit(&entry.payload, random);
    entry.signature.reset();
    return *cache::encode(name_, entry);
  });
}

// The checksums are not made anew: this is damage, not forgery.
TEST_F(ForgeryTest, EveryFlippedBitOfASignedFileIsRefused) {
  const std::string sound = *cache::encode(name_, signed_entry("cubin"));
  for (size_t bit = 0; bit < sound.size() * 8; ++bit) {
    std::string bytes = sound;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    ASSERT_NE(miss(bytes), Miss::kNone) << bit;
  }
}

}  // namespace
}  // namespace jitgemm::trust
