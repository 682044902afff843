// One Ed25519 key: read from a file, and what it signs or has signed.
//
// The message that is signed is "jitgemm signature 1\n" and the SHA-256 of the bytes: a signature
// made for anything else is none here, and an entry of any size is hashed piece by piece.
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

  // A PEM file. Errors: kInvalidArgument: it cannot be read, is no such key, is of another
  // algorithm or is encrypted (nobody is asked for a password).
  static Result<Ed25519Key> read(std::shared_ptr<const CryptoApi> api, const std::string& path,
                                 Kind kind);

  // SHA-256 of the public key in DER, cache::kKeyBytes long: what
  // `openssl pkey -pubin -in FILE -outform DER | sha256sum` prints.
  const std::string& fingerprint() const { return fingerprint_; }

  // Of a private key. Errors: kInternal: libcrypto refuses.
  Result<cache::Signature> sign(cache::SignedBytes bytes) const;

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
