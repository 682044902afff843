// Who vouches for an entry. The store carries signatures, asks a Verifier whether one admits an
// entry, and a Signer for one of its own; it knows no cryptography. What is signed is the entry's
// file up to its trailer, byte for byte.
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

// What is signed, in pieces that stand one after another.
using SignedBytes = std::span<const std::string_view>;

class Signer {
 public:
  virtual ~Signer() = default;
  virtual Result<Signature> sign(SignedBytes bytes) const = 0;
};

enum class Verdict {
  kGood,
  kUnknownKey,    // the key is none of those that are trusted
  kBadSignature,  // the key did not sign these bytes
};

class Verifier {
 public:
  virtual ~Verifier() = default;
  virtual Verdict verify(SignedBytes bytes, const Signature& signature) const = 0;
};

// What a store demands of what it reads, and does to what it writes.
struct Trust {
  std::shared_ptr<const Verifier> verifier = {};  // null: unsigned entries are as good
  std::shared_ptr<const Signer> signer = {};      // null: entries are put as they are
};

// The trailer of a signed file.
constexpr size_t kTrailerBytes = kKeyBytes + kSignatureBytes + 8;
std::string encode_trailer(const Signature& signature);  // of fields of the sizes above
// False when `bytes` are no trailer or do not match its checksum.
bool decode_trailer(std::string_view bytes, Signature* signature);

// "SHA256:" and hexadecimal digits, as people compare fingerprints.
std::string fingerprint_text(const Signature& signature);

}  // namespace jitgemm::cache
