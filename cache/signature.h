// Signatures of entries. The store carries them, asks a Verifier whether one admits an entry, and a
// Signer for one of its own; it contains no cryptography. All bytes of an entry's file before the
// trailer are signed.
//
// Thread rule: signers and verifiers are callable from any number of threads at once.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <jitgemm/status.h>

namespace jitgemm::cache {

constexpr size_t kKeyBytes = 32;
constexpr size_t kSignatureBytes = 64;

struct Signature {
  std::string key;    // kKeyBytes: the fingerprint of the public key
  std::string bytes;  // kSignatureBytes

  friend bool operator==(const Signature&, const Signature&) = default;
};

// The signed bytes, in consecutive pieces.
using SignedBytes = std::span<const std::string_view>;

using Signer = std::function<Result<Signature>(SignedBytes)>;

enum class Verdict {
  kGood,
  kUnknownKey,    // the key is not trusted
  kBadSignature,  // the key did not sign these bytes
};

using Verifier = std::function<Verdict(SignedBytes, const Signature&)>;

// The signatures that a store demands when it reads and adds when it writes.
struct Trust {
  Verifier verifier = {};  // empty: unsigned entries are admitted
  Signer signer = {};      // empty: entries are written as they are
};

// The trailer of a signed file.
constexpr size_t kTrailerBytes = kKeyBytes + kSignatureBytes + 8;
std::string encode_trailer(const Signature& signature);  // the fields have the sizes above
// False when the size or the checksum does not match.
bool decode_trailer(std::string_view bytes, Signature* signature);

// "SHA256:" and hexadecimal digits.
std::string fingerprint_text(const Signature& signature);

}  // namespace jitgemm::cache
