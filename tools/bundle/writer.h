// Writes a bundle in memory. Pure.
#pragma once

#include <string>

#include <jitgemm/status.h>
#include "cache/entry.h"
#include "cache/name.h"
#include "tools/bundle/format.h"
#include "tools/bundle/zstd.h"

namespace jitgemm::bundle {

class Writer {
 public:
  // `signer`: null, or who signs the bundle, and those of its entries that have no signature.
  explicit Writer(const cache::Signer* signer) : signer_(signer) {}

  // In rising order of name. Errors: kInvalidArgument: out of order, above a cap; as encode().
  Status add(const cache::EntryName& name, const cache::Entry& entry);

  // The whole file; the last call. Errors: as Signer::sign(); kInvalidArgument: above a cap.
  Result<std::string> finish();

  uint64_t entries() const { return header_.entries; }
  uint64_t raw_bytes() const { return header_.raw_bytes; }

 private:
  const cache::Signer* const signer_;
  Header header_;
  std::string last_name_;
  Compressor frame_;
};

}  // namespace jitgemm::bundle
