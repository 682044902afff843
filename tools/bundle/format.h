// A bundle: a whole cache in one file, to bake into an image or to send to other hosts.
//
// Little-endian: a header of 64 bytes, one zstd frame and, of a signed bundle, the trailer of
// cache/signature.h, whose signature covers header and frame. The frame holds, for each entry, a
// record (its name in 56 bytes, padded with zeros; its size in 8) and the entry as its file holds
// it (cache/FORMAT.md), in strictly rising order of the names: none twice, and one cache gives one
// bundle. There is no path, no date and no user in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <jitgemm/status.h>
#include "cache/name.h"

namespace jitgemm::bundle {

constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 64;
constexpr size_t kRecordBytes = 64;

// Caps: what a bundle may cost.
constexpr uint64_t kMaxEntries = 65536;
constexpr uint64_t kMaxRaw = uint64_t{4} << 30;         // bytes of records and entries
constexpr uint64_t kMaxCompressed = uint64_t{1} << 30;  // bytes of the frame
constexpr int kMaxWindowLog = 23;                       // memory of a decompressor: 8 MiB and some

struct Header {
  uint64_t entries = 0;
  uint64_t raw_bytes = 0;  // that the frame decompresses to
  uint64_t frame_bytes = 0;
  bool is_signed = false;

  uint64_t file_bytes() const;  // of the whole bundle
};

// `frame` decides the checksum.
std::string encode(const Header& header, std::string_view frame);

// Of the first bytes of a file. Errors: kInvalidArgument: no bundle, another version, damage, or a
// size above its cap.
Result<Header> decode_header(std::string_view bytes);

// Whether the frame is the one that the encoded header was made for.
bool frame_matches(std::string_view header, std::string_view frame);

struct Record {
  cache::EntryName name;
  uint64_t entry_bytes = 0;
};
std::string encode(const Record& record);
// Errors: kInvalidArgument.
Result<Record> decode_record(std::string_view bytes);

// kInvalidArgument, as all that is wrong with a bundle.
Status refused(std::string why);

}  // namespace jitgemm::bundle
