#include "src/trust/trust.h"

#include <utility>
#include <vector>

#include "src/trust/ed25519.h"

namespace jitgemm::trust {
namespace {

// `keys` are the public keys that are trusted.
cache::Verifier verifier_of(std::vector<Ed25519Key> keys) {
  return [keys = std::move(keys)](cache::SignedBytes bytes, const cache::Signature& signature) {
    for (const Ed25519Key& key : keys)
      if (key.fingerprint() == signature.key)
        return key.has_signed(bytes, signature.bytes) ? cache::Verdict::kGood
                                                      : cache::Verdict::kBadSignature;
    return cache::Verdict::kUnknownKey;
  };
}

}  // namespace

Result<cache::Trust> open_trust(const Keys& keys) {
  if (!keys.any()) return cache::Trust{};
  const Result<std::shared_ptr<const CryptoApi>> api = open_crypto();
  if (!api.ok()) return api.status();

  cache::Trust trust;
  std::vector<Ed25519Key> ring;
  for (const std::string& file : keys.public_files) {
    Result<Ed25519Key> key = Ed25519Key::read(*api, file, Ed25519Key::Kind::kPublic);
    if (!key.ok()) return key.status();
    ring.push_back(*std::move(key));
  }
  if (!ring.empty()) trust.verifier = verifier_of(std::move(ring));
  if (!keys.private_file.empty()) {
    Result<Ed25519Key> key = Ed25519Key::read(*api, keys.private_file, Ed25519Key::Kind::kPrivate);
    if (!key.ok()) return key.status();
    trust.signer = [key = *std::move(key)](cache::SignedBytes bytes) { return key.sign(bytes); };
  }
  return trust;
}

}  // namespace jitgemm::trust
