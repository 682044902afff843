// A signer and a verifier without cryptography, for tests of the store: the "signature" is a digest
// of the key and the bytes.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string>

#include "cache/signature.h"

namespace jitgemm::cache {

inline std::string fake_signature(const std::string& key, SignedBytes bytes) {
  std::string all = key;
  for (const std::string_view piece : bytes) all += piece;
  const XXH64_hash_t hash = XXH3_64bits(all.data(), all.size());
  std::string signature(kSignatureBytes, '\0');
  return signature.replace(0, sizeof hash, reinterpret_cast<const char*>(&hash), sizeof hash);
}

class FakeSigner {
 public:
  explicit FakeSigner(char key = 'k') : key_(kKeyBytes, key) {}
  Result<Signature> operator()(SignedBytes bytes) const {
    return Signature{key_, fake_signature(key_, bytes)};
  }

 private:
  const std::string key_;
};

class FakeVerifier {
 public:
  explicit FakeVerifier(char key = 'k') : key_(kKeyBytes, key) {}
  Verdict operator()(SignedBytes bytes, const Signature& signature) const {
    if (signature.key != key_) return Verdict::kUnknownKey;
    return signature.bytes == fake_signature(key_, bytes) ? Verdict::kGood : Verdict::kBadSignature;
  }

 private:
  const std::string key_;
};

}  // namespace jitgemm::cache
