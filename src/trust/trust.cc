#include "src/trust/trust.h"

#include <memory>
#include <utility>
#include <vector>

#include "src/trust/ed25519.h"

namespace jitgemm::trust {
namespace {

class KeySigner : public cache::Signer {
 public:
  explicit KeySigner(Ed25519Key key) : key_(std::move(key)) {}
  Result<cache::Signature> sign(cache::SignedBytes bytes) const override {
    return key_.sign(bytes);
  }

 private:
  const Ed25519Key key_;
};

class KeyRing : public cache::Verifier {
 public:
  explicit KeyRing(std::vector<Ed25519Key> keys) : keys_(std::move(keys)) {}
  cache::Verdict verify(cache::SignedBytes bytes,
                        const cache::Signature& signature) const override {
    for (const Ed25519Key& key : keys_)
      if (key.fingerprint() == signature.key)
        return key.has_signed(bytes, signature.bytes) ? cache::Verdict::kGood
                                                      : cache::Verdict::kBadSignature;
    return cache::Verdict::kUnknownKey;
  }

 private:
  const std::vector<Ed25519Key> keys_;
};

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
  if (!ring.empty()) trust.verifier = std::make_shared<KeyRing>(std::move(ring));
  if (!keys.private_file.empty()) {
    Result<Ed25519Key> key = Ed25519Key::read(*api, keys.private_file, Ed25519Key::Kind::kPrivate);
    if (!key.ok()) return key.status();
    trust.signer = std::make_shared<KeySigner>(*std::move(key));
  }
  return trust;
}

}  // namespace jitgemm::trust
