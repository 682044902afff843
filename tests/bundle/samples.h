// Bundles that the tests are about.
#pragma once

#include <zstd.h>

#include <string>
#include <utility>
#include <vector>

#include "cache/entry.h"
#include "tests/cache/samples.h"
#include "tests/message.h"
#include "tools/bundle/reader.h"
#include "tools/bundle/writer.h"

namespace jitgemm::bundle {

using Entries = std::vector<std::pair<cache::EntryName, cache::Entry>>;

inline Entries sample_entries(int count = 3) {
  Entries entries;
  for (int i = 0; i < count; ++i)
    entries.emplace_back(cache::sample_name(i + 1),
                         cache::sample_entry("cubin " + std::to_string(i) + std::string(500, 'x')));
  return entries;
}

inline std::string bundle_of(const Entries& entries, const cache::Signer* signer = nullptr) {
  Writer writer(signer);
  for (const auto& [name, entry] : entries)
    if (!writer.add(name, entry).ok()) return {};
  return *writer.finish();
}

// What a reader visits, and what it says in the end.
struct Reading {
  Status status = {};
  Entries entries = {};
};

inline Reading read(std::string_view bytes, const cache::Verifier* verifier = nullptr) {
  Reading reading;
  const auto keep = [&](const cache::EntryName& name, const cache::Entry& entry) {
    reading.entries.emplace_back(name, entry);
    return Status();
  };
  reading.status = read_bundle(bytes, verifier, keep).status();
  return reading;
}

// A bundle of any content, whatever it states, with checksums that hold. Compressed as fast as can
// be: the settings of a Writer clear some MiB first.
inline std::string bundle_of_content(std::string_view content, Header header) {
  std::string frame(ZSTD_compressBound(content.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), content.data(), content.size(), 1));
  header.frame_bytes = frame.size();
  return encode(header, frame) + frame;
}

}  // namespace jitgemm::bundle
