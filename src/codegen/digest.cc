#include "src/codegen/digest.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace jitgemm::codegen {

struct Digest128::State {
  XXH3_state_t hash;
};

Digest128::Digest128() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->hash); }
Digest128::~Digest128() = default;

void Digest128::update(std::string_view text) {
  XXH3_128bits_update(&state_->hash, text.data(), text.size());
}

void Digest128::update_sized(std::string_view text) {
  update(fmt::format("{}:", text.size()));
  update(text);
}

std::string Digest128::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->hash);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace jitgemm::codegen
