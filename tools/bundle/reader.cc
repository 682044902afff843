#include "tools/bundle/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "cache/signature.h"
#include "tools/bundle/zstd.h"

namespace jitgemm::bundle {
namespace {

struct Parts {
  std::string_view header, frame, trailer;
};

Status check_signature(const Parts& parts, const cache::Verifier& verifier) {
  cache::Signature signature;
  if (parts.trailer.empty()) return refused("is not signed, and only signed bundles are accepted");
  if (!cache::decode_trailer(parts.trailer, &signature))
    return refused("has a trailer that does not match its checksum");
  const std::string_view pieces[] = {parts.header, parts.frame};
  const std::string key = cache::fingerprint_text(signature);
  switch (verifier.verify(pieces, signature)) {
    case cache::Verdict::kGood: return {};
    case cache::Verdict::kUnknownKey:
      return refused(fmt::format("is signed by the key {}, which is not trusted here", key));
    case cache::Verdict::kBadSignature: break;
  }
  return refused(fmt::format("has a signature that the key {} did not make", key));
}

// The records and entries of a frame, one after another.
class Entries {
 public:
  Entries(const Header& header, std::string_view frame, const cache::Verifier* verifier)
      : left_(header.raw_bytes), verifier_(verifier), content_(frame) {}

  Status visit_next(const Visit& visit) {
    const Result<std::string> bytes = take(kRecordBytes);
    if (!bytes.ok()) return bytes.status();
    const Result<Record> record = decode_record(*bytes);
    if (!record.ok()) return record.status();
    const std::string name = record->name.text();
    if (name <= last_name_) return refused(fmt::format("holds {} twice or out of order", name));
    last_name_ = name;
    if (record->entry_bytes > left_) return refused(fmt::format("ends within {}", name));

    const auto next = [this](size_t size) { return take(size); };
    const cache::Lookup lookup =
        cache::decode(record->entry_bytes, next, {.name = name, .verifier = verifier_});
    if (!lookup.entry) return refused(fmt::format("holds {}, which {}", name, lookup.reason));
    return visit(record->name, *lookup.entry);
  }

  Status finish() {
    if (left_ == 0 && content_.at_end()) return {};
    return refused("holds more than its entries");
  }

 private:
  Result<std::string> take(size_t size) {
    Result<std::string> bytes = content_.next(std::min<uint64_t>(size, left_));
    if (bytes.ok()) left_ -= bytes->size();
    return bytes;
  }

  uint64_t left_;  // of the stated content
  const cache::Verifier* const verifier_;
  Decompressor content_;
  std::string last_name_;
};

}  // namespace

Result<Header> read_bundle(std::string_view bytes, const cache::Verifier* verifier,
                           const Visit& visit) {
  const Result<Header> header = decode_header(bytes);
  if (!header.ok()) return header.status();
  if (bytes.size() != header->file_bytes())
    return refused(
        fmt::format("is {} bytes, its header states {}", bytes.size(), header->file_bytes()));
  const Parts parts = {bytes.substr(0, kHeaderBytes),
                       bytes.substr(kHeaderBytes, header->frame_bytes),
                       bytes.substr(kHeaderBytes + header->frame_bytes)};
  if (verifier)
    if (Status status = check_signature(parts, *verifier); !status.ok()) return status;
  if (!frame_matches(parts.header, parts.frame))
    return refused("has content that does not match its checksum");

  Entries entries(*header, parts.frame, verifier);
  for (uint64_t i = 0; i < header->entries; ++i)
    if (Status status = entries.visit_next(visit); !status.ok()) return status;
  if (Status status = entries.finish(); !status.ok()) return status;
  return header;
}

}  // namespace jitgemm::bundle
