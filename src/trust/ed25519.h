// Ed25519Key: a key from a file, which signs or verifies.
//
// The signed message is "jitgemm signature 1\n" followed by the SHA-256 of the bytes. So a
// signature that was made for another purpose does not verify, and bytes of any size are hashed in
// pieces.
//
// Thread rule: immutable; methods may be called from any number of threads.
#pragma once

#include <memory>
#include <string>

#include <jitgemm/status.h>
#include "cache/signature.h"
#include "src/trust/crypto_api.h"

namespace jitgemm::trust {

class Ed25519Key {
 public:
  enum class Kind { kPublic, kPrivate };

  // Reads a PEM file. Errors: kInvalidArgument when it cannot be read, has no key of this kind, has
  // a key of another algorithm, or is encrypted; no password is asked for.
  static Result<Ed25519Key> read(std::shared_ptr<const CryptoApi> api, const std::string& path,
                                 Kind kind);

  // The SHA-256 of the public key in DER, cache::kKeyBytes long, as printed by
  // `openssl pkey -pubin -in FILE -outform DER | sha256sum`.
  const std::string& fingerprint() const { return fingerprint_; }

  // Signs with a private key. Errors: kInternal when libcrypto fails.
  Result<cache::Signature> sign(cache::SignedBytes bytes) const;

  // Whether the signature of these bytes verifies with this key.
  bool has_signed(cache::SignedBytes bytes, std::string_view signature) const;

 private:
  using Key = std::shared_ptr<EVP_PKEY>;
  Ed25519Key(std::shared_ptr<const CryptoApi> api, Key key) : api_(std::move(api)), key_(key) {}
  Status identify(const std::string& path);

  std::shared_ptr<const CryptoApi> api_;
  Key key_;
  std::string fingerprint_;
};

}  // namespace jitgemm::trust
