// Fuzz target: decode() never crashes, and what it admits is, byte for byte, what encode()
// writes. For libFuzzer; entry_fuzz_test.cc runs it over seeds in every test run.
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "cache/entry.h"

namespace jitgemm::cache {
namespace {

// Offsets from FORMAT.md.
constexpr size_t kMagic = 0, kVersion = 8, kFlags = 12, kNameField = 16;
constexpr size_t kKernelBytesField = 72, kTrailerBytesField = 84, kPayloadBytesField = 88;
constexpr size_t kTextsCheck = 96, kPayloadCheck = 104, kHeaderCheck = 120, kTexts = 128;

void check(std::string_view bytes) {
  const Lookup lookup = decode(bytes, {});
  if (lookup.entry.has_value() != (lookup.miss == Miss::kNone)) abort();
  if (!lookup.entry) return;
  const std::optional<EntryName> name = parse_entry_name(bytes.substr(kNameField, kNameSize));
  if (!name) abort();
  const Result<std::string> again = encode(*name, *lookup.entry);
  if (!again.ok() || *again != bytes) abort();
}

template <typename T>
void put(std::string* bytes, size_t offset, T value) {
  std::memcpy(bytes->data() + offset, &value, sizeof value);
}

template <typename T>
T field(const std::string& bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

uint64_t texts_bytes(const std::string& bytes) {
  uint64_t sum = 0;
  for (size_t offset = kKernelBytesField; offset < kTrailerBytesField; offset += sizeof(uint32_t))
    sum += field<uint32_t>(bytes, offset);
  return sum;
}

// Corrects the checksums, so that the checks after them are reached.
std::string with_right_checksums(std::string bytes) {
  const uint64_t texts = texts_bytes(bytes);
  if (texts <= bytes.size() - kTexts) {
    const char* payload = bytes.data() + kTexts + texts;
    put(&bytes, kTextsCheck, XXH3_64bits(bytes.data() + kTexts, texts));
    put(&bytes, kPayloadCheck, XXH3_128bits(payload, bytes.size() - kTexts - texts));
  }
  put(&bytes, kHeaderCheck, XXH3_64bits(bytes.data(), kHeaderCheck));
  return bytes;
}

// Adds a trailer made of some of the entry's bytes.
std::string with_trailer(std::string bytes) {
  put(&bytes, kFlags, uint32_t{1});
  put(&bytes, kTrailerBytesField, uint32_t{kTrailerBytes});
  put(&bytes, kHeaderCheck, XXH3_64bits(bytes.data(), kHeaderCheck));
  return bytes + encode_trailer({bytes.substr(0, kKeyBytes), bytes.substr(32, kSignatureBytes)});
}

std::string with_right_format(std::string bytes) {
  std::memcpy(bytes.data() + kMagic, "LJGEMM\r\n", 8);
  put(&bytes, kVersion, kFormatVersion);
  put(&bytes, kFlags, uint32_t{0});
  put(&bytes, kTrailerBytesField, uint32_t{0});
  return bytes;
}

std::string with_right_sizes(std::string bytes) {
  const std::string name = std::string(32, 'a') + "-" + std::string(16, 'b') + std::string(7, '\0');
  bytes.replace(kNameField, name.size(), name);
  for (size_t offset = kKernelBytesField; offset < kTrailerBytesField; offset += sizeof(uint32_t))
    put(&bytes, offset, field<uint32_t>(bytes, offset) % 64);
  put(&bytes, kPayloadBytesField, uint64_t{bytes.size()} - kTexts - texts_bytes(bytes));
  return bytes;
}

}  // namespace
}  // namespace jitgemm::cache

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jitgemm::cache;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  if (bytes.size() < kTexts) return 0;
  check(with_right_checksums(bytes));
  bytes = with_right_format(bytes);
  check(with_right_checksums(bytes));
  bytes = with_right_checksums(with_right_sizes(bytes));
  check(bytes);
  check(with_trailer(bytes));
  return 0;
}
