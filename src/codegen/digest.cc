#include "src/codegen/digest.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace jitgemm::codegen {

std::string digest(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string sized(std::string_view text) { return fmt::format("{}:{}", text.size(), text); }

}  // namespace jitgemm::codegen
