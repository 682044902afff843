// Names and entries that the tests of the store are about.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "cache/entry.h"
#include "cache/name.h"
#include "cache/store.h"

namespace jitgemm::cache {

// Another shard for every `what` below 256.
inline EntryName sample_name(int what = 0xab, int builder = 1) {
  return {fmt::format("{:02x}{:030x}", what, what), fmt::format("{:016x}", builder)};
}

inline Entry sample_entry(std::string payload = std::string("\x7f"
                                                            "ELF\0cubin\r\n\xff",
                                                            13)) {
  return {.kernel = "n7168_k2048_swapped_t16x64_s1_b4_p3",
          .what = "schema 1\narch sm_90a\nsource 5\nint x\n",
          .builder = "nvrtc 13.0 build 0123456789abcdef",
          .payload = std::move(payload)};
}

inline std::filesystem::path path_of(const std::filesystem::path& root, const EntryName& name) {
  return root / shard_of(name.text()) / entry_file(name);
}

inline Lookup get(const Store& store, const EntryName& name, const Entry& entry) {
  return store.get(name, entry.what, entry.builder);
}

inline bool operator==(const Entry& a, const Entry& b) {
  return a.kernel == b.kernel && a.what == b.what && a.builder == b.builder &&
         a.payload == b.payload;
}

}  // namespace jitgemm::cache
