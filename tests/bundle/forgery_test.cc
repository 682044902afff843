// Bundles of an attacker who knows the format: every checksum holds, none is admitted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "src/trust/trust.h"
#include "tests/bundle/samples.h"
#include "tests/runtime/temporary_directory.h"
#include "tests/trust/key_files.h"

namespace jitgemm::bundle {
namespace {

constexpr int kForgeries = 10'000, kContents = 20;

// How a forged bundle is signed.
enum class Ending {
  kUnsigned,
  kByTheAttacker,
  kByTheAttackerInTheTrustedName,
  kAsTheSoundOne,  // the signature of another bundle
  kAtRandom,       // in the trusted name
  kEndings
};

class BundleForgeryTest : public ::testing::Test {
 protected:
  // Other entries, or bytes that are none, under a header that fits them.
  std::string body(bool is_signed) {
    const std::string& whole = contents_[random_() % kContents];
    Header header = *decode_header(whole);
    header.is_signed = is_signed;
    std::string frame = whole.substr(kHeaderBytes);
    if (random_() % 2 == 0)
      frame[random_() % frame.size()] ^= static_cast<char>(1 << random_() % 8);
    return encode(header, frame) + frame;
  }

  std::string forge(Ending ending) {
    const std::string body = this->body(ending != Ending::kUnsigned);
    if (ending == Ending::kUnsigned) return body;
    const std::string_view pieces[] = {body};
    cache::Signature signature = *attacker_.signer->sign(pieces);
    if (ending != Ending::kByTheAttacker) signature.key = of_sound_.key;
    if (ending == Ending::kAsTheSoundOne) signature.bytes = of_sound_.bytes;
    if (ending == Ending::kAtRandom)
      for (char& byte : signature.bytes) byte = static_cast<char>(random_());
    return body + cache::encode_trailer(signature);
  }

  static std::vector<std::string> other_contents(std::mt19937& random) {
    std::vector<std::string> contents;
    for (int i = 0; i < kContents; ++i) {
      Entries entries = sample_entries(1 + i % 3);
      for (auto& [name, entry] : entries)
        entry.payload[random() % entry.payload.size()] ^= static_cast<char>(1 + random() % 255);
      contents.push_back(bundle_of(entries));
    }
    return contents;
  }

  static cache::Signature signature_of(std::string_view bundle) {
    cache::Signature signature;
    cache::decode_trailer(bundle.substr(bundle.size() - cache::kTrailerBytes), &signature);
    return signature;
  }

  const TemporaryDirectory folder_;
  const trust::KeyFiles own_ = trust::make_key_files(folder_.path(), "own");
  const trust::KeyFiles attackers_ = trust::make_key_files(folder_.path(), "attackers");
  const cache::Trust trusted_ = *trust::open_trust({{own_.public_file}, own_.private_file});
  const cache::Trust attacker_ = *trust::open_trust({{}, attackers_.private_file});
  const std::string sound_ = bundle_of(sample_entries(), trusted_.signer.get());
  const cache::Signature of_sound_ = signature_of(sound_);
  std::mt19937 random_{20260101};
  const std::vector<std::string> contents_ = other_contents(random_);
};

TEST_F(BundleForgeryTest, NoneIsAdmitted) {
  ASSERT_TRUE(read(sound_, trusted_.verifier.get()).status.ok());
  for (int i = 0; i < kForgeries; ++i) {
    const auto ending = static_cast<Ending>(i % static_cast<int>(Ending::kEndings));
    const Reading reading = read(forge(ending), trusted_.verifier.get());
    ASSERT_FALSE(reading.status.ok()) << i;
    ASSERT_TRUE(reading.entries.empty()) << i;
  }
  RecordProperty("forgeries", kForgeries);
}

// Otherwise the forgeries are refused for their checksums.
TEST_F(BundleForgeryTest, ContentThatIsNotAlteredIsSound) {
  for (const std::string& content : contents_) EXPECT_TRUE(read(content).status.ok());
  const std::string forged = forge(Ending::kUnsigned);
  EXPECT_TRUE(frame_matches(forged.substr(0, kHeaderBytes), forged.substr(kHeaderBytes)));
}

}  // namespace
}  // namespace jitgemm::bundle
