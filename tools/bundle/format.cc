#include "tools/bundle/format.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

#include "cache/entry.h"
#include "cache/signature.h"

namespace jitgemm::bundle {
namespace {

using Magic = std::array<char, 8>;
constexpr Magic kMagic = {'L', 'J', 'G', 'B', 'N', 'D', '\r', '\n'};
constexpr uint32_t kSigned = 1;  // a flag

// The first bytes of the file, as they stand there.
struct Layout {
  Magic magic;
  uint32_t version;
  uint32_t flags;
  uint32_t entries;
  uint32_t trailer_bytes;
  uint64_t raw_bytes;
  uint64_t frame_bytes;
  std::array<uint64_t, 2> frame_check;  // XXH3-128, low half first
  uint64_t header_check;                // XXH3-64 of all bytes before it
};
static_assert(sizeof(Layout) == kHeaderBytes);
static_assert(std::endian::native == std::endian::little, "the header is copied as it stands");

struct RecordLayout {
  std::array<char, 56> name;
  uint64_t entry_bytes;
};
static_assert(sizeof(RecordLayout) == kRecordBytes);

constexpr uint64_t kMaxEntryBytes = cache::kHeaderBytes + cache::kMaxKernel + cache::kMaxWhat +
                                    cache::kMaxBuilder + cache::kMaxPayload + cache::kTrailerBytes;

std::array<uint64_t, 2> frame_check(std::string_view frame) {
  const XXH128_hash_t hash = XXH3_128bits(frame.data(), frame.size());
  return {hash.low64, hash.high64};
}

uint64_t header_check(const Layout& layout) {
  return XXH3_64bits(&layout, offsetof(Layout, header_check));
}

template <typename T>
std::string bytes_of(const T& layout) {
  return {reinterpret_cast<const char*>(&layout), sizeof layout};
}

}  // namespace

Status refused(std::string why) { return {StatusCode::kInvalidArgument, std::move(why)}; }

uint64_t Header::file_bytes() const {
  return kHeaderBytes + frame_bytes + (is_signed ? cache::kTrailerBytes : 0);
}

std::string encode(const Header& header, std::string_view frame) {
  Layout layout{.magic = kMagic,
                .version = kVersion,
                .flags = header.is_signed ? kSigned : 0,
                .entries = static_cast<uint32_t>(header.entries),
                .trailer_bytes = header.is_signed ? uint32_t{cache::kTrailerBytes} : 0,
                .raw_bytes = header.raw_bytes,
                .frame_bytes = header.frame_bytes,
                .frame_check = frame_check(frame),
                .header_check = 0};
  layout.header_check = header_check(layout);
  return bytes_of(layout);
}

Result<Header> decode_header(std::string_view bytes) {
  Layout layout;
  if (bytes.size() < kHeaderBytes) return refused("is too short for a bundle");
  std::memcpy(&layout, bytes.data(), kHeaderBytes);
  if (layout.magic != kMagic) return refused("does not begin as a bundle");
  if (layout.version != kVersion)
    return refused(fmt::format("has bundle version {}; {} is accepted", layout.version, kVersion));
  if (layout.header_check != header_check(layout))
    return refused("has a header that does not match its checksum");
  if (layout.flags > kSigned || layout.trailer_bytes != layout.flags * cache::kTrailerBytes)
    return refused(fmt::format("has flags {:#x}, which this version does not know", layout.flags));
  if (layout.entries > kMaxEntries || layout.raw_bytes > kMaxRaw ||
      layout.frame_bytes > kMaxCompressed)
    return refused("states a size above its cap");
  return Header{.entries = layout.entries,
                .raw_bytes = layout.raw_bytes,
                .frame_bytes = layout.frame_bytes,
                .is_signed = layout.flags == kSigned};
}

bool frame_matches(std::string_view header, std::string_view frame) {
  Layout layout;
  std::memcpy(&layout, header.data(), kHeaderBytes);
  return layout.frame_check == frame_check(frame);
}

std::string encode(const Record& record) {
  RecordLayout layout{.name = {}, .entry_bytes = record.entry_bytes};
  record.name.text().copy(layout.name.data(), layout.name.size());
  return bytes_of(layout);
}

Result<Record> decode_record(std::string_view bytes) {
  RecordLayout layout;
  if (bytes.size() != kRecordBytes) return refused("ends within a record");
  std::memcpy(&layout, bytes.data(), kRecordBytes);
  const std::string_view name(layout.name.data(), cache::kNameSize);
  std::optional<cache::EntryName> parsed = cache::parse_entry_name(name);
  if (!parsed || encode(Record{*parsed, layout.entry_bytes}) != bytes)
    return refused("names an entry by what is no entry's name");
  if (layout.entry_bytes > kMaxEntryBytes)
    return refused(
        fmt::format("states {} bytes for {}, above the cap of an entry", layout.entry_bytes, name));
  return Record{*std::move(parsed), layout.entry_bytes};
}

}  // namespace jitgemm::bundle
