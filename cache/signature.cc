#include "cache/signature.h"

#include <fmt/ranges.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace jitgemm::cache {
namespace {

constexpr size_t kSignedPart = kKeyBytes + kSignatureBytes;

uint64_t trailer_check(std::string_view bytes) { return XXH3_64bits(bytes.data(), kSignedPart); }

}  // namespace

// The checksum distinguishes damage from forgery; it is not part of the trust.
std::string encode_trailer(const Signature& signature) {
  std::string bytes = signature.key + signature.bytes;
  const uint64_t check = trailer_check(bytes);
  return bytes.append(reinterpret_cast<const char*>(&check), sizeof check);
}

bool decode_trailer(std::string_view bytes, Signature* signature) {
  if (bytes.size() != kTrailerBytes) return false;
  uint64_t check;
  std::memcpy(&check, bytes.data() + kSignedPart, sizeof check);
  if (check != trailer_check(bytes)) return false;
  *signature = {std::string(bytes.substr(0, kKeyBytes)),
                std::string(bytes.substr(kKeyBytes, kSignatureBytes))};
  return true;
}

std::string fingerprint_text(const Signature& signature) {
  const std::vector<unsigned char> bytes(signature.key.begin(), signature.key.end());
  return fmt::format("SHA256:{:02x}", fmt::join(bytes, ""));
}

}  // namespace jitgemm::cache
