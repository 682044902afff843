#include "tools/bundle/writer.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace jitgemm::bundle {

Status Writer::add(const cache::EntryName& name, const cache::Entry& entry) {
  if (name.text() <= last_name_)
    return refused(fmt::format("{} does not come after {}", name.text(), last_name_));
  last_name_ = name.text();
  const Result<std::string> bytes = signer_ && !entry.signature
                                        ? cache::encode_signed(name, entry, *signer_)
                                        : cache::encode(name, entry);
  if (!bytes.ok()) return bytes.status();
  header_.raw_bytes += kRecordBytes + bytes->size();
  if (++header_.entries > kMaxEntries || header_.raw_bytes > kMaxRaw)
    return refused(
        fmt::format("a bundle holds at most {} entries and {} bytes", kMaxEntries, kMaxRaw));
  frame_.add(encode(Record{name, bytes->size()}));
  frame_.add(*bytes);
  return {};
}

Result<std::string> Writer::finish() {
  const std::string frame = frame_.finish();
  header_.frame_bytes = frame.size();
  header_.is_signed = signer_ != nullptr;
  if (frame.size() > kMaxCompressed)
    return refused(fmt::format("a bundle has at most {} compressed bytes", kMaxCompressed));
  std::string file = encode(header_, frame) + frame;
  if (!signer_) return file;
  const std::string_view pieces[] = {file};
  const Result<cache::Signature> signature = signer_->sign(pieces);
  if (!signature.ok()) return signature.status();
  return file + cache::encode_trailer(*signature);
}

}  // namespace jitgemm::bundle
