#include "cache/entry.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <tuple>
#include <utility>

namespace jitgemm::cache {
namespace {

using Magic = std::array<char, 8>;
using NameField = std::array<char, 56>;

constexpr uint32_t kSigned = 1;  // flag: the trailer is a signature

constexpr Magic kMagic = {'L', 'J', 'G', 'E', 'M', 'M', '\r', '\n'};

// The first bytes of the file, as they are stored.
struct Header {
  Magic magic;
  uint32_t version;
  uint32_t flags;
  NameField name;  // padded with zeros
  uint32_t kernel_bytes;
  uint32_t what_bytes;
  uint32_t builder_bytes;
  uint32_t trailer_bytes;
  uint64_t payload_bytes;
  uint64_t texts_check;
  std::array<uint64_t, 2> payload_check;  // low half, high half
  uint64_t header_check;                  // of all bytes before it

  uint64_t texts_bytes() const { return uint64_t{kernel_bytes} + what_bytes + builder_bytes; }
};
static_assert(sizeof(Header) == kHeaderBytes);
static_assert(offsetof(Header, header_check) == kHeaderBytes - sizeof(uint64_t));
static_assert(std::endian::native == std::endian::little,
              "the header is stored in the host's byte order");

uint64_t header_check(const Header& header) {
  return XXH3_64bits(&header, offsetof(Header, header_check));
}

uint64_t texts_check(std::string_view texts) { return XXH3_64bits(texts.data(), texts.size()); }

std::array<uint64_t, 2> payload_check(std::string_view payload) {
  const XXH128_hash_t hash = XXH3_128bits(payload.data(), payload.size());
  return {hash.low64, hash.high64};
}

NameField name_field(std::string_view name) {
  NameField field{};
  name.copy(field.data(), field.size());
  return field;
}

// The reason why an entry is not admitted; false when it is.
struct Refusal {
  Miss miss = Miss::kNone;
  std::string reason = {};
  explicit operator bool() const { return miss != Miss::kNone; }
};

Refusal damaged(std::string reason) { return {Miss::kDamaged, std::move(reason)}; }
Refusal other_key(std::string reason) { return {Miss::kOtherKey, std::move(reason)}; }

Refusal read(const NextBytes& next, uint64_t size, std::string* bytes) {
  Result<std::string> got = next(size);
  if (!got.ok()) return {Miss::kUnreadable, std::string(got.status().message())};
  *bytes = *std::move(got);
  if (bytes->size() != size) return damaged("ends early");
  return {};
}

Refusal check_format(const Header& header) {
  if (header.magic != kMagic) return damaged("does not begin as an entry");
  if (header.version != kFormatVersion)
    return {Miss::kOtherFormat,
            fmt::format("has format version {}; {} is accepted", header.version, kFormatVersion)};
  if (header.header_check != header_check(header))
    return damaged("has a header that does not match its checksum");
  if (header.flags > kSigned || header.trailer_bytes != header.flags * kTrailerBytes)
    return {Miss::kOtherFormat,
            fmt::format("has flags {:#x} and a trailer of {} bytes, which this version does not "
                        "know",
                        header.flags, header.trailer_bytes)};
  return {};
}

Refusal check_sizes(const Header& header, uint64_t file_bytes) {
  if (header.kernel_bytes > kMaxKernel || header.what_bytes > kMaxWhat ||
      header.builder_bytes > kMaxBuilder || header.payload_bytes > kMaxPayload)
    return damaged("states a size above its cap");
  const uint64_t stated =
      kHeaderBytes + header.texts_bytes() + header.payload_bytes + header.trailer_bytes;
  if (stated != file_bytes)
    return damaged(fmt::format("is {} bytes, its header states {}", file_bytes, stated));
  return {};
}

bool differs(const std::optional<std::string_view>& wanted, std::string_view found) {
  return wanted && *wanted != found;
}

bool differs(const std::optional<std::string_view>& wanted, uint64_t found_bytes) {
  return wanted && wanted->size() != found_bytes;
}

bool demands_signature(const Wanted& wanted) { return wanted.verifier && *wanted.verifier; }

Refusal check_name(const Header& header, const Wanted& wanted) {
  const std::string_view name(header.name.data(), kNameSize);
  if (!parse_entry_name(name) || name_field(name) != header.name)
    return damaged("states a malformed name");
  if (differs(wanted.name, name)) return other_key(fmt::format("is the entry {}", name));
  return {};
}

Refusal read_header(const NextBytes& next, uint64_t file_bytes, const Wanted& wanted,
                    Header* header) {
  if (file_bytes < kHeaderBytes)
    return damaged(fmt::format("is {} bytes, a header has {}", file_bytes, kHeaderBytes));
  std::string bytes;
  if (Refusal refusal = read(next, kHeaderBytes, &bytes)) return refusal;
  std::memcpy(header, bytes.data(), kHeaderBytes);
  if (Refusal refusal = check_format(*header)) return refusal;
  if (Refusal refusal = check_sizes(*header, file_bytes)) return refusal;
  if (Refusal refusal = check_name(*header, wanted)) return refusal;
  if (differs(wanted.what, header->what_bytes) || differs(wanted.builder, header->builder_bytes))
    return other_key("has key texts of other lengths");
  if (demands_signature(wanted) && header->flags != kSigned)
    return {Miss::kUnsigned, "is not signed, and only signed entries are accepted"};
  return {};
}

Refusal read_texts(const NextBytes& next, const Header& header, const Wanted& wanted,
                   Entry* entry) {
  std::string texts;
  if (Refusal refusal = read(next, header.texts_bytes(), &texts)) return refusal;
  if (header.texts_check != texts_check(texts))
    return damaged("has key texts that do not match their checksum");
  entry->kernel = texts.substr(0, header.kernel_bytes);
  entry->what = texts.substr(header.kernel_bytes, header.what_bytes);
  entry->builder = texts.substr(header.kernel_bytes + header.what_bytes);
  if (differs(wanted.what, entry->what)) return other_key("has another key text");
  if (differs(wanted.builder, entry->builder)) return other_key("has another builder");
  return {};
}

Refusal read_payload(const NextBytes& next, const Header& header, Entry* entry) {
  if (Refusal refusal = read(next, header.payload_bytes, &entry->payload)) return refusal;
  if (header.payload_check != payload_check(entry->payload))
    return damaged("has a payload that does not match its checksum");
  return {};
}

std::string_view bytes_of(const Header& header) {
  return {reinterpret_cast<const char*>(&header), kHeaderBytes};
}

Refusal judge(const Header& header, const std::string& texts, const Entry& entry,
              const Verifier& verifier) {
  const std::string_view pieces[] = {bytes_of(header), texts, entry.payload};
  switch (verifier(pieces, *entry.signature)) {
    case Verdict::kGood: return {};
    case Verdict::kUnknownKey:
      return {Miss::kUnknownKey, fmt::format("is signed by the key {}, which is not trusted here",
                                             fingerprint_text(*entry.signature))};
    case Verdict::kBadSignature: break;
  }
  return {Miss::kBadSignature, fmt::format("has a signature that the key {} did not make",
                                           fingerprint_text(*entry.signature))};
}

Refusal read_signature(const NextBytes& next, const Header& header, const Wanted& wanted,
                       Entry* entry) {
  if (header.flags != kSigned) return {};
  std::string bytes;
  if (Refusal refusal = read(next, header.trailer_bytes, &bytes)) return refusal;
  if (!decode_trailer(bytes, &entry->signature.emplace()))
    return damaged("has a trailer that does not match its checksum");
  if (!demands_signature(wanted)) return {};
  return judge(header, entry->kernel + entry->what + entry->builder, *entry, *wanted.verifier);
}

Status check_encodable(const EntryName& name, const Entry& entry) {
  if (!is_valid(name))
    return {StatusCode::kInvalidArgument,
            fmt::format("entry name = '{}'; accepted are 32 hexadecimal digits, '-', and 16 more",
                        name.text())};
  const std::tuple<const char*, uint64_t, uint64_t> fields[] = {
      {"kernel", entry.kernel.size(), kMaxKernel},
      {"what", entry.what.size(), kMaxWhat},
      {"builder", entry.builder.size(), kMaxBuilder},
      {"payload", entry.payload.size(), kMaxPayload}};
  for (const auto& [field, bytes, cap] : fields)
    if (bytes > cap)
      return {StatusCode::kInvalidArgument,
              fmt::format("{} = {} bytes; at most {} are accepted in an entry", field, bytes, cap)};
  return {};
}

// The file without its trailer.
Result<std::string> encode_body(const EntryName& name, const Entry& entry, uint32_t flags) {
  if (Status status = check_encodable(name, entry); !status.ok()) return status;
  const std::string texts = entry.kernel + entry.what + entry.builder;
  Header header{.magic = kMagic,
                .version = kFormatVersion,
                .flags = flags,
                .name = name_field(name.text()),
                .kernel_bytes = static_cast<uint32_t>(entry.kernel.size()),
                .what_bytes = static_cast<uint32_t>(entry.what.size()),
                .builder_bytes = static_cast<uint32_t>(entry.builder.size()),
                .trailer_bytes = static_cast<uint32_t>(flags * kTrailerBytes),
                .payload_bytes = entry.payload.size(),
                .texts_check = texts_check(texts),
                .payload_check = payload_check(entry.payload),
                .header_check = 0};
  header.header_check = header_check(header);

  std::string bytes;
  bytes.reserve(kHeaderBytes + texts.size() + entry.payload.size() + header.trailer_bytes);
  bytes.append(bytes_of(header)).append(texts).append(entry.payload);
  return bytes;
}

}  // namespace

Result<std::string> encode(const EntryName& name, const Entry& entry) {
  Result<std::string> bytes = encode_body(name, entry, entry.signature ? kSigned : 0);
  if (bytes.ok() && entry.signature) bytes->append(encode_trailer(*entry.signature));
  return bytes;
}

Result<std::string> encode_signed(const EntryName& name, const Entry& entry, const Signer& signer) {
  Result<std::string> bytes = encode_body(name, entry, kSigned);
  if (!bytes.ok()) return bytes;
  const std::string_view pieces[] = {*bytes};
  const Result<Signature> signature = signer(pieces);
  if (!signature.ok()) return signature.status();
  bytes->append(encode_trailer(*signature));
  return bytes;
}

Lookup decode(uint64_t file_bytes, const NextBytes& next, const Wanted& wanted) {
  Header header;
  Entry entry;
  Refusal refusal = read_header(next, file_bytes, wanted, &header);
  if (!refusal) refusal = read_texts(next, header, wanted, &entry);
  if (!refusal) refusal = read_payload(next, header, &entry);
  if (!refusal) refusal = read_signature(next, header, wanted, &entry);
  if (refusal) return {.miss = refusal.miss, .reason = std::move(refusal.reason)};
  return {.entry = std::move(entry), .miss = Miss::kNone};
}

Lookup decode(std::string_view file, const Wanted& wanted) {
  std::string_view rest = file;
  const auto next = [&](size_t size) -> Result<std::string> {
    std::string bytes(rest.substr(0, size));
    rest.remove_prefix(bytes.size());
    return bytes;
  };
  return decode(file.size(), next, wanted);
}

}  // namespace jitgemm::cache
