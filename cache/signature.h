// Signatures of entries. The store carries them, asks a Verifier whether one admits an entry, and a
// Signer for one of its own; it contains no cryptography. All bytes of an entry's file before the
// trailer are signed.
//
// Thread rule: implementations are immutable and callable from any number of threads.
#pragma once

#include <cstddef>
#include <memory>
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

class Signer {
 public:
  virtual ~Signer() = default;
  virtual Result<Signature> sign(SignedBytes bytes) const = 0;
};

enum class Verdict {
  kGood,
  kUnknownKey,    // the key is not trusted
  kBadSignature,  // the key did not sign these bytes
};

class Verifier {
 public:
  virtual ~Verifier() = default;
  virtual Verdict verify(SignedBytes bytes, const Signature& signature) const = 0;
};

// The signatures that a store demands when it reads and adds when it writes.
struct Trust {
  std::shared_ptr<const Verifier> verifier = {};  // null: unsigned entries are admitted
  std::shared_ptr<const Signer> signer = {};      // null: entries are written as they are
};

// The trailer of a signed file.
constexpr size_t kTrailerBytes = kKeyBytes + kSignatureBytes + 8;
std::string encode_trailer(const Signature& signature);  // the fields have the sizes above
// False when the size or the checksum does not match.
bool decode_trailer(std::string_view bytes, Signature* signature);

// "SHA256:" and hexadecimal digits.
std::string fingerprint_text(const Signature& signature);

}  // namespace jitgemm::cache
